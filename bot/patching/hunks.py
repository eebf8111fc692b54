"""What differs between two texts, as hunks of whole lines; and a batch's operations that make the one of the other."""

from __future__ import annotations

from base64 import b64encode
from collections import Counter
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher
from typing import Any, Final, NamedTuple

from bot.contracts.patch import Append, Create, LineAt, LinesAt, Operation, ReplaceBlock
from bot.contracts.patch import InsertBefore as Insert
from bot.contracts.tree import EXECUTABLE
from bot.patching.text import Text, split

MOST_PAIRS: Final = 1_000_000
"""Pairs of equal lines that difflib may have to weigh; its time grows with their number and worse."""
MOST_LINES: Final = 200_000
"""More lines than this between the common ends are one hunk."""


class Hunk(NamedTuple):
    """``old[start:end]`` (indexes of lines, from 0) becomes these lines."""

    start: int
    end: int
    new: tuple[bytes, ...]


def hunks(old: Sequence[bytes], new: Sequence[bytes]) -> list[Hunk]:
    """The hunks that make ``new`` of ``old``, in order and apart. Common ends are taken off first.

    Where a comparison would take too long, what lies between the common ends is one hunk.
    """
    head = 0
    most = min(len(old), len(new))
    while head < most and old[head] == new[head]:
        head += 1
    tail = 0
    while tail < most - head and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    one, two = old[head : len(old) - tail], new[head : len(new) - tail]
    if not one and not two:
        return []
    if not one or not two or _is_costly(one, two):
        return [Hunk(head, len(old) - tail, tuple(two))]
    opcodes = SequenceMatcher(None, one, two, autojunk=False).get_opcodes()
    return [
        Hunk(start + head, end + head, tuple(two[new_start:new_end]))
        for tag, start, end, new_start, new_end in opcodes
        if tag != "equal"
    ]


def _is_costly(one: Sequence[bytes], two: Sequence[bytes]) -> bool:
    if max(len(one), len(two)) > MOST_LINES:
        return True
    counts = Counter(two)
    return sum(counts[line] for line in one) > MOST_PAIRS


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
        return Create(op="create", path=path, content=data.decode("utf-8"), mode=name)
    except UnicodeDecodeError:
        return Create(op="create", path=path, content=b64encode(data).decode(), encoding="base64", mode=name)


def between(path: str, old: bytes, new: bytes) -> tuple[Operation, ...]:
    """Exact operations that make one text of the other; none when they are the same."""
    text = Text(old)
    return operations(path, text, hunks(text.lines, split(new)))
