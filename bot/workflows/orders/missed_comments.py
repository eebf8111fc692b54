"""Comments with commands whose webhook never came: found by the sweep, from a cursor kept for each repository.

The cursor moves only when what was found is requested (``settle_comments``): a kill before that finds it again, and
to request a comment twice is harmless, since a command is carried out once. Each look goes a little further back than
the last one saw, for comments that GitHub shows late; what was found there before is not found again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from bot.contracts.github import Comment
from bot.planning.commands import parse
from bot.runs.queue import Target
from bot.workflows.context import Context
from bot.workflows.names import ACKNOWLEDGE, COMMENT, comment_key
from bot.workflows.ports import GitHub

FIRST_LOOK: Final = timedelta(hours=1)
"""How far the first look at a repository goes back."""
LONGEST_LOOK: Final = timedelta(days=7)
"""How far any look goes back, to the day: an older command is not carried out any more."""
OVERLAP: Final = timedelta(minutes=5)
"""How far a look goes back behind the newest comment of the last one."""


async def missed_comments(ctx: Context, github: GitHub, target: Target) -> list[Target]:
    """The comments of people that hold a command and were written or edited since the cursor, oldest edit first.

    Each is to be acknowledged and to be carried out.

    One request when nothing changed, and to the same address, so that it costs nothing (ETag). Raises ``WorldError``.
    """
    name = github.full_name
    cursor = await ctx.memory.get(_key(name)) or {}
    since = _since(cursor, await github.now())
    found = await github.repository_comments(since)
    newest = max((each.updated_at for each in found), default=since)
    following = max(since, newest - OVERLAP)
    seen = {str(each.id): _digest(each) for each in found if each.updated_at >= following}
    await ctx.memory.set(_next(name), {"since": following.isoformat(), "seen": seen})
    known = cursor.get("seen", {})
    new = [each for each in reversed(found) if known.get(str(each.id)) != _digest(each)]
    return [
        Target(kind, comment_key(name, each.issue, each.id), target.repository, target.installation)
        for each in new
        if not each.bot and parse(each.body).commands
        for kind in (ACKNOWLEDGE, COMMENT)
    ]


async def settle_comments(ctx: Context, full_name: str) -> None:
    """Moves the cursor. Call it when the targets of ``missed_comments`` are durably requested, and not before."""
    following = await ctx.memory.get(_next(full_name))
    if following is not None:
        await ctx.memory.set(_key(full_name), following)
        await ctx.memory.delete(_next(full_name))


def _since(cursor: Mapping[str, Any], now: datetime) -> datetime:
    if not cursor:
        return now - FIRST_LOOK
    oldest = (now - LONGEST_LOOK).replace(hour=0, minute=0, second=0, microsecond=0)
    return max(datetime.fromisoformat(cursor["since"]), oldest)


def _digest(comment: Comment) -> str:
    return hashlib.sha256(comment.body.encode(errors="replace")).hexdigest()[:16]


def _key(full_name: str) -> str:
    return f"comments-since:{full_name.lower()}"


def _next(full_name: str) -> str:
    return f"comments-next:{full_name.lower()}"
