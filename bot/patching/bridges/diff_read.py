"""Reads unified diffs: git's and plain ones."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from bot.patching.bridges.desk import Desk
from bot.patching.bridges.diff_hunks import BadHunk, HunkReader, is_header, is_numbered
from bot.patching.bridges.diff_model import Section
from bot.patching.bridges.diff_names import name
from bot.patching.bridges.find import FILE, HUNK

_MARK = re.compile(
    rb"(old mode|new mode|new file mode|deleted file mode|rename from|rename to|copy from|copy to|"
    rb"similarity index|dissimilarity index|index) (.+)"
)
_BINARY = re.compile(rb"GIT binary patch\Z|Binary files .+ differ\Z")
_GIT: Final = b"diff --git "
_COMBINED: Final = (b"diff --cc ", b"diff --combined ", b"@@@ ")


class DiffReader:
    """Reads the sections of one payload's diffs."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._payload = desk.payload
        self.sections: list[Section] = []
        self.first: int | None = None
        """The index of the first line that belongs to a diff."""

    def read(self, at: int, fence: Callable[[bytes], bool] | None) -> int | None:
        """Read what starts at an index: the index behind it, ``None`` where no diff starts."""
        if not self._starts(at):
            return None
        self.first = at if self.first is None else self.first
        line = self._payload.line(at)
        if line.startswith(_COMBINED):
            self._bad_header(at, "a combined diff has several old files")
            return at + 1
        if _BINARY.match(line):
            self._desk.faults.add("binary-patch", self._payload.place(at), path="")
            return at + 1
        if line.startswith(b"@@"):
            self._bad_header(at, "no file is named before the hunk")
            return at + 1
        return self._section(at, fence)

    def _bad_header(self, at: int, reason: str) -> None:
        self._desk.faults.add("bad-diff-header", self._payload.place(at), reason=reason)

    def _starts(self, at: int) -> bool:
        line = self._payload.line(at)
        if not line.startswith((b"d", b"-", b"+", b"@", b"n", b"o", b"r", b"c", b"s", b"i", b"G", b"B")):
            return False
        if line.startswith((_GIT, *_COMBINED)) or is_numbered(line) or _BINARY.match(line):
            return True
        if is_header(self._payload, at):
            return True
        if line.startswith((b"--- ", b"+++ ")):
            return is_numbered(self._payload.line(at + 1))
        return _MARK.fullmatch(line) is not None and self._marks_lead_on(at)

    def _marks_lead_on(self, at: int) -> bool:
        """Whether git's extended header lines, without ``diff --git`` before them, belong to a diff."""
        seen = set()
        while found := _MARK.fullmatch(self._payload.line(at)):
            if found[1] in seen:
                return False
            seen.add(found[1])
            at += 1
        return is_header(self._payload, at) or {b"rename from", b"rename to"} <= seen

    def _section(self, at: int, fence: Callable[[bytes], bool] | None) -> int:
        payload = self._payload
        self._desk.budget.spend(FILE)
        section = Section(at)
        self.sections.append(section)
        if payload.line(at).startswith(_GIT):
            section.header = payload.line(at)[len(_GIT) :]
            at += 1
        while found := _MARK.fullmatch(payload.line(at)):
            section.marks[found[1].decode()] = found[2]
            at += 1
        after = payload.next_filled(at)
        at = after if is_header(payload, after) else at
        if _BINARY.match(payload.line(at)):
            section.binary = at
            return at + 1
        if is_header(payload, at) and not payload.line(at).startswith(b"@@"):
            section.old, section.new = name(payload.line(at)[4:]), name(payload.line(at + 1)[4:])
            at += 2
        elif payload.line(at).startswith(b"--- "):
            section.old, at = name(payload.line(at)[4:]), at + 1
        elif payload.line(at).startswith(b"+++ "):
            section.new, at = name(payload.line(at)[4:]), at + 1
        return self._hunks(section, at, fence)

    def _hunks(self, section: Section, at: int, fence: Callable[[bytes], bool] | None) -> int:
        payload, reader = self._payload, HunkReader(self._payload, self._desk.exists, fence)
        while payload.line(after := payload.next_filled(at)).startswith(b"@@"):
            self._desk.budget.spend(HUNK)
            try:
                hunk, at = reader.read(after)
            except BadHunk as bad:
                self._desk.faults.add("bad-hunk", payload.place(bad.at), reason=bad.reason, text=bad.line)
                section.broken = True
                return max(bad.at, after) + 1
            section.hunks.append(hunk)
        return at
