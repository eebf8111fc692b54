"""The inbox: every webhook delivery, stored before it is acknowledged, once for each delivery id."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import sqlalchemy as sa

from bot.runs.schema import INBOX
from bot.runs.store import Store

MOST_ROWS = 500
MOST_BYTES = 8 << 20
"""Bounds of one commit, and (in bytes) of what :meth:`Inbox.pending` loads at once."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One webhook delivery: its GitHub id, its event and action, what it is about, its raw body."""

    id: str
    event: str
    action: str | None
    installation: int | None
    repository: str | None
    """``owner/name``."""
    payload: bytes
    received_at: datetime


Batch = list[tuple[Delivery, asyncio.Future[bool]]]


class Inbox:
    """Durable and ordered. Puts that arrive while a commit is under way share the next one."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._waiting: deque[tuple[Delivery, asyncio.Future[bool]]] = deque()
        self._writer: asyncio.Task[None] | None = None
        # Built once: this is the busiest transaction there is.
        self._known = sa.select(INBOX.c.id).where(INBOX.c.id.in_(sa.bindparam("ids", expanding=True)))
        self._put = store.insert(INBOX).on_conflict_do_nothing()
        self.arrived = asyncio.Event()
        """Set after a commit that stored something new; the dispatcher clears it."""

    async def put(self, delivery: Delivery) -> bool:
        """Stores a delivery and returns after the commit: ``False`` when its id was there already.

        Raises ``StoreUnavailable``; the delivery is then not stored.
        """
        future: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.append((delivery, future))
        if self._writer is None:
            self._writer = asyncio.create_task(self._write(), name="inbox-writer")
        return await future

    async def pending(self, limit: int = 200) -> list[Delivery]:
        """The oldest deliveries not dispatched yet, at most ``limit`` and about ``MOST_BYTES`` of payload."""
        return await self._store.read(lambda connection: _pending(connection, limit))

    async def waiting(self) -> int:
        """How many deliveries are not dispatched yet."""
        count = sa.select(sa.func.count()).select_from(INBOX).where(INBOX.c.state == "pending")
        return await self._store.read(lambda connection: connection.execute(count).scalar_one())

    async def done(self, ids: Sequence[str]) -> None:
        """Marks deliveries dispatched; their payload is dropped, their id kept against redelivery."""
        await self._store.write(lambda connection: settle(connection, ids))

    async def parked(self, limit: int = 100) -> list[tuple[str, str]]:
        """The newest deliveries nobody could make sense of: id and error."""
        rows = sa.select(INBOX.c.id, INBOX.c.error).where(INBOX.c.state == "parked")
        rows = rows.order_by(INBOX.c.seq.desc()).limit(limit)
        found = await self._store.read(lambda connection: connection.execute(rows).all())
        return [(row.id, row.error or "") for row in found]

    async def prune(self, older_than: timedelta = timedelta(days=7)) -> int:
        """Forgets what was dispatched or parked and arrived longer ago; returns how many."""

        def work(connection: sa.Connection) -> int:
            limit = self._store.time(connection) - older_than.total_seconds()
            old = sa.delete(INBOX).where(INBOX.c.received_at < limit, INBOX.c.state != "pending")
            return connection.execute(old).rowcount

        return await self._store.write(work)

    async def _write(self) -> None:
        try:
            while self._waiting:
                batch = self._take()
                try:
                    new = await self._store.write(partial(self._insert, batch))
                except Exception as error:  # noqa: BLE001  # belongs to those who wait, all of them
                    for _, future in batch:
                        if not future.done():
                            future.set_exception(error)
                    continue
                for (_, future), fresh in zip(batch, new, strict=True):
                    if not future.done():
                        future.set_result(fresh)
                if any(new):
                    self.arrived.set()
        finally:
            self._writer = None

    def _take(self) -> Batch:
        batch: Batch = []
        size = 0
        while self._waiting and len(batch) < MOST_ROWS and size < MOST_BYTES:
            batch.append(self._waiting.popleft())
            size += len(batch[-1][0].payload)
        return batch

    def _insert(self, batch: Batch, connection: sa.Connection) -> list[bool]:
        ids = [delivery.id for delivery, _ in batch]
        known = set(connection.execute(self._known, {"ids": ids}).scalars())
        rows: list[dict[str, Any]] = []
        new = []
        for delivery, _ in batch:
            new.append(delivery.id not in known)
            if new[-1]:
                known.add(delivery.id)
                rows.append(_row(delivery))
        if rows:
            connection.execute(self._put, rows)
        return new


def settle(connection: sa.Connection, ids: Sequence[str]) -> set[str]:
    """Marks pending deliveries done, in the caller's transaction; returns those that were pending until now."""
    flip = sa.update(INBOX).where(INBOX.c.id.in_(sorted(ids)), INBOX.c.state == "pending")
    return set(connection.execute(flip.values(state="done", payload=b"").returning(INBOX.c.id)).scalars())


def park(connection: sa.Connection, delivery: str, error: str) -> None:
    """Puts a pending delivery aside with its error, payload kept, in the caller's transaction."""
    aside = sa.update(INBOX).where(INBOX.c.id == delivery, INBOX.c.state == "pending")
    connection.execute(aside.values(state="parked", error=error[:1000]))


def _row(delivery: Delivery) -> dict[str, Any]:
    return {
        "id": delivery.id,
        "event": delivery.event,
        "action": delivery.action,
        "installation": delivery.installation,
        "repository": delivery.repository,
        "payload": delivery.payload,
        "received_at": delivery.received_at.timestamp(),
        "state": "pending",
    }


def _pending(connection: sa.Connection, limit: int) -> list[Delivery]:
    sizes = sa.select(INBOX.c.seq, sa.func.length(INBOX.c.payload)).where(INBOX.c.state == "pending")
    chosen: list[int] = []
    size = 0
    for seq, length in connection.execute(sizes.order_by(INBOX.c.seq).limit(limit)):
        if chosen and size + length > MOST_BYTES:
            break
        chosen.append(seq)
        size += length
    rows = connection.execute(sa.select(INBOX).where(INBOX.c.seq.in_(chosen)).order_by(INBOX.c.seq))
    return [
        Delivery(
            row.id,
            row.event,
            row.action,
            row.installation,
            row.repository,
            bytes(row.payload),
            datetime.fromtimestamp(row.received_at, UTC),
        )
        for row in rows
    ]
