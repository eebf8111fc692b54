"""Plans as Markdown task lists.

    - [ ] T1: Greet people (depends on T0)
      - lane: implementation
      - paths: `src/greet/**`, docs/*.md
      - acceptance: a name is said
      - [x] 1.1 A name is asked for

A task is an item with a box; one below another is its sub-task, and the upper one an epic. Headings are for people and
become nothing. Plain items below a task say something about it where they begin with a known word; other text below
it is its goal. In code, in quotes and in HTML comments there are no tasks.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, get_args

from bot.contracts.task import State, TaskPlan
from bot.errors import Place
from bot.planning.tasks.faults import MOST, Faults
from bot.planning.tasks.plan_files.entries import Entry
from bot.planning.tasks.plan_files.markdown_heads import read_head, said_in
from bot.planning.tasks.plan_files.markdown_names import Names, name_all
from bot.planning.tasks.text.boxes import BOX, set_boxes
from bot.planning.tasks.text.code_spans import unquoted
from bot.planning.tasks.text.form_fields import WORDS, patterns_in
from bot.planning.tasks.text.form_text import clean, unfenced
from bot.planning.tasks.text.shown import Shown, shown_lines
from bot.source.nodes import shown

_SEPARATORS: Final = re.compile(r"[ \t]*(?:[,;\n]|[ \t]and[ \t]|[ \t]&[ \t])[ \t]*", re.IGNORECASE)
_ALMOST: Final = re.compile(r"\[(?:[ \t]*(?:[xX][ \t]*)?|[-~/<>?!*+.|✓✔✗✘☑])\](?![(\[:])[ \t]*\S")
"""A box that a person meant: GitHub draws none, and no task would come of it."""
_GLUED: Final = re.compile(r"[ \t]*[-*+]\[[ xX]?\](?![(\[:])[ \t]*\S")
_STATES: Final[tuple[State, ...]] = get_args(State)
_FINISHED: Final = frozenset({"done", "subsumed"})
"""States that are a ticked box."""


@dataclass(slots=True)
class _Open:
    """A task, or what a plain item says of one, whose lines are being read; they begin at ``column`` or beyond."""

    column: int
    entry: Entry
    place: Place
    member: str = ""
    """What is said; ``""`` for the task itself."""
    lines: list[str] = field(default_factory=list)


class Reader:
    """Reads one file; what is wrong with it is noted."""

    def __init__(self, file: str, faults: Faults) -> None:
        self._file = file
        self._faults = faults
        self._stack: list[_Open] = []
        self._found: list[tuple[Entry, Entry | None]] = []

    def read(self, text: str) -> list[Entry]:
        """The tasks, in the order of the file."""
        for line in shown_lines(text):
            self._line(line)
        self._close_to(-1)
        name_all(self._found)
        entries = [entry for entry, _ in self._found]
        self._resolve(entries)
        return entries

    def _line(self, line: Shown) -> None:
        if not line.raw.strip():
            if self._stack:
                self._stack[-1].lines.append("")
        elif line.plain and line.item:
            self._item(line)
        elif line.plain and _GLUED.match(line.raw) and not (self._stack and self._stack[-1].member):
            self._unclear(line)
        elif self._stack and line.kind == "text" and not line.first:
            self._stack[-1].lines.append(line.text)
        else:
            self._close_to(_column(line.raw))
            if self._stack:
                self._stack[-1].lines.append(_dedented(line.raw, self._stack[-1].column))

    def _item(self, line: Shown) -> None:
        self._close_to(_column(line.raw))
        place = Place(self._file, line.number)
        inner = len(line.before.expandtabs(4))
        top = self._stack[-1] if self._stack else None
        box = BOX.match(line.text)
        ticked = box is not None and box[1] != " "
        if top is not None and top.member == "acceptance":
            words = line.text[box.end() :] if box else line.text
            top.entry.acceptance.append((unquoted(" ".join(words.split())), ticked))
        elif box is not None and (top is None or not top.member):
            head = read_head(line.text[box.end() :])
            entry = Entry(head.id, _title(head.title), place, state="done" if ticked else "ready")
            self._found.append((entry, top.entry if top else None))
            for member, value in reversed(head.said):
                self._say(entry, member, value, place)
            self._stack.append(_Open(inner, entry, place))
        elif _ALMOST.match(line.text) and (top is None or not top.member):
            self._unclear(line)
        elif top is not None and not top.member and (said := said_in(line.text)):
            self._stack.append(_Open(inner, top.entry, place, said[0], [said[1]]))
        elif top is not None:
            top.lines.append(_dedented(line.raw, top.column))

    def _unclear(self, line: Shown) -> None:
        self._faults.add("plan-box-unclear", Place(self._file, line.number), box=shown(line.raw.strip()[:20]))

    def _close_to(self, column: int) -> None:
        """Ends what begins beyond a column."""
        while self._stack and self._stack[-1].column > column:
            done = self._stack.pop()
            said = clean("\n".join(done.lines))
            text = unfenced(said)
            if done.member:
                self._say(done.entry, done.member, text, done.place, fenced=text != said)
            elif text:
                done.entry.goal = f"{done.entry.goal}\n\n{text}" if done.entry.goal else text

    def _say(self, entry: Entry, member: str, text: str, place: Place, *, fenced: bool = False) -> None:
        value = text if fenced else unquoted(text)
        if not value:
            return
        if member == "depends_on":
            entry.depends_on += [(text, place)]
        elif member == "paths":
            entry.paths += [(pattern, place) for line in text.split("\n") for pattern in patterns_in(line)]
        elif member in {"lane", "spec"}:
            setattr(entry, member, (value, place))
        elif member == "priority":
            self._one_of(entry, member, WORDS, value, place)
        elif member == "state":
            self._one_of(entry, member, {state: state for state in _STATES if state != "done"}, value, place)
        elif member == "acceptance":
            entry.acceptance.insert(0, (" ".join(value.split()), False))
        elif member in {"id", "title"}:
            setattr(entry, member, " ".join(value.split()))
        else:
            before = getattr(entry, member)
            setattr(entry, member, f"{before}\n\n{value}" if before else value)

    def _one_of(self, entry: Entry, member: str, words: dict[str, Any], value: str, place: Place) -> None:
        if value.lower() not in words:
            self._faults.add("bad-value", place, key=member, value=shown(value), expected=", ".join(words))
        elif member != "state" or entry.state != "done" or value.lower() == "subsumed":
            setattr(entry, member, words[value.lower()])

    def _resolve(self, entries: Sequence[Entry]) -> None:
        """Dependencies by id, by a title, by what would be its id, or by a number that only one title begins with."""
        names = Names(entries)
        for entry in entries:
            entry.depends_on = [
                (self._meant(word, entry, place, names), place)
                for text, place in entry.depends_on
                for word in _words(text, names)
            ]

    def _meant(self, word: str, entry: Entry, place: Place, names: Names) -> str:
        """The id that a word means; one of several is not guessed, and nobody's is left to the check for all plans."""
        found = names.of(word, entry)
        if len(found) > 1 and len(self._faults.found) <= MOST:
            some = [shown(name) for name in found]
            self._faults.add(
                "plan-ambiguous-dependency", place, task=shown(entry.id), dependency=shown(word), candidates=some
            )
        return found[0] if found else word


def _words(text: str, names: Names) -> list[str]:
    whole = _title(unquoted(text))
    if whole in names:
        return [whole]
    words = [_title(unquoted(word.strip().rstrip("."))) for word in _SEPARATORS.split(text)]
    return [word for word in words if word and word.lower() not in {"none", "nothing", "-"}]


def _title(text: str) -> str:
    return " ".join(unquoted(text).split())


def _column(raw: str) -> int:
    expanded = raw.expandtabs(4)
    return len(expanded) - len(expanded.lstrip())


def _dedented(raw: str, columns: int) -> str:
    """A line without so many columns of white space; a tab that is cut leaves spaces."""
    if not raw[:columns].strip(" "):
        return raw[columns:]
    expanded = raw.expandtabs(4)
    return expanded[min(columns, len(expanded) - len(expanded.lstrip())) :]


def write_into(plan: TaskPlan, text: str, entries: Sequence[Entry]) -> str:
    """The file with its boxes ticked as the plan says; every other character stays.

    A task that is done or subsumed is ticked; one that was dropped (deprecated) stays as it is. Tasks that are not in
    the file are not added, and those that the plan does not have stay.
    """
    states = {task.id: task.state for task in plan.tasks}
    turned = {}
    for entry in entries:
        state = states.get(entry.id, "deprecated")
        if state != "deprecated" and entry.place.line and (state in _FINISHED) != (entry.state in _FINISHED):
            turned[entry.place.line] = state in _FINISHED
    return set_boxes(text, turned)
