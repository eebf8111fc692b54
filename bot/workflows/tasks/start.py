"""Starting tasks: a branch with an empty commit, a draft pull request, its labels, the lane's owner assigned.

All branches go in one push. Each effect is found again before it is made again (law 2).
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from bot.contracts.github import Pull
from bot.errors import WorldError
from bot.git.messages import with_trailers
from bot.git.refs import RefUpdate
from bot.github.errors import InvalidError
from bot.runs.intents import once
from bot.workflows import names
from bot.workflows.alone import alone
from bot.workflows.ledger import push_with_notes
from bot.workflows.scene import RepositoryScene, run_id, trailers_of
from bot.workflows.tasks.book import BEGUN
from bot.workflows.tasks.pull import body_of, title_of
from bot.workflows.tasks.world import TaskWorld, lane_of, task_of
from templates import render

LABELS: Final = ("graftsman",)
NO_DRAFTS: Final = "draft"
"""What GitHub's refusal of a draft says."""


@dataclass(frozen=True, slots=True)
class Begun:
    """A task whose branch is there, to be opened."""

    number: int
    branch: str
    head: str


async def start(world: TaskWorld, numbers: Sequence[int]) -> None:
    """Starts tasks. One whose branch or pull request GitHub does not take is noted in the book.

    Raises ``WorldError``.
    """
    for begun in await _branches(world, numbers):
        try:
            await _open(world, begun)
        except InvalidError as error:  # a branch that has nothing in common with the default one, say
            if error.has("invalid"):  # for a moment after a push GitHub may not know its branch
                raise
            _bar(world, begun.number, error.message)


def _bar(world: TaskWorld, number: int, why: str) -> None:
    record = world.book.of(number)
    record.barred, record.ordered = why[:500] or "refused", False
    world.faults.setdefault(number, []).append("push-refused")


def attempt_prefix(scene: RepositoryScene, number: int, superseded: int) -> str:
    """Where the intents of a start begin."""
    run = run_id(scene.github.full_name, f"task-{number}-{superseded}")
    return f"{scene.github.full_name.lower()}!task/{number}/{run}/"


def attempt(world: TaskWorld, number: int) -> str:
    """The run that starts a task: the same start is the same run; after a pull request was closed it is another one."""
    return run_id(world.scene.github.full_name, f"task-{number}-{world.book.of(number).superseded}")


async def _branches(world: TaskWorld, numbers: Sequence[int]) -> list[Begun]:
    """Makes the branches that are missing, or that have no difference, in one push."""
    scene = world.scene
    made = await asyncio.to_thread(_commits, world, numbers, await _merged(world, numbers))
    left = {update.name: (begun.number, update) for begun, update in made if update is not None}
    while left:
        updates = [update for _, update in left.values()]
        outcomes = await push_with_notes(scene.ctx, scene.github, scene.mirror, updates, head=scene.default.oid)
        # A push is all or nothing: what GitHub's rules forbid is left out, and the rest goes again.
        barred = {name: told for name, told in outcomes.items() if told.reason in {"denied", "rejected"}}
        for name in barred.keys() & left.keys():
            _bar(world, left[name][0], barred[name].detail)
        landed = {each.name: each.new for each in updates if each.new is not None and outcomes[each.name].ok}
        scene.refs = {**scene.refs, **landed}
        rest = {name: each for name, each in left.items() if name not in landed and name not in barred}
        if len(rest) == len(left):
            raise WorldError("a branch moved while it was being pushed")
        left = rest
    return [begun for begun, _ in made if not world.book.of(begun.number).barred]


async def _merged(world: TaskWorld, numbers: Sequence[int]) -> frozenset[int]:
    """Those whose branch is still what an earlier pull request was merged from, by a squash: it begins anew."""
    scene, found = world.scene, set()
    for number in numbers:
        head = scene.head(world.branch(number))
        if head is None or scene.mirror.repository.is_ancestor(head, scene.default.oid):
            continue
        pulls = await scene.github.pulls_from(world.branch(number))
        if any(pull.merged_at is not None and pull.head.sha == head for pull in pulls):
            found.add(number)
    return frozenset(found)


def _commits(world: TaskWorld, numbers: Sequence[int], merged: frozenset[int]) -> list[tuple[Begun, RefUpdate | None]]:
    scene = world.scene
    repository, base = scene.mirror.repository, scene.default
    found: list[tuple[Begun, RefUpdate | None]] = []
    with repository.writer() as writer:
        for number in numbers:
            branch = world.branch(number)
            there = scene.head(branch)
            if there is not None and number not in merged and not repository.is_ancestor(there, base.oid):
                found.append((Begun(number, branch, there), None))  # made before, or a person's own work
                continue
            parent = base if there is None or number in merged else repository.commit_info(there)
            lines = {
                names.SOURCE_TRAILER: names.task_source(number),
                names.BASE_TRAILER: parent.oid,
                **trailers_of(attempt(world, number), number),
            }
            message = with_trailers(render("commits/task.txt", issue=number, title=world.issues[number].title), lines)
            commit = writer.commit(parent.tree, [parent.oid], message, scene.ctx.bot, base.time)
            found.append((Begun(number, branch, commit), RefUpdate(f"refs/heads/{branch}", commit, there)))
        writer.flush()
    return found


async def _open(world: TaskWorld, begun: Begun) -> None:
    scene, number = world.scene, begun.number
    prefix = attempt_prefix(scene, number, world.book.of(number).superseded)

    async def find() -> dict[str, Any] | None:
        found = [pull for pull in await scene.github.pulls_from(begun.branch) if _counts(world, number, pull)]
        return {"number": found[0].number} if found else None

    async def make() -> dict[str, Any]:
        return {"number": (await _create(world, begun)).number}

    # Always looked up: a person may have opened one from the branch.
    made = await once(scene.ctx.intents, f"{prefix}pull", find=find, make=make, known_fresh=False)
    pull = await scene.github.pull(int(made["number"]))
    world.pulls[number] = pull
    await _begin(world, number, pull)


async def resume(world: TaskWorld) -> int:
    """Finishes what a kill left of starts, or what a person began by opening a pull request of a task's branch.

    Gives how many of them had started by themselves. Raises ``WorldError``.
    """
    by_itself = 0
    for number, pull in list(world.pulls.items()):
        record = world.book.of(number)
        if pull.state != "open" or record.begun == pull.number or record.state in BEGUN:
            continue
        if world.lost and (pull.user != world.scene.github.bot_login or _labelled(pull)):
            # A lost database: it was begun before, and what people took off since stays off.
            record.begun, record.started = pull.number, record.started or pull.created_at
        else:
            by_itself += pull.user == world.scene.github.bot_login and not record.ordered
            with alone(world.scene.github.full_name, number):
                await _begin(world, number, pull)
    return by_itself


def _labelled(pull: Pull) -> bool:
    return {label.lower() for label in pull.labels} >= set(LABELS)


async def _begin(world: TaskWorld, number: int, pull: Pull) -> None:
    """What follows once the pull request is there."""
    record = world.book.of(number)
    await _label(world, pull)
    await _assign(world, number, pull, attempt_prefix(world.scene, number, record.superseded))
    record.pull, record.begun, record.outcome = pull.number, pull.number, ""
    record.started, record.ordered, record.barred = world.scene.now, False, ""
    world.judge.add(pull.number)


def _counts(world: TaskWorld, number: int, pull: Pull) -> bool:
    return task_of(world, pull) == number and (pull.state == "open" or pull.number > world.book.of(number).superseded)


async def _create(world: TaskWorld, begun: Begun) -> Pull:
    """Opens it as a draft; where the plan of the repository has none, a label says that it is one."""
    scene = world.scene
    base = scene.repository.default_branch
    title, body = title_of(world, begun.number), body_of(world, begun.number, None)
    if world.settings.drafts and world.book.drafts:
        try:
            return await scene.github.create_pull(head=begun.branch, base=base, title=title, body=body, draft=True)
        except InvalidError as error:
            if NO_DRAFTS not in str(error).lower():
                raise
            world.book.drafts = False
    return await scene.github.create_pull(head=begun.branch, base=base, title=title, body=body)


async def _label(world: TaskWorld, pull: Pull) -> None:
    if pull.user != world.scene.github.bot_login:
        return
    wanted = [*LABELS, *world.scene.settings.pulls.labels]
    if world.settings.drafts and not pull.draft:
        wanted.append(names.DRAFT_LABEL)
    missing = [label for label in wanted if label.lower() not in {each.lower() for each in pull.labels}]
    if missing:
        await world.scene.github.add_labels(pull.number, missing)
        number = task_of(world, pull)
        if number is not None:
            world.pulls[number] = pull.model_copy(update={"labels": (*pull.labels, *missing)})


async def _assign(world: TaskWorld, number: int, pull: Pull, prefix: str) -> None:
    """Assigns the owner of the lane where nobody is assigned, once: whom people take off stays off."""
    lane = world.settings.lanes.get(lane_of(world, number))
    github = world.scene.github

    async def find() -> dict[str, Any] | None:
        return None  # assigning again changes nothing

    async def make() -> dict[str, Any]:
        people = world.issues[number].assignees or (lane.people[:1] if lane is not None else ())
        if people and not world.issues[number].assignees:
            await github.assign(number, people)
        if people and not pull.assignees:
            await github.assign(pull.number, people)
        return {"people": list(people)}

    await once(world.scene.ctx.intents, f"{prefix}assign", find=find, make=make)
