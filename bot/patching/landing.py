"""Judges the paths of the tree that would come out: file against folder, and twins that a file system takes for one."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from bot.contracts.tree import FOLDER, Entry
from bot.patching.faults import Faults, fault
from bot.patching.ground import Ground, kind_of
from bot.source.paths import join, parent, twin_key


class Landing:
    """The base with some paths removed and others added."""

    def __init__(self, ground: Ground, added: Mapping[str, int], removed: Collection[str]) -> None:
        self._ground = ground
        self._added = added
        self._removed = removed
        self._touched = _folders(removed)
        self._spelt: dict[str, str] = {}
        self._alive: dict[str, bool] = {}

    def check(self, faults: Faults) -> None:
        """Adds ``file-exists``, ``path-clash`` and ``path-twin`` for paths that cannot stand where they should."""
        for path, index in self._added.items():
            self._path(path, index, faults)

    def _path(self, path: str, index: int, faults: Faults) -> None:
        here: str | None = self._ground.tree.oid
        parts = path.split("/")
        prefix = ""
        for depth, part in enumerate(parts):
            folder, prefix = prefix, join(prefix, part)
            last = depth == len(parts) - 1
            entry = self._ground.folder(here).get(part) if here is not None else None
            alive = entry if entry is not None and self._survives(prefix, entry) else None
            if self._clashes(path, index, prefix, alive, faults, last=last):
                return
            # A folder that is there already may have a twin already: that is not this batch's doing.
            twin = self._twin(None if alive is not None else here, folder, part)
            if twin is not None:
                faults.take(fault("path-twin", path, index, twin=twin))
                return
            here = entry.oid if entry is not None and entry.mode == FOLDER else None

    def _clashes(self, path: str, index: int, prefix: str, alive: Entry | None, faults: Faults, *, last: bool) -> bool:
        if last and alive is not None:
            kind = kind_of(alive)
            if kind == "folder":
                faults.take(fault("path-clash", path, index, blocker=prefix, kind=kind))
            else:
                faults.take(fault("file-exists", path, index, kind=kind))
            return True
        if not last and (prefix in self._added or (alive is not None and alive.mode != FOLDER)):
            kind = "file" if prefix in self._added or alive is None else kind_of(alive)
            faults.take(fault("path-clash", path, index, blocker=prefix, kind=kind))
            return True
        return False

    def _twin(self, here: str | None, folder: str, part: str) -> str | None:
        """Another spelling of the name in the same folder, at the base or among what is added."""
        prefix = join(folder, part)
        spelt = self._spelt.setdefault(twin_key(prefix), prefix)
        if spelt != prefix:
            return spelt
        if here is None:
            return None
        for other in self._ground.twins(here, part):
            entry = self._ground.folder(here)[other]
            if other != part and self._survives(join(folder, other), entry):
                return join(folder, other)
        return None

    def _survives(self, path: str, entry: Entry) -> bool:
        """Whether anything of an entry of the base is still there afterwards."""
        if entry.mode != FOLDER:
            return path not in self._removed
        if path not in self._touched:
            return True
        if path not in self._alive:
            inside = self._ground.folder(entry.oid).items()
            self._alive[path] = any(self._survives(join(path, name), inner) for name, inner in inside)
        return self._alive[path]


def _folders(paths: Collection[str]) -> set[str]:
    """Every folder on the way to a path."""
    found: set[str] = set()
    for path in paths:
        folder = parent(path)
        while folder and folder not in found:
            found.add(folder)
            folder = parent(folder)
    return found
