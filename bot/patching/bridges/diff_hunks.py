"""Reads one hunk of a unified diff, and above all finds where it ends, whether or not its header counts rightly.

The counts are believed when they fit and nothing speaks against them: authors who are models often count too few or
too many lines. A hunk that may be cut short, or may go on, is refused; never is a part of one taken for the whole.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from bot.patching.bridges.diff_model import DiffHunk, Line
from bot.patching.bridges.diff_names import NULL, name, stripped
from bot.patching.bridges.payload import Payload
from bot.patching.text import shown

_HEADER = re.compile(rb"@@ -(\d{1,9})(?:,(\d{1,9}))? \+(\d{1,9})(?:,(\d{1,9}))? @@")
_VERSION = re.compile(rb"\d+\.\d+")
_MAIL = re.compile(rb"From [0-9a-f]{40} ")
_SIGNS: Final = frozenset({b" ", b"+", b"-"})
NEXT: Final = (
    b"@@",
    b"diff ",
    b"Index: ",
    b"Only in ",
    b"Binary files ",
    b"GIT binary patch",
    b"```",
    b"~~~",
)
"""Lines that start like this are no part of a hunk, and end it."""

Exists = Callable[[bytes], bool]


class BadHunk(Exception):
    """A hunk that cannot be read, with the index of the line at fault."""

    def __init__(self, at: int, reason: str, line: bytes = b"") -> None:
        super().__init__(reason)
        self.at, self.reason, self.line = at, reason, shown(line, 100)


def is_numbered(line: bytes) -> bool:
    """Whether a line is a hunk's header with all its numbers."""
    return _HEADER.match(line) is not None


def is_header(payload: Payload, at: int) -> bool:
    """Whether a new file's names start here."""
    return payload.line(at).startswith(b"--- ") and payload.line(at + 1).startswith(b"+++ ")


class HunkReader:
    """Reads the hunks of a payload. ``fence`` is the line that closes the code block they stand in."""

    def __init__(self, payload: Payload, exists: Exists, fence: Callable[[bytes], bool] | None) -> None:
        self._payload = payload
        self._exists = exists
        self._fence = fence

    def read(self, at: int) -> tuple[DiffHunk, int]:
        """The hunk whose header is at an index, and the index behind it. Raises ``BadHunk``."""
        header = self._payload.line(at)
        if header.startswith(b"@@@"):
            raise BadHunk(at, "it is part of a combined diff, which has several old files", header)
        hunk = DiffHunk(at, [])
        end = None
        if found := _HEADER.match(header):
            hunk.start = int(found[1])
            hunk.counts = int(found[2] or b"1"), int(found[4] or b"1")
            end = self._counted(at + 1, *hunk.counts)
        if end is None or not self._is_over(at + 1, end):
            end = self._seen(at + 1)
        hunk.lines = self._lines(at + 1, end)
        if not hunk.lines:
            raise BadHunk(at, "it has no lines", header)
        return hunk, end

    def _sign(self, at: int) -> bytes:
        """How a line starts; a context line that is empty may have lost its space."""
        line = self._payload.line(at)
        return line[:1] if line or at >= len(self._payload) else b" "

    def _counted(self, at: int, old: int, new: int) -> int | None:
        """The end of a hunk by its counts; ``None`` where they do not fit."""
        first = at
        while old or new:
            sign = self._sign(at)
            if sign not in _SIGNS and not (sign == b"\\" and at > first):
                return None
            old -= sign in {b" ", b"-"}
            new -= sign in {b" ", b"+"}
            if old < 0 or new < 0:
                return None
            at += 1
        while at > first and self._sign(at) == b"\\":
            at += 1
        return at

    def _is_over(self, first: int, end: int) -> bool:
        """Whether nothing after the counted lines looks like more of the hunk."""
        payload = self._payload
        if end - first >= 2 and is_header(payload, end - 2) and payload.line(end).startswith(b"@@"):
            names = [name(payload.line(each)[4:]) for each in (end - 2, end - 1)]
            if NULL in names or any(self._exists(form) for each in names for form in (each, stripped(each))):
                return False  # it counts the next file's names as its own lines
        follows = payload.next_filled(end)
        if follows >= len(payload) or self._ends(follows) or payload.line(follows)[:1] not in _SIGNS:
            return True
        if follows > end and not self._is_more(follows):
            raise BadHunk(follows, "the header's counts end the hunk before it", payload.line(follows))
        return False

    def _is_more(self, at: int) -> bool:
        """Whether lines that follow an empty one hold old text, so that the file tells if they belong here."""
        while not self._ends(at) and (sign := self._sign(at)) in _SIGNS | {b"\\"}:
            if sign in {b" ", b"-"} and self._payload.line(at).strip():
                return True
            at += 1
        return False

    def _ends(self, at: int) -> bool:
        """Whether a line is surely no part of a hunk."""
        payload = self._payload
        line = payload.line(at)
        if (
            at >= len(payload)
            or line.startswith(NEXT)
            or _MAIL.match(line)
            or (self._fence is not None and self._fence(line))
        ):
            return True
        if is_header(payload, at) and (payload.line(at + 2).startswith(b"@@") or at + 2 >= len(payload)):
            return True
        if line == b"-- ":  # what a mailed patch ends with
            return at + 1 >= len(payload) or _VERSION.match(payload.line(at + 1)) is not None
        return False

    def _seen(self, first: int) -> int:
        """The end of a hunk by what its lines look like. Raises ``BadHunk`` where it may go on."""
        payload = self._payload
        at = first
        while not self._ends(at) and self._sign(at) in _SIGNS | {b"\\"}:
            at += 1
        end = at
        while end > first and not payload.line(end - 1):
            end -= 1
        if not self._ends(at):
            if self._fence is not None or end == at:
                raise BadHunk(at, "it is no line of a hunk", payload.line(at))
            self._check_prose(at)
        return end

    def _check_prose(self, at: int) -> None:
        """Text after a hunk must hold nothing that may be more of it."""
        while not self._ends(at):
            if self._payload.line(at)[:1] in {b"+", b"-"}:
                raise BadHunk(at, "it may be part of the hunk before it, or not", self._payload.line(at))
            at += 1

    def _lines(self, first: int, end: int) -> list[Line]:
        found: list[Line] = []
        for at in range(first, end):
            line = self._payload.lines[at]
            if line.startswith(b"\\"):
                if not found or not found[-1].ended:
                    raise BadHunk(at, "no line stands before it that could lack its end", line)
                found[-1] = found[-1]._replace(ended=False)
            elif line in {b"", b"\r"}:
                found.append(Line(b" ", line))
            else:
                found.append(Line(line[:1], line[1:]))
        return found
