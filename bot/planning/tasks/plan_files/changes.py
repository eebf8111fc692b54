"""What bringing a plan in would change: a pure difference between a plan and the issues that are there.

People's edits win. What the bot wrote is known by a digest in its hidden marker; where title or body differ from it, a
person changed them, and they stay. Relations are only added. Applying a difference leaves none.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from bot.contracts.task import PlannedTask, TaskPlan
from bot.planning.tasks.model import Closed
from bot.planning.tasks.plan_files.issue_text import digest
from bot.planning.tasks.text.boxes import boxes, one_line, tick

FINISHED: Final = frozenset({"done", "subsumed", "deprecated"})


@dataclass(frozen=True, slots=True)
class Known:
    """An issue that the bot made, as it is now. Somebody else's issue is none, whatever marker stands in it."""

    number: int
    title: str
    body: str = ""
    """Without the marker's line."""
    plan: str = ""
    """Of its marker; ``""`` where that was lost."""
    id: str = ""
    digest: str = ""
    closed: Closed = ""
    reopened: bool = False
    """It was closed once, and somebody opened it again."""
    blocked_by: tuple[int, ...] = ()
    """Numbers of its native blockers."""
    parent: int | None = None


@dataclass(frozen=True, slots=True)
class Create:
    """An issue to make. ``digest`` goes into its marker."""

    task: PlannedTask
    title: str
    body: str
    digest: str


@dataclass(frozen=True, slots=True)
class Update:
    """An issue to bring up to date, with what its title and body are to be."""

    number: int
    task: PlannedTask
    title: str
    body: str
    digest: str


@dataclass(frozen=True, slots=True)
class Close:
    """An issue to close: the plan says that the task is finished."""

    number: int
    id: str
    reason: Literal["completed", "not-planned"]


@dataclass(frozen=True, slots=True)
class Relate:
    """A relation to add. ``blocked-by``: ``id`` waits for ``other``. ``sub-issue``: ``id`` belongs to ``other``."""

    kind: Literal["blocked-by", "sub-issue"]
    id: str
    other: str


@dataclass(frozen=True, slots=True)
class Told:
    """What is left as it is, and why: ``edited-by-people``, ``closed-by-people``, ``reopened-by-people``,
    ``finished`` (the plan says so, and no issue is made for it), ``not-in-plan``.
    """

    code: Literal["edited-by-people", "closed-by-people", "reopened-by-people", "finished", "not-in-plan"]
    id: str
    number: int | None = None


@dataclass(frozen=True)
class Changes:
    """What to do, in this order: create (blockers first), update, relate, close."""

    create: tuple[Create, ...] = ()
    update: tuple[Update, ...] = ()
    relate: tuple[Relate, ...] = ()
    close: tuple[Close, ...] = ()
    told: tuple[Told, ...] = ()
    numbers: Mapping[str, int] = field(default_factory=dict)
    """The issues that are there, by the id of their task."""

    @property
    def nothing(self) -> bool:
        """Whether there is nothing to do."""
        return not (self.create or self.update or self.relate or self.close)


def changes(plan: TaskPlan, known: Sequence[Known], body_of: Callable[[PlannedTask], str]) -> Changes:
    """The difference. ``body_of`` renders a task's body, without a marker, from the task alone."""
    there = match(plan, known)
    made = _Difference(plan, there, body_of)
    for task in plan.tasks:
        made.look_at(task)
    ids = {task.id for task in plan.tasks}
    mine = {each.number for each in there.values()}
    gone = [
        each
        for each in known
        if each.plan == plan.plan and each.id and each.id not in ids and each.number not in mine and not each.closed
    ]
    made.told += [Told("not-in-plan", each.id, each.number) for each in gone]
    return made.result()


def match(plan: TaskPlan, known: Sequence[Known]) -> dict[str, Known]:
    """The issue of each task: by its marker, else (where the marker was lost) by an equal title. The oldest counts.

    A part of an epic is also known by what it was called before another epic got one of its title.
    """
    marked: dict[str, list[Known]] = {}
    lost: dict[str, list[Known]] = {}
    for each in sorted(known, key=lambda each: each.number):
        if each.plan == plan.plan and each.id:
            marked.setdefault(each.id, []).append(each)
        elif not each.plan:
            lost.setdefault(_title(each.title), []).append(each)
    made = _renamed(plan, marked)
    for task in plan.tasks:
        if task.id not in made and marked.get(task.id):
            made[task.id] = marked[task.id][0]
    shared = Counter(_title(task.title) for task in plan.tasks)
    for task in plan.tasks:
        title = _title(task.title)
        some = lost.get(title, []) if task.id not in made else []
        if shared[title] > 1:  # then the title alone says too little
            epic = made.get(task.parent or "")
            some = [each for each in some if each.parent == (None if epic is None else epic.number)]
        if some:
            made[task.id] = some[0]
            lost[title].remove(some[0])
    return made


def _renamed(plan: TaskPlan, marked: Mapping[str, list[Known]]) -> dict[str, Known]:
    """Parts whose issue's marker has the id without the epic's before it; these are taken out of ``marked``."""
    epics = {name: some[0].number for name, some in marked.items()}
    made = {}
    for task in plan.tasks:
        epic = epics.get(task.parent or "")
        if epic is None or task.id in marked:
            continue
        for each in marked.get(_plain(task), ()):
            if each.parent == epic and _title(each.title) == _title(task.title):
                marked[each.id].remove(each)
                made[task.id] = each
                epics[task.id] = each.number
                break
    return made


def _plain(task: PlannedTask) -> str:
    """The id of a part without its epic's before it; ``""`` where that stands not there."""
    return task.id.removeprefix(f"{task.parent}/") if task.parent and task.id.startswith(f"{task.parent}/") else ""


def _title(title: str) -> str:
    return one_line(title).casefold()


class _Difference:
    def __init__(self, plan: TaskPlan, there: Mapping[str, Known], body_of: Callable[[PlannedTask], str]) -> None:
        self._tasks = {task.id: task for task in plan.tasks}
        self._there = there
        self._body_of = body_of
        self._plan = plan
        self._create: dict[str, Create] = {}
        self._update: list[Update] = []
        self._close: list[Close] = []
        self.told: list[Told] = []

    def look_at(self, task: PlannedTask) -> None:
        """One task: its issue alone."""
        issue = self._there.get(task.id)
        if issue is None and task.state in FINISHED:
            self.told.append(Told("finished", task.id))
        elif issue is None:
            body = self._body_of(task)
            self._create[task.id] = Create(task, task.title, body, digest(task.title, body))
        else:
            self._compare(task, issue)

    def _compare(self, task: PlannedTask, issue: Known) -> None:
        number = issue.number
        if issue.closed:
            if task.state not in FINISHED:
                self.told.append(Told("closed-by-people", task.id, number))
            return
        self._edit(task, issue)
        if task.state in FINISHED and issue.reopened:
            self.told.append(Told("reopened-by-people", task.id, number))
        elif task.state in FINISHED:
            self._close.append(Close(number, task.id, "completed" if task.state == "done" else "not-planned"))

    def _edit(self, task: PlannedTask, issue: Known) -> None:
        body = self._body_of(task)
        wanted, now = digest(task.title, body), digest(issue.title, issue.body)
        lost = not issue.plan
        if now != (wanted if lost else issue.digest):
            if now != wanted:
                self.told.append(Told("edited-by-people", task.id, issue.number))
            if not lost and issue.id != task.id:  # the marker alone
                self._update.append(Update(issue.number, task, issue.title, issue.body, issue.digest))
            return
        body = tick(body, {box.text: True for box in boxes(issue.body) if box.ticked})
        ticked = {box.text for box in boxes(issue.body) if box.ticked}
        if issue.id != task.id or now != wanted or any(box.ticked and box.text not in ticked for box in boxes(body)):
            self._update.append(Update(issue.number, task, task.title, body, wanted))

    def _open(self, name: str | None) -> bool:
        """Whether a task has an open issue, or gets one."""
        if name is None:
            return False
        issue = self._there.get(name)
        return name in self._create or (issue is not None and not issue.closed)

    def _relations(self) -> list[Relate]:
        made = []
        for task in self._plan.tasks:
            if not self._open(task.id):
                continue
            issue = self._there.get(task.id)
            if self._open(task.parent) and (issue is None or issue.parent is None):
                made.append(Relate("sub-issue", task.id, task.parent or ""))
            if task.state in FINISHED:
                continue
            for name in task.depends_on:
                other = self._there.get(name)
                has = issue is not None and other is not None and other.number in issue.blocked_by
                if self._open(name) and not has and self._tasks[name].state not in FINISHED:
                    made.append(Relate("blocked-by", task.id, name))
        return made

    def result(self) -> Changes:
        """All of it."""
        return Changes(
            create=tuple(self._create[name] for name in blockers_first(self._plan.tasks) if name in self._create),
            update=tuple(self._update),
            relate=tuple(self._relations()),
            close=tuple(self._close),
            told=tuple(self.told),
            numbers={name: issue.number for name, issue in self._there.items()},
        )


def blockers_first(tasks: Sequence[PlannedTask]) -> list[str]:
    """The ids of tasks, each behind all that it waits for; else in the order of the plan."""
    order = {task.id: at for at, task in enumerate(tasks)}
    waits = {task.id: {name for name in task.depends_on if name in order} for task in tasks}
    back: dict[str, list[str]] = {}
    for name, others in waits.items():
        for other in others:
            back.setdefault(other, []).append(name)
    free = [order[name] for name, others in waits.items() if not others]
    heapq.heapify(free)
    counts = {name: len(others) for name, others in waits.items()}
    made = []
    while free:
        name = tasks[heapq.heappop(free)].id
        made.append(name)
        for other in back.get(name, ()):
            counts[other] -= 1
            if counts[other] == 0:
                heapq.heappush(free, order[other])
    return made
