"""The dispatcher: turns what is in the inbox into requests for reconciles, through one pure decision."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import structlog

from bot.runs.inbox import Delivery, Inbox
from bot.runs.leases import Target
from bot.runs.queue import Queue
from bot.runs.store import StoreUnavailable
from bot.runs.worker import wait

Decide = Callable[[Delivery], Sequence[Target]]
POLL_SECONDS = 0.5
PAUSE_SECONDS = 0.05
"""After a batch that was not full: the next one is larger, and its commits leave room for those of the inbox."""
log = structlog.get_logger(__name__)


class Dispatcher:
    """Takes deliveries in the order they came; one that nobody can make sense of is parked and blocks nothing."""

    def __init__(self, inbox: Inbox, queue: Queue, decide: Decide, *, batch: int = 500) -> None:
        self._inbox = inbox
        self._queue = queue
        self._decide = decide
        self._batch = batch
        self._task: asyncio.Task[None] | None = None

    @property
    def running(self) -> bool:
        """Whether the loop is alive."""
        return self._task is not None and not self._task.done()

    async def start(self) -> None:
        """Starts the loop; what an earlier life left in the inbox comes first."""
        self._task = asyncio.create_task(self._loop(), name="dispatcher")

    async def stop(self) -> None:
        """Stops the loop; a batch under way is either dispatched wholly or stays pending. May be called again."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def once(self) -> int:
        """Dispatches one batch; returns how many deliveries it held."""
        deliveries = await self._inbox.pending(self._batch)
        if not deliveries:
            return 0
        decided: dict[str, Sequence[Target]] = {}
        parked: dict[str, str] = {}
        for delivery in deliveries:
            try:
                targets = tuple(self._decide(delivery))
                self._queue.check(targets)
            except Exception as error:
                log.exception("delivery parked", delivery=delivery.id, name=delivery.event)
                parked[delivery.id] = f"{type(error).__name__}: {error}"
                continue
            decided[delivery.id] = targets
        await self._queue.dispatch(decided, parked)
        for dispatched, wanted in decided.items():
            if wanted:
                named = [f"{target.kind}:{target.key}" for target in wanted]
                log.info("delivery dispatched", delivery=dispatched, targets=named)
        return len(deliveries)

    async def _loop(self) -> None:
        while True:
            self._inbox.arrived.clear()
            try:
                if count := await self.once():
                    await asyncio.sleep(0 if count >= self._batch else PAUSE_SECONDS)
                    continue
            except StoreUnavailable as error:
                log.error("dispatcher cannot reach the store", error=str(error))  # noqa: TRY400
                await asyncio.sleep(1.0)
                continue
            except Exception:
                log.exception("dispatcher failed")
                await asyncio.sleep(1.0)
                continue
            await wait(self._inbox.arrived, POLL_SECONDS)
