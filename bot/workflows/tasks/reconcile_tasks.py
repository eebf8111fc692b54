"""All tasks of a repository: what the graph says is made so, and said.

Reads the world afresh, decides for all tasks by one pure function, and acts on the difference. Safe at any time, any
number of times; the webhook handlers and the sweep call the same function.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from bot.contracts.github import Issue
from bot.errors import Refusal
from bot.planning.tasks.decide import decide
from bot.planning.tasks.model import Decision, Graph, Planned, Reason
from bot.planning.tasks.similar import duplicates
from bot.runs.queue import Target
from bot.workflows import names
from bot.workflows.alone import alone
from bot.workflows.context import Context
from bot.workflows.gates.keys import second_key
from bot.workflows.gates.pull_scene import issue_or_none
from bot.workflows.scene import RepositoryScene, repository_scene
from bot.workflows.tasks.authority import may_start
from bot.workflows.tasks.book import Book, effective, load_book, save_book
from bot.workflows.tasks.collisions import keep_forecast
from bot.workflows.tasks.dashboard.keep import keep_dashboard
from bot.workflows.tasks.dashboard.ticks import carry_out_ticks
from bot.workflows.tasks.finish import clear_away, is_over, report_of
from bot.workflows.tasks.labels import keep_labels, let_go, note_labels
from bot.workflows.tasks.plans.waiting import hold_incomplete
from bot.workflows.tasks.pull import keep_pull
from bot.workflows.tasks.relations import relate
from bot.workflows.tasks.say import say_task
from bot.workflows.tasks.start import resume, start
from bot.workflows.tasks.world import TaskWorld, graph_of, is_task, look, sure_of

AT_A_TIME: Final = 5
"""So many tasks start in one go; then others of the repository have their turn."""
_NOT_ASKED: Final = {
    "labeller-may-not-write": "not-asked",
    "order-not-found": "not-asked",
    "not-labelled": "not-asked",
    "edited-since": "edited-since",
}


@dataclass(frozen=True)
class Looked:
    """One look: the world, and what was decided of it."""

    world: TaskWorld
    graph: Graph
    planned: Planned

    def decided(self, number: int) -> Decision:
        """What was decided of a task, with what only the workflow knows."""
        return _with_faults(self.world, number, self.planned.decisions[number])


@dataclass(frozen=True, slots=True)
class Done:
    """What is left: whether there is more to do at once, and the pull requests whose gates are to be judged."""

    more: bool = False
    judge: frozenset[int] = frozenset()


async def reconcile_tasks(ctx: Context, target: Target, commands: Collection[str] = ()) -> Sequence[Target]:
    """Makes the tasks of one repository what they should be. ``target.key`` is ``owner/name``.

    ``commands`` are the slash commands that there are: the settings' rules are about them. Gives itself where there is
    more to do at once. Raises ``WorldError`` when GitHub or git fail.
    """
    github = ctx.github(target.installation, target.repository)
    listed = await github.issues(labels=[names.TASK_LABEL], state="all")
    now = await github.now()
    book = await load_book(ctx, github.full_name, now)
    if not listed and not book.tasks:
        return ()
    try:
        async with repository_scene(ctx, github) as scene:
            if scene is None:
                return ()
            book = await load_book(ctx, github.full_name, now) if not book.known else book
            done = await _in_scene(scene, book, listed, commands)
    except Refusal:  # the settings cannot be read: that is told on pull requests, and nothing starts by unread rules
        return ()
    keys = [names.pull_key(github.full_name, number) for number in sorted(done.judge)]
    pulls = [Target(names.PULL, key, target.repository, target.installation) for key in keys]
    return [*([target] if done.more else []), *pulls]


async def _in_scene(scene: RepositoryScene, book: Book, listed: Sequence[Issue], commands: Collection[str]) -> Done:
    looked = await look_and_decide(scene, book, listed, commands=commands)
    world = looked.world
    await _keep(world)
    await _let_go(world)
    book.starts = (*book.starts, *[scene.now] * await resume(world))
    due = sorted(_starting(looked.planned), key=lambda number: _rank(looked.planned, number))
    by_itself = [number for number in due[:AT_A_TIME] if not world.book.of(number).ordered]
    await start(world, due[:AT_A_TIME])
    begun = [number for number in by_itself if not book.of(number).barred]
    book.starts = (*book.starts, *[scene.now] * len(begun))
    await _keep(world)
    await _close(world, looked.planned)
    graph = graph_of(world)
    after = decide(graph, effective(world.settings, book), scene.now, book.starts)
    decisions = {number: _with_faults(world, number, after.decisions[number]) for number in world.issues}
    decisions |= await asyncio.to_thread(_with_likeness, graph, decisions)
    await _settle(world, graph, decisions)
    collisions = await keep_forecast(world, graph)
    await keep_dashboard(world, graph, replace(after, decisions=decisions), collisions)
    return Done(len(due) > AT_A_TIME, frozenset(world.judge))


def _with_likeness(graph: Graph, decisions: Mapping[int, Decision]) -> dict[int, Decision]:
    """Of two that may be the same one, the newer says so, until it has begun; a person decides."""
    alike = {newer: older for older, newer, _ in duplicates(graph.tasks.values())}
    return {
        number: replace(decisions[number], because=(*decisions[number].because, Reason("looks-like", (older,))))
        for number, older in alike.items()
        if decisions[number].state in {"ready", "blocked"}
    }


async def look_and_decide(
    scene: RepositoryScene,
    book: Book,
    listed: Sequence[Issue],
    *,
    change: bool = True,
    ask: Collection[int] = (),
    commands: Collection[str] = (),
) -> Looked:
    """Reads all tasks, carries out what was ticked, makes relations of what their texts say, and decides.

    Without ``change`` nothing is made, and nobody's right is looked up but for the tasks in ``ask``. Raises
    ``WorldError``.
    """
    world = await look(scene, book, listed)
    if change:
        await carry_out_ticks(world, commands)
        await relate(world)
    for number, record in book.tasks.items():
        if number in world.issues and world.issues[number].state == "open":
            record.subsumed_by = None
            if record.barred and not record.ordered:
                world.faults.setdefault(number, []).append("push-refused")
            record.barred = record.barred if not record.ordered else ""
    hold_incomplete(world)
    settings = effective(world.settings, book)
    graph = graph_of(world)
    planned = decide(graph, settings, scene.now, book.starts)
    while asked := [n for n in _starting(planned) if n not in world.granted and (change or n in ask)]:
        # Only those that could start are asked about: first what they wait for, then for whose word it is.
        unsure = [number for number in asked if world.native and number not in world.waits]
        await sure_of(world, unsure)
        for number in asked if not unsure else ():
            leave = await may_start(world, number)
            if leave.granted:
                world.granted.add(number)
                book.of(number).started_by = leave.who
            else:
                world.faults.setdefault(number, []).append(_NOT_ASKED[leave.state])
        graph = graph_of(world)
        planned = decide(graph, settings, scene.now, book.starts)
    return Looked(world, graph, planned)


def _starting(planned: Planned) -> list[int]:
    return [number for number, made in planned.decisions.items() if made.action == "start"]


def _rank(planned: Planned, number: int) -> int:
    return next((at for at, choice in enumerate(planned.next) if choice.number == number), len(planned.next))


async def _keep(world: TaskWorld) -> None:
    await save_book(world.scene.ctx, world.scene.github.full_name, world.book)


async def _let_go(world: TaskWorld) -> None:
    """Of those that are no tasks any more our labels go, and a branch that nobody worked on."""
    for number, pull in world.gone.items():
        issue = await issue_or_none(world.scene.github, number)
        if issue is not None and is_task(world.scene, issue):
            continue  # labelled again meanwhile, or the listing missed it: its pages shift while they are read
        if pull is not None:
            await clear_away(world, number, pull)
        if issue is not None:
            with alone(world.scene.github.full_name, number):
                await let_go(world, issue)
        world.book.tasks.pop(number, None)
        if pull is not None and pull.merged_at is None:
            world.book.let_go[number] = pull.number
    for number, pull in list(world.pulls.items()):
        if is_over(world, number) and await clear_away(world, number, pull):
            del world.pulls[number]


async def _close(world: TaskWorld, planned: Planned) -> None:
    """Closes the epics whose parts are done, and what was merged where GitHub's own keyword went out of the text.

    One that a person opened again stays open.
    """
    for number, issue in world.issues.items():
        made, pull = planned.decisions.get(number), world.pulls.get(number)
        merged = (
            pull is not None and pull.merged_at is not None and pull.base.ref == world.scene.repository.default_branch
        )
        epic = made is not None and made.action == "close-epic"
        if issue.state == "open" and issue.state_reason != "reopened" and (merged or epic):
            with alone(world.scene.github.full_name, number):
                await world.scene.github.update_issue(number, state="closed", state_reason="completed")
                closed = {"state": "closed", "state_reason": "completed", "closed_at": world.scene.now}
                world.issues[number] = issue.model_copy(update=closed)


async def _settle(world: TaskWorld, graph: Graph, decisions: Mapping[int, Decision]) -> None:
    """Labels, pull requests, events and words, as it stands now."""
    await keep_labels(world, decisions)
    for number, made in decisions.items():
        with alone(world.scene.github.full_name, number):
            await keep_pull(world, number)
        with alone(world.scene.github.full_name, number):
            if world.issues[number].state == "open" or _is_news(world, number, made):
                await _enter(world, number, made)
                await say_task(world, number, made, await report_of(world, number, made.state, graph))
            await _note_second(world, number, made)
            note_labels(world, number)
            _note_pull(world, number)
    await _keep(world)


def _with_faults(world: TaskWorld, number: int, made: Decision) -> Decision:
    """What only the workflow knows: why nobody's word let it start."""
    words = {"push-refused": (world.book.of(number).barred[:200],)}
    mine = [Reason(code, words=words.get(code, ())) for code in world.faults.get(number, ())]
    because = [each for each in made.because if each.code != "faults"]  # told one by one
    told = {each.code for each in because}
    return replace(made, because=(*because, *(each for each in mine if each.code not in told)))


def _is_news(world: TaskWorld, number: int, made: Decision) -> bool:
    """Whether there is something to tell of a closed task: its state, or that its pull request was merged since."""
    record, pull = world.book.of(number), world.pulls.get(number)
    merged = pull is not None and pull.merged_at is not None and record.outcome != "merged"
    return record.state != made.state or merged


async def _enter(world: TaskWorld, number: int, made: Decision) -> None:
    """Tells the ledger of a new state, once."""
    record, scene = world.book.of(number), world.scene
    pull = world.pulls.get(number)
    if record.state == made.state:
        return
    await scene.record(
        "TASK_ENTERED",
        issue=number,
        subject=names.task_subject(number),
        order=f"task-{number}-{made.state}-after-{record.state}-{record.since}",
        actor=_actor(world, number, made),
        commit=pull.merge_commit_sha if pull is not None and made.state == "done" else None,
        pull=pull.number if pull is not None else None,
        details=_details(world, number, made),
    )
    record.state, record.since = made.state, scene.now


def _details(world: TaskWorld, number: int, made: Decision) -> dict[str, str]:
    record = world.book.of(number)
    told = {"state": made.state, "from": record.state or "", "why": ",".join(each.code for each in made.because)[:200]}
    return {**told, **({"by": record.started_by} if made.state == "in-progress" and record.started_by else {})}


def _actor(world: TaskWorld, number: int, made: Decision) -> str:
    pull = world.pulls.get(number)
    if made.state == "done" and pull is not None and pull.merged_by is not None:
        return pull.merged_by
    return world.scene.github.bot_login


async def _note_second(world: TaskWorld, number: int, made: Decision) -> None:
    """For the gates: which other task's pull request is merged before this one."""
    pull, scene = world.pulls.get(number), world.scene
    if pull is None or pull.state != "open":
        return
    first = next((each.numbers[0] for each in made.because if each.code == "goes-second" and each.numbers), 0)
    other = world.pulls.get(first)
    key = second_key(scene.github.full_name, pull.number)
    before = await scene.ctx.memory.get(key)
    if other is not None and before != other.number:
        await scene.ctx.memory.set(key, other.number)
        world.judge.add(pull.number)
    elif other is None and before is not None:
        await scene.ctx.memory.delete(key)
        world.judge.add(pull.number)


def _note_pull(world: TaskWorld, number: int) -> None:
    record, pull = world.book.of(number), world.pulls.get(number)
    if pull is not None:
        record.pull = pull.number
        record.outcome = "merged" if pull.merged_at is not None else "" if pull.state == "open" else "closed"


def by_state(decisions: Mapping[int, Decision]) -> dict[str, list[int]]:
    """The tasks of each state."""
    found: dict[str, list[int]] = {}
    for number, made in decisions.items():
        found.setdefault(made.state, []).append(number)
    return found
