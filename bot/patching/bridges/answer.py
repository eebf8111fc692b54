"""Finds what an answer holds: raw, in code blocks, with prose around; diffs, blocks, patches or native batches.

What a patch is made of is read before any fence is looked for, so that a patch may hold fences itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Literal, NamedTuple

from bot.patching.bridges.apply_patch import PatchReader
from bot.patching.bridges.desk import Desk
from bot.patching.bridges.diff_read import DiffReader
from bot.patching.bridges.search_replace import BlockReader

Kind = Literal["diff", "search-replace", "apply-patch", "json", "yaml"]
_FENCE = re.compile(rb"( {0,16})(`{3,}|~{3,})([^\n]*)\Z")
_YAML = re.compile(rb"(?m)^(?:version|base|task|requester|reason|operations):")
_YAML_START = re.compile(rb"(?:[ \t]*(?:#[^\n]*|---[ \t]*)?\n)*(?:version|base|task|requester|reason|operations):")


class Native(NamedTuple):
    """A native batch: its bytes, with an empty line for each line before it, so that places are right."""

    at: int
    format: Literal["json", "yaml"]
    data: bytes


class Fence(NamedTuple):
    """An open code block."""

    at: int
    indent: int
    mark: bytes
    info: bytes

    def closes(self, line: bytes) -> bool:
        """Whether a line ends it. Its indentation is the opening's: a line of a diff starts with a space."""
        bare = line.rstrip(b" \t")
        return len(bare) >= len(self.mark) and not bare.strip(self.mark[:1])


class Answer:
    """The parts of a payload, by kind, in order."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._payload = desk.payload
        self.diffs = DiffReader(desk)
        self.blocks = BlockReader(desk)
        self.patches = PatchReader(desk)
        self.natives: list[Native] = []
        self._last = -1
        """The index of the line that began what was read last."""

    @property
    def kinds(self) -> list[tuple[int, Kind]]:
        """Which kinds there are, each with the index of the line that begins the first one."""
        found: list[tuple[int | None, Kind]] = [
            (self.diffs.first, "diff"),
            (self.blocks.first, "search-replace"),
            (self.patches.first, "apply-patch"),
        ]
        natives: list[tuple[int | None, Kind]] = [(each.at, each.format) for each in self.natives[:1]]
        return sorted((at, kind) for at, kind in (*found, *natives) if at is not None)

    def read(self) -> None:
        """Read the whole payload."""
        raw = self._raw()
        if raw is not None:
            self.natives.append(Native(0, raw, self._payload.data))
            return
        at, fence = 0, None
        while at < len(self._payload):
            line = self._payload.line(at)
            if fence is not None and fence.closes(line):
                self._closed(fence)
                at, fence = at + 1, None
                continue
            behind = self._patch(at, fence)
            if behind is None and fence is None and (fence := self._opened(at)) is not None:
                behind = self._native(fence)
                fence = fence if behind is None else None
            at = behind if behind is not None else at + 1
        if fence is not None and (self._holds(fence) or fence.info[:4] in {b"diff", b"patc", b"json", b"yaml"}):
            self._desk.faults.add("fence-unclosed", self._payload.place(fence.at))

    def _raw(self) -> Literal["json", "yaml"] | None:
        """Which native format the whole payload is in."""
        data = self._payload.data
        if data[:1000].lstrip()[:1] == b"{" and b'"operations"' in data:
            return "json"
        return "yaml" if _YAML_START.match(data) and b"operations:" in data else None

    def _patch(self, at: int, fence: Fence | None) -> int | None:
        closes: Callable[[bytes], bool] | None = fence.closes if fence is not None else None
        behind = self.patches.read(at)
        if behind is None:
            behind = self.blocks.read(at, fence.at if fence is not None else None)
        if behind is None:
            behind = self.diffs.read(at, closes)
        if behind is not None:
            self._last = at
        return behind

    # --- code blocks

    def _opened(self, at: int) -> Fence | None:
        """The code block that a line opens. What is in one that is indented, is brought to the left."""
        found = _FENCE.match(self._payload.line(at))
        if found is None or (found[2][:1] == b"`" and b"`" in found[3]):
            return None
        fence = Fence(at, len(found[1]), found[2], found[3].strip())
        if fence.indent:
            self._bring_left(fence)
        return fence

    def _bring_left(self, fence: Fence) -> None:
        """Takes the fence's indentation off, where all lines have it; of the closing fence in any case."""
        lines, space = self._payload.lines, b" " * fence.indent
        inside: list[int] = []
        for at in range(fence.at + 1, len(lines)):
            if lines[at].startswith(space) and fence.closes(lines[at][fence.indent :].removesuffix(b"\r")):
                lines[at] = lines[at][fence.indent :]
                break
            inside.append(at)
        if all(lines[at].startswith(space) or not lines[at].strip() for at in inside):
            for at in inside:
                lines[at] = lines[at][fence.indent :]

    def _native(self, fence: Fence) -> int | None:
        """Take a code block that is a native batch: the index behind it."""
        first = fence.at + 1
        word = fence.info.split(b" ")[0].lower()
        start = self._payload.line(self._payload.next_filled(first)).lstrip()
        json = start.startswith(b"{") and word in {b"", b"json", b"jsonc", b"json5"}
        yaml = word in {b"", b"yaml", b"yml"} and bool(_YAML.match(start) or start.startswith((b"#", b"---")))
        if not json and not yaml:
            return None
        end = next((at for at in range(first, len(self._payload)) if fence.closes(self._payload.line(at))), None)
        data = b"\n".join(self._payload.lines[first:end])
        if not (b'"operations"' in data if json else _YAML_START.match(data) and b"operations:" in data):
            return None
        if end is None:
            return None
        self.natives.append(Native(first, "json" if json else "yaml", b"\n" * first + data))
        return end + 1

    def _closed(self, fence: Fence) -> None:
        if fence.info.split(b" ")[0].lower() in {b"diff", b"patch", b"udiff"} and not self._holds(fence):
            reason = "the code block names no file, or holds no hunk"
            self._desk.faults.add("bad-diff-header", self._payload.place(fence.at), reason=reason)

    def _holds(self, fence: Fence) -> bool:
        """Whether a patch started in a code block."""
        return self._last > fence.at
