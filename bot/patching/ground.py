"""The tree that a batch is applied to, read by path; what was read is kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from bot.contracts.tree import EXECUTABLE, FILE, FOLDER, SUBMODULE, SYMLINK, Entry, Tree
from bot.source.paths import twin_key

KINDS: Final = {FOLDER: "folder", SYMLINK: "symlink", SUBMODULE: "submodule"}


def kind_of(entry: Entry) -> str:
    """``file``, ``folder``, ``symlink`` or ``submodule``."""
    return KINDS.get(entry.mode, "file")


def file_mode(entry: Entry) -> int:
    """One of the two modes that git writes today; old repositories hold others, such as 100664."""
    return EXECUTABLE if entry.mode & 0o100 else FILE


@dataclass(frozen=True, slots=True)
class Found:
    """What stands at a path. ``blocker``: a parent that is no folder, with its kind."""

    entry: Entry | None
    blocker: str | None = None
    kind: str = ""


class Ground:
    """A tree by path. Not for several threads."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self._folders: dict[str, dict[str, Entry]] = {}
        self._twins: dict[str, dict[str, list[str]]] = {}
        self._found: dict[str, Found] = {}

    def folder(self, oid: str) -> dict[str, Entry]:
        """The entries of a tree object by name."""
        found = self._folders.get(oid)
        if found is None:
            found = self._folders[oid] = {entry.name: entry for entry in self.tree.list(oid)}
        return found

    def twins(self, oid: str, name: str) -> list[str]:
        """The names in a folder that some file system takes for this one, itself included."""
        keys = self._twins.get(oid)
        if keys is None:
            keys = self._twins[oid] = {}
            for other in self.folder(oid):
                keys.setdefault(twin_key(other), []).append(other)
        return keys.get(twin_key(name), [])

    def find(self, path: str) -> Found:
        """What stands at a path."""
        found = self._found.get(path)
        if found is None:
            found = self._found[path] = self._find(path)
        return found

    def _find(self, path: str) -> Found:
        here = self.tree.oid
        parts = path.split("/")
        for depth, part in enumerate(parts[:-1], 1):
            entry = self.folder(here).get(part)
            if entry is None:
                return Found(None)
            if entry.mode != FOLDER:
                return Found(None, "/".join(parts[:depth]), kind_of(entry))
            here = entry.oid
        return Found(self.folder(here).get(parts[-1]))

    def file(self, path: str) -> Entry | None:
        """The entry of an ordinary file; ``None`` for anything else."""
        entry = self.find(path).entry
        return entry if entry is not None and kind_of(entry) == "file" else None

    def read(self, path: str) -> bytes | None:
        """An ordinary file's bytes; ``None`` when there is none."""
        entry = self.file(path)
        return None if entry is None else self.tree.read(entry.oid)

    def executable(self, path: str) -> bool:
        """Whether there is an ordinary file, and it is executable."""
        entry = self.file(path)
        return entry is not None and file_mode(entry) == EXECUTABLE
