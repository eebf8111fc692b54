"""One comment of the bot's on an issue or pull request, found by its marker and kept up to date by edits."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from bot.contracts.github import Comment
from bot.reports.markers import Marker, marker_of
from bot.runs.intents import once
from bot.workflows.context import Context
from bot.workflows.ports import GitHub


async def keep_comment(
    ctx: Context,
    github: GitHub,
    number: int,
    marker: Marker,
    body: str,
    *,
    key: str,
    comments: list[Comment],
    fresh: bool,
    earlier: Collection[Marker] = (),
) -> None:
    """Makes the comment say this: creates it once, edits it when it says something else.

    ``comments`` are those that are there (kept up to date here), ``key`` the intent's, ``fresh`` whether nothing can
    be there that this database does not know. One that a person deleted is said anew. ``earlier`` are other markers
    that the same comment may have.
    """
    intent = await ctx.intents.get(key)
    known = (intent.result or {}).get("id")

    def mine() -> Comment | None:
        # By its id where that is known: a person's edit may have taken its marker out, and it is still the one.
        said = (marker, *earlier)
        ours = [c for c in comments if c.user == github.bot_login and (c.id == known or marker_of(c.body) in said)]
        return min(ours, key=lambda c: (c.id != known, c.id), default=None)

    async def find() -> dict[str, Any] | None:
        comments[:] = await github.comments(number)
        found = mine()
        return {"id": found.id} if found is not None else None

    async def make() -> dict[str, Any]:
        comment = await github.create_comment(number, body)
        comments.append(comment)
        return {"id": comment.id}

    existing = mine()
    if existing is None:
        if intent.state == "done":  # somebody deleted it: say it anew
            await ctx.intents.forget(key)
            fresh = False
        await once(ctx.intents, key, find=find, make=make, known_fresh=fresh)
        existing = mine()
    elif existing.id != known:  # a kill, or a lost database: it is known from now on
        await ctx.intents.finish(key, {"id": existing.id})
    if existing is not None and existing.body.replace("\r\n", "\n").strip() != body.strip():
        updated = await github.update_comment(existing.id, body)
        comments[comments.index(existing)] = updated
