"""The worker: claims what is due, runs its job on the executor, keeps the lease alive, records how it ended."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import sqlalchemy as sa
import structlog

from bot.errors import WorldError
from bot.runs.engine import Engine
from bot.runs.leases import Claim, Leases, Retry, Target
from bot.runs.store import Store, StoreUnavailable

Job = Callable[[Target, str], Awaitable[None]]
Outcome = Literal["done", "retry", "parked", "lost", "stopped", "superseded"]
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a worker does, and how long it waits (seconds)."""

    parallel: int = 4
    """Repositories at once."""
    apart: int = 4
    """Jobs of the kinds that stand apart, at once, beside those."""
    lease: float = 30.0
    """A worker that was not heard of for so long is taken for dead."""
    poll: float = 0.2
    """How often to look for what other processes requested, and for what became due."""
    again: float = 0.2
    """After a run, so long until the next one of the same object that was requested meanwhile: a burst is one run."""
    job: float = 3600.0
    """A job that takes longer is cancelled and tried again."""


@dataclass(frozen=True, slots=True)
class Finished:
    """How a run ended; handed to the queue's observer."""

    target: Target
    run: str
    outcome: Outcome
    seconds: float


@dataclass(slots=True)
class _Active:
    claim: Claim
    task: asyncio.Future[None] | None = None
    ended: Literal["lost", "stopped"] | None = None
    over: asyncio.Event = field(default_factory=asyncio.Event)


class Worker:
    """Runs jobs until it is stopped. ``wake`` makes it look at once."""

    def __init__(
        self,
        store: Store,
        leases: Leases,
        jobs: Mapping[str, Job],
        *,
        executor_id: str,
        limits: Limits,
        retry: Retry,
        apart: Collection[str],
        observe: Callable[[Finished], None] | None,
    ) -> None:
        self._store = store
        self._leases = leases
        self._jobs = jobs
        self._limits = limits
        self._retry = retry
        self._apart = frozenset(apart)
        self._observe = observe
        self._active: dict[str, _Active] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._burials: set[asyncio.Task[None]] = set()
        self._stopping = False
        self.engine = Engine(store, executor_id, self._body)
        self.wake = asyncio.Event()

    @property
    def running(self) -> bool:
        """Whether both loops are alive."""
        return bool(self._tasks) and not any(task.done() for task in self._tasks)

    @property
    def busy(self) -> bool:
        """Whether a run of this process is not over yet, its result being told included."""
        return bool(self._active)

    async def start(self) -> int:
        """Launches the executor, takes up what an earlier life left (returns how much), and starts to claim."""
        self.engine.launch()

        def work(c: sa.Connection) -> list[str]:
            self._leases.revive(c)
            return self._leases.reap(c, own=True)

        try:
            dead = await self._store.write(work)
        except BaseException:
            await self.engine.destroy()
            raise
        self._bury(dead)
        self._stopping = False
        self._tasks = [asyncio.create_task(self._pump()), asyncio.create_task(self._heartbeat())]
        return len(dead)

    async def stop(self, grace: float) -> None:
        """Claims nothing new, waits ``grace`` seconds for jobs under way, cancels the rest, ends the executor."""
        pump, beat = self._tasks
        self._stopping = True
        self.wake.set()
        await asyncio.gather(pump, return_exceptions=True)  # not cancelled: a claim is followed by its start
        over = [asyncio.create_task(active.over.wait()) for active in self._active.values()]
        if over:
            _, late = await asyncio.wait(over, timeout=grace)
            for active in list(self._active.values()):
                self._end(active, "stopped")
            if late:
                _, late = await asyncio.wait(late, timeout=10.0)
            for task in late:
                task.cancel()
        beat.cancel()
        if self._burials:
            _, unburied = await asyncio.wait(self._burials, timeout=1.0)
            for burial in unburied:
                burial.cancel()
        await asyncio.gather(beat, *over, return_exceptions=True)
        await self.engine.destroy()
        self._tasks = []

    def _bury(self, runs: list[str]) -> None:
        """Closes the records of dead runs, beside all else: the process that holds them may only be stalled."""
        if runs:
            log.warning("runs died, their objects are taken up again", runs=runs)
            task = asyncio.create_task(self._close(runs))
            self._burials.add(task)
            task.add_done_callback(self._burials.discard)

    async def _close(self, runs: list[str]) -> None:
        try:
            await self.engine.cancel(runs)
        except Exception as error:  # noqa: BLE001  # records only: the work itself is claimed anew
            log.warning("records of dead runs stay open", error=str(error))

    async def _pump(self) -> None:
        while not self._stopping:
            self.wake.clear()
            try:
                if await self._fill():
                    continue
            except StoreUnavailable as error:
                log.error("queue cannot reach its store", error=str(error))  # noqa: TRY400
                await asyncio.sleep(1.0)
                continue
            except Exception:
                log.exception("queue failed")
                await asyncio.sleep(1.0)
                continue
            await wait(self.wake, self._limits.poll)

    async def _fill(self) -> bool:
        free = self._free()
        due = [kind for kinds, _ in free for kind in kinds]
        # A plain read first: an idle queue takes no write lock.
        if not due or not await self._store.read(lambda c: self._leases.anything(c, due)):
            return False

        def work(c: sa.Connection) -> tuple[list[str], list[Claim]]:
            dead = self._leases.reap(c)
            return dead, [claim for kinds, most in free for claim in self._leases.claim(c, kinds, most)]

        dead, claims = await self._store.write(work)
        self._bury(dead)
        for claim in claims:
            await self._begin(claim)
        return bool(claims)

    def _free(self) -> list[tuple[frozenset[str], int]]:
        """The kinds that may start now, and how many of them: long jobs take no place from those that stand apart."""
        beside = sum(active.claim.target.kind in self._apart for active in self._active.values())
        kinds = frozenset(self._jobs)
        both = (
            (kinds & self._apart, self._limits.apart - beside),
            (kinds - self._apart, self._limits.parallel - len(self._active) + beside),
        )
        return [(some, free) for some, free in both if some and free > 0]

    async def _begin(self, claim: Claim) -> None:
        self._active[claim.run] = _Active(claim)
        try:
            await self.engine.start(claim.run, claim.target.kind, claim.target.key)
        except Exception as error:
            log.exception("run did not start", run=claim.run)
            self._active.pop(claim.run, None)
            note = f"{type(error).__name__}: {error}"
            await self._store.write(lambda c: self._fail(c, claim, note, ours=False))

    async def _heartbeat(self) -> None:
        while True:
            await asyncio.sleep(self._limits.lease / 4)
            if self._active:
                await self._renew(set(self._active))

    async def _renew(self, runs: set[str]) -> None:
        try:
            kept = await self._store.write(lambda c: self._leases.renew(c, runs))
        except Exception as error:  # noqa: BLE001  # the next beat may still be in time
            log.error("heartbeat failed", error=str(error))  # noqa: TRY400
            return
        for run in runs - kept:
            if active := self._active.get(run):
                log.error("lease lost", run=run)
                self._end(active, "lost")

    def _end(self, active: _Active, why: Literal["lost", "stopped"]) -> None:
        active.ended = active.ended or why
        if active.task is not None:
            active.task.cancel()

    async def _body(self, run: str, kind: str, key: str) -> dict[str, Any]:
        active = self._active.get(run)
        if active is None:  # left by an earlier life: its object was claimed anew
            log.info("run superseded", run=run, kind=kind, key=key)
            return {"outcome": "superseded"}
        claim = active.claim
        bound = {"run": run, "kind": kind, "key": key, "repository": claim.target.repository, "delivery": claim.cause}
        started = time.monotonic()
        try:
            with structlog.contextvars.bound_contextvars(**bound):
                outcome, error = await self._run(active)
                seconds = time.monotonic() - started
                log.info("run ended", outcome=outcome, seconds=round(seconds, 3))
            if self._observe is not None:
                self._observe(Finished(claim.target, run, outcome, seconds))
        finally:
            del self._active[run]
            active.over.set()
            self.wake.set()
        return {"outcome": outcome} if error is None else {"outcome": outcome, "error": error}

    async def _run(self, active: _Active) -> tuple[Outcome, str | None]:
        claim = active.claim
        error: BaseException | None = None
        active.task = asyncio.ensure_future(self._jobs[claim.target.kind](claim.target, claim.run))
        if active.ended is not None:
            active.task.cancel()
        try:
            async with asyncio.timeout(self._limits.job):
                await active.task
        except TimeoutError as late:
            slow = WorldError(f"the job took longer than {self._limits.job:g} s")
            error = slow if active.task.cancelled() else late
        except asyncio.CancelledError as cancelled:
            if (current := asyncio.current_task()) is not None and current.cancelling():
                raise  # the executor itself is being torn down; the lease says the rest
            error = cancelled
        except Exception as fault:  # noqa: BLE001  # every failure of a job ends as a row that people can see
            error = fault
        if active.ended == "lost":
            return await self._lost(claim), None
        if active.ended == "stopped" and error is not None:
            await self._settle(lambda c: self._leases.release(c, claim))
            return "stopped", None
        if error is None:
            kept = await self._settle(lambda c: self._leases.succeed(c, claim, self._limits.again))
            return ("done" if kept else await self._lost(claim)), None
        return await self._failed(claim, error)

    async def _failed(self, claim: Claim, error: BaseException) -> tuple[Outcome, str]:
        ours = not isinstance(error, WorldError)
        note = f"{type(error).__name__}: {error}"
        if ours:
            log.error("run failed", error=note, attempts=claim.attempts + 1, exc_info=error)
        else:
            log.warning("run failed by the world's fault", error=note, attempts=claim.attempts + 1)
        asked = getattr(error, "retry_after", None)
        kept = await self._settle(lambda c: self._fail(c, claim, note, ours=ours, asked=asked))
        if not kept:
            return await self._lost(claim), note
        return ("parked" if claim.faults + ours >= self._retry.faults else "retry"), note

    async def _lost(self, claim: Claim) -> Literal["lost"]:
        """Asks for one more run: what this one did late may stand over what its heir did meanwhile."""

        def work(c: sa.Connection) -> bool:
            self._leases.request(c, [claim.target], cause=claim.cause, revive=False)
            return True

        await self._settle(work)
        return "lost"

    def _fail(self, c: sa.Connection, claim: Claim, note: str, *, ours: bool, asked: float | None = None) -> bool:
        seconds = max(asked or 0.0, self._retry.delay(claim.attempts + 1, random.random()))
        return self._leases.fail(c, claim, note, wait=seconds, ours=ours)

    async def _settle(self, work: Callable[[sa.Connection], bool]) -> bool:
        """Records a result; while the store is away, for as long as a lease lives: then the run counts as died."""
        end = time.monotonic() + self._limits.lease
        while True:
            try:
                return await self._store.write(work)
            except StoreUnavailable as error:
                if time.monotonic() > end:
                    raise
                log.warning("result cannot be recorded yet", error=str(error))
                await asyncio.sleep(0.5)


async def wait(event: asyncio.Event, seconds: float) -> None:
    """Waits for the event, or so many seconds."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        pass
