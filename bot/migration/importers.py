"""Who, elsewhere in the repository, may name a folder that moves: found by literal, remembered by blob."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, NamedTuple

from bot.contracts.tree import FOLDER, SUBMODULE, SYMLINK
from bot.migration.references import is_readable
from bot.source.grammars import language_of

if TYPE_CHECKING:
    from collections.abc import Iterator, MutableMapping, Sequence

    from bot.contracts.tree import Entry, Tree

MOST_BYTES = 1024 * 1024
"""Larger files are looked into only when they are code."""


class Candidate(NamedTuple):
    """A file that holds the names of some sources."""

    path: str
    entry: Entry


class Importers:
    """One pass over the whole tree for the last parts of all sources; a blob is looked into once for all bases.

    ``cache`` maps text keys (a digest of the names, and a blob's oid) to lists of text; it may forget.
    """

    def __init__(self, tree: Tree, names: Sequence[str], cache: MutableMapping[str, list[str]]) -> None:
        self.tree = tree
        self.cache = cache
        self.names = sorted(set(names))
        raw = [name.encode("utf-8", "surrogateescape") for name in self.names]
        self.digest = hashlib.sha256(b"\0".join(raw)).hexdigest()[:24]
        longest_first = sorted(raw, key=lambda name: (-len(name), name))
        self.pattern = re.compile(b"|".join(re.escape(name) for name in longest_first))
        self.nested = {a: [b for b in self.names if b != a and b in a] for a in self.names}
        self._found: dict[str, list[Candidate]] | None = None

    def of(self, name: str) -> list[Candidate]:
        """Files that hold a name, sorted by path."""
        if self._found is None:
            self._found = {known: [] for known in self.names}
            for candidate in self._walk():
                for held in self._held(candidate):
                    self._found[held].append(candidate)
        return self._found.get(name, [])

    def _walk(self) -> Iterator[Candidate]:
        stack = [("", self.tree.oid)]
        while stack:
            folder, oid = stack.pop()
            inner = []
            for entry in self.tree.list(oid):
                path = f"{folder}/{entry.name}" if folder else entry.name
                if entry.mode == FOLDER:
                    inner.append((path, entry.oid))
                elif entry.mode == SYMLINK or (entry.mode != SUBMODULE and is_readable(path)):
                    yield Candidate(path, entry)
            stack += reversed(inner)

    def _held(self, candidate: Candidate) -> list[str]:
        key = f"{self.digest}:{candidate.entry.oid}"
        held = self.cache.get(key)
        if held is None:
            if language_of(candidate.path) is None and self.tree.size(candidate.entry.oid) > MOST_BYTES:
                return []
            held = self._search(self.tree.read(candidate.entry.oid))
            self.cache[key] = held
        return held

    def _search(self, data: bytes) -> list[str]:
        if len(self.names) == 1:
            return list(self.names) if self.pattern.search(data) else []
        found = {match.decode("utf-8", "surrogateescape") for match in self.pattern.findall(data)}
        found |= {shorter for name in found for shorter in self.nested[name]}  # a longer name hides those it holds
        return sorted(found)
