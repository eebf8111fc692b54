"""The labels of tasks, kept true: exactly one ``status/`` of ours, and the lane."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bot.contracts.github import Issue
from bot.contracts.task import STATES
from bot.planning.tasks.model import Decision
from bot.workflows import names
from bot.workflows.alone import alone
from bot.workflows.tasks.lanes import hand_over
from bot.workflows.tasks.world import TaskWorld, lane_of

OURS: Final = frozenset(f"{names.STATUS}{state}" for state in STATES)


async def keep_labels(world: TaskWorld, decisions: Mapping[int, Decision]) -> None:
    """Puts on what is missing and takes off what is not true any more; a task that moved to another lane is handed
    over. Raises ``WorldError``.
    """
    for number, issue in list(world.issues.items()):
        with alone(world.scene.github.full_name, number):
            await _one(world, issue, decisions[number])


async def _one(world: TaskWorld, issue: Issue, decision: Decision) -> None:
    number = issue.number
    wanted = {f"{names.STATUS}{decision.state}"}
    there = {label.lower(): label for label in issue.labels}
    lane = _lane(world, number)
    if lane:
        wanted.add(f"{names.LANE}{lane}")
    stale = [own for name, own in there.items() if name in OURS and name not in wanted]
    if lane:
        stale += [own for name, own in there.items() if name.startswith(names.LANE) and name not in wanted]
    missing = sorted(wanted - there.keys())
    # First what is new: a kill between the two leaves too many rather than none.
    if missing:
        await world.scene.github.add_labels(number, missing)
    for label in stale:
        await world.scene.github.remove_label(number, label)
    if missing or stale:
        kept = [label for label in issue.labels if label not in stale]
        world.issues[number] = issue.model_copy(update={"labels": (*kept, *missing)})
    record = world.book.of(number)
    if lane and record.lane and lane != record.lane:
        pull = world.pulls.get(number)
        still = pull if pull is not None and pull.state == "open" else None
        await hand_over(world.scene.github, issue, still, world.settings.lanes, lane)
    record.lane = lane or record.lane


def _lane(world: TaskWorld, number: int) -> str:
    """The lane whose label belongs on an open task; a form that was edited moves the task."""
    if world.issues[number].state == "closed" or not world.settings.lanes:
        return ""
    record, said = world.book.of(number), world.forms[number].lane
    before, record.lane_said = record.lane_said, said
    if said != before and said in world.settings.lanes:
        # A label from before this database's time is newer than what the form said then.
        labelled = any(label.lower().startswith(names.LANE) for label in world.issues[number].labels)
        if before is not None or not labelled:
            return said
    return lane_of(world, number)


def note_labels(world: TaskWorld, number: int) -> None:
    """An issue's labels count for the gates of its pull request, too (a hold is one): it is judged when they change."""
    record, pull = world.book.of(number), world.pulls.get(number)
    if pull is None or pull.state != "open":
        return
    labels = tuple(sorted({label.lower() for label in world.issues[number].labels} - OURS))
    if record.judged_by != labels:
        record.judged_by = labels
        world.judge.add(pull.number)


async def let_go(world: TaskWorld, issue: Issue) -> None:
    """Takes our labels off an issue that is no task any more."""
    for label in issue.labels:
        if label.lower() in OURS:
            await world.scene.github.remove_label(issue.number, label)
