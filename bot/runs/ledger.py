"""The ledger of patch events, append-only and hash-chained for each repository, and the stored delivery reports.

Entry ``n`` of a repository holds ``sha256(previous hash, LF, canonical JSON of the event)``; the first one's previous
hash is empty. So a changed, lost or inserted entry shows.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from bot.contracts.event import PatchEvent
from bot.contracts.report import DeliveryReport
from bot.runs.schema import HEADS, LEDGER, REPORTS
from bot.runs.store import Store


@dataclass(frozen=True, slots=True)
class Record:
    """One entry: its number in the repository (from 1, also the cursor), the event, its link in the chain."""

    number: int
    event: PatchEvent
    previous: str
    hash: str


@dataclass(frozen=True, slots=True)
class Verification:
    """What :meth:`Ledger.verify` found: how many entries are sound, the last sound hash, the first fault if any."""

    entries: int
    head: str
    fault: str | None = None

    @property
    def ok(self) -> bool:
        """Whether the whole chain holds."""
        return self.fault is None


def canonical(event: PatchEvent) -> str:
    """The one JSON text of an event: members in order of name, no spaces, ASCII."""
    return json.dumps(event.model_dump(mode="json"), sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def link(previous: str, text: str) -> str:
    """The hash of an entry (hexadecimal SHA-256) from the hash before it and its canonical text."""
    return hashlib.sha256(f"{previous}\n{text}".encode("ascii")).hexdigest()


class Ledger:
    """Append-only; the same event id in one repository is stored once, as it was said first."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def append(self, events: Sequence[PatchEvent]) -> int:
        """Appends what is new, in the order given, in one transaction; returns how many were new."""
        by_repository: dict[str, list[PatchEvent]] = {}
        for event in events:
            by_repository.setdefault(event.repository, []).append(event)

        def work(connection: sa.Connection) -> int:
            # In one order: no deadlocks.
            return sum(self._extend(connection, name, by_repository[name]) for name in sorted(by_repository))

        return await self._store.write(work) if by_repository else 0

    async def records(
        self, repository: str, *, subject: str | None = None, after: int = 0, limit: int = 1000
    ) -> tuple[Record, ...]:
        """A page of entries, oldest first; pass the last one's number as ``after`` for the next page."""
        rows = sa.select(LEDGER).where(LEDGER.c.repository == repository, LEDGER.c.number > after)
        if subject is not None:
            rows = rows.where(LEDGER.c.subject == subject)
        rows = rows.order_by(LEDGER.c.number).limit(limit)
        found = await self._store.read(lambda connection: connection.execute(rows).all())
        return tuple(
            Record(row.number, PatchEvent.model_validate_json(row.event), row.previous, row.hash) for row in found
        )

    async def events(
        self, repository: str, *, subject: str | None = None, after: int = 0, limit: int | None = None
    ) -> tuple[PatchEvent, ...]:
        """The events, oldest first; all of them without ``limit``."""
        found: list[PatchEvent] = []
        while limit is None or len(found) < limit:
            size = 1000 if limit is None else min(1000, limit - len(found))
            page = await self.records(repository, subject=subject, after=after, limit=size)
            found += [record.event for record in page]
            if len(page) < size:
                break
            after = page[-1].number
        return tuple(found)

    async def verify(self, repository: str) -> Verification:
        """Computes the whole chain anew and compares it with what is stored."""
        return await self._store.read(lambda connection: _verify(connection, repository))

    def _extend(self, connection: sa.Connection, repository: str, events: Sequence[PatchEvent]) -> int:
        empty = self._store.insert(HEADS).values(repository=repository, number=0, hash="")
        connection.execute(empty.on_conflict_do_nothing())
        # Two processes that append to one repository queue here: a chain has one end.
        head = connection.execute(sa.select(HEADS).where(HEADS.c.repository == repository).with_for_update()).one()
        ids = [event.id for event in events]
        same = sa.select(LEDGER.c.id).where(LEDGER.c.repository == repository, LEDGER.c.id.in_(ids))
        known = set(connection.execute(same).scalars())
        number, last, rows = head.number, head.hash, []
        for event in events:
            if event.id in known:
                continue
            known.add(event.id)
            text, number, previous = canonical(event), number + 1, last
            last = link(previous, text)
            row = {"repository": repository, "number": number, "id": event.id, "subject": event.subject}
            rows.append({**row, "event": text, "previous": previous, "hash": last})
        if rows:
            connection.execute(sa.insert(LEDGER), rows)
            moved = sa.update(HEADS).where(HEADS.c.repository == repository)
            connection.execute(moved.values(number=number, hash=last))
        return len(rows)


def _verify(connection: sa.Connection, repository: str) -> Verification:
    rows = sa.select(LEDGER).where(LEDGER.c.repository == repository).order_by(LEDGER.c.number)
    entries, last = 0, ""
    with connection.execute(rows.execution_options(yield_per=500)) as found:
        for row in found:
            fault = None
            if row.number != entries + 1:
                fault = f"entry {entries + 1} is missing"
            elif row.previous != last:
                fault = f"entry {row.number} does not follow the one before it"
            elif row.hash != link(last, row.event):
                fault = f"entry {row.number} was changed"
            elif _told(row.event) != (row.id, row.subject, repository):
                fault = f"entry {row.number} is filed under another name"
            if fault is not None:
                return Verification(entries, last, fault)
            entries, last = row.number, row.hash
    head = connection.execute(sa.select(HEADS).where(HEADS.c.repository == repository)).one_or_none()
    if (head.number, head.hash) != (entries, last) if head else entries:
        return Verification(entries, last, f"the chain ends at entry {entries}, not where its head says")
    return Verification(entries, last)


def _told(text: str) -> tuple[str, str, str]:
    event = json.loads(text)
    return event["id"], event["subject"], event["repository"]


@dataclass(frozen=True, slots=True)
class ReportPage:
    """Some reports, in the order they were first stored, and the cursor of the next page (``None``: no more)."""

    reports: tuple[DeliveryReport, ...]
    cursor: int | None


class Reports:
    """The stored delivery reports, by id; a later one takes the place of the one before."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def put(self, report: DeliveryReport) -> None:
        """Stores a report in place of the one with its id."""
        values = {"repository": report.repository, "report": report.model_dump_json()}
        put = self._store.insert(REPORTS).values(id=report.id, **values)
        put = put.on_conflict_do_update(index_elements=["id"], set_=values)
        await self._store.write(lambda connection: connection.execute(put))

    async def get(self, report_id: str) -> DeliveryReport | None:
        """The report of this id, or ``None``."""
        rows = sa.select(REPORTS.c.report).where(REPORTS.c.id == report_id)
        text = await self._store.read(lambda connection: connection.execute(rows).scalar())
        return None if text is None else DeliveryReport.model_validate_json(text)

    async def list(self, repository: str, cursor: int = 0, limit: int = 100) -> ReportPage:
        """A page of one repository's reports."""
        rows = sa.select(REPORTS.c.seq, REPORTS.c.report)
        rows = rows.where(REPORTS.c.repository == repository, REPORTS.c.seq > cursor)
        rows = rows.order_by(REPORTS.c.seq).limit(limit + 1)
        found = await self._store.read(lambda connection: connection.execute(rows).all())
        reports = tuple(DeliveryReport.model_validate_json(row.report) for row in found[:limit])
        return ReportPage(reports, found[limit - 1].seq if len(found) > limit else None)
