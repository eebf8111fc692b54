"""A task that a plan brought in does not start before all that its marker names is there.

An import makes issues and relations one after another, and another process may look in between, or a kill may end it.
Once all was there it is never asked for again: what people then take off stays off.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from bot.contracts.github import Issue
from bot.planning.tasks.model import Decision
from bot.workflows.tasks.plans.marks import Mark, mark_of
from bot.workflows.tasks.world import TaskWorld

INCOMPLETE: Final = "plan-incomplete"
PATIENCE: Final = timedelta(hours=1)
"""So long an import may still be under way; then the issue says what it lacks."""


def hold_incomplete(world: TaskWorld) -> None:
    """Notes in ``world.faults`` which tasks lack relations that their plan names, or belong to an epic that does.

    An order starts a task all the same.
    """
    bot = world.scene.github.bot_login
    lacking = set()
    for number, issue in world.issues.items():
        record, mark = world.book.of(number), mark_of(issue, bot)
        if mark is None or issue.state == "closed" or record.related_once or record.ordered:
            continue
        if _whole(world, issue, mark):
            record.related_once = True
        else:
            lacking.add(number)
    for number in world.issues:
        if world.issues[number].state == "open" and not lacking.isdisjoint(_line(world, number)):
            world.faults.setdefault(number, []).append(INCOMPLETE)


def lacks_for_long(world: TaskWorld, number: int, decision: Decision) -> bool:
    """Whether the import that made it seems to have ended before all was there."""
    age = world.scene.now - world.issues[number].created_at
    return age > PATIENCE and any(each.code == INCOMPLETE for each in decision.because)


def _whole(world: TaskWorld, issue: Issue, mark: Mark) -> bool:
    """Whether it has as many relations as its marker names; a server that knows none has none to wait for."""
    waits, parts = issue.dependencies, issue.sub_issues
    if waits is not None and max(waits.total_blocked_by, len(world.waits.get(issue.number, ()))) < mark.deps:
        return False
    return parts is None or (parts.total >= mark.parts and (issue.parent is not None or not mark.of))


def _line(world: TaskWorld, number: int) -> set[int]:
    """A task, its epic, and so on; what an epic waits for, all that is part of it waits for."""
    found: set[int] = set()
    at: int | None = number
    while at is not None and at in world.issues and at not in found:
        found.add(at)
        at = None if world.book.of(number).ordered else world.issues[at].parent
    return found
