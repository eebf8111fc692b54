"""For what was not found: the place that comes nearest, and how it differs. It may suggest, and never applies."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final, Literal

from bot.patching.text import shown

MOST_LINES: Final = 20_000
"""Only so many lines of a file are compared."""
MOST_LENGTH: Final = 200
"""Only so much of a line is compared."""
MOST_COMPARED: Final = 60
"""So many lines are compared letter by letter, those that share most words."""
MOST_PLACES: Final = 50
"""A line that stands in more places than this tells nothing."""
LEAST: Final = 0.6
"""What is less alike is not worth showing."""
_SPACE = re.compile(rb"\s+")
_WORD = re.compile(rb"\w+")


@dataclass(frozen=True, slots=True)
class Near:
    """The nearest place. ``line`` counts from 1."""

    line: int
    difference: Literal["white-space", "case", "text"]
    text: str
    """The line as it is."""

    def __str__(self) -> str:
        """``line 41 differs in white space only``."""
        how = {"white-space": "differs in white space only", "case": "differs in upper and lower case only"}
        return f"line {self.line} {how.get(self.difference, f'is the nearest: {self.text}')}"


def nearest_line(lines: Sequence[bytes], wanted: bytes) -> Near | None:
    """The line that comes nearest to a text which is within none; ``None`` when none is near."""
    return nearest_block(lines, [wanted], inside=True)


def nearest_block(lines: Sequence[bytes], wanted: Sequence[bytes], *, inside: bool = False) -> Near | None:
    """Where a block of lines (without their ends) comes nearest: the first line in it that differs.

    ``lines`` are the file's, with or without ends. ``inside``: the wanted text may be a part of a line.
    """
    filled = [line for line in wanted if line.strip()]
    if not filled:
        return None
    here = [line[:MOST_LENGTH].rstrip(b"\r\n") for line in lines[:MOST_LINES]]
    found = _folded(here, filled, inside=inside)
    if found is None and not inside:
        found = _aligned(here, [line[:MOST_LENGTH] for line in wanted])
    return found or _alike(here, filled)


def _aligned(lines: list[bytes], wanted: Sequence[bytes]) -> Near | None:
    """Where most lines of the block stand as they are: the first line there that does not."""
    places: dict[bytes, list[int]] = {}
    for at, line in enumerate(lines):
        places.setdefault(line, []).append(at)
    offsets: Counter[int] = Counter()
    for index, line in enumerate(wanted[:MOST_COMPARED]):
        found = places.get(line, ()) if line.strip() else ()
        if len(found) <= MOST_PLACES:  # a brace stands everywhere
            offsets.update(at - index for at in found)
    for offset, _ in sorted(offsets.items(), key=lambda each: (-each[1], each[0]))[:1]:
        for index, line in enumerate(wanted):
            at = offset + index
            if 0 <= at < len(lines) and lines[at] != line:
                return Near(at + 1, "text", shown(lines[at]))
    return None


def _folded(lines: list[bytes], wanted: Sequence[bytes], *, inside: bool) -> Near | None:
    """A place that is the same but for white space, or for case."""
    for difference, fold in (("white-space", _without_space), ("case", bytes.lower)):
        texts = [fold(line) for line in lines]
        keys = [fold(line[:MOST_LENGTH]) for line in wanted]
        for at, text in enumerate(texts):
            if text == keys[0] or (inside and keys[0] in text):
                rest = [each for each in texts[at : at + 3 * len(keys)] if each]
                if inside or rest[: len(keys)] == keys:
                    number = at if inside else at + _first_difference(lines[at:], wanted)
                    kind: Literal["white-space", "case"] = "white-space" if difference == "white-space" else "case"
                    return Near(number + 1, kind, shown(lines[number]))
    return None


def _without_space(line: bytes) -> bytes:
    return _SPACE.sub(b"", line)


def _first_difference(lines: list[bytes], wanted: Sequence[bytes]) -> int:
    filled = [(at, line) for at, line in enumerate(lines) if line.strip()]
    for (at, line), want in zip(filled, wanted, strict=False):
        if line != want[:MOST_LENGTH]:
            return at
    return 0


def _alike(lines: list[bytes], wanted: Sequence[bytes]) -> Near | None:
    """The line that shares most letters with the longest wanted one."""
    key = max(wanted, key=len)[:MOST_LENGTH].strip()
    words = set(_WORD.findall(key))
    ranked = sorted(
        ((-len(words.intersection(_WORD.findall(line))), at) for at, line in enumerate(lines) if line.strip())
    )[:MOST_COMPARED]
    best: tuple[float, int] | None = None
    matcher = SequenceMatcher(None, "", key.decode("utf-8", "replace"), autojunk=False)
    for _, at in ranked:
        matcher.set_seq1(lines[at].strip().decode("utf-8", "replace"))
        if matcher.real_quick_ratio() > (best[0] if best else LEAST) and matcher.quick_ratio() > (
            best[0] if best else LEAST
        ):
            ratio = matcher.ratio()
            if ratio > (best[0] if best else LEAST):
                best = ratio, at
    return None if best is None else Near(best[1] + 1, "text", shown(lines[best[1]]))
