"""Shows by a reaction that a comment's commands were heard, beside all else that goes on in its repository."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.contracts.github import Comment
from bot.errors import WorldError
from bot.planning.commands import parse
from bot.runs.queue import Target
from bot.workflows.context import Context
from bot.workflows.names import comment_of
from bot.workflows.orders.order_records import comment_key
from bot.workflows.orders.orders import order_key
from bot.workflows.ports import GitHub
from bot.workflows.scene import onboarded

GONE = frozenset({404, 410})


async def acknowledge(ctx: Context, target: Target, commands: Mapping[str, Any]) -> None:
    """Reacts to a person's comment that holds a command not carried out yet. ``target.key`` is that of the comment.

    Not where nothing would follow: in a repository that was not onboarded. Raises ``WorldError``.
    """
    _, identity = comment_of(target.key)
    github = ctx.github(target.installation, target.repository)
    if await onboarded(ctx, github.full_name) is False:
        return
    comment = await comment_if_there(github, identity, urgent=True)
    if comment is None or comment.bot:
        return
    done = await ctx.memory.get(comment_key(github.full_name, identity)) or []
    known = [order_key(identity, each) for each in parse(comment.body).commands if each.name in commands]
    if set(known) - set(done):
        await github.react(identity, "eyes", urgent=True)


async def comment_if_there(github: GitHub, identity: int, *, urgent: bool = False) -> Comment | None:
    """A comment as it is now, ``None`` when it is gone. Raises ``WorldError``."""
    try:
        return await github.comment(identity, urgent=urgent)
    except WorldError as error:
        if getattr(error, "status", None) in GONE:
            return None
        raise
