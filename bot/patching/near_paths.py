"""For a path that names no file: the one that was probably meant. It may suggest, and never applies."""

from __future__ import annotations

from difflib import SequenceMatcher, get_close_matches
from functools import cached_property
from typing import Final

from bot.contracts.tree import FOLDER
from bot.patching.ground import Ground, kind_of

MOST_FOLDERS: Final = 2_000
"""So many folders are searched for a file of that name."""
MOST_NAMES: Final = 2_000
"""So many names of one folder are compared letter by letter."""
LIKENESS: Final = 0.75


class NearPaths:
    """The files of one tree by their names; they are looked through once, when somebody asks."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    def find(self, path: str) -> str:
        """A file's path: the same in another spelling, much like it in its folder, or of that name elsewhere.

        ``""`` when none is near.
        """
        return self._spelt(path) or self._beside(path) or self._elsewhere(path)

    def _spelt(self, path: str) -> str:
        """The same path as some file system sees it: in upper and lower case, for example."""
        here, found = self._ground.tree.oid, ""
        parts = path.split("/")
        for depth, part in enumerate(parts):
            twins = self._ground.twins(here, part)
            if not twins:
                return ""
            found = f"{found}/{twins[0]}" if found else twins[0]
            entry = self._ground.folder(here)[twins[0]]
            if kind_of(entry) != ("folder" if depth < len(parts) - 1 else "file"):
                return ""
            here = entry.oid
        return found

    def _beside(self, path: str) -> str:
        """The file in the same folder whose name is most like it."""
        folder, slash, name = path.rpartition("/")
        entry = self._ground.find(folder).entry if folder else None
        if folder and (entry is None or entry.mode != FOLDER):
            return ""
        entries = self._ground.folder(entry.oid if entry is not None else self._ground.tree.oid).values()
        names = [each.name for each in entries if kind_of(each) == "file"][:MOST_NAMES]
        near = get_close_matches(name, names, n=1, cutoff=LIKENESS)
        return f"{folder}{slash}{near[0]}" if near else ""

    def _elsewhere(self, path: str) -> str:
        """The file of that name whose path is most like it."""
        there = self._by_name.get(path.rpartition("/")[2], [])
        return max(there, key=lambda each: (SequenceMatcher(None, path, each).ratio(), each), default="")

    @cached_property
    def _by_name(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        waiting = [("", self._ground.tree.oid)]
        for prefix, oid in waiting:
            for entry in self._ground.folder(oid).values():
                if entry.mode == FOLDER and len(waiting) < MOST_FOLDERS:
                    waiting.append((f"{prefix}{entry.name}/", entry.oid))
                elif kind_of(entry) == "file":
                    found.setdefault(entry.name, []).append(prefix + entry.name)
        return found
