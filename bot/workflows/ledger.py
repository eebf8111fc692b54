"""The ledger's way into git: its new entries ride the next push as notes, or get a push of their own."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import structlog
from pydantic import ValidationError

from bot.contracts.event import PatchEvent
from bot.errors import GraftsmanError, Refusal, WorldError
from bot.git import notes
from bot.git.command import AccessDenied, RepositoryGone, RepositoryMoved
from bot.git.mirrors import Mirror
from bot.git.notes import Position
from bot.git.refs import RefUpdate
from bot.git.repository import Repository
from bot.git.transfer import Outcome
from bot.reports.chain import Entry, Walk
from bot.runs.ledger import Added
from bot.runs.queue import Target
from bot.workflows.context import Context
from bot.workflows.ports import GitHub
from bot.workflows.restore import Standing, follow_git

MOST: Final = 10_000
"""Entries that one commit of notes brings."""
LATEST: Final = 1 << 33
TRIES: Final = 3
"""How often a push of notes alone is made when another writer was faster."""
NO_USE: Final = frozenset({301, 401, 403, 404, 410, 451})
"""GitHub's answers that trying again does not change."""
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A commit of notes that is made and not pushed: the move of the ref, and up to which entry it goes."""

    update: RefUpdate
    number: int


async def push_with_notes(
    ctx: Context, github: GitHub, mirror: Mirror, updates: Sequence[RefUpdate], *, head: str
) -> dict[str, Outcome]:
    """Pushes refs, and in the same atomic push the ledger's entries that are not in git yet.

    ``head`` is the default branch's: what is about no commit is noted there. Gives the outcomes of ``updates`` alone.
    Notes are never in the way: where they alone are refused, the rest goes again without them. Raises as
    ``Mirror.push`` does.
    """
    waiting = await _unwritten(ctx, github, mirror, head)
    if waiting is None:
        return await _push(github, mirror, updates)
    outcomes = await _push(github, mirror, [*updates, waiting.update])
    told = outcomes.pop(notes.REF)
    await _record(ctx, github.full_name, waiting, told)
    if not told.ok and {each.reason for each in outcomes.values() if not each.ok} == {"together"}:
        outcomes = await _push(github, mirror, updates)
    return outcomes


async def reconcile_ledger(ctx: Context, target: Target) -> None:
    """Writes what waits in one repository's ledger to git, by a push of its own.

    What GitHub would refuse again (an archived or deleted repository, a forbidden ref) is logged and left until
    something new is appended. Raises ``WorldError`` for all else that the world does.
    """
    github = ctx.github(target.installation, target.repository)
    try:
        repository = await github.repository()
        if repository.archived:
            await _leave(ctx, github.full_name, "the repository is archived")
            return
        mirror = await asyncio.to_thread(ctx.mirrors.open, github.git_url, github.full_name)
        try:
            await _flush(ctx, github, mirror, f"refs/heads/{repository.default_branch}")
            await asyncio.to_thread(mirror.maintain)
        finally:
            mirror.close()
    except WorldError as error:
        if not _of_no_use(error):
            raise
        await _leave(ctx, target.repository, str(error))


async def record_events_from_outside(
    ctx: Context, installation: int, repository: str, events: Sequence[PatchEvent]
) -> tuple[Added, ...]:
    """Appends events about one repository (``owner/name``) that no workflow has fetched; gives their entries.

    A ledger that is empty here is looked for in git first. Raises ``WorldError`` when that cannot be done.
    """
    if (await ctx.ledger.head(repository)).number == 0:
        github = ctx.github(installation, repository)
        mirror = await asyncio.to_thread(ctx.mirrors.open, github.git_url, github.full_name)
        try:
            await asyncio.to_thread(mirror.fetch, await github.git_credential())
            await follow_git(ctx, repository, mirror)
        finally:
            mirror.close()
    return await ctx.ledger.add(events)


def _of_no_use(error: WorldError) -> bool:
    gone = isinstance(error, RepositoryGone | RepositoryMoved | AccessDenied)
    return gone or getattr(error, "status", None) in NO_USE


async def _leave(ctx: Context, repository: str, reason: str) -> None:
    log.warning("ledger entries are not written to git", repository=repository, reason=reason[:500])
    await ctx.ledger.leave(repository)


async def _flush(ctx: Context, github: GitHub, mirror: Mirror, default: str) -> None:
    tries = 0
    while True:
        refs = await asyncio.to_thread(mirror.fetch, await github.git_credential())
        if default not in refs:
            await _leave(ctx, github.full_name, "the repository has no default branch")
            return
        waiting = await _unwritten(ctx, github, mirror, refs[default])
        if waiting is None:
            if (await ctx.ledger.head(github.full_name)).waits:
                await _leave(ctx, github.full_name, "the notes in git are not followed")
            return
        told = (await _push(github, mirror, [waiting.update]))[notes.REF]
        await _record(ctx, github.full_name, waiting, told)
        tries += not told.ok
        if told.reason in {"denied", "rejected"}:
            return
        if tries == TRIES:
            raise WorldError("the notes were moved by somebody else, again and again")


async def _push(github: GitHub, mirror: Mirror, updates: Sequence[RefUpdate]) -> dict[str, Outcome]:
    credential = await github.git_credential()
    async with github.pushing():
        return await asyncio.to_thread(mirror.push, updates, credential)


async def _record(ctx: Context, repository: str, waiting: Waiting, told: Outcome) -> None:
    if told.ok:
        await ctx.ledger.noted(repository, waiting.number)
    elif told.reason in {"denied", "rejected"}:
        await _leave(ctx, repository, told.detail)
    elif told.reason == "stale":
        log.info("the notes were moved meanwhile", repository=repository)


async def _unwritten(ctx: Context, github: GitHub, mirror: Mirror, head: str) -> Waiting | None:
    """A commit with what git lacks; ``None`` when it lacks nothing, or when its notes must be left alone."""
    repository = github.full_name
    try:
        standing = await follow_git(ctx, repository, mirror)
        if standing is None:
            return None
        entries = await ctx.ledger.entries(repository, after=standing.position.number, limit=MOST)
        if not entries:
            return None
        _prove(repository, standing.position, entries)
        commit = await asyncio.to_thread(_write, ctx, mirror.repository, standing, entries, head)
    except (Refusal, WorldError) as error:
        log.error("no notes were written", repository=repository, error=str(error))  # noqa: TRY400
        return None
    return Waiting(RefUpdate(notes.REF, commit, standing.head), entries[-1].number)


def _prove(repository: str, position: Position, entries: Sequence[Entry]) -> None:
    """What goes to git follows from what is there: a damaged table must not spoil the notes. Raises ``Refusal``."""
    walk = Walk(position.number, position.hash)
    for entry in entries:
        fault = walk.step(entry)
        try:
            entry.event()
        except ValidationError:
            fault = fault or f"entry {entry.number} holds no patch event"
        if fault is not None:
            values = {"repository": repository, "where": "the database", "entry": entry.number, "fault": fault}
            raise Refusal("ledger-broken", values=values)


def _write(ctx: Context, repository: Repository, standing: Standing, entries: Sequence[Entry], head: str) -> str:
    about: dict[str, list[str]] = {}
    for entry in entries:
        event = entry.event()
        there = (oid for oid in (event.commit, event.base) if oid is not None and _is_commit(repository, oid))
        about.setdefault(next(there, head), []).append(entry.line())
    last = entries[-1]
    when = min(max(int(last.event().at.timestamp()), 0), LATEST)  # git counts from 1970, and not for ever
    return notes.write(repository, standing.head, about, Position(last.number, last.hash), ctx.bot, when)


def _is_commit(repository: Repository, oid: str) -> bool:
    try:
        return repository.commit_info(oid).oid == oid
    except (KeyError, ValueError, GraftsmanError):
        return False
