"""What in running text, or in raw HTML, is no text: code spans, HTML comments and tags. Linear in the length."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass
from typing import Final, Literal

LONGEST_TAG: Final = 2000
"""Characters of a tag; what looks like a longer one is text. It bounds what a text of many half tags costs."""
_VALUE: Final = r"""(?:[^\s"'=<>`]++|'[^']*+'|"[^"]*+")"""
_ATTRIBUTE: Final = rf"(?:\s++[A-Za-z_:][A-Za-z0-9_.:-]*+(?:\s*+=\s*+{_VALUE})?+)"
_NAME: Final = r"[A-Za-z][A-Za-z0-9-]*+"
TAG: Final = re.compile(rf"<(?:(?P<open>{_NAME}){_ATTRIBUTE}*+\s*+/?>|/(?P<close>{_NAME})\s*+>)", re.ASCII)
"""A whole tag. Nothing in it is tried twice: its quantifiers give nothing back."""
_SPECIAL: Final = re.compile(r"\\[\\`<]|`+|<")
_ANGLE: Final = re.compile("<")
_TICKS: Final = re.compile("`+")
_PAIRS: Final = (("<!--", "-->"), ("<?", "?>"), ("<![CDATA[", "]]>"), ("<!", ">"))

Kind = Literal["code", "comment", "unended", "open", "close"]


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a text. ``unended`` is a comment that has no end in it; ``name`` is a tag's, in lower case."""

    start: int
    end: int
    kind: Kind
    name: str = ""


def pieces(text: str, *, html: bool = False) -> list[Piece]:
    """The pieces of a text from left to right, none within another. In ``html`` no back-tick makes code.

    In running text what has no end is text; in HTML a comment without one goes to the end of the text, and beyond.
    """
    found: list[Piece] = []
    special = _ANGLE if html else _SPECIAL
    ticks: dict[int, list[int]] = {} if html else _runs(text)
    missing: set[str] = set()
    at = 0
    while (match := special.search(text, at)) is not None:
        at = match.end()
        piece: Piece | None = None
        if match[0][0] == "`":
            piece = _code(match.start(), at, ticks)
        elif match[0] == "<":
            piece = _angle(text, match.start(), missing, html=html)
        if piece is not None:
            found.append(piece)
            at = piece.end
    return found


def _runs(text: str) -> dict[int, list[int]]:
    """Where runs of back-ticks stand, by their length."""
    found: dict[int, list[int]] = defaultdict(list)
    for run in _TICKS.finditer(text):
        found[len(run[0])].append(run.start())
    return found


def _code(start: int, after: int, ticks: dict[int, list[int]]) -> Piece | None:
    length = after - start
    starts = ticks.get(length, [])
    at = bisect_left(starts, after)
    return Piece(start, starts[at] + length, "code") if at < len(starts) else None


def _angle(text: str, start: int, missing: set[str], *, html: bool) -> Piece | None:
    for begin, end in _PAIRS:
        if not text.startswith(begin, start):
            continue
        if begin == "<!" and not text[start + 2 : start + 3].isalpha():
            continue
        # ``<!-->`` is a whole comment.
        found = -1 if end in missing else text.find(end, start + 2)
        if found >= 0:
            return Piece(start, found + len(end), "comment")
        missing.add(end)
        return Piece(start, len(text), "unended") if html and begin == "<!--" else None
    tag = TAG.match(text, start, start + LONGEST_TAG)
    if tag is None:
        return None
    return Piece(start, tag.end(), "open" if tag["open"] else "close", (tag["open"] or tag["close"]).lower())
