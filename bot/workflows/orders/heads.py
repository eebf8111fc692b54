"""The head that an order is about: the one that its author saw, or the order asks again (``bot.planning.heads``)."""

from __future__ import annotations

import asyncio

from bot.errors import Refusal
from bot.planning.heads import SHORTLY, Moment, head_at
from bot.workflows.landing.apply_patch import before_ours
from bot.workflows.orders.orders import Order


async def bound_head(order: Order) -> str:
    """The full oid of the pull request's head, which the order's author surely saw at the comment's time, or named.

    Raises ``Refusal``: ``head-moved`` where that is not sure, ``pull-closed``, ``fork-pull``; ``WorldError``.
    """
    pull, scene = order.pull, order.scene
    if pull is None or pull.state != "open":
        raise Refusal("pull-closed", values={"pull": order.issue.number})
    if pull.head.repo is None or pull.head.repo.full_name.lower() != scene.github.full_name.lower():
        raise Refusal("fork-pull", values={"pull": pull.number})
    comment, named = order.comment, order.written.head
    current = scene.head(pull.head.ref) or pull.head.sha
    since = min(comment.created_at, comment.updated_at) - SHORTLY
    moves, head = await scene.github.activity(f"refs/heads/{pull.head.ref}", since=since), current
    if named is None:
        moves, head = await asyncio.to_thread(before_ours, order, moves, head)
    moments = [Moment(each.after, each.at) for each in moves]
    for at in sorted({comment.created_at, comment.updated_at}):  # one that was edited is one of both times
        found = head_at(moments, at, head, named)
        if found.state != "bound":
            values: dict[str, object] = {
                "command": order.written.name,
                "because": found.because,
                "head": current[:12],
                "seen": (found.seen or "")[:12],
                "named": named or "",
            }
            raise Refusal("head-moved", values=values)
    return current
