"""The apply_patch format: ``*** Begin Patch``, files to add, delete or update, and the chunks of an update.

A chunk's old lines are searched behind the chunk before it and behind its ``@@`` anchors, and must stand there once.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, Literal

from bot.patching.bridges.desk import Change, Desk
from bot.patching.bridges.draft import Draft, without_mark
from bot.patching.bridges.find import FILE, HUNK, places, stands
from bot.patching.text import shown

BEGIN: Final = b"*** Begin Patch"
END: Final = b"*** End Patch"
END_OF_FILE: Final = b"*** End of File"
_FILE = re.compile(rb"\*\*\* (Add|Delete|Update) File: *(.*\S) *\Z")
_MOVE = re.compile(rb"\*\*\* Move to: *(.*\S) *\Z")


@dataclass
class Chunk:
    """One change of an update. ``lines`` start with their sign."""

    at: int
    anchors: list[tuple[int, bytes]] = field(default_factory=list)
    lines: list[bytes] = field(default_factory=list)
    at_end: bool = False

    @cached_property
    def sides(self) -> tuple[list[bytes], list[bytes]]:
        """The old lines and the new ones, without their signs."""
        old, new = ([line[1:] for line in self.lines if line[:1] in {b" ", sign}] for sign in (b"-", b"+"))
        return without_mark(old, new)


@dataclass
class Part:
    """What is said of one file."""

    at: int
    what: Literal["Add", "Delete", "Update"]
    path: bytes
    to: bytes | None = None
    lines: list[bytes] = field(default_factory=list)
    chunks: list[Chunk] = field(default_factory=list)


class PatchReader:
    """Reads the patches of one payload."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._payload = desk.payload
        self.parts: list[Part] = []
        self.first: int | None = None

    def read(self, at: int) -> int | None:
        """Read the patch that starts at an index: the index behind it, ``None`` where none starts."""
        if not self._is(at, BEGIN):
            return None
        self.first = at if self.first is None else self.first
        begin, at = at, at + 1
        while at < len(self._payload):
            if self._is(at, END):
                return at + 1
            found = _FILE.match(self._payload.line(at))
            if found is not None:
                what: Literal["Add", "Delete", "Update"] = found[1].decode()  # type: ignore[assignment]
                part = Part(at, what, found[2])
                self.parts.append(part)
                at = self._part(part, at + 1)
            elif not self._payload.line(at).strip():
                at += 1
            else:
                self._bad(at, "a line that names a file is due here")
                return self._behind(at)
        self._bad(begin, "it has no line that says *** End Patch")
        return at

    def _is(self, at: int, marker: bytes) -> bool:
        line = self._payload.line(at)
        return line.startswith(marker) and line.strip() == marker

    def _behind(self, at: int) -> int:
        """Behind the end of the patch, to go on after a fault."""
        while at < len(self._payload) and not self._is(at, END):
            at += 1
        return at + 1

    def _bad(self, at: int, reason: str) -> None:
        text = shown(self._payload.line(at), 100)
        self._desk.faults.add("bad-chunk", self._payload.place(at), reason=reason, text=text)

    def _part(self, part: Part, at: int) -> int:
        """The lines of one file; the index behind them."""
        if part.what == "Add":
            while self._payload.line(at).startswith(b"+"):
                part.lines.append(self._payload.line(at)[1:])
                at += 1
        if part.what != "Update":
            return at
        if found := _MOVE.match(self._payload.line(at)):
            part.to = found[1]
            at += 1
        while at < len(self._payload):
            after = self._payload.next_filled(at)
            line = self._payload.line(after)
            if after >= len(self._payload) or (line.startswith(b"***") and not self._is(after, END_OF_FILE)):
                return after
            at = self._chunk(part, at if line[:1] in {b" ", b"+", b"-"} else after)
        return at

    def _chunk(self, part: Part, at: int) -> int:
        """One chunk; the index behind it."""
        payload = self._payload
        chunk = Chunk(at)
        part.chunks.append(chunk)
        while (line := payload.line(at)).startswith(b"@@"):
            if anchor := line[2:].removeprefix(b" ").rstrip():
                chunk.anchors.append((at, anchor))
            at += 1
        while at < len(payload) and (not (line := payload.line(at)) or line[:1] in {b" ", b"+", b"-"}):
            chunk.lines.append(line or b" ")
            at += 1
        end = at
        while chunk.lines and not payload.line(end - 1):
            end -= 1
            chunk.lines.pop()  # empty lines before what follows
        if self._is(at, END_OF_FILE):
            chunk.at_end = True
            at += 1
        elif at < len(payload) and not payload.line(at).startswith((b"@@", b"***")):
            self._bad(at, "a line of a chunk starts with a space, + or -")
            while at < len(payload) and not payload.line(at).startswith(b"***"):
                at += 1
        return at


class Patch:
    """Carries the parts of patches to the desk."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._payload = desk.payload

    def apply(self, parts: list[Part]) -> None:
        """Do what these parts say, one after the other."""
        for part in parts:
            with self._desk.faults.noting():
                self._part(part)

    def _part(self, part: Part) -> None:
        desk, at = self._desk, part.at
        desk.budget.spend(FILE)
        path = desk.path(part.path, at)
        to = desk.path(part.to, at) if part.to is not None else path
        if path is None or to is None:
            return
        if part.what == "Add":
            desk.create(path, b"".join(line + b"\n" for line in part.lines), at)
            return
        change = desk.edit(path, at)
        if change is None:
            return
        if part.what == "Delete":
            desk.delete(change, at)
        elif not part.chunks and to == path:
            text = shown(self._payload.line(at), 100)
            desk.faults.add("bad-chunk", self._payload.place(at), reason="it has no chunk", text=text)
        else:
            self._update(part, change, to)

    def _update(self, part: Part, change: Change, to: str) -> None:
        draft = self._desk.drafted(change)
        position = 0
        for chunk in part.chunks:
            found = self._place(chunk, change.path, draft, position)
            if found is not None:
                old, new = chunk.sides
                draft.replace(found, found + len(old), new)
                position = found + len(new)
        if to != change.path:
            if change.file is None:
                self._desk.conflict(change.path, part.at, change.at)
            else:
                self._desk.move(change, to, part.at)

    def _place(self, chunk: Chunk, path: str, draft: Draft, position: int) -> int | None:
        """Where a chunk stands; ``None``, and a fault, where it does not, or may stand in several places."""
        faults, place = self._desk.faults, self._payload.place(chunk.at)
        self._desk.budget.spend(HUNK)
        for number, (at, anchor) in enumerate(chunk.anchors):
            found = self._anchor(at, anchor, path, draft, position + (number > 0))
            if found is None:
                return None
            position = found  # a chunk may begin with the anchor's line
        old, _ = chunk.sides
        if not old:
            if chunk.at_end or not draft.lines:
                return len(draft.lines)
            faults.add("hunk-without-context", place, path=path)
            return None
        if chunk.at_end:
            last = len(draft.lines) - len(old)
            spots = [last] if last >= position and stands(draft.bare, old, last) else []
        else:
            spots = places(draft.bare, old, self._desk.budget, position)
        if len(spots) == 1:
            return spots[0]
        if spots:
            faults.add("chunk-ambiguous", place, path=path, candidates=_lines(spots))
        elif not chunk.at_end and (before := places(draft.bare, old, self._desk.budget)):
            faults.add("chunk-out-of-order", place, path=path, candidates=_lines(before))
        else:
            nearest = faults.nearest(draft.lines, old)
            faults.add("chunk-not-found", place, path=path, nearest=nearest, at_end=chunk.at_end)
        return None

    def _anchor(self, at: int, anchor: bytes, path: str, draft: Draft, position: int) -> int | None:
        """The first line that is an anchor's text; the only one, where white space around it differs."""
        self._desk.budget.spend(len(draft.bare) - position)
        place = self._payload.place(at)
        try:
            return draft.bare.index(anchor, position)
        except ValueError:
            pass
        wanted = anchor.strip()
        spots = [each for each in range(position, len(draft.bare)) if draft.bare[each].strip() == wanted]
        if len(spots) == 1:
            return spots[0]
        if spots:
            self._desk.faults.add("anchor-ambiguous", place, path=path, text=shown(wanted), candidates=_lines(spots))
        else:
            nearest = self._desk.faults.nearest(draft.lines, [wanted])
            self._desk.faults.add("anchor-not-found", place, path=path, text=shown(wanted), nearest=nearest)
        return None


def _lines(spots: Sequence[int]) -> list[str]:
    return [str(spot + 1) for spot in spots[:20]]
