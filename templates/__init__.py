"""Every sentence a person reads, and the one place that renders them.

``render`` fills a template strictly: a missing value is an error, never an empty string. The filters make text that
came from people inert: it can mention nobody and break out of nothing.
"""

from __future__ import annotations

import re
import shlex
from functools import cache
from pathlib import Path
from typing import Any

import jinja2

from bot.errors import Refusal

FOLDER = Path(__file__).parent
ZERO_WIDTH_SPACE = "\u200b"
_CALLS = re.compile(r"[@#](?=\w)|(?i:\bgh(?=-\d)|/(?:issues|pull|pulls)/(?=\d))")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_MARKS = re.compile(
    r"(?P<ticks>`+)(?!`)(?P<code>.+?)(?<!`)(?P=ticks)(?!`)|\\(?P<escaped>[\\`*_{}\[\]<>()#+\-!|~&:$])|\*\*", re.DOTALL
)
_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>()#+\-!|~&:$])")


def printable(value: object) -> str:
    """Text without control, bidirectional and surrogate characters: each is shown as ``\\xNN`` or ``\\uNNNN``."""
    return _CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), str(value))


def plain(value: object) -> str:
    """Text from people for a title or a commit message, which are no Markdown but still mention, refer and close."""
    return _CALLS.sub(rf"\g<0>{ZERO_WIDTH_SPACE}", " ".join(printable(value).split()))


def shell(value: object) -> str:
    """Text from people as one word of a shell command."""
    return shlex.quote(printable(value))


def inert(value: object) -> str:
    """Text from people as plain Markdown text on one line: no markup, no mention, no reference, no link.

    A backslash before ``@`` still mentions (FACTS), so a zero-width space follows it.
    """
    flat = " ".join(printable(value).split())
    escaped = _MARKDOWN.sub(r"\\\1", flat)
    return re.sub(r"(@|(?i:https?|www|ftp)(?=[\\.:]))", rf"\1{ZERO_WIDTH_SPACE}", escaped)


def code(value: object) -> str:
    """Text from people as inline code, fenced with more backticks than it holds; also safe in a table cell."""
    flat = " ".join(printable(value).split()).replace("|", "\\|") or " "
    ticks = "`" * (max((len(run) for run in re.findall("`+", flat)), default=0) + 1)
    pad = " " if flat.startswith("`") or flat.endswith("`") else ""
    return f"{ticks}{pad}{flat}{pad}{ticks}"


def fence(value: object, language: str = "") -> str:
    """Text from people as a code block, fenced with more backticks than it holds."""
    text = "\n".join(printable(line) for line in str(value).split("\n")).rstrip("\n")
    ticks = "`" * max(3, max((len(run) for run in re.findall("`+", text)), default=0) + 1)
    return f"{ticks}{language}\n{text}\n{ticks}"


def silent(value: object) -> str:
    """Text from people, line by line, for a code block of a text that may become a commit's message.

    There no Markdown counts, and a block that holds ``Closes #1`` would close it; it begins no HTML comment either.
    """
    return _CALLS.sub(rf"\g<0>{ZERO_WIDTH_SPACE}", str(value)).replace("<!--", f"<{ZERO_WIDTH_SPACE}!--")


def number(value: int) -> str:
    """A count with thousands separated: ``12,345``."""
    return f"{value:,}"


def duration(seconds: float) -> str:
    """A length of time in words for people: ``40 s``, ``12 min``, ``3 h 5 min``, ``2 d 4 h``."""
    whole = round(seconds)
    if whole < 90:
        return f"{whole} s"
    minutes = round(whole / 60)
    if minutes < 90:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    days, hours = divmod(hours, 24)
    return f"{days} d {hours} h" if hours else f"{days} d"


def plural(count: int, one: str, many: str | None = None) -> str:
    """``1 file``, ``2 files``."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


@cache
def _environment() -> jinja2.Environment:
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(FOLDER),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=False,
        autoescape=jinja2.select_autoescape(["html"]),
    )
    made.filters.update(inert=inert, code=code, fence=fence, number=number, duration=duration, plural=plural)
    made.filters.update(printable=printable, plain=plain, shell=shell, silent=silent)
    return made


def render(template: str, /, **values: Any) -> str:
    """Renders a template of this folder, for example ``comments/plan.md``.

    Raises ``jinja2.UndefinedError`` when a value is missing and ``jinja2.TemplateNotFound`` for an unknown name.
    """
    return _environment().get_template(template).render(**values)


def explain(refusal: Refusal) -> str:
    """A refusal as people read it, in Markdown: the sentence, the place, the next step, the stable code."""
    sentence, _, step = render(f"refusals/{refusal.code}.md", **refusal.values).strip().partition("\nNext:")
    place = str(refusal.place)
    where = f" ({code(place)})" if place else ""
    first, gap, rest = sentence.strip().partition("\n\n")
    stop = first[-1:] if where and first.endswith((".", "?")) else ""
    said = f"{first.removesuffix(stop)}{where}{stop}{gap}{rest}"
    return "\n".join([said, "", f"**Next:** {step.strip()}", "", f"Code: `{refusal.code}`"])


def explain_all(refusal: Refusal) -> str:
    """All refusals found in one input, as a list when there are several."""
    if not refusal.also:
        return explain(refusal)
    return "\n\n---\n\n".join(explain(each) for each in refusal.all[:20])


def explain_plain(refusal: Refusal) -> str:
    """A refusal for a terminal: the same words without Markdown's marks and escapes, code as it is."""
    return unmarked(explain_all(refusal))


def unmarked(text: str) -> str:
    """Markdown of ours for a terminal: without marks and escapes, code as it is."""
    return _MARKS.sub(_without_marks, text)


def _without_marks(found: re.Match[str]) -> str:
    if found["code"] is None:
        return found["escaped"] or ""
    text = found["code"]
    if text.startswith("\n"):  # a fence
        return "\n".join(f"    {line}" for line in text.strip("\n").split("\n"))
    return (text[1:-1] if text.startswith(" `") or text.endswith("` ") else text).replace("\\|", "|")


def file(name: str) -> bytes:
    """A file that ships as it is (the onboarding files, for example)."""
    return (FOLDER / name).read_bytes()
