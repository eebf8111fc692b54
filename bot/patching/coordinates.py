"""Where an operation points: from a line, lines, a marker, a regex or a span to line numbers, or a refusal.

Nothing is guessed: what is nowhere, or in several places, is refused with the candidates.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

from bot.contracts.patch import At, LineAt, LinesAt, MarkerAt, Point, RegexAt, SpanAt
from bot.errors import Refusal
from bot.patching.nearest import nearest_line
from bot.patching.policy import MOST_FILE_BYTES
from bot.patching.text import Text, shown
from bot.source.regexes import Regex, compile_regex

MOST_CANDIDATES: Final = 8
MANY: Final = 32
"""With more markers than this in one file they are searched for all at once."""
MOST_SEARCHED: Final = 4 << 30
"""Bytes that the markers and regexes of one batch may have to be searched in: some seconds of work."""
MOST_SUGGESTED: Final = 8 << 20
"""Bytes that may be looked through for what comes nearest to something that was not found."""
_REGEX_COST: Final = 8
"""A regex counts for so many markers,"""
_SLOW_REGEX_COST: Final = 64
"""for so many when each line must be searched by itself,"""
_INSTRUCTION_COST: Final = 2048
"""and each instruction that it was compiled to for so many bytes; one that cannot be compiled took much time, too."""
_BAD_REGEX_COST: Final = 1 << 25
_HIT_COST: Final = 256
_SUGGESTION_COST: Final = 1 << 17
_GRAM: Final = 8
_PREFIX: Final = 128
"""Only so much of a marker is looked at for grams that few others share."""


class Lines(NamedTuple):
    """The lines from ``first`` to ``last``, both included, from 1."""

    first: int
    last: int


class Misplaced(Exception):
    """A coordinate that points at no one place: a refusal's code, the line where one is known, and its values."""

    def __init__(self, code: str, line: int | None = None, **values: Any) -> None:
        super().__init__(code)
        self.code = code
        self.line = line
        self.values = values


class Budget:
    """How much of the searching that a batch may cause is left; shared by its files."""

    def __init__(self, most: int = MOST_SEARCHED) -> None:
        self.left = most
        self._suggestions = MOST_SUGGESTED
        self._indented = 0

    def spend(self, cost: int) -> None:
        """Raises ``Misplaced('batch-too-costly')`` when nothing is left."""
        self.left -= cost
        if self.left < 0:
            raise Misplaced("batch-too-costly")

    def indent(self, size: int, line: int) -> None:
        """Raises ``Misplaced('file-too-large')`` when all indentation together is more than any file may hold."""
        self._indented += size
        if self._indented > MOST_FILE_BYTES:
            raise Misplaced("file-too-large", line, size=self._indented, most=MOST_FILE_BYTES)

    def may_suggest(self, text: Text) -> bool:
        """Whether the nearest place in a text may still be looked for; the first ones of a batch get theirs."""
        self._suggestions -= min(len(text.data), MOST_SUGGESTED // 4) + _SUGGESTION_COST
        return self._suggestions >= 0


class Resolver:
    """Finds the places of one file."""

    def __init__(self, text: Text, budget: Budget | None = None, wanted: Iterable[At] = ()) -> None:
        """``wanted``: all places that will be asked for; many markers are then found in one go."""
        self._text = text
        self._budget = budget or Budget()
        self._markers: dict[str, list[int]] = {}
        self._regexes: dict[str, list[int]] = {}
        markers = {point.marker for at in wanted for point in _points(at) if isinstance(point, MarkerAt)}
        if len(markers) > MANY:
            self._search_together(markers)

    def lines(self, at: At) -> Lines:
        """The lines that a place names. Raises ``Misplaced``, and ``Refusal('bad-regex')``."""
        if isinstance(at, LinesAt):
            first, last = at.lines
            found = Lines(self._number(first), last)
            if last < first:
                raise Misplaced("range-backwards", first, first=first, last=last)
            self._number(last)
            return found
        if isinstance(at, SpanAt):
            first, last = self._point(at.start), self._point(at.end)
            if last < first:
                raise Misplaced("range-backwards", first, first=first, last=last)
            return Lines(first, last)
        line = self._point(at)
        return Lines(line, line)

    def _point(self, point: Point) -> int:
        if isinstance(point, LineAt):
            return self._number(point.line)
        if isinstance(point, MarkerAt):
            return self._one("marker", point.marker, self._marker(point.marker))
        return self._one("regex", point.regex, self._regex(point.regex))

    def _number(self, line: int) -> int:
        if line > self._text.count:
            raise Misplaced("line-out-of-range", self._text.count or None, wanted=line, count=self._text.count)
        return line

    def _one(self, kind: str, wanted: str, lines: Sequence[int]) -> int:
        if len(lines) == 1:
            return lines[0]
        if lines:
            candidates = [f"line {line}: {shown(self._text.line(line), 80)}" for line in lines[:MOST_CANDIDATES]]
            more = len(lines) > MOST_CANDIDATES
            code = "marker-ambiguous" if kind == "marker" else "regex-ambiguous"
            raise Misplaced(code, lines[0], wanted=wanted, candidates=candidates, more=more)
        if kind == "regex":
            raise Misplaced("regex-missing", wanted=wanted)
        may = self._budget.may_suggest(self._text)
        near = nearest_line(self._text.lines, wanted.encode("utf-8")) if may else None
        raise Misplaced("marker-missing", near.line if near else None, wanted=wanted, nearest=str(near or ""))

    def _marker(self, marker: str) -> list[int]:
        if marker not in self._markers:
            self._markers[marker] = self._search(marker.encode("utf-8"))
        return self._markers[marker]

    def _search(self, marker: bytes) -> list[int]:
        data, text = self._text.data, self._text
        self._budget.spend(len(data))
        found: list[int] = []
        at = data.find(marker)
        while at >= 0 and len(found) <= MOST_CANDIDATES:
            line = text.number(at)
            found.append(line)
            at = data.find(marker, text.starts[line])
        return found

    def _regex(self, pattern: str) -> list[int]:
        if pattern not in self._regexes:
            data = self._text.data
            regex = self._compiled(pattern)
            self._budget.spend((_SLOW_REGEX_COST if regex.is_line_by_line else _REGEX_COST) * len(data))
            self._regexes[pattern] = regex.lines(data[self._text.bom :], MOST_CANDIDATES + 1)
        return self._regexes[pattern]

    def _compiled(self, pattern: str) -> Regex:
        self._budget.spend(0)
        try:
            regex = compile_regex(pattern)
        except Refusal:
            self._budget.spend(_BAD_REGEX_COST)
            raise
        self._budget.spend(_INSTRUCTION_COST * regex.size)
        return regex

    def _search_together(self, markers: Iterable[str]) -> None:
        """Finds all long markers in one pass: 15 bytes always hold a gram of 8 that starts at a multiple of 8.

        Of each marker the 15 bytes are taken whose grams the fewest other markers have.
        """
        raws = {marker: raw for marker in markers if len(raw := marker.encode("utf-8")) >= 2 * _GRAM - 1}
        counts = Counter(raw[at : at + _GRAM] for raw in raws.values() for at in range(len(raw[:_PREFIX]) - _GRAM + 1))
        grams: dict[bytes, list[tuple[str, bytes, int]]] = {}
        for marker, raw in raws.items():
            popular = [counts[raw[at : at + _GRAM]] for at in range(len(raw[:_PREFIX]) - _GRAM + 1)]
            starts = range(len(popular) - _GRAM + 1)
            start = min(starts, key=lambda start: sum(popular[start : start + _GRAM]))
            for offset in range(start, start + _GRAM):
                grams.setdefault(raw[offset : offset + _GRAM], []).append((marker, raw, offset))
            self._markers[marker] = []
        data = self._text.data
        self._budget.spend(len(data))
        for at in range(0, len(data) - _GRAM + 1, _GRAM):
            hits = grams.get(data[at : at + _GRAM])
            if hits is not None:
                self._verify(at, hits)

    def _verify(self, at: int, hits: list[tuple[str, bytes, int]]) -> None:
        self._budget.spend(len(hits) * _HIT_COST)
        full = False
        for marker, raw, offset in hits:
            start = at - offset
            if start >= 0 and self._text.data.startswith(raw, start):
                lines = self._markers[marker]
                line = self._text.number(start)
                if line not in lines:
                    lines.append(line)
                full = full or len(lines) > MOST_CANDIDATES
        if full:
            hits[:] = [hit for hit in hits if len(self._markers[hit[0]]) <= MOST_CANDIDATES]


def _points(at: At) -> tuple[LineAt | LinesAt | MarkerAt | RegexAt, ...]:
    return (at.start, at.end) if isinstance(at, SpanAt) else (at,)
