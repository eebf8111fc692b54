"""The boxes of task lists (``- [ ] text``) in a Markdown text, as GitHub makes them to be clicked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256

_BOX = re.compile(r"(?P<before>[ >]*(?:[-*+]|\d{1,9}[.)])[ \t]+\[)(?P<mark>[ xX])(?P<after>\][ \t]+(?P<text>\S.*))")
_FENCE = re.compile(r"[ >]*(?P<fence>`{3,}|~{3,})")


@dataclass(frozen=True)
class Box:
    """One box: its line (from 0), whether it is ticked, and the words behind it."""

    line: int
    on: bool
    text: str

    @property
    def key(self) -> str:
        """Names the box in a form: it is another one once its line or its words are others."""
        return f"{self.line}-{sha256(self.text.encode(errors='replace')).hexdigest()[:12]}"


def unfenced(body: str) -> Iterator[tuple[int, str]]:
    """The lines of a text that are in no fenced code, each with its number from 0."""
    fence = ""
    for at, line in enumerate(body.split("\n")):
        if marked := _FENCE.match(line):
            ticks = marked["fence"]
            if not fence:
                fence = ticks
            elif ticks.startswith(fence):
                fence = ""
        elif not fence:
            yield at, line


def boxes(body: str) -> Iterator[Box]:
    """The boxes of a text, in order; those in fenced code are none."""
    for at, line in unfenced(body):
        if found := _BOX.fullmatch(line.removesuffix("\r")):
            yield Box(at, found["mark"] != " ", found["text"])


def ticked(body: str, box: Box, *, on: bool) -> str:
    """The text with that box ticked, or not: nothing else changes."""
    lines = body.split("\n")
    end = "\r" if lines[box.line].endswith("\r") else ""
    found = _BOX.fullmatch(lines[box.line].removesuffix("\r"))
    if found is None:
        raise ValueError(f"line {box.line} has no box")
    lines[box.line] = f"{found['before']}{'x' if on else ' '}{found['after']}{end}"
    return "\n".join(lines)
