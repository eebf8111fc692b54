"""The lines of a body that are shown as text: without code, without HTML comments, and not within quoting HTML.

What people write into an issue is read line by line; what is code, a comment or raw HTML names nothing.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from bot.source.markdown import Fence, Html, Part, Text, scan
from bot.source.markdown_text import Piece, pieces

Kind = Literal["text", "code", "html", "gap"]
"""``gap`` is what is none of the others: a heading, a line across, a blank line, indented code."""
MARKS: Final = re.compile(r"[ \t]*(?:(?:[-+*]|[0-9]{1,9}[.)])[ \t]+)*\Z")
"""What may stand before the text of a list's line; a quote's ``>`` may not."""
_SHOWN_AS_CODE: Final = frozenset({"blockquote", "code", "kbd", "pre", "samp", "tt"})


@dataclass(frozen=True, slots=True)
class Shown:
    """One line of a body, from 1. ``raw`` is the whole of it, ``text`` what is shown behind ``before``.

    Of a line that is no running text ``before`` is empty. HTML comments are cut out of ``raw`` and ``text``.
    """

    number: int
    kind: Kind
    raw: str
    before: str = ""
    text: str = ""
    first: bool = False
    """It begins a paragraph."""
    hidden: bool = False
    """It stands in quoting HTML, or in a comment that was not closed."""

    @property
    def item(self) -> bool:
        """Whether a list item begins here."""
        return self.first and bool(self.before.strip())

    @property
    def plain(self) -> bool:
        """Whether it is running text that nobody quotes."""
        return self.kind == "text" and not self.hidden and MARKS.match(self.before) is not None


@dataclass(slots=True)
class _State:
    open: Counter[str] = field(default_factory=Counter)
    unended: bool = False

    @property
    def hides(self) -> bool:
        return self.unended or self.open.total() > 0

    def passes(self, piece: Piece) -> None:
        if piece.kind == "unended":
            self.unended = True
        elif piece.name in _SHOWN_AS_CODE:
            self.open[piece.name] = max(0, self.open[piece.name] + (1 if piece.kind == "open" else -1))


def split_lines(body: str) -> list[str]:
    """The lines of a body without their ends: LF, CRLF or CR."""
    return body.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def shown_lines(body: str) -> list[Shown]:
    """Every line of a body. Never raises, and takes time linear in its length."""
    raw = split_lines(body)
    state = _State()
    made: list[Shown] = []
    for part in scan("\n".join(raw)):
        first = part.lines[0].number if isinstance(part, Text) else part.line
        if isinstance(part, Fence):
            first -= 1
        made += _gap(raw, len(made) + 1, first, state)
        if isinstance(part, Text):
            made += _text(part, raw, state)
        elif isinstance(part, Html):
            made += _html(part, raw, state)
        else:
            made += _fence(part, raw, state)
    made += _gap(raw, len(made) + 1, len(raw) + 1, state)
    return made


def end_of(part: Part) -> int:
    """The number of the line behind a part."""
    if isinstance(part, Text):
        return part.lines[-1].number + 1
    if isinstance(part, Html):
        return part.line + part.text.count("\n") + 1
    return part.line + part.text.count("\n") + bool(part.text and not part.text.endswith("\n")) + part.closed


def _gap(raw: Sequence[str], start: int, stop: int, state: _State) -> Iterator[Shown]:
    for number in range(start, stop):
        yield Shown(number, "gap", raw[number - 1], hidden=state.hides)


def _fence(part: Fence, raw: Sequence[str], state: _State) -> Iterator[Shown]:
    for number in range(part.line - 1, min(end_of(part), len(raw) + 1)):
        yield Shown(number, "code", raw[number - 1], hidden=state.hides or part.quoted)


def _html(part: Html, raw: Sequence[str], state: _State) -> Iterator[Shown]:
    text, skipped = part.text, 0
    if state.unended:
        before, end, text = text.partition("-->")
        skipped = len(before) + len(end)
        state.unended = not end
    marks = [] if state.unended else pieces(text, html=True)
    cuts = [(0, skipped)] if skipped else []
    cuts += [(m.start + skipped, m.end + skipped) for m in marks if m.kind in {"comment", "unended"}]
    hidden = state.hides
    for piece in marks:
        state.passes(piece)
    lines = part.text.split("\n")
    for number, (line, left) in enumerate(zip(lines, _without(lines, cuts), strict=True), part.line):
        whole = raw[number - 1]  # a tab that a container ate in part is spaces in ``line``
        yield Shown(number, "html", whole.removesuffix(line) + left if whole.endswith(line) else left, hidden=hidden)


def _text(part: Text, raw: Sequence[str], state: _State) -> Iterator[Shown]:
    lines = [line.text for line in part.lines]
    text = "\n".join(lines)
    marks = pieces(text) if "<" in text or "`" in text else []
    cuts = [(mark.start, mark.end) for mark in marks if mark.kind == "comment"]
    at = start = 0
    for line, left in zip(part.lines, _without(lines, cuts), strict=True):
        while at < len(marks) and marks[at].start < start:
            state.passes(marks[at])
            at += 1
        before = raw[line.number - 1].removesuffix(line.text)
        covered = at > 0 and marks[at - 1].end > start and marks[at - 1].kind == "code"
        yield Shown(
            line.number, "text", before + left, before, left, line is part.lines[0], hidden=state.hides or covered
        )
        start += len(line.text) + 1
    for piece in marks[at:]:
        state.passes(piece)


def _without(lines: Sequence[str], cuts: Sequence[tuple[int, int]]) -> Iterator[str]:
    """The lines with some stretches of their joined text cut out of them."""
    at = start = 0
    for line in lines:
        end, kept, here = start + len(line), "", start
        while at < len(cuts) and cuts[at][0] < end:
            kept += line[here - start : max(cuts[at][0], here) - start]
            here = min(max(cuts[at][1], here), end)
            if cuts[at][1] > end:
                break
            at += 1
        yield kept + line[here - start :]
        start = end + 1
