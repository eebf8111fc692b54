"""What an author sent, as lines. Line numbers count from 1, indexes from 0."""

from __future__ import annotations

from functools import cached_property
from typing import Final

from bot.errors import Place, Refusal
from bot.patching.text import BOM, plain

MOST_BYTES: Final = 32 << 20
MOST_LINES: Final = 2_000_000


class Payload:
    """The payload's lines without their ``\\n``.

    Where all lines end with CRLF (those of a comment on GitHub do), that is the transport's, and is taken off.
    """

    def __init__(self, data: bytes, name: str) -> None:
        if len(data) > MOST_BYTES:
            raise Refusal("too-large", Place(name), {"size": len(data), "most": MOST_BYTES})
        data = data.removeprefix(BOM)
        ends = data.count(b"\n")
        self.name = name
        self.data = plain(data) if ends and data.count(b"\r\n") == ends else data

    @cached_property
    def lines(self) -> list[bytes]:
        """All lines. Raises ``Refusal('patch-too-costly')`` for more of them than a patch of this size can have."""
        if self.data.count(b"\n") > MOST_LINES:
            raise Refusal("patch-too-costly", Place(self.name))
        lines = self.data.split(b"\n")
        return lines if lines[-1] else lines[:-1]

    def __len__(self) -> int:
        """How many lines there are."""
        return len(self.lines)

    def line(self, at: int) -> bytes:
        """The line at an index without a ``\\r`` at its end; empty behind the last one."""
        return self.lines[at].removesuffix(b"\r") if at < len(self.lines) else b""

    def place(self, at: int) -> Place:
        """The place of the line at an index."""
        return Place(self.name, at + 1)

    def next_filled(self, at: int) -> int:
        """The index of the first line from here on that is not blank; the count of lines where there is none."""
        while at < len(self.lines) and not self.lines[at].strip():
            at += 1
        return at
