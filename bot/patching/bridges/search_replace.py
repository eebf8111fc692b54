"""Search/replace blocks: each is searched, as whole lines, in what the earlier ones left of its file.

A block is ``<<<<<<< SEARCH``, lines, ``=======``, lines, ``>>>>>>> REPLACE``; the path stands on the line before it, or
before the code block that it is in, or is that code block's info string. Blocks without a path keep the last one.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from bot.patching.bridges.desk import Change, Desk
from bot.patching.bridges.draft import without_mark
from bot.patching.bridges.find import HUNK, places
from bot.patching.text import shown
from bot.source.paths import check_path

_HEAD = re.compile(rb"<{5,9} ?SEARCH>?[ \t]*\Z")
_DIVIDER = re.compile(rb"={5,9}[ \t]*\Z")
_TAIL = re.compile(rb">{5,9} ?REPLACE[ \t]*\Z")
_SPAN = re.compile(r"`+([^`]+)`+|\*\*([^*]+)\*\*")
_PLAUSIBLE = re.compile(r"[\w@+][\w@+.-]*(?:/[\w@+.\[\]()-]+)+|[\w@+-]*\.[\w.-]+|[A-Z]\w*file")
"""What is taken for a path though nothing is there: with a folder, or an extension, or ``Makefile`` and the like."""
MOST_LINE = 1000


class Block(NamedTuple):
    """A block of the payload. Indexes are those of its lines."""

    at: int
    dividers: list[int]
    """The lines that may part search and replacement; none in a block that is not to be read."""
    end: int
    names: list[bytes]
    """The lines that may name its file, the best one first."""


class BlockReader:
    """Reads the blocks of one payload."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._payload = desk.payload
        self.blocks: list[Block] = []
        self.first: int | None = None

    def read(self, at: int, fence_at: int | None) -> int | None:
        """Read the block that starts at an index: the index behind it, ``None`` where none starts."""
        payload = self._payload
        if not payload.line(at).startswith(b"<<<<<") or not _HEAD.match(payload.line(at)):
            return None
        self.first = at if self.first is None else self.first
        dividers: list[int] = []
        for end in range(at + 1, len(payload)):
            line = payload.line(end)
            if _DIVIDER.match(line):
                dividers.append(end)
            elif _HEAD.match(line):
                break
            elif _TAIL.match(line):
                if not dividers:
                    self._bad(at, "it has no line of equals signs between search and replacement")
                self.blocks.append(Block(at, dividers, end, self._names(at, fence_at)))
                return end + 1
        else:
            end = len(payload)
        self._bad(at, "it has no line that ends the replacement")
        self.blocks.append(Block(at, [], end, self._names(at, fence_at)))
        return end

    def _bad(self, at: int, reason: str) -> None:
        self._desk.faults.add("bad-block", self._payload.place(at), reason=reason)

    def _names(self, at: int, fence_at: int | None) -> list[bytes]:
        """The lines before a block that may name its file, with the info string of the code block it starts."""
        payload = self._payload
        before = self._filled_before(at)
        if fence_at is None or before != fence_at:
            return [] if before is None else [payload.line(before)]
        info = payload.line(fence_at).lstrip(b" ").lstrip(b"`~").strip()
        language, _, rest = info.partition(b" ")
        above = self._filled_before(fence_at)
        return [rest or language, language, *([] if above is None else [payload.line(above)])]

    def _filled_before(self, at: int) -> int | None:
        """The last line before an index that is not blank, if it is near."""
        return next((each for each in range(at - 1, max(at - 4, -1), -1) if self._payload.line(each).strip()), None)


class Blocks:
    """Carries blocks to the desk."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._payload = desk.payload

    def apply(self, blocks: list[Block]) -> None:
        """Do what these blocks say, one after the other."""
        path: str | None = None
        for block in blocks:
            try:
                path = self._path(block) or path
            except ValueError:
                self._bad(block, "the line before it names several files")
                continue
            if not block.dividers:
                continue
            if path is None:
                self._bad(block, "no file is named before it")
                continue
            with self._desk.faults.noting():
                check_path(path, self._payload.place(block.at))
                self._block(block, path)

    def _bad(self, block: Block, reason: str) -> None:
        self._desk.faults.add("bad-block", self._payload.place(block.at), reason=reason)

    # --- which file

    def _path(self, block: Block) -> str | None:
        """The path that the lines before a block name. Raises ``ValueError`` for several."""
        for line in block.names:
            found = self._named(line)
            if found is not None:
                return found
        return None

    def _named(self, line: bytes) -> str | None:
        if len(line) > MOST_LINE or b"```" in line:
            return None
        text = line.decode("utf-8", "surrogateescape")
        whole = text.strip().lstrip("#").strip().strip("*`").removesuffix(":").strip("*` ").removeprefix("./")
        spans = [(one or two).strip("*` ").removesuffix(":").removeprefix("./") for one, two in _SPAN.findall(text)]
        forms = list(dict.fromkeys([whole, *spans]))
        there = [form for form in forms if form and self._desk.exists(form.encode("utf-8", "surrogateescape"))]
        found = there or [form for form in forms if _PLAUSIBLE.fullmatch(form)]
        if len(found) > 1:
            raise ValueError(line)
        return found[0] if found else None

    # --- what happens to it

    def _block(self, block: Block, path: str) -> None:
        desk, at = self._desk, block.at
        if not self._desk.exists(path.encode("utf-8", "surrogateescape")):
            if block.dividers[0] > block.at + 1:
                desk.faults.add("patch-file-missing", self._payload.place(at), path=path)
            else:
                lines = self._payload.lines[block.dividers[0] + 1 : block.end]
                desk.create(path, b"".join(line + b"\n" for line in lines), at)
            return
        change = desk.edit(path, at)
        if change is None:
            return
        draft = desk.drafted(change)
        readings = self._readings(block, change)
        if len(readings) > 1:
            self._bad(block, "several of its lines of equals signs could end the search")
            return
        divider, spots = readings[0]
        search, replacement = self._sides(block, divider)
        if not search and draft.lines:
            desk.faults.add("search-empty", self._payload.place(at), path=path)
        elif not search:
            draft.replace(0, 0, replacement)
        elif len(spots) == 1:
            draft.replace(spots[0], spots[0] + len(search), replacement)
        else:
            self._missed(block, path, search, spots, draft.lines)

    def _readings(self, block: Block, change: Change) -> list[tuple[int, list[int]]]:
        """The dividers after a search text that is found, each with its places; the first one where none is."""
        draft = self._desk.drafted(change)
        found: list[tuple[int, list[int]]] = []
        for divider in block.dividers:
            self._desk.budget.spend(HUNK)
            search, _ = self._sides(block, divider)
            spots = places(draft.bare, search, self._desk.budget) if search else []
            if spots or (not search and not draft.lines):
                found.append((divider, spots))
        return found or [(block.dividers[0], [])]

    def _sides(self, block: Block, divider: int) -> tuple[list[bytes], list[bytes]]:
        """What is searched, and what comes in its place."""
        self._desk.budget.spend(5 * (block.end - block.at))
        lines = [self._payload.line(at) for at in range(block.at + 1, block.end)]
        middle = divider - block.at - 1
        return without_mark(lines[:middle], lines[middle + 1 :])

    def _missed(self, block: Block, path: str, search: list[bytes], spots: list[int], lines: list[bytes]) -> None:
        faults, place = self._desk.faults, self._payload.place(block.at)
        if spots:
            found = [str(spot + 1) for spot in spots[:20]]
            faults.add("search-ambiguous", place, path=path, candidates=found)
        else:
            nearest = faults.nearest(lines, search)
            faults.add("search-not-found", place, path=path, nearest=nearest, text=shown(search[0], 100))
