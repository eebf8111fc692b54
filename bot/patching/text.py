"""A file as lines of bytes. Only ``\\n`` and ``\\r\\n`` end a line: not form feed, not U+2028, not a lone ``\\r``."""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from functools import cached_property
from itertools import accumulate
from typing import Final

BOM: Final = b"\xef\xbb\xbf"


def split(data: bytes) -> list[bytes]:
    """The lines with their ends; what follows the last end is a line of its own, unless it is empty."""
    if data.count(b"\r") == data.count(b"\r\n"):  # else Python, which is faster, ends lines elsewhere
        return data.splitlines(keepends=True)
    parts = data.split(b"\n")
    last = parts.pop()
    lines = [part + b"\n" for part in parts]
    if last:
        lines.append(last)
    return lines


def ending(line: bytes) -> bytes:
    """How a line ends: ``\\r\\n``, ``\\n``, or not at all."""
    if line.endswith(b"\r\n"):
        return b"\r\n"
    return b"\n" if line.endswith(b"\n") else b""


def bare(line: bytes) -> bytes:
    """A line without its end."""
    return line.removesuffix(b"\n").removesuffix(b"\r") if line.endswith(b"\n") else line


def plain(data: bytes) -> bytes:
    """The same text with ``\\n`` for every line end."""
    return data.replace(b"\r\n", b"\n")


def is_text(data: bytes) -> bool:
    """Whether git and we take it for text: it holds no NUL."""
    return b"\0" not in data


class Text:
    """A file's bytes with its lines, numbered from 1. Made once for each file, however many operations it has."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    @cached_property
    def lines(self) -> list[bytes]:
        """The lines with their ends."""
        return split(self.data)

    @cached_property
    def starts(self) -> list[int]:
        """The offset of each line, and the end of the data last."""
        return [0, *accumulate(map(len, self.lines))]

    @property
    def count(self) -> int:
        """How many lines there are; an empty file has none."""
        return len(self.starts) - 1

    @property
    def bom(self) -> int:
        """The length of the byte order mark that the file starts with: 3, or 0."""
        return len(BOM) if self.data.startswith(BOM) else 0

    def line(self, number: int) -> bytes:
        """A line without its end, and without a byte order mark."""
        found = bare(self.lines[number - 1])
        return found.removeprefix(BOM) if number == 1 else found

    def number(self, offset: int) -> int:
        """The line that holds the byte at an offset."""
        return max(1, min(bisect_right(self.starts, offset), self.count))

    def block(self, first: int, last: int) -> bytes:
        """The bytes of the lines from ``first`` to ``last``, both included."""
        return self.data[self.starts[first - 1] : self.starts[last]]

    def end_near(self, number: int) -> bytes:
        """How lines end around a line: as this one, else (it is the last, and unended) the one before, else ``\\n``."""
        number = min(number, self.count)
        return next((end for at in (number, number - 1) if at > 0 and (end := ending(self.lines[at - 1]))), b"\n")


def shown(data: bytes, most: int = 200) -> str:
    """Bytes for a person: what is not UTF-8 as ``\\xNN``, cut to ``most`` characters."""
    text = data[: 4 * most + 4].decode("utf-8", "backslashreplace")
    return text if len(text) <= most else text[: most - 1] + "…"


def blob_oid(data: bytes) -> str:
    """The oid that git gives to a blob of these bytes (SHA-1)."""
    return hashlib.sha1(b"blob %d\0%s" % (len(data), data), usedforsecurity=False).hexdigest()
