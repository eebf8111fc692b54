"""Deliveries that never arrived: found in the App's own list and asked for again."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import Protocol

import structlog

from bot.contracts.github import Delivery

MAX_ATTEMPTS = 5
"""A delivery that failed so often will not be asked for again: it is our fault, and the sweep does its work."""
MAX_PAGES = 100

log = structlog.get_logger(__name__)


class Deliveries(Protocol):
    """What is needed of the App."""

    async def deliveries(self, cursor: str | None = None) -> tuple[list[Delivery], str | None]:
        """One page, newest first, and the next cursor."""
        ...

    async def redeliver(self, delivery: int) -> None:
        """Asks for one more attempt."""
        ...


async def missed_deliveries(app: Deliveries, since: datetime) -> list[str]:
    """Asks again for every delivery since then that has no successful attempt; gives their guids, oldest first.

    GitHub never redelivers by itself. Its own filter for failures misses time-outs, so all attempts are looked at.
    """
    attempts = await _attempts(app, since)
    again = [
        max(tried, key=lambda each: each.delivered_at)
        for tried in attempts.values()
        if not any(each.ok for each in tried) and len(tried) < MAX_ATTEMPTS
    ]
    again.sort(key=lambda each: (each.delivered_at, each.id))
    for delivery in again:
        await app.redeliver(delivery.id)
    if again:
        log.info("asked for missed deliveries", count=len(again))
    return [delivery.guid for delivery in again]


async def _attempts(app: Deliveries, since: datetime) -> dict[str, list[Delivery]]:
    found: dict[str, list[Delivery]] = defaultdict(list)
    cursor: str | None = None
    for _ in range(MAX_PAGES):
        page, cursor = await app.deliveries(cursor)
        for delivery in page:
            if delivery.delivered_at >= since:
                found[delivery.guid].append(delivery)
        if cursor is None or not page or page[-1].delivered_at < since:
            return found
    log.warning("more deliveries than are looked at; the sweep does the rest", looked_at=MAX_PAGES * 100)
    return found
