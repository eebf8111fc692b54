"""All tasks of a repository: what the graph says is made so, and said.

Reads the world afresh, decides for all tasks by one pure function, and acts on the difference. Safe at any time, any
number of times; the webhook handlers and the sweep call the same function.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Final

import structlog

from bot.contracts.github import Issue
from bot.errors import Refusal
from bot.planning.tasks.decide import decide
from bot.planning.tasks.model import Decision, Graph, Planned
from bot.runs.queue import Target
from bot.workflows import names
from bot.workflows.context import Context
from bot.workflows.scene import RepositoryScene, repository_scene
from bot.workflows.tasks.asides import say_unread
from bot.workflows.tasks.authority import may_start
from bot.workflows.tasks.book import Book, effective, load_book, save_book
from bot.workflows.tasks.collisions import keep_forecast
from bot.workflows.tasks.dashboard.keep import keep_dashboard
from bot.workflows.tasks.dashboard.ticks import carry_out_ticks
from bot.workflows.tasks.over import close_done, let_go_of_gone
from bot.workflows.tasks.plans.waiting import hold_incomplete
from bot.workflows.tasks.relations import relate
from bot.workflows.tasks.settle import settle, with_faults, with_likeness
from bot.workflows.tasks.start import resume, start
from bot.workflows.tasks.world import TaskWorld, graph_of, look, sure_of

log = structlog.get_logger(__name__)
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
        return with_faults(self.world, number, self.planned.decisions[number])


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
    except Refusal as refusal:
        # The settings cannot be read: nothing starts by unread rules.
        log.info("tasks were not looked at", repository=github.full_name, code=refusal.code)
        await say_unread(ctx, github, listed, book, refusal)
        return ()
    keys = [names.pull_key(github.full_name, number) for number in sorted(done.judge)]
    pulls = [Target(names.PULL, key, target.repository, target.installation) for key in keys]
    return [*([target] if done.more else []), *pulls]


async def _in_scene(scene: RepositoryScene, book: Book, listed: Sequence[Issue], commands: Collection[str]) -> Done:
    looked = await look_and_decide(scene, book, listed, commands=commands)
    world = looked.world
    await _keep(world)
    await let_go_of_gone(world)
    book.starts = (*book.starts, *[scene.now] * await resume(world))
    due = sorted(_starting(looked.planned), key=lambda number: _rank(looked.planned, number))
    by_itself = [number for number in due[:AT_A_TIME] if not world.book.of(number).ordered]
    await start(world, due[:AT_A_TIME])
    begun = [number for number in by_itself if not book.of(number).barred]
    book.starts = (*book.starts, *[scene.now] * len(begun))
    await _keep(world)
    await close_done(world, looked.planned)
    graph = graph_of(world)
    after = decide(graph, effective(world.settings, book), scene.now, book.starts)
    decisions = {number: with_faults(world, number, after.decisions[number]) for number in world.issues}
    decisions |= await asyncio.to_thread(with_likeness, graph, decisions)
    await settle(world, graph, decisions)
    collisions = await keep_forecast(world, graph)
    await keep_dashboard(world, graph, replace(after, decisions=decisions), collisions)
    return Done(len(due) > AT_A_TIME, frozenset(world.judge))


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
