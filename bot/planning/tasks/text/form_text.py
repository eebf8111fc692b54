"""A longer answer of a form, both ways: text from people that is made harmless in a body, and read back as it was.

What is made here mentions nobody, refers to nothing and breaks out of nothing: neither into another answer of the
form, nor into a comment or an HTML element that would swallow what follows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final

from bot.planning.tasks.text.form_sections import EMPTY
from bot.planning.tasks.text.shown import Shown, shown_lines, split_lines
from bot.source.markdown_text import pieces

_ZERO: Final = "\u200b"
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_CALLS: Final = re.compile(r"<|[@#](?=\w)|(?i:\bgh(?=-\d)|/(?:issues|pull|pulls)/(?=\d))")
_CALLED: Final = re.compile(rf"(<|(?:[@#]|(?i:\bgh)|(?i:/(?:issues|pull|pulls)/))(?={_ZERO}[\w-])){_ZERO}")
_STARTS: Final = re.compile(r"#{1,6}(?=[ \t]|\Z)|`{3}|~{3}|\*\*|__")
_KEPT: Final = re.compile(r"\A([ \t]*)\\(?=#|```|~~~|\*\*|__)")
END: Final = "### End"
_OPENING: Final = re.compile(r"[ \t]*(`{3,})text[ \t]*\Z")
FENCE: Final = "text"
"""The language of a fence that holds a whole answer which Markdown would not leave alone."""


def clean(text: str) -> str:
    """Text without control characters, and without white space at its lines' ends; lines end with LF."""
    lines = [_CONTROL.sub("", line).rstrip() for line in split_lines(text)]
    return "\n".join(lines).strip("\n")


def read_answer(lines: Sequence[Shown]) -> str:
    """The text of an answer, without HTML comments. What :func:`written_answer` made is read as it was.

    The first and last line are not blank.
    """
    fence = _OPENING.match(lines[0].raw) if lines and lines[0].kind == "code" else None
    if fence and all(line.kind == "code" for line in lines) and lines[-1].raw.strip() == fence[1]:
        return clean("\n".join(line.raw for line in lines[1:-1]))
    return clean("\n".join(line.raw if line.kind == "code" else loud(line.raw) for line in lines))


def unfenced(text: str) -> str:
    """A text without the fence that holds the whole of it, where it says ``text``."""
    lines = clean(text).split("\n")
    fence = _OPENING.match(lines[0])
    if (
        fence
        and len(lines) > 1
        and lines[-1] == fence[1]
        and not any(line.startswith(fence[1]) for line in lines[1:-1])
    ):
        return clean("\n".join(lines[1:-1]))
    return "\n".join(lines)


def loud(line: str) -> str:
    """A line as it was before :func:`quiet`."""
    made = _outside_code(line, lambda text: _CALLED.sub(r"\1", text))
    return _KEPT.sub(r"\1", made)


def quiet(line: str) -> str:
    """A line that calls nobody, refers to nothing, and begins no HTML, heading, fence or label."""
    made = _outside_code(line, lambda text: _CALLS.sub(rf"\g<0>{_ZERO}", text))
    start = len(made) - len(made.lstrip())
    return made[:start] + ("\\" + made[start:] if _STARTS.match(made, start) else made[start:])


def _outside_code(line: str, change: Callable[[str], str]) -> str:
    made, at = "", 0
    for piece in pieces(line):
        if piece.kind == "code":
            made += change(line[at : piece.start]) + line[piece.start : piece.end]
            at = piece.end
    return made + change(line[at:])


def written_answer(text: str) -> str:
    """A text as an answer: Markdown stays what it is, but for what calls, refers, hides or looks like a heading.

    Where that would not be read back as it was, all of it goes into a fence.
    """
    text = clean(text)
    lines = shown_lines(text)
    made = clean("\n".join(line.raw if line.kind == "code" else quiet(line.raw) for line in lines))
    again = shown_lines(f"{made}\n\n{END}")
    if (
        not made.lstrip().startswith(EMPTY)
        and again[-1].kind == "gap"
        and not again[-1].hidden
        and read_answer(again[:-2]) == text
    ):
        return made
    ticks = "`" * max(3, max((len(run) for run in re.findall("`+", text)), default=0) + 1)
    return f"{ticks}{FENCE}\n{text}\n{ticks}"
