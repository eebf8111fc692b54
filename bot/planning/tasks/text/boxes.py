"""Task lists in a text: which boxes there are, and ticking them without touching anything else."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from bot.planning.tasks.text.shown import Shown, shown_lines

BOX: Final = re.compile(r"\[([ xX])\][ \t]+(?=\S)")
_ENDS: Final = re.compile(r"(\r\n|\n|\r)")


@dataclass(frozen=True, slots=True)
class Box:
    """One box of a task list: its text on one line, whether it is ticked, and its line, from 1."""

    text: str
    ticked: bool = False
    line: int = 0


def boxes(text: str) -> tuple[Box, ...]:
    """The boxes of a text, in order: ``- [ ]`` and ``- [x]`` items of any list, also nested.

    In code, in quotes and in HTML there are none. The lines of one item are joined. Never raises.
    """
    return boxes_in(shown_lines(text))


def boxes_in(lines: Iterable[Shown]) -> tuple[Box, ...]:
    """The same of lines that were read already."""
    made: list[tuple[int, bool, list[str]]] = []
    inside = False
    for line in lines:
        found = BOX.match(line.text) if line.plain and line.item else None
        if found:
            made.append((line.number, found[1] != " ", [line.text[found.end() :]]))
            inside = True
        elif inside and line.plain and not line.first:
            made[-1][2].append(line.text)
        else:
            inside = False
    return tuple(Box(one_line(" ".join(texts)), ticked, number) for number, ticked, texts in made)


def one_line(text: str) -> str:
    """A text with its white space folded."""
    return " ".join(text.split())


def tick(body: str, texts: Mapping[str, bool]) -> str:
    """A body whose boxes are ticked, or not, as their texts say; every other character stays as it was.

    Boxes with a text that is not named stay as they are; of equal texts all are set.
    """
    wanted = {one_line(text): ticked for text, ticked in texts.items()}
    turned = {box.line: wanted[box.text] for box in boxes(body) if wanted.get(box.text, box.ticked) != box.ticked}
    if not turned:
        return body
    return set_boxes(body, turned)


def set_boxes(body: str, ticked: Mapping[int, bool]) -> str:
    """A body with the boxes on these lines set. A line holds one box: the first pair of brackets that is one."""
    parts = _ENDS.split(body)
    for line, value in ticked.items():
        at = 2 * (line - 1)
        parts[at] = re.sub(r"\[[ xX]\](?=[ \t]+\S)", "[x]" if value else "[ ]", parts[at], count=1)
    return "".join(parts)
