"""What differs between two texts, as hunks of whole lines; and a batch's operations that make the one of the other."""

from __future__ import annotations

from base64 import b64encode
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher
from itertools import pairwise
from typing import Any, Final, NamedTuple

from bot.contracts.patch import Append, Create, LineAt, LinesAt, Operation, ReplaceBlock
from bot.contracts.patch import InsertBefore as Insert
from bot.contracts.tree import EXECUTABLE
from bot.patching.text import Text, is_text, split

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


def operations(path: str, old: Text, changes: Iterable[Hunk]) -> tuple[Operation, ...]:
    """Exact operations that make these changes of one file, each pinned by the old text of its lines.

    A hunk that only inserts is pinned by its line number alone: pin the file with ``expect_blob`` where that matters.
    """
    return tuple(_operation(path, old, hunk) for hunk in changes)


def _operation(path: str, old: Text, hunk: Hunk) -> Operation:
    text = b"".join(hunk.new)
    if hunk.start < hunk.end:
        expect = old.block(hunk.start + 1, hunk.end)
        at = LinesAt(lines=(hunk.start + 1, hunk.end))
        values = _bytes(text, expect)
        return ReplaceBlock(op="replace-block", path=path, at=at, **values)
    if hunk.start >= old.count:
        return Append(op="append", path=path, **_bytes(text))
    return Insert(op="insert-before", path=path, at=LineAt(line=hunk.start + 1), **_bytes(text))


def _bytes(text: bytes, expect: bytes | None = None) -> dict[str, Any]:
    """``text`` (and ``expect``) as members: as text where both are, else in base64."""
    try:
        values: dict[str, Any] = {"text": _utf8(text), "exact": True}
        return values if expect is None else {**values, "expect": _utf8(expect)}
    except UnicodeDecodeError:
        values = {"text": b64encode(text).decode(), "encoding": "base64"}
        return values if expect is None else {**values, "expect": b64encode(expect).decode()}


def _utf8(data: bytes) -> str:
    return data.decode("utf-8")


def create(path: str, data: bytes, mode: int) -> Create:
    """The operation that makes a file of these bytes, whatever they are. ``mode`` is git's number."""
    name: Any = "100755" if mode == EXECUTABLE else "100644"
    try:
        if is_text(data):
            return Create(op="create", path=path, content=data.decode("utf-8"), mode=name)
    except UnicodeDecodeError:
        pass
    return Create(op="create", path=path, content=b64encode(data).decode(), encoding="base64", mode=name)


def between(path: str, old: bytes, new: bytes) -> tuple[Operation, ...]:
    """Exact operations that make one text of the other; none when they are the same."""
    text = Text(old)
    return operations(path, text, hunks(text.lines, split(new)))
