"""The merge queue: what is in it is tried on top of what lands before it, and lands in order."""

from __future__ import annotations

from typing import Any

from bot.playground.acts import issues as acts
from bot.playground.acts.merging import combined
from bot.playground.acts.refs import HEADS, head_commit, merged, move_refs
from bot.playground.problems import unprocessable
from bot.playground.rules import checks_lacking, has_queue, lacking, rules_of, state_of
from bot.playground.state import Actor, Pull, QueueEntry, Repository, Rules, User, World

PREFIX = "gh-readonly-queue/"
BOT = "github-merge-queue[bot]"
LOCKED = "Branches that are queued for merging cannot be updated. To modify this branch, dequeue the pull request."
"""Why a push to the branch of a queued pull request is refused."""


def queue_bot(world: World) -> User:
    """The account in whose name the queue merges."""
    return world.add_user(BOT, "github-merge-queue", "Bot")


async def enqueue(world: World, pull: Pull, actor: Actor, *, jump: bool = False) -> QueueEntry:
    """Puts a pull request into the queue of its base, at its end or, with ``jump``, at its front.

    Raises a 422 ``Problem`` with GitHub's words: no queue, a draft, a conflict, rules that are not met.
    """
    repo = pull.repo
    if not has_queue(pull):
        raise unprocessable("Pull request The base branch does not have a merge queue")
    if pull.queued:
        raise unprocessable("Pull request is already in the queue to merge")
    if pull.issue.state != "open":
        raise unprocessable("Pull request is closed")
    if pull.draft:
        raise unprocessable("Pull request Pull request is a draft")
    if lacks := lacking(pull):
        raise unprocessable(f"Pull request {' '.join(lacks)}")
    tip = repo.branch(pull.base_ref) or pull.base_sha
    if await repo.store.merge_tree(tip, pull.head_sha) is None:
        raise unprocessable("Pull request has merge conflicts")
    entry = QueueEntry(world.next_id(), pull, actor.user, world.now())
    queue = repo.queues.setdefault(pull.base_ref, [])
    queue.insert(0 if jump else len(queue), entry)
    pull.queued = entry
    pull.issue.updated_at = world.now()
    acts.log(world, pull.issue, "added_to_merge_queue", actor)
    await acts.emit(world, pull.issue, "enqueued", actor)
    world.look(repo)
    return entry


async def dequeue(world: World, pull: Pull, actor: Actor, reason: str = "MANUAL") -> QueueEntry:
    """Takes a pull request out of the queue; what stands behind it is tried anew. Raises a 422 ``Problem``."""
    entry = pull.queued
    if entry is None:
        raise unprocessable("Pull request is not in the queue")
    queue = pull.repo.queues[pull.base_ref]
    behind = queue[queue.index(entry) + 1 :]
    queue.remove(entry)
    pull.queued = None
    await _destroy(world, entry, "dequeued")
    acts.log(world, pull.issue, "removed_from_merge_queue", actor)
    await acts.emit(world, pull.issue, "dequeued", actor, {"reason": reason})
    for other in behind:
        await _destroy(world, other, "invalidated")
    world.look(pull.repo)
    return entry


async def advance(world: World, repo: Repository, base: str) -> None:
    """Takes out what cannot land, builds the groups that are missing, and merges what is at the front and good."""
    bot = Actor(queue_bot(world))
    while repo.queues.get(base):
        rules = repo.rules.get(base)
        for entry in list(repo.queues[base]):
            if entry.pull.queued is entry and (reason := _lost(world, entry, rules)):
                await dequeue(world, entry.pull, bot, reason)
        if rules is None or not await _build(world, repo, base, rules, bot):
            return
        front = next(iter(repo.queues[base]), None)
        if front is None or checks_lacking(repo, front.head_sha, rules):
            return
        await _land(world, repo, base, front, bot)


def _lost(world: World, entry: QueueEntry, rules: Rules | None) -> str:
    """Why an entry cannot land, as GitHub's reason of ``dequeued``; empty while it may."""
    pull = entry.pull
    if pull.merged_at is not None:
        return "ALREADY_MERGED"
    if pull.issue.state != "open" or rules is None or not rules.queue:
        return "QUEUE_CLEARED"
    if pull.draft or lacking(pull):
        return "BRANCH_PROTECTIONS"
    if not entry.head_sha:
        return ""
    if any(state_of(pull.repo, entry.head_sha, one) == "bad" for one in rules.checks):
        return "CI_FAILURE"
    return "CI_TIMEOUT" if world.clock.time() >= entry.deadline else ""


async def _build(world: World, repo: Repository, base: str, rules: Rules, bot: Actor) -> bool:
    """Makes each entry's group on top of the one before it. Says whether all are there."""
    tip = repo.branch(base)
    if tip is None:
        return False
    for entry in list(repo.queues[base]):
        if entry.head_sha and entry.base_sha != tip:  # the base, or what was before it, is another one now
            await _destroy(world, entry, "invalidated")
        if not entry.head_sha:
            new = await combined(world, entry.pull, bot, tip, rules.queue_method)
            if new is None:
                await dequeue(world, entry.pull, bot, "MERGE_CONFLICT")
                return await _build(world, repo, base, rules, bot)
            await _begin(world, repo, entry, (base, tip, new), rules, bot)
        tip = entry.head_sha
    return True


async def _begin(
    world: World, repo: Repository, entry: QueueEntry, ends: tuple[str, str, str], rules: Rules, bot: Actor
) -> None:
    base, tip, new = ends
    entry.base_sha, entry.head_sha = tip, new
    entry.ref = f"{HEADS}{PREFIX}{base}/pr-{entry.pull.number}-{tip}"
    entry.state = "AWAITING_CHECKS"
    seconds = rules.queue_minutes * 60
    entry.deadline = world.clock.time() + world.clock.span(seconds)
    async with repo.pushing:
        await move_refs(world, repo, bot, {entry.ref: new})
    world.hooks.emit("merge_group", "checks_requested", repo, bot, {"merge_group": await _group(world, entry)})
    world.wake(repo, world.clock.span(seconds))


async def _group(world: World, entry: QueueEntry) -> dict[str, Any]:
    """GitHub's ``merge-group``."""
    repo = entry.pull.repo
    return {
        "head_sha": entry.head_sha,
        "head_ref": entry.ref,
        "base_sha": entry.base_sha,
        "base_ref": HEADS + entry.pull.base_ref,
        "head_commit": await head_commit(world, repo, entry.head_sha),
    }


async def _destroy(world: World, entry: QueueEntry, reason: str) -> None:
    """Takes an entry's group away, if it has one; the entry itself may be tried again."""
    if not entry.head_sha:
        return
    repo, bot = entry.pull.repo, Actor(queue_bot(world))
    body = {"reason": reason, "merge_group": await _group(world, entry)}
    world.hooks.emit("merge_group", "destroyed", repo, bot, body)
    async with repo.pushing:
        await move_refs(world, repo, bot, {entry.ref: None})
    entry.state, entry.head_sha, entry.base_sha, entry.ref = "QUEUED", "", "", ""


async def _land(world: World, repo: Repository, base: str, entry: QueueEntry, bot: Actor) -> None:
    """The group's commit becomes the base's tip; where that has moved meanwhile, the next round builds anew."""
    pull, new, tip = entry.pull, entry.head_sha, entry.base_sha
    async with repo.pushing:
        name = HEADS + base
        if repo.branch(base) != tip:
            return
        repo.queues[base].remove(entry)
        pull.queued = None
        await move_refs(world, repo, bot, {name: new}, {name: tip}, merging=pull, kind="merge_queue_merge")
        await merged(world, pull, bot, new, tip)
    acts.log(world, pull.issue, "removed_from_merge_queue", bot)
    await acts.emit(world, pull.issue, "dequeued", bot, {"reason": "MERGE"})
    await _destroy(world, entry, "merged")


def locks(repo: Repository, ref: str) -> bool:
    """Whether a ref cannot be pushed to: the branch of a pull request in the queue, or the queue's own. (D)"""
    entries = (one for queue in repo.queues.values() for one in queue if not one.pull.fork)
    return ref.startswith(HEADS + PREFIX) or any(HEADS + one.pull.head_ref == ref for one in entries)


def position(entry: QueueEntry) -> int:
    """An entry's place, from 1."""
    return entry.pull.repo.queues[entry.pull.base_ref].index(entry) + 1


__all__ = ["advance", "dequeue", "enqueue", "position", "queue_bot", "rules_of"]
