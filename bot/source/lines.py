"""Lines of bytes, from 1. A line ends with ``\\n`` (``\\r\\n`` too); a lone ``\\r`` ends nothing, as in git."""

from __future__ import annotations

from bisect import bisect_right


def line_of(data: bytes, offset: int) -> int:
    """The line that holds the byte at an offset; for many offsets of one file use :class:`LineIndex`."""
    return data.count(b"\n", 0, offset) + 1


class LineIndex:
    """Answers which line an offset is in, many times over the same data (``bytes``, or ``str``)."""

    def __init__(self, data: bytes | str) -> None:
        starts = [0]
        at = 0
        for line in data.split(b"\n" if isinstance(data, bytes) else "\n"):  # type: ignore[arg-type]
            at += len(line) + 1
            starts.append(at)
        self._starts = starts[:-1]

    def __len__(self) -> int:
        """How many lines there are; what follows the last ``\\n`` is one, even when it is empty."""
        return len(self._starts)

    def line(self, offset: int) -> int:
        """The line, from 1, that holds the offset."""
        return max(1, bisect_right(self._starts, offset))

    def start(self, line: int) -> int:
        """The offset of a line's first unit. Raises ``IndexError`` for a line that there is not."""
        if line < 1:
            raise IndexError(line)
        return self._starts[line - 1]

    def place(self, offset: int) -> tuple[int, int]:
        """Line and column of an offset, both from 1."""
        line = self.line(offset)
        return line, offset - self._starts[line - 1] + 1
