"""The gate that every request of one installation passes: it waits as the pacing says, and sends writes in series."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import structlog

from bot.github.counters import Counters
from bot.planning.pacing import Kind, Pace

UNDER_WAY = 40
"""Requests under way at once; below GitHub's 100, since other processes may share the installation."""
WORTH_A_LINE = 5.0
"""Waits of so many seconds and more are logged."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A request that waits for a limit. ``until`` is on the gate's clock, in seconds."""

    kind: Kind
    reason: str
    until: float


class Gate:
    """Turns for requests. ``clock`` counts seconds and never goes back."""

    def __init__(self, pace: Pace, counters: Counters, clock: Callable[[], float] = time.monotonic) -> None:
        self.pace = pace
        self.clock = clock
        self._counters = counters
        self._series = asyncio.Lock()
        self._slots = asyncio.Semaphore(UNDER_WAY)
        self._waiting: dict[object, Waiting] = {}

    @property
    def waiting(self) -> tuple[Waiting, ...]:
        """What waits at present, for people to see."""
        return tuple(self._waiting.values())

    @asynccontextmanager
    async def turn(self, kind: Kind, *, repository: str = "", resource: str = "core") -> AsyncIterator[None]:
        """Waits until a request of this kind may be sent; it counts as under way until the block is left.

        Nothing is held while waiting, so that a full hour of creations keeps no read from going on.
        """
        while True:
            async with AsyncExitStack() as held:
                if kind in {"write", "create"}:
                    await held.enter_async_context(self._series)
                await held.enter_async_context(self._slots)
                hold = self.pace.hold(kind, self.clock(), repository=repository, resource=resource)
                if hold.seconds <= 0:
                    self.pace.begin(kind, self.clock(), repository=repository, resource=resource)
                    try:
                        yield
                    finally:
                        self.pace.end(kind, self.clock(), repository=repository)
                    return
            await self._rest(kind, hold.reason, hold.seconds)

    async def _rest(self, kind: Kind, reason: str, seconds: float) -> None:
        ticket = object()
        began = self.clock()
        self._waiting[ticket] = Waiting(kind, reason, began + seconds)
        if seconds >= WORTH_A_LINE:
            log.info("waiting for GitHub's limits", kind=kind, reason=reason, seconds=round(seconds, 1))
        try:
            await asyncio.sleep(seconds)
        finally:
            del self._waiting[ticket]
            self._counters.rested(reason, self.clock() - began)
