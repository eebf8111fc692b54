"""Where requirements are pointed at: files and paths that hold their ids. Each blob is read once, within bounds."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, MutableMapping
from typing import Final

from bot.contracts.tree import FILE, FOLDER, SUBMODULE, Tree
from bot.errors import Place
from bot.planning.specs.model import SETTINGS, Evidence
from bot.planning.specs.requirements import ids_in
from bot.source.globs import compile_glob
from bot.source.paths import is_inside, join

MOST_FILE: Final = 1 << 20
"""Bytes of one file; a larger one is no evidence."""
MOST_BYTES: Final = 256 << 20
"""Bytes of all files together; then the search ends and says so."""
MOST_PATHS: Final = 5
"""Paths that are told for each requirement."""

Memo = MutableMapping[str, frozenset[str]]
"""The ids in blobs by oid, kept from one search to the next: blobs never change."""


def evidence_matcher(globs: Iterable[str], folder: str, index: str) -> Callable[[str], bool]:
    """Whether a path may point at requirements: by the globs, but neither a spec nor the index.

    Raises ``Refusal('bad-glob')`` with the setting's key.
    """
    compiled = [compile_glob(glob, Place(SETTINGS, key=f"spec.evidence[{at}]")) for at, glob in enumerate(globs)]
    return lambda path: path != index and not is_inside(path, folder) and any(glob.matches(path) for glob in compiled)


def find_evidence(
    tree: Tree,
    wanted: Collection[str],
    matches: Callable[[str], bool],
    *,
    paths: Collection[str] | None = None,
    memo: Memo | None = None,
    most_bytes: int = MOST_BYTES,
) -> Evidence:
    """Searches a tree for requirements' ids, in the contents and in the paths of the files that match.

    With ``paths`` only these are looked at. Without a wanted id nothing is read.
    """
    searcher = _Search(tree, frozenset(wanted), {} if memo is None else memo, most_bytes)
    if searcher.wanted:
        only = None if paths is None else _with_parents(paths)
        searcher.walk(matches, only)
    found = {name: tuple(sorted(where)[:MOST_PATHS]) for name, where in sorted(searcher.found.items())}
    return Evidence(found, searcher.complete)


def _with_parents(paths: Iterable[str]) -> frozenset[str]:
    found: set[str] = set()
    for path in paths:
        parts = path.split("/")
        found.update("/".join(parts[:end]) for end in range(1, len(parts) + 1))
    return frozenset(found)


class _Search:
    def __init__(self, tree: Tree, wanted: frozenset[str], memo: Memo, left: int) -> None:
        self.tree, self.wanted, self.memo, self.left = tree, wanted, memo, left
        self.found: dict[str, set[str]] = {}
        self.complete = True

    def walk(self, matches: Callable[[str], bool], only: frozenset[str] | None) -> None:
        stack = [("", self.tree.oid)]
        while stack:
            folder, oid = stack.pop()
            for entry in self.tree.list(oid):
                path = join(folder, entry.name)
                if only is not None and path not in only:
                    continue
                if entry.mode == FOLDER:
                    stack.append((path, entry.oid))
                elif entry.mode != SUBMODULE and matches(path):
                    regular = entry.mode & 0o170000 == FILE & 0o170000
                    self._note(path, self._ids(entry.oid) if regular else frozenset())

    def _note(self, path: str, ids: frozenset[str]) -> None:
        for name in (ids | ids_in(path.encode("utf-8", "surrogateescape"))) & self.wanted:
            self.found.setdefault(name, set()).add(path)

    def _ids(self, oid: str) -> frozenset[str]:
        known = self.memo.get(oid)
        if known is None:
            size = self.tree.size(oid)
            if size > MOST_FILE:
                return frozenset()
            if size > self.left:
                self.complete = False
                return frozenset()
            self.left -= size
            known = self.memo[oid] = ids_in(self.tree.read(oid))
        return known
