"""The end of a task: its delivery report with the time in each state, and what becomes of a branch nobody worked on."""

from __future__ import annotations

import asyncio
import itertools
from typing import Final

from bot.contracts.github import Pull
from bot.contracts.report import DeliveryReport
from bot.contracts.task import Spent, State, TaskReport
from bot.git.refs import RefUpdate
from bot.planning.tasks.model import Graph
from bot.reports.delivery import task_delivery
from bot.workflows import names
from bot.workflows.gates.audit import notes_of
from bot.workflows.gates.offers import open_remediations
from bot.workflows.landing.deliver_patches import landed_on
from bot.workflows.ledger import push_with_notes
from bot.workflows.tasks.book import state_of
from bot.workflows.tasks.pull import unticked
from bot.workflows.tasks.world import TaskWorld, closed_as, lane_of

MOST_STARTS: Final = 50
"""A branch with more commits than that is not asked whether all of them are empty ones of ours."""


async def report_of(world: TaskWorld, number: int, state: State, graph: Graph) -> DeliveryReport | None:
    """The report of a task that is done by its merged pull request, made and stored. Raises ``WorldError``."""
    pull = world.pulls.get(number)
    if pull is None or pull.merged_at is None or state != "done":
        return None
    task = await measured(world, number, state, graph)
    report = await delivered(world, task, pull)
    await world.scene.ctx.reports.put(report)
    return report


async def measured(world: TaskWorld, number: int, state: State, graph: Graph) -> TaskReport:
    """What a task was so far. Raises ``WorldError``."""
    pull, issue, scene = world.pulls.get(number), world.issues[number], world.scene
    merged = pull.merged_at if pull is not None else None
    return TaskReport(
        issue=number,
        title=issue.title[:256],
        state=state,
        lane=lane_of(world, number),
        started_by=world.book.of(number).started_by,
        opened_at=issue.created_at,
        finished_at=issue.closed_at or merged or scene.now,
        spent=await _spent(world, number),
        unticked=unticked(world, number)[:100],
        unblocked=tuple(sorted(n for n, one in graph.tasks.items() if number in one.blocked_by and not one.closed)),
        follow_ups=await open_remediations(scene.ctx, scene.github, pull.number) if pull is not None else (),
    )


async def delivered(world: TaskWorld, task: TaskReport, pull: Pull) -> DeliveryReport:
    """The report of a task's pull request as it stands. Raises ``WorldError``."""
    github, ctx = world.scene.github, world.scene.ctx
    whole = await github.pull(pull.number)  # with what lists lack
    patches = await landed_on(ctx, github, whole)
    made = task_delivery(
        repository=github.full_name,
        task=task,
        batches=[each.batch for each in patches],
        operations=sum(each.operations for each in patches),
        pull=whole,
        checks=[run for run in await github.check_runs(whole.head.sha) if run.name != names.DELIVERY_CHECK],
        reviews=await github.reviews(whole.number),
    )
    return made.model_copy(update={"audit": await notes_of(ctx, github, whole.number)})


async def _spent(world: TaskWorld, number: int) -> tuple[Spent, ...]:
    """The time in each state that it was in, as the ledger tells; of one that is not closed up to now."""
    events = await world.scene.ctx.ledger.events(world.scene.github.full_name, subject=names.task_subject(number))
    entered = [event for event in events if event.type == "TASK_ENTERED"]
    seconds: dict[State, int] = {}
    for event, following in itertools.pairwise(entered):
        state = state_of(event)
        seconds[state] = seconds.get(state, 0) + max(0, round((following.at - event.at).total_seconds()))
    if entered and world.issues[number].state == "open":
        last = entered[-1]
        lasts = round((world.scene.now - last.at).total_seconds())
        seconds[state_of(last)] = seconds.get(state_of(last), 0) + max(0, lasts)
    return tuple(Spent(state=state, seconds=spent) for state, spent in seconds.items())


async def clear_away(world: TaskWorld, number: int, pull: Pull) -> bool:
    """Closes the pull request of a task that is none any more, and deletes its branch, where nobody worked on it.

    Where somebody did, it stays as it is: that is theirs to decide. Gives whether it was cleared away.
    """
    scene = world.scene
    if pull.merged_at is not None or pull.user != scene.github.bot_login:
        return False
    head = scene.head(pull.head.ref)
    if head is not None:
        if pull.state != "open" or not await asyncio.to_thread(_untouched, world, number, head):
            return False
        # The branch goes first: GitHub then closes the pull request itself, and a kill in between leaves nothing.
        update = RefUpdate(f"refs/heads/{pull.head.ref}", None, head)
        outcomes = await push_with_notes(scene.ctx, scene.github, scene.mirror, [update], head=scene.default.oid)
        if not outcomes[update.name].ok:
            return False
        scene.refs = {name: oid for name, oid in scene.refs.items() if name != update.name}
    elif pull.state == "open":
        await scene.github.update_pull(pull.number, state="closed")
    world.open_pulls = [each for each in world.open_pulls if each.number != pull.number]
    record = world.book.of(number)
    record.superseded, record.outcome = pull.number, "closed"
    return True


def _untouched(world: TaskWorld, number: int, head: str) -> bool:
    """Whether a branch holds nothing but our empty commits on what the default branch has."""
    repository = world.scene.mirror.repository
    commits = list(repository.log(f"{world.scene.default.oid}..{head}", MOST_STARTS + 1))
    for commit in commits:
        parent = repository.commit_info(commit.parents[0]) if len(commit.parents) == 1 else None
        ours = world.scene.ours(commit) and commit.trailers.get(names.SOURCE_TRAILER) == names.task_source(number)
        if parent is None or not ours or parent.tree != commit.tree:
            return False
    return len(commits) <= MOST_STARTS


def is_over(world: TaskWorld, number: int) -> bool:
    """Whether the issue of a task is closed otherwise than by its merge."""
    issue, pull = world.issues[number], world.pulls.get(number)
    return bool(closed_as(issue)) and (pull is None or pull.merged_at is None)
