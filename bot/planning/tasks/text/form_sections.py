"""Which lines of an issue's body belong to which answer of the form."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bot.planning.tasks.text.shown import Shown, shown_lines

MOST_BODY: Final = 262_144
"""Characters of a body; GitHub's own limit is as many bytes (FACTS.md)."""
EMPTY: Final = "_No response_"
_HEADING: Final = re.compile(r" {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*\Z")
_BOLD: Final = re.compile(r"(?:\*\*|__)([^*_]{1,60})(?:\*\*|__)[ \t]*:?[ \t]*\Z")
_OTHER: Final = re.compile(r"[^a-z]+")
_ASIDE: Final = re.compile(r"\([^()]*\)")
LABELS: Final = {
    "goal": ("goal", "goals", "objective", "description", "summary"),
    "acceptance": ("acceptance", "acceptance criteria", "acceptance criterion", "criteria", "definition of done",
                   "done when"),
    "paths": ("paths", "path", "files", "globs"),
    "lane": ("lane", "lanes"),
    "priority": ("priority", "prio"),
    "depends_on": ("depends on", "depends", "dependencies", "dependency", "dependson", "blocked by", "blockers"),
    "spec": ("spec", "mini spec", "specification"),
    "verification": ("verification", "verify", "how to verify", "test plan", "test strategy"),
}  # fmt: skip
"""The answers of the form, and what people call them."""
_NAMES: Final = {label: name for name, labels in LABELS.items() for label in labels}
_FREE: Final = frozenset({"goal", "verification"})
"""Answers in Markdown: they may have headings of their own."""


@dataclass(frozen=True, slots=True)
class Sections:
    """The lines of each answer by its name, without blank ones at their ends, and all lines of the body."""

    answers: Mapping[str, Sequence[Shown]]
    lines: Sequence[Shown]
    any: bool
    """Whether the body has a label of the form at all."""


def label_of(line: Shown) -> str | None:
    """The answer that a line is the label of; ``""`` for another heading, ``None`` for no heading."""
    if line.hidden:
        return None
    if line.kind == "gap" and (heading := _HEADING.match(line.raw)):
        return _NAMES.get(_plain(heading[2] or ""), "")
    if line.plain and not line.before and line.first and (bold := _BOLD.match(line.text)):
        return _NAMES.get(_plain(bold[1]))
    return None


def _plain(text: str) -> str:
    return _OTHER.sub(" ", _ASIDE.sub(" ", text.lower()[:200])).strip()


def split(body: str) -> Sections:
    """The answers of a body. One that is given twice goes on; what stands before all of them is a goal, if need be."""
    lines = shown_lines(body)
    found: dict[str, list[Shown]] = {name: [] for name in LABELS}
    before: list[Shown] = []
    now: list[Shown] | None = before
    free, level = True, 0
    for line in lines:
        label = label_of(line)
        if label is not None and (label or not free):
            deep = _level(line)
            if label:
                now, free, level = found[label], label in _FREE, deep
            elif deep <= level:
                now = None
        elif now is not None:
            now.append(line)
    answers = {name: trimmed(each) for name, each in found.items()}
    return Sections({**answers, "goal": answers["goal"] or trimmed(before)}, lines, len(before) < len(lines))


def _level(line: Shown) -> int:
    heading = _HEADING.match(line.raw)
    return len(heading[1]) if heading else 7


def trimmed(lines: Sequence[Shown]) -> Sequence[Shown]:
    """Lines without blank ones at their ends, and without what a form says of an answer that was left out."""
    start, stop = 0, len(lines)
    while start < stop and lines[start].raw.strip() in {"", EMPTY}:  # people write below what a form left
        start += 1
    while start < stop and not lines[stop - 1].raw.strip():
        stop -= 1
    return lines[start:stop]


def is_empty(text: str) -> bool:
    """Whether a line of a short answer says that there is none."""
    return text.strip().strip("_").strip().lower() in {"", "no response", "none", "n/a", "-"}
