"""A task's line in a Markdown list: its id, its title, and what stands in parentheses behind it."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from typing import Final

KEYS: Final = {
    "depends on": "depends_on", "depends": "depends_on", "dependencies": "depends_on", "after": "depends_on",
    "blocked by": "depends_on", "needs": "depends_on", "paths": "paths", "path": "paths", "files": "paths",
    "lane": "lane",
    "priority": "priority", "spec": "spec", "verification": "verification", "verify": "verification", "goal": "goal",
    "acceptance": "acceptance", "id": "id", "title": "title", "state": "state",
}  # fmt: skip
"""What a plain item below a task, or its parentheses, may say."""
_NAMES: Final = "|".join(sorted(KEYS, key=len, reverse=True))
_PLAIN: Final = r"(?:after|depends[ \t]+on|blocked[ \t]+by|needs)"
SAID: Final = re.compile(
    rf"(?:\*\*|__)?(?P<key>{_NAMES.replace(' ', '[ ]')})(?:\*\*|__)?:(?:\*\*|__)?(?:[ \t]+|\Z)(?P<value>.*)"
    rf"|(?P<word>{_PLAIN})[ \t]+(?P<rest>.*)",
    re.IGNORECASE | re.DOTALL,
)
_TAIL: Final = re.compile(
    r"[ \t]*[(\[](?P<key>depends on|after|blocked by|needs|lane|priority|spec)(?::[ \t]*|[ \t]+)"
    r"(?P<value>[^()\[\]]+)[)\]]\Z",
    re.IGNORECASE,
)
_BOLD: Final = re.compile(r"(?:\*\*|__)([A-Za-z0-9][A-Za-z0-9._/-]{0,60}?)(?::(?:\*\*|__)|(?:\*\*|__):?)[ \t]+(?=\S)")
_WORD: Final = re.compile(r"([A-Za-z]{1,12}-?[0-9]+(?:\.[0-9]+)*):[ \t]+(?=\S)", re.ASCII)
_NUMBERED: Final = re.compile(r"([A-Za-z]{1,12}-?[0-9]+(?:\.[0-9]+)*)[ \t]+\S", re.ASCII)
_DOTTED: Final = re.compile(r"([0-9]+(?:\.[0-9]+)+)[.:)]?[ \t]+(?=\S)", re.ASCII)
_NUMBER: Final = re.compile(r"([0-9]{1,9})[.:)][ \t]+(?=\S)", re.ASCII)
_LONGEST: Final = 60


@dataclass(slots=True)
class Head:
    """What a task's line says. ``id`` is what it names itself; ``""`` when it does not."""

    id: str
    title: str
    said: list[tuple[str, str]] = field(default_factory=list)


def read_head(text: str) -> Head:
    """Reads ``T12: Title (depends on 3, 4)``, ``**T12** Title``, ``1.2 Title``, ``Title``."""
    said: list[tuple[str, str]] = []
    while len(said) < len(KEYS) and (tail := _TAIL.search(text)):
        said.append((KEYS[" ".join(tail["key"].lower().split())], tail["value"].strip()))
        text = text[: tail.start()].rstrip()
    for pattern in (_BOLD, _WORD, _DOTTED, _NUMBER):
        found = pattern.match(text)
        if found and (pattern is not _BOLD or any(char.isdigit() for char in found[1])):
            return Head(found[1], text[found.end() :].strip(), said)
    return Head("", text.strip(), said)


def slug(title: str) -> str:
    """The id of a task that names none: from its title, the same as long as the title is."""
    words = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")
    if len(words) <= _LONGEST and words and words.isascii() and len(words) >= len(title) // 3:
        return words
    digest = hashlib.sha256(title.encode("utf-8", "replace")).hexdigest()[:8]
    return f"{words[:_LONGEST].strip('-')}-{digest}" if words else f"task-{digest}"


def number_of(title: str) -> str:
    """The number that a title begins with though nothing divides them, as ``T012 Title``; ``""`` where none does.

    It is no id, as it may be a name (``ES2015 modules``), but what is said to wait for it means this task.
    """
    found = _NUMBERED.match(title)
    return found[1] if found else ""


def said_in(text: str) -> tuple[str, str] | None:
    """What a plain item says of its task: a member and its value; ``None`` when it is only text."""
    found = SAID.match(text)
    if found is None:
        return None
    if found["key"] is not None:
        return KEYS[" ".join(found["key"].lower().split())], found["value"].strip()
    return "depends_on", found["rest"].strip()
