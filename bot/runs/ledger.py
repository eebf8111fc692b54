"""The ledger of patch events, append-only and hash-chained for each repository, and the stored delivery reports.

How entries are linked stands in :mod:`bot.reports.chain`; the same entries are also in git (``bot.git.notes``), which
has the last word: this table may be lost.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from bot.contracts.event import PatchEvent
from bot.contracts.report import DeliveryReport
from bot.reports.chain import Entry, Record, canonical, link
from bot.runs import chains
from bot.runs.chains import Adopted, Verification
from bot.runs.schema import HEADS, LEDGER, REPORTS
from bot.runs.store import Store

__all__ = ["Added", "Adopted", "Head", "Ledger", "Record", "ReportPage", "Reports", "Verification", "canonical", "link"]


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a chain. ``noted``: git has been seen with so many entries; ``waits``: there are newer ones to write.

    Entries may be newer than ``noted`` and not wait: then git would not take them.
    """

    number: int = 0
    hash: str = ""
    noted: int = 0
    waits: bool = False


@dataclass(frozen=True, slots=True)
class Added:
    """An event in the ledger: the entry as it is stored, and whether this call has put it there."""

    record: Record
    new: bool


class Ledger:
    """Append-only; the same event id in one repository is stored once, as it was said first."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def append(self, events: Sequence[PatchEvent]) -> int:
        """Appends what is new, in the order given, in one transaction; returns how many were new."""
        return len(await self._append(events)) if events else 0

    async def add(self, events: Sequence[PatchEvent]) -> tuple[Added, ...]:
        """As ``append``; gives each event's entry, in the order given."""
        fresh = await self._append(events) if events else set()
        entries: dict[tuple[str, str], Record] = {}
        for repository in {event.repository for event in events}:
            ids = [event.id for event in events if event.repository == repository]
            same = sa.select(LEDGER).where(LEDGER.c.repository == repository, LEDGER.c.id.in_(ids))
            entries |= {(repository, record.event.id): record for record in await self._records(same)}
        found = []
        for event in events:
            key = (event.repository, event.id)
            found.append(Added(entries[key], key in fresh))
            fresh.discard(key)
        return tuple(found)

    async def records(
        self, repository: str, *, subject: str | None = None, after: int = 0, limit: int = 1000
    ) -> tuple[Record, ...]:
        """A page of entries, oldest first; pass the last one's number as ``after`` for the next page."""
        rows = sa.select(LEDGER).where(LEDGER.c.repository == repository, LEDGER.c.number > after)
        if subject is not None:
            rows = rows.where(LEDGER.c.subject == subject)
        return await self._records(rows.order_by(LEDGER.c.number).limit(limit))

    async def entries(self, repository: str, *, after: int = 0, limit: int = 1000) -> tuple[Entry, ...]:
        """The same, with every event as the text that is stored."""
        rows = sa.select(LEDGER).where(LEDGER.c.repository == repository, LEDGER.c.number > after)
        rows = rows.order_by(LEDGER.c.number).limit(limit)
        found = await self._store.read(lambda connection: connection.execute(rows).all())
        return tuple(Entry(row.number, row.previous, row.hash, row.event) for row in found)

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

    async def about(self, repository: str, issue: int) -> tuple[PatchEvent, ...]:
        """All events of batches and orders that belong to one issue or pull request, oldest first."""
        told = sa.or_(*(LEDGER.c.subject.startswith(kind) for kind in ("batch:", "order:")))
        rows = sa.select(LEDGER).where(LEDGER.c.repository == repository, told)
        rows = rows.where(LEDGER.c.event.contains(f'"issue":{issue},', autoescape=True)).order_by(LEDGER.c.number)
        return tuple(record.event for record in await self._records(rows))

    async def of_order(self, repository: str, order: str) -> tuple[PatchEvent, ...]:
        """All events of one order, by its name, oldest first."""
        rows = sa.select(LEDGER).where(LEDGER.c.repository == repository)
        rows = rows.where(LEDGER.c.event.contains(f'"order":"{order}"', autoescape=True)).order_by(LEDGER.c.number)
        events = [record.event for record in await self._records(rows)]
        return tuple(event for event in events if event.details.get("order") == order)

    async def tells_of(self, repository: str, commit: str) -> bool:
        """Whether a commit was made for an order: the bot says so here before it pushes one."""
        rows = sa.select(LEDGER).where(LEDGER.c.repository == repository)
        rows = rows.where(LEDGER.c.event.contains(f'"commit":"{commit}"', autoescape=True))
        return any("order" in record.event.details for record in await self._records(rows))

    async def verify(self, repository: str) -> Verification:
        """Computes the whole chain anew and compares it with what is stored."""
        return await self._store.read(lambda connection: chains.verify(connection, repository))

    async def repositories(self) -> tuple[str, ...]:
        """Every repository that has a ledger, by name."""
        names = sa.union(sa.select(HEADS.c.repository), sa.select(LEDGER.c.repository).distinct())
        found = await self._store.read(lambda connection: connection.execute(names).scalars().all())
        return tuple(sorted(found))

    async def head(self, repository: str) -> Head:
        """The end of a repository's chain."""
        row = sa.select(HEADS).where(HEADS.c.repository == repository)
        found = await self._store.read(lambda connection: connection.execute(row).one_or_none())
        if found is None:
            return Head()
        return Head(found.number, found.hash, found.noted, found.waiting_since is not None)

    async def noted(self, repository: str, number: int) -> None:
        """Records that git has the entries up to ``number``."""
        await self._store.write(lambda connection: chains.noted(self._store, connection, repository, number))

    async def leave(self, repository: str) -> None:
        """No longer tries to write what waits to git, until something is appended."""
        rest = sa.update(HEADS).where(HEADS.c.repository == repository).values(waiting_since=None)
        await self._store.write(lambda connection: connection.execute(rest))

    async def waiting(self, seconds: float) -> tuple[str, ...]:
        """The repositories whose oldest entry that is not in git has waited for so long at least."""

        def work(connection: sa.Connection) -> tuple[str, ...]:
            rows = sa.select(HEADS.c.repository).where(HEADS.c.waiting_since <= self._store.time(connection) - seconds)
            return tuple(connection.execute(rows.order_by(HEADS.c.waiting_since)).scalars())

        return await self._store.read(work)

    async def adopt(self, repository: str, entries: Sequence[Entry], *, believe: bool = False) -> Adopted:
        """Brings the ledger in line with the sound chain that git has, in one transaction: see ``chains.adopt``."""
        return await self._store.write(
            lambda connection: chains.adopt(self._store, connection, repository, entries, believe=believe)
        )

    async def _append(self, events: Sequence[PatchEvent]) -> set[tuple[str, str]]:
        by_repository: dict[str, list[PatchEvent]] = {}
        for event in events:
            by_repository.setdefault(event.repository, []).append(event)

        def work(connection: sa.Connection) -> set[tuple[str, str]]:
            # In one order: no deadlocks.
            return {
                (name, new)
                for name in sorted(by_repository)
                for new in chains.extend(self._store, connection, name, by_repository[name])
            }

        return await self._store.write(work)

    async def _records(self, rows: sa.Select[tuple[object, ...]]) -> tuple[Record, ...]:
        found = await self._store.read(lambda connection: connection.execute(rows).all())
        return tuple(
            Record(row.number, PatchEvent.model_validate_json(row.event), row.previous, row.hash) for row in found
        )


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

    async def list(
        self,
        repository: str,
        cursor: int = 0,
        limit: int = 100,
        *,
        fits: Callable[[DeliveryReport], bool] | None = None,
        most: int = 5000,
    ) -> ReportPage:
        """A page of one repository's reports; of those that ``fits`` leaves, when it is given.

        Looks at ``most`` of them at most: a page may be short and have a cursor all the same.
        """
        found: list[DeliveryReport] = []
        scanned = 0
        while True:
            size = max(limit + 1, 200) if fits else limit + 1
            rows = sa.select(REPORTS.c.seq, REPORTS.c.report)
            rows = rows.where(REPORTS.c.repository == repository, REPORTS.c.seq > cursor)
            page = await self._rows(rows.order_by(REPORTS.c.seq).limit(size))
            for row in page:
                if len(found) == limit or scanned == most:
                    return ReportPage(tuple(found), cursor)
                scanned, cursor = scanned + 1, row.seq
                report = DeliveryReport.model_validate_json(row.report)
                if fits is None or fits(report):
                    found.append(report)
            if len(page) < size:
                return ReportPage(tuple(found), None)

    async def _rows(self, rows: sa.Select[tuple[Any, ...]]) -> Sequence[sa.Row[Any]]:
        return await self._store.read(lambda connection: connection.execute(rows).all())
