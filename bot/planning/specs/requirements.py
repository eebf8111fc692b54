"""Requirements: task list items of a spec that begin with an id.

    - [ ] REQ-12: what must be so
    - [x] (AUTH-LOGIN-3) what is so already

An item of a list (``-``, ``*``, ``+``, ``1.``), its box, then the id with a colon behind it or in parentheses. An id
is in capitals and ends in a number. In code, in quotes and in HTML it is none.
"""

from __future__ import annotations

import re
from typing import Final

from bot.planning.specs.model import Requirement
from bot.source.markdown import Text, scan

MOST_REQUIREMENTS: Final = 2_000
"""Of one spec; what is beyond is not read."""
MOST_ID: Final = 64
_ID: Final = r"[A-Z][A-Z0-9]*+(?:-[A-Z0-9]++)*+"
_BOX: Final = re.compile(rf"\[([ xX])\][ \t]+(?:({_ID}):|\(({_ID})\):?)(?=[ \t]|\Z)[ \t]*(.*)")
_ITEM: Final = re.compile(r"[ \t]*(?:(?:[-+*]|[0-9]{1,9}[.)])[ \t]+)+\Z")
_NUMBERED: Final = re.compile(r".*-[0-9]+\Z")
_WORD: Final = re.compile(rf"(?<![A-Za-z0-9])(?<![A-Za-z0-9]-){_ID}(?![A-Za-z0-9])(?!-[A-Za-z0-9])".encode())


def requirements(body: str, first_line: int) -> tuple[Requirement, ...]:
    """The requirements of a spec's text, in order. ``first_line`` is the file's line on which the text begins."""
    text = body.replace("\r\n", "\n").replace("\r", " ")  # a lone CR ends no line in git
    raw = text.split("\n")
    found = []
    for part in scan(text):
        if not isinstance(part, Text):
            continue
        for line in part.lines:
            box = _BOX.match(line.text)
            before = raw[line.number - 1].removesuffix(line.text)
            if box is None or not _ITEM.match(before):
                continue
            name = box[2] or box[3]
            if is_id(name):
                done = box[1] != " "
                found.append(Requirement(name, box[4].strip()[:500], done, first_line + line.number - 1))
                if len(found) == MOST_REQUIREMENTS:
                    return tuple(found)
    return tuple(found)


def is_id(text: str) -> bool:
    """Whether a word in capitals is an id: it ends in a number."""
    return len(text) <= MOST_ID and _NUMBERED.match(text) is not None


def ids_in(data: bytes) -> frozenset[str]:
    """Every id that stands in a text as a word: ``REQ-1`` stands neither in ``REQ-12`` nor in ``PRE-REQ-1``."""
    return frozenset(text for word in set(_WORD.findall(data)) if is_id(text := word.decode("ascii")))
