"""Merges two changes of one text, line by line: what they did in different places, or what they did alike.

Changes that overlap or touch are weighed together, as git does; where the two sides differ there, both are shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Literal

from bot.patching.text import shown, split
from bot.source.hunks import Hunk, hunks

Side = Literal["ours", "theirs"]
MOST_SHOWN = 2_000
"""So many characters of one side of a clash are shown."""


@dataclass(frozen=True, slots=True)
class Clash:
    """Lines that both sides changed. ``line``: where they begin in our text, from 1."""

    line: int
    before: str
    ours: str
    theirs: str


@dataclass(frozen=True, slots=True)
class MergedText:
    """The merged bytes. With clashes that no side was to win they hold our side there."""

    data: bytes
    clashes: tuple[Clash, ...]
    """Where both sides differ, also those that the favoured side won."""


@dataclass(frozen=True, slots=True)
class _Region:
    """Lines ``start`` to ``end`` of the base (indexes from 0), and the hunks of both sides in them."""

    start: int
    end: int
    ours: tuple[Hunk, ...]
    theirs: tuple[Hunk, ...]


def merge_text(base: bytes, ours: bytes, theirs: bytes, favour: Side | None = None) -> MergedText:
    """Both changes of ``base`` in one text; where they clash, the ``favour`` side's lines stand."""
    lines = split(base)
    made: list[bytes] = []
    clashes: list[Clash] = []
    at = shift = 0
    for region in _regions(hunks(lines, split(ours)), hunks(lines, split(theirs))):
        made += lines[at : region.start]
        at = region.end
        one, two = _side(lines, region, region.ours), _side(lines, region, region.theirs)
        if not region.ours or not region.theirs or one == two:
            made += one if region.ours else two
        else:
            before = lines[region.start : region.end]
            clashes.append(Clash(region.start + shift + 1, _shown(before), _shown(one), _shown(two)))
            made += two if favour == "theirs" else one
        shift += len(one) - (region.end - region.start)
    return MergedText(b"".join([*made, *lines[at:]]), tuple(clashes))


def clashing(lines: Sequence[bytes], ours: Sequence[Hunk], theirs: Sequence[Hunk], most: int) -> tuple[int, ...]:
    """Where two changes of ``lines`` clash, by the rules of ``merge_text``: the first line of each place, from 1.

    The first ``most`` places.
    """
    if not ours or not theirs or ours[-1].end < theirs[0].start or theirs[-1].end < ours[0].start:
        return ()  # the one ends before the other begins: most pairs of changes do
    found = (
        region.start + 1
        for region in _regions(ours, theirs)
        if region.ours and region.theirs and _side(lines, region, region.ours) != _side(lines, region, region.theirs)
    )
    return tuple(islice(found, most))


def _shown(lines: Sequence[bytes]) -> str:
    return shown(b"".join(lines), MOST_SHOWN)


def _side(lines: Sequence[bytes], region: _Region, changes: Sequence[Hunk]) -> list[bytes]:
    made: list[bytes] = []
    at = region.start
    for start, end, new in changes:
        made += lines[at:start]
        made += new
        at = end
    return [*made, *lines[at : region.end]]


def _regions(ours: Sequence[Hunk], theirs: Sequence[Hunk]) -> Iterator[_Region]:
    """The hunks of both sides in order, those that overlap or touch one of the other side together."""
    waiting = sorted([*((hunk, 0) for hunk in ours), *((hunk, 1) for hunk in theirs)], key=lambda each: each[0][:2])
    held: tuple[list[Hunk], list[Hunk]] = ([], [])
    start = end = 0
    for hunk, side in waiting:
        # Two hunks of one side are apart by themselves; what lies between them is what the other side changed.
        if (held[0] or held[1]) and hunk.start <= end:
            end = max(end, hunk.end)
        else:
            if held[0] or held[1]:
                yield _Region(start, end, tuple(held[0]), tuple(held[1]))
            held = ([], [])
            start, end = hunk.start, hunk.end
        held[side].append(hunk)
    if held[0] or held[1]:
        yield _Region(start, end, tuple(held[0]), tuple(held[1]))
