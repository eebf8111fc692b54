"""``Depends on #12`` lines and other references to issues, as people write them into bodies and form fields."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from bot.planning.tasks.text.shown import Shown, shown_lines

MOST_NUMBER: Final = 10**9
"""Issue numbers go up to here."""
_LINE: Final = re.compile(
    r"(?:\[[ xX]\][ \t]+)?(?:\*\*|__)?(?:depends[ \t]+on|blocked[ \t]+by)(?:\*\*|__)?:?(?:\*\*|__)?(?![\w])",
    re.IGNORECASE,
)
"""How such a line begins, in bold letters and with a box before it, too."""
_ADDRESS: Final = r"https?://[^\s/]+/([A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+)/(?:issues|pull)/([0-9]+)(?:[#?][^\s,;)\]]*)?"
REFERENCE: Final = re.compile(
    rf"{_ADDRESS}(?![\w/])|(?<![\w./-])([A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+)#([0-9]+)(?!\w)"
    r"|(?<![\w&/.-])#([0-9]+)(?!\w)"
    r"|(?<![\w-])[Gg][Hh]-([0-9]+)(?!\w)",
    re.ASCII,
)
_BETWEEN: Final = re.compile(r"(?:[ \t,;&+*`]|and\b)*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Reference:
    """One reference. ``number`` is ``None`` where it is none of this repository's issues; ``end`` is an offset."""

    text: str
    number: int | None
    start: int
    end: int


def references(text: str, repository: str | None = None) -> list[Reference]:
    """The references in a line: ``#12``, ``GH-12``, ``owner/name#12``, an issue's whole address.

    The last two count only where they name ``repository`` (``owner/name``); a number must be 1 to a thousand million.
    """
    found = []
    for match in REFERENCE.finditer(text):
        where = match[1] or match[3]
        here = where is None or (repository is not None and where.lower() == repository.lower())
        number = _number(match[2] or match[4] or match[5] or match[6]) if here else None
        found.append(Reference(match[0], number, match.start(), match.end()))
    return found


def reference(digits: str) -> Reference:
    """A number that stands alone, as a reference."""
    return Reference(digits, _number(digits), 0, len(digits))


def _number(digits: str) -> int | None:
    digits = digits.lstrip("0")
    return int(digits) if 0 < len(digits) <= len(str(MOST_NUMBER)) and int(digits) <= MOST_NUMBER else None


def depends_on_lines(body: str, repository: str | None = None) -> tuple[tuple[int, int], ...]:
    """Every number that a ``Depends on #12, #13 and #14`` or ``Blocked by #9`` line names, with the line, from 1.

    Such a line, or list item, begins so. In code, in quotes and in HTML comments it is none. In order; a number that
    is named again is given again.
    """
    found = depends_on_in(shown_lines(body), repository)
    return tuple((each.number, line) for each, line in found if each.number is not None)


def depends_on_in(lines: Iterable[Shown], repository: str | None = None) -> Iterator[tuple[Reference, int]]:
    """What such lines name, with the line; references that are none of this repository's issues, too."""
    for line in lines:
        head = _LINE.match(line.text) if line.plain else None
        if head is None:
            continue
        at = head.end()
        for each in references(line.text, repository):
            if each.start >= at:
                if not _BETWEEN.fullmatch(line.text, at, each.start):
                    break
                yield each, line.number
                at = each.end
