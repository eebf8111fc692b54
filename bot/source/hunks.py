"""What differs between two texts, as hunks of whole lines, in bounded time."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher
from itertools import pairwise
from typing import Final, NamedTuple

MOST_WEIGHED: Final = 20_000_000
"""Pairs of equal lines that difflib may have to weigh in one comparison, each as often as it might look at it."""
MOST_PASSES: Final = 40
"""So many times a comparison may go over all lines, looking for those that stand once in both texts."""


class Hunk(NamedTuple):
    """``old[start:end]`` (indexes of lines, from 0) becomes these lines."""

    start: int
    end: int
    new: tuple[bytes, ...]


def hunks(old: Sequence[bytes], new: Sequence[bytes]) -> list[Hunk]:
    """The hunks that make ``new`` of ``old``, in order and apart.

    Lines that stand once in both texts divide them (Bram Cohen's patience diff); what lies between two of these is
    left to difflib, or is one hunk where that would take too long.
    """
    found: list[Hunk] = []
    weighed, looked = 0, 0
    waiting = [(0, len(old), 0, len(new))]
    while waiting:
        start, end, new_start, new_end = _trimmed(old, new, *waiting.pop())
        if start == end or new_start == new_end:
            if start < end or new_start < new_end:
                found.append(Hunk(start, end, tuple(new[new_start:new_end])))
            continue
        one, two = old[start:end], new[new_start:new_end]
        looked += len(one) + len(two)
        anchors = _anchors(one, two) if looked <= MOST_PASSES * (len(old) + len(new)) else []
        if anchors:
            parts = [(-1, -1), *anchors, (len(one), len(two))]
            waiting += [
                (start + left[0] + 1, start + right[0], new_start + left[1] + 1, new_start + right[1])
                for left, right in pairwise(parts)
            ][::-1]
            continue
        weighed += _weight(one, two)
        if weighed > MOST_WEIGHED:
            found.append(Hunk(start, end, tuple(two)))
            continue
        found += [
            Hunk(first + start, last + start, tuple(two[new_first:new_last]))
            for tag, first, last, new_first, new_last in SequenceMatcher(None, one, two, autojunk=False).get_opcodes()
            if tag != "equal"
        ]
    return found


def _trimmed(
    old: Sequence[bytes], new: Sequence[bytes], start: int, end: int, new_start: int, new_end: int
) -> tuple[int, int, int, int]:
    """The two ranges without what is the same at their ends."""
    while start < end and new_start < new_end and old[start] == new[new_start]:
        start, new_start = start + 1, new_start + 1
    while start < end and new_start < new_end and old[end - 1] == new[new_end - 1]:
        end, new_end = end - 1, new_end - 1
    return start, end, new_start, new_end


def _anchors(one: Sequence[bytes], two: Sequence[bytes]) -> list[tuple[int, int]]:
    """Lines that stand once in each, as many as keep their order in both: their indexes."""
    counts, new_counts = Counter(one), Counter(two)
    places = {line: at for at, line in enumerate(two) if new_counts[line] == 1 == counts.get(line)}
    pairs = [(at, places[line]) for at, line in enumerate(one) if line in places]
    ends: list[int] = []  # the longest rising row of the second indexes, by patience sorting
    tops: list[int] = []
    before: list[int] = []
    for at, (_, there) in enumerate(pairs):
        pile = bisect_left(ends, there)
        before.append(tops[pile - 1] if pile else -1)
        if pile == len(ends):
            ends.append(there)
            tops.append(at)
        else:
            ends[pile], tops[pile] = there, at
    row: list[tuple[int, int]] = []
    at = tops[-1] if tops else -1
    while at >= 0:
        row.append(pairs[at])
        at = before[at]
    return row[::-1]


def _weight(one: Sequence[bytes], two: Sequence[bytes]) -> int:
    counts = Counter(two)
    return (sum(counts[line] for line in one) + len(one)) * min(len(one), len(two))


def join(old: Sequence[bytes], changes: Iterable[Hunk]) -> bytes:
    """``old`` with hunks, which are in order and apart, applied."""
    parts: list[bytes] = []
    at = 0
    for start, end, new in changes:
        parts += old[at:start]
        parts += new
        at = end
    return b"".join([*parts, *old[at:]])
