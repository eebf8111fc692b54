"""All tasks of a repository as GitHub and git have them now, and the graph that they make."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from bot.contracts.github import Issue, Pull
from bot.contracts.task import PRIORITIES, Priority, TaskSettings
from bot.errors import Refusal, WorldError
from bot.patching.trees import differences
from bot.planning.tasks.model import Closed, Graph, PullState, Task
from bot.planning.tasks.text.form import Form, read_form
from bot.reports.markers import marker_of
from bot.workflows import names
from bot.workflows.gates.pull_scene import is_draft
from bot.workflows.scene import RepositoryScene
from bot.workflows.tasks.asides import asides
from bot.workflows.tasks.book import Book

AT_ONCE: Final = 8
"""So many issues are asked for their relations at once."""
MOST_TOUCHED: Final = 2_000
"""So many changed paths of one branch are looked at for overlaps."""


@dataclass
class TaskWorld:
    """What one look at a repository's tasks has read."""

    scene: RepositoryScene
    book: Book
    settings: TaskSettings
    issues: dict[int, Issue]
    """Those labelled ``task``, by number."""
    forms: dict[int, Form]
    waits: dict[int, tuple[Issue, ...]]
    """By task, the issues that GitHub says it waits for."""
    parts: dict[int, tuple[Issue, ...]]
    """By task, those of its sub-issues that are no tasks here."""
    pulls: dict[int, Pull]
    """By task, its newest pull request that still counts."""
    open_pulls: list[Pull]
    native: bool = True
    """Whether the server knows issue dependencies; else the text is the truth."""
    lost: bool = False
    """Whether the book was told again from the ledger in this look."""
    gone: dict[int, Pull | None] = field(default_factory=dict)
    """Tasks of the book that are none any more (unlabelled, transferred, deleted), with their pull request."""
    faults: dict[int, list[str]] = field(default_factory=dict)
    """Beside what the form has: why a task cannot start, by code."""
    bad_relations: dict[int, list[Refusal]] = field(default_factory=dict)
    """By task, refusals of what its text says it depends on."""
    judge: set[int] = field(default_factory=set)
    """Pull requests whose gates are to be judged after this look."""
    asides: set[int] = field(default_factory=set)
    """Tasks whose comment says something else than where they stand."""
    granted: set[int] = field(default_factory=set)
    """Tasks that somebody who may has asked for, as far as that was looked up."""

    def branch(self, number: int) -> str:
        """The branch of a task: the one that is there, else the one it will have."""
        start = f"refs/heads/{names.TASKS}{number}-"
        found = min((ref for ref in self.scene.refs if ref.startswith(start)), default=None)
        if number in self.pulls and self.pulls[number].state == "open":
            return self.pulls[number].head.ref
        return found.removeprefix("refs/heads/") if found else names.task_branch(number, self.issues[number].title)


def has_label(labels: Collection[str], name: str) -> bool:
    """Whether a label is there, whatever its case."""
    return name in {label.lower() for label in labels}


async def look(scene: RepositoryScene, book: Book, listed: Sequence[Issue]) -> TaskWorld:
    """Reads what there is to read beside the tasks' own issues. Raises ``WorldError``."""
    settings = scene.settings.tasks
    issues = {issue.number: issue for issue in listed if not _is_dashboard(scene, issue)}
    lanes = tuple(settings.lanes)
    name = scene.github.full_name
    forms = {number: read_form(issue.body, lanes=lanes, repository=name) for number, issue in issues.items()}
    open_pulls = await scene.github.pulls(state="open")
    native = all(issue.dependencies is not None for issue in listed)
    world = TaskWorld(scene, book, settings, issues, forms, {}, {}, {}, open_pulls, native, not book.known)
    world.asides = await asides(scene.ctx, name)
    if world.lost:
        _by_label(world)
    await _relations(world)
    await _pulls(world)
    return world


def _by_label(world: TaskWorld) -> None:
    """What was subsumed, where this database and the ledger have lost it: our own label and GitHub's epic tell."""
    for number, issue in world.issues.items():
        told = has_label(issue.labels, f"{names.STATUS}subsumed") and closed_as(issue) == "not-planned"
        if told and issue.parent in world.issues and world.book.of(number).subsumed_by is None:
            world.book.of(number).subsumed_by = issue.parent


def is_task(scene: RepositoryScene, issue: Issue) -> bool:
    """Whether an issue, as it was read by its number, is a task of this repository."""
    ours = issue.pull_request is None and has_label(issue.labels, names.TASK_LABEL)
    return is_here(scene, issue) and ours and not _is_dashboard(scene, issue)


def is_here(scene: RepositoryScene, issue: Issue) -> bool:
    """Whether an issue, as it was read by its number, is still one of this repository."""
    return not issue.repository or issue.repository.lower() == scene.github.full_name.lower()


def _is_dashboard(scene: RepositoryScene, issue: Issue) -> bool:
    """Our own page about tasks is none, whatever label somebody puts on it."""
    marker = marker_of(issue.body.replace("\r\n", "\n"))
    ours = has_label(issue.labels, names.DASHBOARD_LABEL) or (marker is not None and marker.kind == "dashboard")
    return ours and issue.user == scene.github.bot_login


async def _relations(world: TaskWorld) -> None:
    """Of those whose summary counts some; what would start is asked about in any case (``sure_of``)."""
    summed = [n for n, one in world.issues.items() if one.dependencies and one.dependencies.total_blocked_by]
    await sure_of(world, summed)
    known = Counter(issue.parent for issue in world.issues.values())
    wholes = [n for n, one in world.issues.items() if one.sub_issues and one.sub_issues.total > known[n]]
    for number, parts in (await _each(wholes, world.scene.github.sub_issues)).items():
        world.parts[number] = tuple(part for part in parts if key_of(world, part) not in world.issues)


async def sure_of(world: TaskWorld, asked: Sequence[int]) -> None:
    """Reads what these tasks wait for: GitHub's summaries can be behind the lists. Raises ``WorldError``."""
    if world.native:
        world.waits.update(await _each(asked, world.scene.github.blocked_by))


async def _each(numbers: Sequence[int], ask: Callable[[int], Awaitable[list[Issue]]]) -> dict[int, tuple[Issue, ...]]:
    told: dict[int, tuple[Issue, ...]] = {}
    for at in range(0, len(numbers), AT_ONCE):
        some = numbers[at : at + AT_ONCE]
        told.update(zip(some, map(tuple, await asyncio.gather(*map(ask, some))), strict=True))
    return told


def task_of(world: TaskWorld, pull: Pull) -> int | None:
    """The task that a pull request's branch, in this repository, is named for."""
    here = pull.head.repo is not None and pull.head.repo.full_name.lower() == world.scene.github.full_name.lower()
    return names.task_of_branch(pull.head.ref) if here else None


async def _pulls(world: TaskWorld) -> None:
    """The newest pull request of each task; closed ones are asked for one by one where the book knows them."""
    github, book = world.scene.github, world.book
    known = world.open_pulls
    if not book.known:  # a lost database: what was opened and decided before is there to be seen
        known = await github.pulls(state="all")
    newest: dict[int, Pull] = {}
    for pull in sorted(known, key=lambda pull: pull.number):
        number = task_of(world, pull)
        if number is not None:
            newest[number] = pull
    for number, record in book.tasks.items():
        if record.pull is None or number in newest:
            continue
        closed = number in world.issues and world.issues[number].state == "closed" and record.outcome
        if not closed:
            decided = await _one(world, record.pull)
            if decided is not None:
                newest[number] = decided
    for number, pull in newest.items():
        record = book.of(number)
        if number not in world.issues:
            world.gone[number] = pull
        elif pull.number > record.superseded or pull.state == "open":
            world.pulls[number] = pull
    world.gone |= {n: world.gone.get(n) for n in book.tasks if n not in world.issues}


async def _one(world: TaskWorld, number: int) -> Pull | None:
    try:
        return await world.scene.github.pull(number)
    except WorldError as error:
        if getattr(error, "status", None) not in {404, 410}:
            raise
        return None


def closed_as(issue: Issue) -> Closed:
    """How an issue was closed."""
    if issue.state == "open":
        return ""
    return "not-planned" if issue.state_reason in {"not_planned", "duplicate"} else "completed"


def key_of(world: TaskWorld, issue: Issue) -> int:
    """An issue's key in the graph: its number, or for one of another repository minus its id."""
    here = not issue.repository or issue.repository.lower() == world.scene.github.full_name.lower()
    return issue.number if here else -issue.id


def graph_of(world: TaskWorld) -> Graph:
    """The graph as it is now."""
    tasks = {number: _task(world, number) for number in world.issues}
    for epic, parts in world.parts.items():
        for issue in parts:
            tasks[key_of(world, issue)] = _outside(world, issue, epic)
    for blockers in world.waits.values():
        for issue in blockers:
            tasks.setdefault(key_of(world, issue), _outside(world, issue))
    return Graph(tasks)


def _outside(world: TaskWorld, issue: Issue, epic: int | None = None) -> Task:
    """An issue that is no task here, and is only waited for."""
    key = key_of(world, issue)
    title = issue.title if key > 0 else f"{issue.repository}#{issue.number}: {issue.title}"
    return Task(key, title, closed=closed_as(issue), parent=epic, outside=True)


def blockers_of(world: TaskWorld, number: int) -> tuple[int, ...]:
    """What a task waits for: GitHub's own relations; where the server knows none, what its text says."""
    if not world.native:
        return tuple(each for each in world.forms[number].depends_on if each != number)
    return tuple(dict.fromkeys(key_of(world, issue) for issue in world.waits.get(number, ())))


def lane_of(world: TaskWorld, number: int) -> str:
    """The lane of a task: its label's, else its form's, else the default one.

    Of several labels it is one that is new: somebody put it beside the other.
    """
    told = [label.lower().removeprefix(names.LANE) for label in world.issues[number].labels if _names_lane(label)]
    known = [lane for lane in told if lane in world.settings.lanes]
    if known:
        return next((lane for lane in known if lane != world.book.of(number).lane), known[0])
    said = world.forms[number].lane
    return said if said in world.settings.lanes else world.settings.default_lane or ""


def _names_lane(label: str) -> bool:
    return label.lower().startswith(names.LANE)


def _priority(world: TaskWorld, number: int) -> Priority:
    said = {label.lower().removeprefix(names.PRIORITY) for label in world.issues[number].labels}
    for priority in PRIORITIES:
        if priority in said:
            return priority
    return world.forms[number].priority or "medium"


def _task(world: TaskWorld, number: int) -> Task:
    issue, form, record = world.issues[number], world.forms[number], world.book.of(number)
    pull = world.pulls.get(number)
    faults = [fault.code for fault in form.faults] + [each.code for each in world.bad_relations.get(number, ())]
    return Task(
        number=number,
        title=issue.title,
        created=issue.created_at,
        closed=closed_as(issue),
        subsumed_by=record.subsumed_by,
        lane=lane_of(world, number),
        priority=_priority(world, number),
        paths=form.paths,
        touched=_touched(world, pull),
        blocked_by=blockers_of(world, number),
        parent=issue.parent if issue.parent in world.issues else None,
        pull=_pull_state(pull),
        started=record.started,
        on_hold=has_label(issue.labels, names.HOLD_LABEL),
        pilot=has_label(issue.labels, names.PILOT_LABEL),
        ordered=record.ordered,
        faults=tuple(dict.fromkeys([*faults, *world.faults.get(number, ())])),
    )


def _pull_state(pull: Pull | None) -> PullState:
    if pull is None:
        return "none"
    if pull.merged_at is not None:
        return "merged"
    if pull.state != "open":
        return "closed"
    return "draft" if is_draft(pull) else "open"


def _touched(world: TaskWorld, pull: Pull | None) -> tuple[str, ...]:
    """What an open branch changes against where it left the default branch."""
    repository = world.scene.mirror.repository
    if pull is None or pull.state != "open" or not repository.has(pull.head.sha):
        return ()
    base = repository.merge_base(world.scene.default.oid, pull.head.sha)
    if base is None:
        return ()
    trees = (repository.tree(repository.commit_info(oid).tree) for oid in (base, pull.head.sha))
    return tuple(each.path for each in differences(*trees))[:MOST_TOUCHED]


def by_id(world: TaskWorld) -> Mapping[int, Issue]:
    """Every issue that is known by its number in this repository."""
    found = {issue.number: issue for group in world.waits.values() for issue in group if key_of(world, issue) > 0}
    return found | world.issues
