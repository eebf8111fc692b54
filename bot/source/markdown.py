"""The blocks of a comment as CommonMark has them: running text, fenced code, raw HTML; and what quotes them.

Only so much is told apart as is needed to say whether a line is text, code or quoted. Linear in the length of the
text, whatever it holds. Rules: the CommonMark specification 0.31, chapters 4 and 5; GitHub's own is 0.29 with tables.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, Literal

from bot.source.markdown_lines import Line
from bot.source.markdown_text import TAG

DEEPEST: Final = 32
"""How deep lists and quotes may be nested; what is deeper is taken for text. None of it stands at the margin."""
_END: Final = re.compile(r"\r\n|\n|\r")
_QUOTE: Final = re.compile(">")
_HEADING: Final = re.compile(r"#{1,6}(?:[ \t]|\Z)")
_FENCE: Final = re.compile(r"(`{3,})([^`]*)\Z|(~{3,})(.*)\Z", re.DOTALL)
_UNDERLINE: Final = re.compile(r"(?:=+|-+)[ \t]*\Z")
_MARKER: Final = re.compile(r"(?:[-+*]|(\d{1,9})[.)])(?=[ \t]|\Z)", re.ASCII)
_NAMES: Final = (
    "address article aside base basefont blockquote body caption center col colgroup dd details dialog dir div dl dt "
    "fieldset figcaption figure footer form frame frameset h1 h2 h3 h4 h5 h6 head header hr html iframe legend li link "
    "main menu menuitem nav noframes ol optgroup option p param search section source summary table tbody td tfoot th "
    "thead title tr track ul"
)
_VERBATIM: Final = r"(?:pre|script|style|textarea)"
# What begins an HTML block, and what in a line ends it; ``None`` is a blank line.
_HTML: Final[tuple[tuple[re.Pattern[str], re.Pattern[str] | None], ...]] = (
    (re.compile(rf"<{_VERBATIM}(?=[ \t>]|\Z)", re.IGNORECASE), re.compile(rf"</{_VERBATIM}>", re.IGNORECASE)),
    (re.compile("<!--"), re.compile("-->")),
    (re.compile(r"<\?"), re.compile(r"\?>")),
    (re.compile(r"<!\[CDATA\["), re.compile("]]>")),
    (re.compile("<![A-Za-z]"), re.compile(">")),
    (re.compile(rf"</?(?:{_NAMES.replace(' ', '|')})(?=[ \t]|/?>|\Z)", re.IGNORECASE), None),
)


@dataclass(frozen=True, slots=True)
class TextLine:
    """A line of running text without what makes it part of a list or quote. ``margin``: it begins in column one."""

    number: int
    text: str
    margin: bool


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph, or a heading that is underlined."""

    lines: tuple[TextLine, ...]


@dataclass(frozen=True, slots=True)
class Fence:
    """Fenced code. ``line`` is the number of the first line of ``text``: the one after the opening fence."""

    info: str
    text: str
    line: int
    closed: bool
    quoted: bool
    """Whether it stands in a block quote."""


@dataclass(frozen=True, slots=True)
class Html:
    """An HTML block. ``line`` is the number of its first line."""

    text: str
    line: int = field(default=0, compare=False)


Part = Text | Fence | Html


@dataclass(slots=True)
class _Container:
    """A block quote, or a list item: what belongs to that is indented by ``offset`` columns."""

    offset: int = 0
    quote: bool = False
    empty: bool = False
    """An item that has nothing yet: a blank line ends it."""


@dataclass(slots=True)
class _Leaf:
    """Fenced code (``fence`` is its opening) or HTML that runs on from line to line."""

    number: int
    fence: str = ""
    info: str = ""
    indent: int = 0
    end: re.Pattern[str] | None = None
    lines: list[str] = field(default_factory=list)


def scan(body: str) -> list[Part]:
    """The parts of a text in order. Lines count from 1 and end with LF, CRLF or CR.

    Fenced text is as it came, its line ends too; but CRLF becomes LF where every line ends so: a form did that.
    """
    if body.count("\r\n") == body.count("\n") == body.count("\r"):
        body = body.replace("\r\n", "\n")
    scanner = _Scanner()
    for number, (text, end) in enumerate(_lines(body), 1):
        scanner.feed(number, text, end)
    return scanner.finish()


def _lines(body: str) -> Iterator[tuple[str, str]]:
    at = 0
    for end in _END.finditer(body):
        yield body[at : end.start()], end[0]
        at = end.end()
    if at < len(body):
        yield body[at:], ""


class _Scanner:
    def __init__(self) -> None:
        self._found: list[Part] = []
        self._stack: list[_Container] = []
        self._text: list[TextLine] = []
        self._leaf: _Leaf | None = None

    def finish(self) -> list[Part]:
        self._end_leaf(closed=False)
        self._close_to(0)
        return self._found

    def feed(self, number: int, text: str, end: str) -> None:
        line = Line(text)
        matched = self._match(line)
        if self._leaf is not None and matched < len(self._stack):
            self._end_leaf(closed=False)
        if self._leaf is not None:
            self._go_on(self._leaf, line, end)
            return
        matched, inside = self._containers(line, matched)
        indented = line.indent > 3
        if not line.blank and not indented and self._block(number, line, matched, inside=inside):
            return
        if line.blank or not self._text:
            self._close_to(matched)
        if not line.blank and (self._text or not indented):  # what is left is indented code
            self._text.append(TextLine(number, line.words(), line.whole))

    def _match(self, line: Line) -> int:
        """How many of the open containers the line goes on with; eats what makes it part of them."""
        for at, container in enumerate(self._stack):
            if container.quote:
                if line.indent > 3 or not line.begins(_QUOTE):
                    return at
                _eat_mark(line)
            elif line.indent >= container.offset:
                line.take(container.offset)
                container.empty = container.empty and line.blank
            elif not line.blank or container.empty:
                return at
        return len(self._stack)

    def _containers(self, line: Line, matched: int) -> tuple[int, bool]:
        """Opens what the line opens. Gives how deep it stands then, and whether the open paragraph stands there too."""
        inside = bool(self._text) and matched == len(self._stack)
        while not line.blank and line.indent < 4 and matched < DEEPEST:
            if line.begins(_QUOTE):
                self._close_to(matched)
                _eat_mark(line)
                self._stack.append(_Container(quote=True))
            elif (marker := line.begins(_MARKER)) and _makes_item(line, marker, inside=inside):
                self._close_to(matched)
                self._stack.append(_eat_marker(line, len(marker[0])))
            else:
                break
            matched, inside = matched + 1, False
        return matched, inside

    def _block(self, number: int, line: Line, matched: int, *, inside: bool) -> bool:
        """Whether the line is, or begins, another block than running text."""
        words = line.words()
        if inside and _UNDERLINE.match(words):
            self._close_to(matched)
            return True
        fence = _FENCE.match(words)
        if fence:
            leaf = _Leaf(number, fence[1] or fence[3], (fence[2] or fence[4] or "").strip(" \t"), line.indent)
        elif (end := _html(words, open_text=bool(self._text))) is not False:
            leaf = _Leaf(number, end=end, lines=[words])
        elif _HEADING.match(words) or _is_break(words):
            self._close_to(matched)
            return True
        else:
            return False
        self._close_to(matched)
        self._leaf = leaf
        if leaf.end is not None and leaf.end.search(words):
            self._end_leaf(closed=True)
        return True

    def _go_on(self, leaf: _Leaf, line: Line, end: str) -> None:
        if leaf.fence:
            words = line.words().rstrip(" \t")
            if line.indent < 4 and len(words) >= len(leaf.fence) and words == leaf.fence[0] * len(words):
                self._end_leaf(closed=True)
                return
            line.take(min(leaf.indent, line.indent))
            leaf.lines.append(line.rest() + end)
        elif leaf.end is None and line.blank:
            self._end_leaf(closed=True)
        else:
            leaf.lines.append(line.rest())
            if leaf.end is not None and leaf.end.search(leaf.lines[-1]):
                self._end_leaf(closed=True)

    def _end_leaf(self, *, closed: bool) -> None:
        leaf, self._leaf = self._leaf, None
        if leaf is None:
            return
        if leaf.fence:
            quoted = any(container.quote for container in self._stack)
            self._found.append(Fence(leaf.info, "".join(leaf.lines), leaf.number + 1, closed, quoted))
        else:
            self._found.append(Html("\n".join(leaf.lines), leaf.number))

    def _close_to(self, depth: int) -> None:
        """Ends the open paragraph and the containers beyond this depth."""
        if self._text:
            self._found.append(Text(tuple(self._text)))
            self._text = []
        del self._stack[depth:]


def _eat_mark(line: Line) -> None:
    line.skip(1)
    if line.indent:
        line.take(1)


def _makes_item(line: Line, marker: re.Match[str], *, inside: bool) -> bool:
    """Whether a list marker begins an item here: a paragraph is interrupted by fewer."""
    words = line.words()
    if _is_break(words):
        return False
    number, empty = marker[1], not words[len(marker[0]) :].strip(" \t")
    return not inside or (not empty and (number is None or int(number) == 1))


def _eat_marker(line: Line, width: int) -> _Container:
    offset = line.indent + width
    line.skip(width)
    if line.blank or line.indent > 4:
        empty = line.blank
        if not empty:
            line.take(1)
        return _Container(offset + 1, empty=empty)
    offset += line.indent
    line.take(line.indent)
    return _Container(offset)


def _is_break(words: str) -> bool:
    """``***``, ``- - -``, ``___``: a line across."""
    bare = words.replace(" ", "").replace("\t", "")
    return len(bare) >= 3 and bare[0] in "*-_" and bare == bare[0] * len(bare)


def _html(words: str, *, open_text: bool) -> re.Pattern[str] | Literal[False] | None:
    """How the HTML block ends that the line begins; ``False`` when it begins none."""
    if not words.startswith("<"):
        return False
    for begin, end in _HTML:
        if begin.match(words):
            return end
    tag = TAG.match(words)
    alone = tag is not None and not words[tag.end() :].strip(" \t")
    return None if alone and not open_text else False
