"""The form of a task: lenient about how people write it, strict about what is then believed.

An issue form arrives as ``### Label``, a blank line and the answer (FACTS.md), and can be edited in any way afterwards.
What cannot be read is a fault with the line of the issue's body, and is not believed; the rest is.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from bot.contracts.task import Priority
from bot.errors import Place, Refusal
from bot.planning.tasks.text.boxes import Box, boxes_in
from bot.planning.tasks.text.form_fields import Reading
from bot.planning.tasks.text.form_sections import MOST_BODY, split
from bot.planning.tasks.text.form_text import read_answer


@dataclass(frozen=True)
class Form:
    """What an issue says about its task. Nothing in it is more than text from people that was checked for form."""

    goal: str = ""
    acceptance: tuple[Box, ...] = ()
    paths: tuple[str, ...] = ()
    """Globs, each of which compiles."""
    lane: str = ""
    """One of the lanes, where they were given; ``""`` when none was named."""
    priority: Priority | None = None
    depends_on: tuple[int, ...] = ()
    """Numbers of issues of this repository: from the field, then from ``Depends on`` lines."""
    spec: str = ""
    """A path."""
    verification: str = ""
    faults: tuple[Refusal, ...] = ()
    """What could not be read, each with its line."""
    lines: Mapping[str, int] = field(default_factory=dict, compare=False)
    """Where each answer begins, by the name of its member here; ``#12`` is where that issue is named."""

    def place(self, name: str) -> Place:
        """Where an answer begins."""
        return Place("issue", self.lines.get(name))


def read_form(body: str, *, lanes: Collection[str] = (), repository: str | None = None) -> Form:
    """A task's form from its issue's body. Never raises.

    ``lanes`` are the names that may be given, if there are any. ``repository`` (``owner/name``) is the one whose
    issues may be named by address. A body without any label of the form is a goal, with the boxes that are in it.
    """
    if len(body) > MOST_BODY:
        fault = Refusal("task-too-long", Place("issue", 1), {"what": "the body", "size": len(body), "most": MOST_BODY})
        return Form(faults=(fault,))
    parts = split(body)
    given = parts.answers
    reading = Reading(repository)
    goal = read_answer(given["goal"])
    acceptance = reading.acceptance(given["acceptance"]) if parts.any else boxes_in(given["goal"])
    paths = reading.paths(given["paths"])
    lane = reading.lane(given["lane"], lanes)
    priority = reading.priority(given["priority"])
    depends_on = reading.dependencies(given["depends_on"], parts.lines)
    return Form(
        goal=goal,
        acceptance=acceptance,
        paths=paths,
        lane=lane,
        priority=priority,
        depends_on=tuple(depends_on),
        spec=reading.spec(given["spec"]),
        verification=read_answer(given["verification"]),
        faults=reading.faults.all,
        lines={name: each[0].number for name, each in given.items() if each}
        | {f"#{number}": line for number, line in depends_on.items()},
    )
