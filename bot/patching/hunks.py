"""A batch's operations that make one text of another, from the hunks between them."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable
from typing import Any

from bot.contracts.patch import Append, Create, LineAt, LinesAt, Operation, ReplaceBlock
from bot.contracts.patch import InsertBefore as Insert
from bot.contracts.tree import EXECUTABLE
from bot.patching.text import Text, is_text, split
from bot.source.hunks import Hunk, hunks


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
