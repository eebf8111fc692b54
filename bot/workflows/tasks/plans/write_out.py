"""The tasks of a repository as a plan: to be written to a file, drawn, checked, or asked for what is next.

Needs GitHub alone: one listing of the tasks, and one read for each that GitHub says has dependencies.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bot.contracts.github import Issue
from bot.contracts.task import PRIORITIES, STATES, PlannedTask, Priority, State, TaskPlan
from bot.errors import Refusal
from bot.planning.tasks.plan_files.changes import match
from bot.planning.tasks.text.boxes import boxes, one_line
from bot.planning.tasks.text.form import Form, read_form
from bot.workflows import names
from bot.workflows.ports import GitHub
from bot.workflows.tasks.plans.marks import Mark, known_issue, mark_of
from bot.workflows.tasks.world import AT_ONCE, closed_as, has_label

LONGEST_TITLE: Final = 256


@dataclass(frozen=True)
class SeenTask:
    """One task's issue as it is now. ``waits``: what GitHub says it waits for; on an old server what its text says."""

    issue: Issue
    form: Form
    mark: Mark | None
    waits: tuple[int, ...] = ()
    held: bool = False
    """An open issue that is no task here, or a person's label, holds it."""
    waiting: bool = False
    """One of ``waits`` is open."""

    @property
    def state(self) -> State:
        """By how it was closed, else by what it waits for; whether it has begun by its label."""
        labels = {label.lower() for label in self.issue.labels}
        said: State = next((state for state in STATES if f"{names.STATUS}{state}" in labels), "ready")
        closed = closed_as(self.issue)
        if closed:
            return "subsumed" if said == "subsumed" else "done" if closed == "completed" else "deprecated"
        if said in {"in-progress", "in-review"}:
            return said
        return "blocked" if self.held or self.waiting or self.form.faults else "ready"

    @property
    def priority(self) -> Priority:
        """By its label, else by its form."""
        found = (each for each in PRIORITIES if has_label(self.issue.labels, f"{names.PRIORITY}{each}"))
        return next(found, self.form.priority or "medium")

    @property
    def lane(self) -> str:
        """By its label, else by its form."""
        found = (label for label in self.issue.labels if label.lower().startswith(names.LANE))
        return next(found, self.form.lane).lower().removeprefix(names.LANE)


async def read_tasks(github: GitHub, lanes: Collection[str] = ()) -> dict[int, SeenTask]:
    """All tasks by number, oldest first. ``lanes`` are those that may be named. Raises ``WorldError``."""
    listed = await github.issues(labels=[names.TASK_LABEL], state="all")
    listed.sort(key=lambda issue: issue.number)
    asked = [one.number for one in listed if one.dependencies is not None and one.dependencies.total_blocked_by]
    waits: dict[int, list[Issue]] = {}
    for at in range(0, len(asked), AT_ONCE):
        some = asked[at : at + AT_ONCE]
        waits.update(zip(some, await asyncio.gather(*map(github.blocked_by, some)), strict=True))
    here = {issue.number: issue for issue in listed}
    return {issue.number: _seen(issue, here, waits.get(issue.number, []), github, lanes) for issue in listed}


def _seen(
    issue: Issue, here: Mapping[int, Issue], blockers: Sequence[Issue], github: GitHub, lanes: Collection[str]
) -> SeenTask:
    form = read_form(issue.body, lanes=lanes, repository=github.full_name)
    tasks = [each.number for each in blockers if each.number in here and _here(each, github)]
    outside = [each for each in blockers if not (each.number in here and _here(each, github))]
    if issue.dependencies is None:
        tasks = [number for number in form.depends_on if number in here and number != issue.number]
    return SeenTask(
        issue,
        form,
        mark_of(issue, github.bot_login),
        tuple(dict.fromkeys(tasks)),
        held=any(each.state == "open" for each in outside) or has_label(issue.labels, names.HOLD_LABEL),
        waiting=any(here[number].state == "open" for number in tasks),
    )


def _here(issue: Issue, github: GitHub) -> bool:
    return not issue.repository or issue.repository.lower() == github.full_name.lower()


def plan_of(seen: Mapping[int, SeenTask], name: str, *, numbered: bool = False) -> TaskPlan:
    """All tasks as a plan. A task that was brought in keeps its id, where all of these are of one plan.

    ``numbered``: the ids are the issues' numbers, as ``#12``.
    """
    plans = {one.mark.plan for one in seen.values() if one.mark is not None}
    ids = {number: f"#{number}" if numbered else f"issue-{number}" for number in seen}
    if not numbered and len(plans) == 1:
        name = plans.pop()
        taken: set[str] = set()
        for number, one in seen.items():
            if one.mark is not None and one.mark.id not in taken:
                ids[number] = one.mark.id
                taken.add(one.mark.id)
    return TaskPlan(plan=name, tasks=tuple(_task(one, ids) for one in seen.values()))


def _task(one: SeenTask, ids: Mapping[int, str]) -> PlannedTask:
    issue, form = one.issue, one.form
    return PlannedTask(
        id=ids[issue.number],
        title=one_line(issue.title)[:LONGEST_TITLE] or ids[issue.number],
        goal=form.goal,
        acceptance=tuple(box.text for box in form.acceptance),
        ticked=tuple(at for at, box in enumerate(form.acceptance) if box.ticked),
        paths=form.paths,
        lane=one.lane,
        priority=one.priority,
        depends_on=tuple(ids[number] for number in one.waits),
        parent=ids.get(issue.parent) if issue.parent is not None else None,
        spec=form.spec,
        verification=form.verification,
        state=one.state,
    )


def brought_up_to_date(plan: TaskPlan, seen: Mapping[int, SeenTask], bot: str) -> TaskPlan:
    """A plan with what became of its tasks: title, state, priority, lane, ticked boxes, dependencies.

    A task without an issue stays as it is. A dependency goes where both issues are open and people took it off.
    """
    known = [known_issue(one.issue, bot) for one in seen.values() if one.issue.user == bot]
    numbers = {task: one.number for task, one in match(plan, known).items()}
    ids = {number: task for task, number in numbers.items()}
    tasks = []
    for task in plan.tasks:
        one = seen.get(numbers.get(task.id, 0))
        tasks.append(task if one is None else task.model_copy(update=_news(task, one, seen, numbers, ids)))
    return plan.model_copy(update={"tasks": tuple(tasks)})


def _news(
    task: PlannedTask,
    one: SeenTask,
    seen: Mapping[int, SeenTask],
    numbers: Mapping[str, int],
    ids: Mapping[int, str],
) -> dict[str, object]:
    ticked = {one_line(box.text) for box in boxes(one.issue.body) if box.ticked}

    def stays(name: str) -> bool:
        other = seen.get(numbers.get(name, 0))
        closed = other is None or bool(closed_as(other.issue)) or bool(closed_as(one.issue))
        return closed or numbers[name] in one.waits

    state = one.state
    if state == "blocked" and not one.held and task.state in {"ready", "blocked"}:
        state = task.state  # what it waits for says so already
    kept = [name for name in task.depends_on if stays(name)]
    added = [ids[number] for number in one.waits if number in ids]
    return {
        "title": one_line(one.issue.title)[:LONGEST_TITLE] or task.title,
        "state": state,
        "priority": one.priority,
        "lane": one.lane or task.lane,
        "ticked": tuple(at for at, box in enumerate(one.form.acceptance) if one_line(box.text) in ticked)
        if [box.text for box in one.form.acceptance] == [one_line(text) for text in task.acceptance]
        else task.ticked,
        "depends_on": tuple(dict.fromkeys([*kept, *added])),
    }


def faults_of(seen: Mapping[int, SeenTask]) -> Sequence[Refusal]:
    """What cannot be read of the open tasks, each with its issue as the file."""
    found = []
    for number, one in seen.items():
        if not closed_as(one.issue):
            for fault in one.form.faults:
                place = type(fault.place)(f"#{number}", fault.place.line, fault.place.column, fault.place.key)
                found.append(Refusal(fault.code, place, fault.values))
    return found
