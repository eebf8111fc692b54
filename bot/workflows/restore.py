"""The ledger in git has the last word: a database that was lost, or is behind, is brought in line before it goes on.

Rows up to git's number are git's; events that git does not know (by id) go behind them in their order. So a chain
never forks. Where git's own chain is not sound, or no longer holds what it was known to hold, nothing is taken from it.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import structlog

from bot.errors import Refusal
from bot.git import notes
from bot.git.mirrors import Mirror
from bot.git.notes import Position
from bot.git.repository import Repository
from bot.reports.chain import Chain, assemble
from bot.workflows.context import Context

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the ledger in git stands: the notes' commit, if there is one, and up to which entry it goes."""

    head: str | None
    position: Position


def read_chain(repository: Repository, head: str, name: str) -> Chain:
    """The chain that the notes at a commit hold; ``name`` is the repository's, for the refusal.

    Raises ``Refusal``: ``ledger-broken`` with the first entry at fault, ``notes-unreadable``.
    """
    chain = assemble(notes.lines(repository, head))
    told = notes.position_of(repository, head)
    fault = chain.fault
    if fault is None and told is not None and (told.number, told.hash) != (len(chain.entries), chain.head):
        fault = f"the chain ends at entry {len(chain.entries)}, and should at entry {told.number}"
    if fault is not None:
        values = {"repository": name, "where": notes.REF, "entry": len(chain.entries) + 1, "fault": fault}
        raise Refusal("ledger-broken", values=values)
    return chain


async def follow_git(ctx: Context, repository: str, mirror: Mirror) -> Standing | None:
    """Brings a repository's ledger in line with the notes that were just fetched. Call it before the first append.

    Gives where git stands; ``None`` where its notes cannot be believed: that is logged, and they are left alone.
    ``repository`` is ``owner/name``. Costs one small read when nothing differs.
    """
    try:
        return await _follow(ctx, repository, mirror)
    except Refusal as refusal:
        log.error("the notes are not followed", repository=repository, refusal=str(refusal))  # noqa: TRY400
        return None


async def _follow(ctx: Context, repository: str, mirror: Mirror) -> Standing:
    head = await asyncio.to_thread(notes.head_of, mirror.repository)
    position = Position() if head is None else await asyncio.to_thread(notes.position_of, mirror.repository, head)
    if head is not None and (position is None or not await _holds(ctx, repository, position)):
        chain = await asyncio.to_thread(read_chain, mirror.repository, head, repository)
        position = Position(len(chain.entries), chain.head)
        adopted = await ctx.ledger.adopt(repository, chain.entries)
        if adopted.restored:
            log.warning("restored from git", repository=repository, entries=adopted.restored, moved=adopted.moved)
    position = position or Position()
    ours = await ctx.ledger.head(repository)
    # Whoever wrote last may have been killed before it could say so; or the notes were put back, and wait anew.
    if position.number > ours.noted or (position.number < ours.noted and not ours.waits):
        await ctx.ledger.noted(repository, position.number)
    return Standing(head, position)


async def _holds(ctx: Context, repository: str, position: Position) -> bool:
    """Whether our chain has this very entry."""
    if position.number == 0:
        return True
    found = await ctx.ledger.entries(repository, after=position.number - 1, limit=1)
    return bool(found) and (found[0].number, found[0].hash) == (position.number, position.hash)
