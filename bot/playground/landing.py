"""What GitHub does by itself: it carries out auto-merge and advances the merge queues when something has changed."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from bot.playground.acts import auto_merge, merge_queue
from bot.playground.state import Repository, World


class Landing:
    """Looks at a repository after every change that a waiting pull request may have waited for. One look at a time."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._wanted: dict[int, Repository] = {}
        self._work: asyncio.Task[None] | None = None
        self._timers: set[asyncio.TimerHandle] = set()
        self._stopped = False
        world.look, world.wake = self.look, self.wake

    def look(self, repo: Repository) -> None:
        """Wants a look at a repository, if anything waits there."""
        if self._stopped or not _waits(repo):
            return
        self._wanted[repo.id] = repo
        if self._work is None or self._work.done():
            self._work = asyncio.get_running_loop().create_task(self._run())

    def wake(self, repo: Repository, seconds: float) -> None:
        """Looks once more after so many real seconds: a time-out may have come."""
        loop = asyncio.get_running_loop()
        self._timers = {timer for timer in self._timers if timer.when() > loop.time() and not timer.cancelled()}
        self._timers.add(loop.call_later(seconds + 0.01, self.look, repo))

    @property
    def idle(self) -> bool:
        """Whether nothing is left to look at."""
        return self._work is None or self._work.done()

    async def settled(self) -> None:
        """Waits until all was looked at. Raises what went wrong in doing so."""
        if self._work is not None:
            await self._work

    async def stop(self) -> None:
        """Looks at nothing any more."""
        self._stopped = True
        for timer in self._timers:
            timer.cancel()
        if self._work is not None:
            self._work.cancel()
            with suppress(asyncio.CancelledError):
                await self._work

    async def _run(self) -> None:
        while self._wanted:
            repo = self._wanted.pop(next(iter(self._wanted)))
            for pull in list(repo.pulls):
                await auto_merge.carry_out(self._world, pull)
            for base in list(repo.queues):
                await merge_queue.advance(self._world, repo, base)


def _waits(repo: Repository) -> bool:
    return any(repo.queues.values()) or any(pull.auto_merge and pull.issue.state == "open" for pull in repo.pulls)
