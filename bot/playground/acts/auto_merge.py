"""Auto-merge: a standing order that is carried out when nothing stands against it any more."""

from __future__ import annotations

from bot.playground.acts import issues as acts
from bot.playground.acts import merging
from bot.playground.acts.merge_queue import enqueue
from bot.playground.problems import Problem, unprocessable
from bot.playground.rules import has_queue, lacking, merge_state
from bot.playground.state import Actor, AutoMerge, Method, Pull, World

MOVED = "Head branch was modified. Review and try the merge again."


def check_head(pull: Pull, expected: str | None) -> None:
    """Raises a 422 ``Problem`` when the head is not the expected one any more."""
    if expected is not None and expected != pull.head_sha:
        raise unprocessable(MOVED)


async def enable(
    world: World, pull: Pull, actor: Actor, method: Method = "merge", *, title: str = "", message: str = ""
) -> None:
    """Enables auto-merge. Where a merge queue is all that is left, the pull request goes into it at once.

    Raises a 422 ``Problem`` with GitHub's words: not allowed here, nothing to wait for, cannot be merged.
    """
    if not pull.repo.allow_auto_merge:
        raise unprocessable("Pull request Auto merge is not allowed for this repository")
    if pull.issue.state != "open" or pull.draft or pull.queued:
        raise unprocessable("Can't enable auto-merge for this pull request")
    state = await merge_state(pull)
    if has_queue(pull) and state in {"clean", "unstable"}:
        await enqueue(world, pull, actor)
        return
    if state != "blocked":
        raise unprocessable(f"Pull request Pull request is in {state} status")
    pull.auto_merge = AutoMerge(actor.user, method, world.now(), title, message)
    pull.issue.updated_at = world.now()
    acts.log(world, pull.issue, "auto_merge_enabled", actor)
    await acts.emit(world, pull.issue, "auto_merge_enabled", actor)
    world.look(pull.repo)


async def disable(world: World, pull: Pull, actor: Actor, reason: str = "Auto-merge was disabled manually") -> None:
    """Takes it back. Raises a 422 ``Problem`` where it is not enabled."""
    if pull.auto_merge is None:
        raise unprocessable("Can't disable auto-merge for this pull request.")
    pull.auto_merge = None
    pull.issue.updated_at = world.now()
    acts.log(world, pull.issue, "auto_merge_disabled", actor)
    await acts.emit(world, pull.issue, "auto_merge_disabled", actor, {"reason": reason})


async def carry_out(world: World, pull: Pull) -> None:
    """Merges (or enqueues) what waits for nothing any more; takes the order back where it cannot be carried out."""
    order = pull.auto_merge
    if order is None or pull.issue.state != "open" or pull.draft or lacking(pull):
        return
    actor = Actor(order.user)
    try:
        if has_queue(pull):
            pull.auto_merge = None
            await enqueue(world, pull, actor)
        else:
            title, message = order.title or None, order.message or None
            await merging.merge(world, pull, actor, order.method, title=title, message=message)
    except Problem:
        # In conflict: it stays enabled, and waits for the conflict to be resolved.
        if has_queue(pull):
            pull.auto_merge = order
