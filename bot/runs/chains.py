"""The statements of the ledger: extending a chain, proving it, bringing it in line with the one in git."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from bot.contracts.event import PatchEvent
from bot.errors import Refusal
from bot.reports.chain import Entry, Walk, canonical, link
from bot.runs.schema import HEADS, LEDGER
from bot.runs.store import Store

PAGE = 500


@dataclass(frozen=True, slots=True)
class Verification:
    """What a verification found: how many entries are sound, the last sound hash, the first fault if any."""

    entries: int
    head: str
    fault: str | None = None

    @property
    def ok(self) -> bool:
        """Whether the whole chain holds."""
        return self.fault is None


@dataclass(frozen=True, slots=True)
class Adopted:
    """What it took to bring a ledger in line with git: entries kept, taken from git, and put behind those."""

    kept: int
    restored: int
    moved: int


def lock(store: Store, connection: sa.Connection, repository: str) -> sa.Row[Any]:
    """The head of a chain, made where there is none. Whoever else would write it waits: a chain has one end."""
    empty = store.insert(HEADS).values(repository=repository, number=0, hash="", noted=0)
    connection.execute(empty.on_conflict_do_nothing())
    return connection.execute(sa.select(HEADS).where(HEADS.c.repository == repository).with_for_update()).one()


def extend(store: Store, connection: sa.Connection, repository: str, events: Sequence[PatchEvent]) -> set[str]:
    """Appends what is new; gives the ids of that."""
    head = lock(store, connection, repository)
    known = known_ids(connection, repository, [event.id for event in events])
    fresh: dict[str, PatchEvent] = {}
    for event in events:
        if event.id not in known:
            fresh.setdefault(event.id, event)
    if fresh:
        texts = [(event.id, event.subject, canonical(event)) for event in fresh.values()]
        number, last = _append(connection, repository, head.number, head.hash, texts)
        since = store.time(connection) if head.waiting_since is None else head.waiting_since
        _set(connection, repository, number=number, hash=last, waiting_since=since)
    return set(fresh)


def known_ids(connection: sa.Connection, repository: str, ids: Sequence[str]) -> set[str]:
    """Those ids that the ledger has."""
    same = sa.select(LEDGER.c.id).where(LEDGER.c.repository == repository, LEDGER.c.id.in_(ids))
    return set(connection.execute(same).scalars())


def verify(connection: sa.Connection, repository: str) -> Verification:
    """Computes the whole chain anew and compares it with what is stored."""
    rows = sa.select(LEDGER).where(LEDGER.c.repository == repository).order_by(LEDGER.c.number)
    walk = Walk()
    with connection.execute(rows.execution_options(yield_per=PAGE)) as found:
        for row in found:
            fault = walk.step(Entry(row.number, row.previous, row.hash, row.event))
            if fault is None and _told(row.event) != (row.id, row.subject):
                fault = f"entry {row.number} is filed under another name"
                return Verification(row.number - 1, row.previous, fault)
            if fault is not None:
                return Verification(walk.entries, walk.head, fault)
    head = connection.execute(sa.select(HEADS).where(HEADS.c.repository == repository)).one_or_none()
    if (head.number, head.hash) != (walk.entries, walk.head) if head else walk.entries:
        fault = f"the chain ends at entry {walk.entries}, not where its head says"
        return Verification(walk.entries, walk.head, fault)
    return Verification(walk.entries, walk.head)


def adopt(
    store: Store, connection: sa.Connection, repository: str, entries: Sequence[Entry], *, believe: bool
) -> Adopted:
    """Makes git's entries (a sound chain) the first ones here; what git does not know goes behind them, in its order.

    Raises ``Refusal`` (``ledger-rewritten``), unless ``believe`` says otherwise, where git no longer has what it was
    known to have: then somebody has rewritten the notes.
    """
    head = lock(store, connection, repository)
    own = connection.execute(sa.select(LEDGER).where(LEDGER.c.repository == repository).order_by(LEDGER.c.number)).all()
    same = 0
    for entry, row in zip(entries, own, strict=False):
        if (entry.number, entry.hash, entry.text) != (row.number, row.hash, row.event):
            break
        same += 1
    if same == len(entries):  # git is behind, or as far: ours stands
        noted(store, connection, repository, same)
        return Adopted(same, 0, 0)
    if same < head.noted and not believe:
        values = {"repository": repository, "entry": same + 1, "noted": head.noted}
        raise Refusal("ledger-rewritten", values=values)
    ids = {_told(entry.text)[0] for entry in entries}
    mine = [(row.id, row.subject, row.event) for row in own[same:] if row.id not in ids]
    connection.execute(sa.delete(LEDGER).where(LEDGER.c.repository == repository, LEDGER.c.number > same))
    last = entries[-1]
    _insert(connection, repository, entries[same:])
    number, final = _append(connection, repository, last.number, last.hash, mine)
    since = store.time(connection) if mine else None
    _set(connection, repository, number=number, hash=final, noted=last.number, waiting_since=since)
    return Adopted(same, len(entries) - same, len(mine))


def noted(store: Store, connection: sa.Connection, repository: str, number: int) -> None:
    """Records that git has the entries up to ``number``; later ones wait from now on, unless they do already."""
    now = store.time(connection)
    waits = sa.case((HEADS.c.number <= number, None), else_=sa.func.coalesce(HEADS.c.waiting_since, now))
    known = sa.case((HEADS.c.noted > number, HEADS.c.noted), else_=number)
    moved = sa.update(HEADS).where(HEADS.c.repository == repository)
    connection.execute(moved.values(noted=known, waiting_since=waits))


def _append(
    connection: sa.Connection, repository: str, number: int, last: str, texts: Sequence[tuple[str, str, str]]
) -> tuple[int, str]:
    """Links texts (with their ids and subjects) behind an entry; gives the new end."""
    rows = []
    for each, subject, text in texts:
        number, previous = number + 1, last
        last = link(previous, text)
        row = {"repository": repository, "number": number, "id": each, "subject": subject}
        rows.append({**row, "event": text, "previous": previous, "hash": last})
    if rows:
        connection.execute(sa.insert(LEDGER), rows)
    return number, last


def _insert(connection: sa.Connection, repository: str, entries: Collection[Entry]) -> None:
    rows = []
    for entry in entries:
        each, subject = _told(entry.text)
        row = {"repository": repository, "number": entry.number, "id": each, "subject": subject}
        rows.append({**row, "event": entry.text, "previous": entry.previous, "hash": entry.hash})
    connection.execute(sa.insert(LEDGER), rows)


def _set(connection: sa.Connection, repository: str, **values: Any) -> None:
    connection.execute(sa.update(HEADS).where(HEADS.c.repository == repository).values(**values))


def _told(text: str) -> tuple[str, str]:
    event = json.loads(text)
    return event["id"], event["subject"]
