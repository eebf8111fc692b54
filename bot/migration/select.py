"""Which files below a source a folder takes: include and exclude globs, the path gate, symlinks, submodules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.contracts.tree import FOLDER, SUBMODULE, SYMLINK, Entry
from bot.errors import Place, Refusal
from bot.migration.model import Dir, Left, Selection, show
from bot.source.globs import compile_glob
from bot.source.paths import check_path

if TYPE_CHECKING:
    from bot.contracts.tree import Tree
    from bot.migration.model import Expanded
    from bot.source.globs import Glob

MOST_TARGET = 4096
"""Bytes of a symlink's target that an operating system takes."""
MOST_DEPTH = 200
"""Folders deeper than this are hostile."""


def select(tree: Tree, folder: Expanded, oid: str | None, place: Place) -> Selection:
    """Walk a source's tree once. ``oid`` is ``None`` when the source is gone.

    Raises ``unsafe-path``, ``submodule``, ``symlink-leaves-folder``.
    """
    if oid is None:
        return Selection(folder, None, {}, (), frozenset())
    walk = _Walk(tree, folder, place)
    root = walk.folder("", oid, 0)
    links = {rel: entry for rel, entry in walk.files.items() if entry.mode == SYMLINK}
    if links:
        every = {**{left.rel: left.entry for left in walk.left}, **walk.files}
        for rel, entry in links.items():
            target = tree.read(entry.oid) if tree.size(entry.oid) <= MOST_TARGET else b""
            _check_link(folder, rel, target, every, place)
    return Selection(folder, root, walk.files, tuple(walk.left), frozenset(walk.dirs))


class _Walk:
    def __init__(self, tree: Tree, folder: Expanded, place: Place) -> None:
        self.tree, self.expanded, self.place = tree, folder, place
        options = folder.options
        self.include = None if "**" in options.include else [compile_glob(glob) for glob in options.include]
        self.exclude: list[Glob] = [compile_glob(glob) for glob in options.exclude]
        self.files: dict[str, Entry] = {}
        self.left: list[Left] = []
        self.dirs: set[str] = set()

    def folder(self, rel: str, oid: str, depth: int) -> Dir:
        if depth > MOST_DEPTH:
            values = {"path": show(rel), "reason": f"it is more than {MOST_DEPTH} folders deep"}
            raise Refusal("unsafe-path", self.place, values)
        found = Dir(rel, oid)
        taken = False
        for entry in self.tree.list(oid):
            path = f"{rel}/{entry.name}" if rel else entry.name
            if entry.mode == FOLDER:
                inner = self.folder(path, entry.oid, depth + 1)
                found.dirs.append(inner)
                found.whole = found.whole and inner.whole
                taken = taken or path in self.dirs
                continue
            left = self._left_out(path, entry)
            if left is not None:
                self.left.append(left)
                found.whole = False
                continue
            self._gate(path, entry)
            found.files.append(entry)
            self.files[path] = entry
            taken = True
        if taken:
            self.dirs.add(rel)
        return found

    def _left_out(self, path: str, entry: Entry) -> Left | None:
        if self.include is not None and not any(glob.matches(path) for glob in self.include):
            return Left(path, entry, "not-included", None)
        for glob in self.exclude:
            if glob.matches(path):
                return Left(path, entry, "excluded", glob.pattern)
        return None

    def _gate(self, path: str, entry: Entry) -> None:
        full = f"{self.expanded.source}/{path}"
        if entry.mode == SUBMODULE:
            raise Refusal("submodule", self.place, {"folder": self.expanded.id, "path": show(full)})
        check_path(f"{self.expanded.destination}/{path}", self.place, surrogates=True)


def _check_link(folder: Expanded, rel: str, target: bytes, every: dict[str, Entry], place: Place) -> None:
    """A symlink must stay inside the folder, at every step, and through no other symlink with ``..`` behind it."""
    text = target.decode("utf-8", "surrogateescape")
    reason = ""
    if not text or "\0" in text or text.startswith("/") or "\\" in text or text[1:2] == ":":
        reason = "absolute" if text.startswith("/") or text[1:2] == ":" else "unsafe"
    else:
        at = rel.split("/")[:-1]
        parts = text.split("/")
        for number, part in enumerate(parts):
            if part in {"", "."}:
                continue
            if part == "..":
                if not at:
                    reason = "outside"
                    break
                at.pop()
                continue
            at.append(part)
            through = every.get("/".join(at))
            if through is not None and through.mode == SYMLINK and ".." in parts[number + 1 :]:
                reason = "through-symlink"
                break
    if reason:
        values = {"folder": folder.id, "path": show(f"{folder.source}/{rel}"), "target": show(target), "reason": reason}
        raise Refusal("symlink-leaves-folder", place, values)
