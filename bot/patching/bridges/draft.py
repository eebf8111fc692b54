"""A file while it is edited: each edit is made in what the earlier ones left, and all become hunks of the base."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import cached_property
from typing import Final

from bot.patching.bridges.find import Budget
from bot.patching.text import BOM, Text, bare, blob_oid, ending, split
from bot.source.hunks import Hunk, hunks

MOST_LINES: Final = 500
"""Longer blocks are not compared line by line: what lies between their common ends is one change."""


class File:
    """A file as it is at the base."""

    def __init__(self, path: str, data: bytes) -> None:
        self.path = path
        self.text = Text(data)
        self.lines = self.text.lines

    @cached_property
    def bare(self) -> list[bytes]:
        """The lines without their ends, the first one without a byte order mark."""
        return bare_lines(self.lines)

    @cached_property
    def oid(self) -> str:
        """The blob's oid."""
        return blob_oid(self.text.data)

    @property
    def unended(self) -> bool:
        """Whether the last line has no end."""
        return bool(self.lines) and not ending(self.lines[-1])


def bare_lines(lines: Sequence[bytes]) -> list[bytes]:
    """Lines without their ends, and without a byte order mark."""
    found = [bare(line) for line in lines]
    if found:
        found[0] = found[0].removeprefix(BOM)
    return found


def without_mark(old: list[bytes], new: list[bytes]) -> tuple[list[bytes], list[bytes]]:
    """Old and new lines without the byte order mark that the file's first one starts with: it stays of itself."""
    if not old or not old[0].startswith(BOM):
        return old, new
    return [old[0].removeprefix(BOM), *old[1:]], [line.removeprefix(BOM) for line in new[:1]] + new[1:]


def fit(lines: Sequence[bytes], start: int, end: int, new: Sequence[bytes]) -> Hunk:
    """``new`` (lines without ends) in the place of ``lines[start:end]``, as a hunk that fits the file.

    New lines end like those they replace, else like the one before. A missing end of the last line and a byte order
    mark stay where they were, at the end and at the start; the hunk then takes in the line beside it.
    """
    fresh = [line + end_at(lines, _beside(start, end, at)) for at, line in enumerate(new)]
    if end == len(lines) and lines and not ending(lines[-1]) and fresh:
        if start == end:
            start -= 1
            fresh.insert(0, lines[-1] + end_at(lines, start))
        # An empty last line is nothing without its end.
        fresh[-1] = bare(fresh[-1]) or fresh[-1]
    if start == 0 and lines and lines[0].startswith(BOM):
        start, end, fresh = _with_mark(lines, end, fresh)
    return Hunk(start, end, tuple(fresh))


def _beside(start: int, end: int, at: int) -> int:
    """The line that the new line ``at`` takes its end from."""
    return start + min(at, end - start - 1) if start < end else max(start - 1, 0)


def end_at(lines: Sequence[bytes], at: int) -> bytes:
    """How lines end at an index: as the one there; a last one without an end takes that of the one before."""
    near = [lines[each] for each in (at, at - 1) if 0 <= each < len(lines)]
    return next((found for line in near if (found := ending(line))), b"\n")


def _with_mark(lines: Sequence[bytes], end: int, fresh: list[bytes]) -> tuple[int, int, list[bytes]]:
    """The byte order mark stays at the start of the file."""
    if end == 0:
        # Where the file is nothing but the mark, its one line is empty, and would be nothing without an end.
        fresh, end = [*fresh, lines[0].removeprefix(BOM) or b"\n"], 1
    elif not fresh and end < len(lines):
        fresh, end = [lines[end]], end + 1
    if fresh:
        fresh[0] = BOM + fresh[0].removeprefix(BOM)
    return 0, end, fresh


class Draft:
    """A file's lines as the edits so far left them; a new file starts with its first text."""

    def __init__(self, file: File | None, budget: Budget, data: bytes = b"") -> None:
        self.file = file
        self.lines = list(file.lines) if file else split(data)
        self.bare = list(file.bare) if file else bare_lines(self.lines)
        self._origin = list(range(len(self.lines))) if file else [-1] * len(self.lines)
        self._budget = budget

    def replace(self, start: int, end: int, new: Sequence[bytes]) -> None:
        """Put ``new`` (lines without ends) in the place of the lines from ``start`` to before ``end``."""
        self._budget.spend(len(self.lines) // 8 + len(new))
        for change in reversed(self._changes(self.bare[start:end], new)):
            hunk = fit(self.lines, start + change.start, start + change.end, change.new)
            self.lines[hunk.start : hunk.end] = hunk.new
            self.bare[hunk.start : hunk.end] = [bare(line) for line in hunk.new]
            if hunk.start == 0 and self.bare:
                self.bare[0] = self.bare[0].removeprefix(BOM)
            self._origin[hunk.start : hunk.end] = [-1] * len(hunk.new)

    def _changes(self, old: Sequence[bytes], new: Sequence[bytes]) -> list[Hunk]:
        """What differs between two blocks, line by line where that is quick."""
        counts = Counter(new)
        pairs = sum(counts[line] for line in old)
        if len(old) + len(new) <= MOST_LINES and pairs <= 2 * (len(old) + len(new)) + 200:
            self._budget.spend(50 * pairs)
            return hunks(old, new)
        head = 0
        while head < min(len(old), len(new)) and old[head] == new[head]:
            head += 1
        tail = 0
        while tail < min(len(old), len(new)) - head and old[-1 - tail] == new[-1 - tail]:
            tail += 1
        return [Hunk(head, len(old) - tail, tuple(new[head : len(new) - tail]))]

    @property
    def data(self) -> bytes:
        """The bytes as they are now."""
        return b"".join(self.lines)

    def hunks(self) -> list[Hunk]:
        """What became of the base, in order and apart."""
        old = self.file.lines if self.file else []
        found: list[Hunk] = []
        new: list[bytes] = []
        at = 0
        for line, origin in [*zip(self.lines, self._origin, strict=True), (b"", len(old))]:
            if origin < 0:
                new.append(line)
                continue
            if old[at:origin] != new:
                found.append(Hunk(at, origin, tuple(new)))
            new, at = [], origin + 1
        return found
