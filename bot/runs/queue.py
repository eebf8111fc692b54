"""The durable queue of objects to reconcile: coalesced, one job at a time in a repository, shared by replicas.

Kinds that stand apart do not wait for their repository's turn, nor take a place of those that do.

``request`` raises an object's ``wanted``; a run serves what was wanted when it started, and a request that arrives
meanwhile causes another run. What is wanted and not done is found again after any kill.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
import structlog

from bot.errors import UsageError, WorldError
from bot.runs import inbox as inboxes
from bot.runs import leases
from bot.runs.leases import Leases, Retry, Target
from bot.runs.schema import INBOX
from bot.runs.store import Store
from bot.runs.worker import Finished, Job, Limits, Outcome, Worker

__all__ = ["Finished", "Job", "Limits", "Outcome", "Queue", "Retry", "Status", "Target", "Trouble"]

Targets = Callable[[], Awaitable[Sequence[Target]]]
HOUSE_SECONDS = 3600.0
LIMITS = Limits()
RETRY = Retry()
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Trouble:
    """An object that failed and is not served yet."""

    kind: str
    key: str
    repository: str
    attempts: int
    parked: bool
    next_attempt_at: float
    """Seconds since the epoch."""
    last_error: str


@dataclass(frozen=True, slots=True)
class Status:
    """The queue at a glance."""

    wanted: int
    """Objects to serve, due or not; parked ones excepted."""
    running: int
    retrying: int
    parked: int
    inbox: int
    """Deliveries not dispatched yet."""
    troubles: tuple[Trouble, ...] = ()
    runs: tuple[tuple[str, str], ...] = ()
    """Who is at work, in all processes: repository and run id."""


class Queue:
    """Runs jobs by kind. A job is an async function of the target and the run's id; it must be safe to repeat.

    A ``WorldError`` is tried again with backoff for as long as it takes (not before its ``retry_after`` seconds, when
    it has such an attribute); any other exception so many times as ``retry`` says, then the object is parked until it
    is requested anew or the process starts again. Refusals are the job's own business.

    ``apart``: kinds of jobs that are short, change nothing that others read, and run beside a repository's other work.
    """

    def __init__(
        self,
        store: Store,
        jobs: Mapping[str, Job],
        *,
        executor_id: str = "graftsman",
        limits: Limits = LIMITS,
        retry: Retry = RETRY,
        apart: Collection[str] = frozenset(),
        keep: timedelta = timedelta(days=7),
        observe: Callable[[Finished], None] | None = None,
    ) -> None:
        self._store = store
        self._jobs = dict(jobs)
        self._executor_id = executor_id
        self._keep = keep
        self._leases = Leases(store, executor_id, limits.lease, retry, apart)
        self._worker = Worker(
            store,
            self._leases,
            self._jobs,
            executor_id=executor_id,
            limits=limits,
            retry=retry,
            apart=apart,
            observe=observe,
        )
        self._schedules: list[tuple[str, float, Targets]] = []
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def running(self) -> bool:
        """Whether the queue was started and all its loops are alive."""
        return self._worker.running and not any(task.done() for task in self._tasks)

    def every(self, name: str, seconds: float, targets: Targets) -> None:
        """Requests what ``targets`` gives: at start, and every so many seconds (once among replicas).

        Raises ``UsageError`` after the start.
        """
        if self._tasks:
            raise UsageError("schedules are set before the queue starts")
        self._schedules.append((name, seconds, targets))

    async def request(self, targets: Sequence[Target], *, cause: str | None = None, revive: bool = True) -> None:
        """Asks for a reconcile of each target. ``revive`` gives parked ones a new life. Raises ``StoreUnavailable``."""
        self.check(targets)
        await self._store.write(lambda c: self._leases.request(c, targets, cause=cause, revive=revive))
        self._worker.wake.set()

    async def dispatch(self, decided: Mapping[str, Sequence[Target]], parked: Mapping[str, str] | None = None) -> None:
        """In one transaction: marks deliveries (by id) done, requests their targets, parks others with their error.

        A delivery that was dispatched already, by whomever, requests nothing. Many deliveries about one object raise
        its ``wanted`` once.
        """
        for targets in decided.values():
            self.check(targets)

        def work(c: sa.Connection) -> None:
            fresh = inboxes.settle(c, list(decided))
            causes: dict[Target, str] = {}
            for delivery, targets in decided.items():
                if delivery in fresh:
                    causes.update(dict.fromkeys(targets, delivery))
            self._leases.request(c, causes, cause=causes, revive=True)
            for delivery, error in (parked or {}).items():
                inboxes.park(c, delivery, error)

        await self._store.write(work)
        self._worker.wake.set()

    def check(self, targets: Sequence[Target]) -> None:
        """Raises ``UsageError`` when a target is of a kind that no job serves."""
        for target in targets:
            if target.kind not in self._jobs:
                raise UsageError(f"no job for kind {target.kind!r}")

    async def status(self, limit: int = 50) -> Status:
        """Counts, and the first ``limit`` troubles."""

        def work(c: sa.Connection) -> Status:
            pending = sa.select(sa.func.count()).select_from(INBOX).where(INBOX.c.state == "pending")
            return Status(
                **leases.depth(c),
                inbox=c.execute(pending).scalar_one(),
                troubles=tuple(_trouble(row) for row in leases.troubled(c, limit)),
                runs=tuple((row.repository.partition(leases.BESIDE)[0], row.run) for row in leases.leases(c)),
            )

        return await self._store.read(work)

    async def idle(self, timeout: float | None = None) -> None:  # noqa: ASYNC109  # the caller's patience, not ours
        """Returns when no delivery waits and nothing is wanted (parked objects excepted). Raises ``TimeoutError``."""
        async with asyncio.timeout(timeout):
            while True:
                status = await self.status(0)
                if not (status.wanted or status.running or status.inbox or self._worker.busy):
                    return
                await asyncio.sleep(0.05)

    async def outcome(self, run: str) -> dict[str, Any] | None:
        """What the executor has on record for a run id: its status and result."""
        return await self._worker.engine.outcome(run)

    async def start(self) -> None:
        """Launches the executor, takes up what an earlier life left, runs the schedules once.

        Raises ``UsageError`` when this executor id is in use, or when this process runs a queue already.
        """
        await self._store.hold(self._executor_id)
        try:
            dead = await self._worker.start()
        except BaseException:
            self._store.release()
            raise
        loops = [self._keep_house(), *(self._schedule(*schedule) for schedule in self._schedules)]
        self._tasks = [asyncio.create_task(loop) for loop in loops]
        log.info("queue started", executor=self._executor_id, taken_up=dead)

    async def stop(self, grace: float = 20.0) -> None:
        """Takes nothing new, waits ``grace`` seconds for jobs under way, cancels the rest, shuts the executor down.

        What was cancelled stays wanted. May be called again.
        """
        if not self._tasks:
            return
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []
        await self._worker.stop(grace)
        self._store.release()
        log.info("queue stopped")

    async def _keep_house(self) -> None:
        while True:
            await asyncio.sleep(HOUSE_SECONDS)
            try:
                deliveries, runs = await self.prune()
                log.info("old records deleted", deliveries=deliveries, runs=runs)
            except Exception:
                log.exception("old records were not deleted")

    async def prune(self) -> tuple[int, int]:
        """Deletes deliveries and records of runs that are older than ``keep``; returns how many of each."""
        return await inboxes.Inbox(self._store).prune(self._keep), await self._worker.engine.prune(self._keep)

    async def _schedule(self, name: str, seconds: float, targets: Targets) -> None:
        first = True
        while True:
            pause = min(seconds, max(seconds / 10, 1.0))
            try:
                await self._turn(name, seconds, targets, first=first)
                first = False
            except WorldError as error:
                log.warning("schedule failed", schedule=name, error=str(error))
                first, pause = True, min(seconds, 30.0)
            except Exception:
                log.exception("schedule failed", schedule=name)
                first, pause = True, min(seconds, 60.0)
            await asyncio.sleep(pause)

    async def _turn(self, name: str, seconds: float, targets: Targets, *, first: bool) -> None:
        if await self._store.write(lambda c: self._leases.turn(c, name, seconds, now_too=first)):
            await self.request(await targets(), cause=f"schedule {name}", revive=False)


def _trouble(row: sa.Row[Any]) -> Trouble:
    return Trouble(
        row.kind,
        row.key,
        row.repository,
        row.attempts,
        bool(row.parked),
        row.next_attempt_at,
        row.last_error or "",
    )
