"""The gate that every request of one installation passes: it waits as the pacing says, and sends writes in series."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
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
        self._moved = asyncio.Event()
        self._hasty = self._patient = 0
        self._last_hasty: float | None = None
        """When the newest write was sent, if it was an urgent one."""
        self._slots = asyncio.Semaphore(UNDER_WAY)
        self._waiting: dict[object, Waiting] = {}

    @property
    def waiting(self) -> tuple[Waiting, ...]:
        """What waits at present, for people to see."""
        return tuple(self._waiting.values())

    @asynccontextmanager
    async def turn(
        self, kind: Kind, *, repository: str = "", resource: str = "core", urgent: bool = False
    ) -> AsyncIterator[None]:
        """Waits until a request of this kind may be sent; it counts as under way until the block is left.

        Nothing is held while waiting, so that a full hour of creations keeps no read from going on. An ``urgent``
        write goes before others, but not twice in a row while others wait: a flood of them starves nothing.
        """
        write = kind in {"write", "create"}
        with self._waiting_to_write(write, urgent):
            while True:
                if write:
                    await (self._leave_a_turn() if urgent else self._give_way())
                async with AsyncExitStack() as held:
                    if write:
                        await held.enter_async_context(self._series)
                        if not urgent and self._goes_second:  # it came while this one waited for its place
                            continue
                    await held.enter_async_context(self._slots)
                    hold = self.pace.hold(kind, self.clock(), repository=repository, resource=resource, urgent=urgent)
                    if hold.seconds <= 0:
                        if write:
                            self._last_hasty = self.clock() if urgent else None
                            self._moved.set()
                        self.pace.begin(kind, self.clock(), repository=repository, resource=resource)
                        try:
                            yield
                        finally:
                            self.pace.end(kind, self.clock(), repository=repository)
                        return
                await self._rest(kind, hold.reason, hold.seconds)

    @property
    def _goes_second(self) -> bool:
        """Whether a write that has time gives way."""
        return self._hasty > 0 and self._last_hasty is None

    async def _give_way(self) -> None:
        while self._goes_second:
            self._moved.clear()
            await self._moved.wait()

    async def _leave_a_turn(self) -> None:
        """After an urgent write, the next one leaves a turn for those that have time."""
        if self._last_hasty is not None and self._patient > 0:
            await asyncio.sleep(max(self._last_hasty + 2 * self.pace.between_writes - self.clock(), 0))

    @contextmanager
    def _waiting_to_write(self, write: bool, urgent: bool) -> Iterator[None]:
        hasty, patient = write and urgent, write and not urgent
        self._hasty, self._patient = self._hasty + hasty, self._patient + patient
        try:
            yield
        finally:
            self._hasty, self._patient = self._hasty - hasty, self._patient - patient
            self._moved.set()

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
