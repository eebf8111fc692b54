"""What the ledger tells of the bot's own patch commits, and is told when these are replayed: ``/rollback`` finds them.

The new commit is told of before it is pushed, in the very push that brings it (like every commit of a batch), and
again when it is there; both may be repeated.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.contracts.event import EventType, PatchEvent
from bot.git.repository import CommitInfo, Repository
from bot.workflows import names
from bot.workflows.context import Context
from bot.workflows.events import event_id
from bot.workflows.orders.order_records import follow_replays, load_orders, save_orders
from bot.workflows.ports import GitHub

_BATCH = names.batch_trailer("")
_UNDOES = "rollback#"


@dataclass(frozen=True, slots=True)
class Told:
    """A patch commit that the ledger tells of: the event that told of it first."""

    commit: str
    event: PatchEvent
    undoes: bool
    """Whether it takes a batch back."""


@dataclass(frozen=True, slots=True)
class Moved:
    """A patch commit that was replayed: what was told of it, and its new oid."""

    told: Told
    new: str


async def told_of(
    ctx: Context, full_name: str, repository: Repository, commits: Iterable[CommitInfo]
) -> dict[str, Told]:
    """Those of these commits that are patches of the bot's own, by oid. One that merely looks like it is not."""
    found: dict[str, Told] = {}
    for commit in commits:
        subject = _subject(ctx, repository, commit)
        if subject is None:
            continue
        events = await ctx.ledger.events(full_name, subject=subject)
        event = next((each for each in events if each.commit == commit.oid and "order" in each.details), None)
        if event is not None:
            undoes = commit.trailers[names.SOURCE_TRAILER].startswith(_UNDOES)
            found[commit.oid] = Told(commit.oid, event, undoes)
    return found


def _subject(ctx: Context, repository: Repository, commit: CommitInfo) -> str | None:
    """What the ledger calls the batch that a commit holds or takes back."""
    source = commit.trailers.get(names.SOURCE_TRAILER, "")
    if not commit.email == commit.committer == ctx.bot.email or len(commit.parents) != 1:
        return None
    if source.startswith(_UNDOES):
        try:
            source = repository.commit_info(source.removeprefix(_UNDOES)).trailers.get(names.SOURCE_TRAILER, "")
        except (KeyError, ValueError):
            return None
    return names.batch_subject(source.removeprefix(_BATCH)) if source.startswith(_BATCH) else None


def moved(told: Mapping[str, Told], kept: Iterable[tuple[CommitInfo, str]]) -> list[Moved]:
    """The patch commits among those that were put back."""
    return [Moved(told[old.oid], new) for old, new in kept if old.oid in told]


async def tell_before(ctx: Context, full_name: str, moves: Sequence[Moved], at: datetime) -> None:
    """Tells of the new commits, before they are pushed."""
    await _tell(ctx, full_name, moves, at, "VALIDATION_PASSED", "VALIDATION_PASSED")


async def tell_after(ctx: Context, full_name: str, moves: Sequence[Moved], at: datetime) -> None:
    """Tells that they have taken the place of the old ones."""
    await _tell(ctx, full_name, moves, at, "PATCH_APPLIED", "ROLLBACK_COMPLETED")


async def _tell(
    ctx: Context, full_name: str, moves: Sequence[Moved], at: datetime, applied: EventType, undone: EventType
) -> None:
    events = []
    for each in moves:
        first, kind = each.told.event, undone if each.told.undoes else applied
        order = first.details["order"]
        details = {"order": order, "command": "replay", "from": each.told.commit}
        identity = event_id(full_name.lower(), first.issue, first.subject, kind, each.new, order)
        more = {"id": identity, "type": kind, "at": at, "commit": each.new, "details": details}
        events.append(first.model_copy(update=more))
    await ctx.ledger.append(events)


async def follow(ctx: Context, github: GitHub, number: int, moves: Sequence[Moved]) -> None:
    """Brings the records of the orders on one issue or pull request up to the new commits."""
    records = await load_orders(ctx, github.full_name, number)
    after = follow_replays(records, {each.told.commit: each.new for each in moves})
    if after != records:
        await save_orders(ctx, github.full_name, number, after)


async def replayed_tops(
    ctx: Context, full_name: str, repository: Repository, commits: Sequence[CommitInfo]
) -> list[Moved]:
    """The same, read back from a branch: a kill between the push and the ledger is made good so."""
    new = {each.oid: each for each in commits if names.REPLAYED_TRAILER in each.trailers}
    told = await told_of(ctx, full_name, repository, new.values())
    found = []
    for oid, each in told.items():
        old = new[oid].trailers[names.REPLAYED_TRAILER]
        if each.event.details.get("from") == old:
            found.append(Moved(Told(old, each.event, each.undoes), oid))
    return found
