"""The boxes of the dashboard that act: how they stand in its text, and who ordered what by ticking them.

The text that Graftsman writes orders nothing: a box is not ticked, and that of a task on hold is. So an order shows
in the text alone, and what was written before need not be known.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from bot.contracts.github import BodyEdit, BodyHistory

Kind = Literal["start", "retry", "hold", "unhold", "replay", "raise", "lower"]
OF_TASKS: Final[frozenset[Kind]] = frozenset({"start", "retry", "hold", "unhold"})
"""Acts that name a task; the others are about the whole repository."""
KINDS: Final[tuple[Kind, ...]] = ("start", "retry", "hold", "unhold", "replay", "raise", "lower")
MOST: Final = 50
"""So many orders of one text are looked at."""
_LINE: Final = re.compile(
    r"[ \t]{0,3}[-*+][ \t]+\[([ xX])\][ \t].*<!-- act:([a-z]{1,10})(?:=([1-9][0-9]{0,8}))? -->[ \t]*"
)


@dataclass(frozen=True, slots=True)
class Act:
    """What a box does. ``number``: the task; 0 for what is about the whole repository."""

    kind: Kind
    number: int = 0

    @property
    def name(self) -> str:
        """As it stands in its box and in an order's key: ``start=12``."""
        return f"{self.kind}={self.number}" if self.number else self.kind

    @property
    def ticked(self) -> bool:
        """Whether its box is shown ticked, and ordered by unticking it."""
        return self.kind == "unhold"

    def line(self, words: str) -> str:
        """Its box, with words that are Markdown on one line."""
        return f"- [{'x' if self.ticked else ' '}] {words} <!-- act:{self.name} -->"


@dataclass(frozen=True, slots=True)
class Given:
    """An order that a text holds: what, and the edit that gave it. ``by``: all who may have; empty: nobody knows."""

    act: Act
    by: tuple[str, ...]
    edit: BodyEdit | None = None


def parted(text: str, end: str) -> tuple[str, str]:
    """Our part of a text, and what people wrote below the line that is ``end``; all is ours where there is none.

    Line ends become LF. Within a line ``end`` is somebody's text that we quote.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    at = next((at for at, line in enumerate(lines) if line.rstrip() == end), len(lines))
    below = lines[at + 1 :]
    return "\n".join(lines[: at + 1]), "".join(f"\n{line}" for line in below)


def orders_in(text: str, end: str = "") -> tuple[Act, ...]:
    """The acts that a text orders, in order, each once. What stands below a line ``end`` orders nothing."""
    found: dict[Act, None] = {}
    for line in parted(text, end)[0].split("\n"):
        box = _LINE.fullmatch(line)
        kind = next((each for each in KINDS if box and each == box[2]), None)
        if box is None or kind is None or (kind in OF_TASKS) != (box[3] is not None):
            continue
        act = Act(kind, int(box[3] or 0))
        if (box[1] != " ") != act.ticked and len(found) < MOST:
            found[act] = None
    return tuple(found)


def given(history: BodyHistory, ours: str, end: str = "", seen: str | None = None) -> tuple[Given, ...]:
    """Who ordered what, from the versions of a text; ``ours`` is our own login.

    What counts is what people left in the text when we wrote next, or have left in it now. An order is that of
    whoever's edit put it there and nobody took back; where a version is gone, of all who may have. ``seen``: the id of
    the newest edit that was looked at before: what was ordered until then is left out; ``""`` where none was, and we
    wrote the first version. Without it only what is in the text now counts.
    """
    edits = history.edits
    mine = [at for at, edit in enumerate(edits) if edit.login.lower() == ours.lower()]
    new = 0 if seen == "" else next((at + 1 for at, edit in enumerate(edits) if edit.id == seen), None)
    # Back to our last edit before: an order is that of whoever gave it first.
    before = max((at for at in mine if new is None or at < new), default=-1)
    starts = [before, *(at for at in mine if at > before)]
    runs = [edits[at + 1 : until] for at, until in zip(starts, [*starts[1:], len(edits)], strict=True)]
    found: list[Given] = []
    for start, run in zip(starts, runs, strict=True):
        body = history.body if run is runs[-1] else None
        found += _orders(run, body, end, known=start >= 0 or history.complete)
    fresh = {edit.id for edit in edits[new or 0 :]}
    return tuple(each for each in found if each.edit is None or each.edit.id in fresh)


def _orders(run: Sequence[BodyEdit], body: str | None, end: str, *, known: bool) -> list[Given]:
    """The orders that a run of people's edits leaves. ``body``: what is there now, for the last run.

    ``known``: whether the text before the run was ours, or else nobody knows who ordered what its first one holds.
    """
    standing: dict[Act, Given] = {}
    gone: list[BodyEdit] = []
    for at, edit in enumerate(run):
        text = body if body is not None and at == len(run) - 1 else edit.text
        if text is None:
            gone.append(edit)
            continue
        by = tuple(dict.fromkeys(each.login for each in (*gone, edit))) if known else ()
        standing = {act: standing.get(act) or Given(act, by, edit) for act in orders_in(text, end)}
        known, gone = True, []
    left = orders_in(body, end) if body is not None else tuple(standing)
    return [standing.get(act) or Given(act, ()) for act in left]
