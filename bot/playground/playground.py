"""The playground: starts and stops it, and makes what a test or a demo begins with."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Self

from aiohttp import web

from bot.playground import pages
from bot.playground.access import Caller, identify
from bot.playground.api import Api
from bot.playground.clock import Clock
from bot.playground.exchanges import Exchange
from bot.playground.faults import Faults
from bot.playground.git_http import GitServer, write_hooks
from bot.playground.landing import Landing
from bot.playground.limits import Limits
from bot.playground.organizing import Organizing
from bot.playground.people import Person
from bot.playground.problems import Problem
from bot.playground.rest import all_routes
from bot.playground.scene import Scene
from bot.playground.server import application
from bot.playground.state import Repository, World
from bot.playground.webhooks import Delivery, Webhooks

KEPT = 10_000


class Playground(Scene, Organizing):
    """A GitHub for one machine. State in memory, git on disk below ``data_dir``.

    ``clock_scale`` shortens GitHub's minutes and hours (0.02: a minute lasts 1.2 s); ``limits`` off lets all through.
    """

    def __init__(self, data_dir: Path | str, *, clock_scale: float = 1.0, limits: bool = True) -> None:
        self.clock = Clock(clock_scale)
        world = World(self.clock, Path(data_dir))
        world.hooks = Webhooks(world)
        super().__init__(world, world.hooks)
        self.faults = Faults()
        self.world.drops_long = lambda: self.faults.silent_bodies
        self.landing = Landing(world)
        self.limits = self.world.limits = Limits(self.clock, enforced=limits)
        self.webhooks.plan = self.faults.plan
        self.exchanges: deque[Exchange] = deque(maxlen=KEPT)
        self.on_exchange: Callable[[Exchange], None] | None = None
        """Called with every exchange, in the middle of its answer: what it raises becomes a 500."""
        self.extensions: list[Callable[[web.Application, Playground], None]] = []
        """Each may add routes (the pages do) when the server starts."""
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        """The base of pages and of git: ``<url>/<owner>/<name>.git``."""
        return self.world.web

    @property
    def api_url(self) -> str:
        """The base of the REST API."""
        return self.world.api

    @property
    def graphql_url(self) -> str:
        """Where GraphQL is."""
        return f"{self.world.web}/api/graphql"

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> Playground:
        """Serves, on a free port for 0."""
        hooks = self.world.data_dir / "hooks"
        await asyncio.to_thread(write_hooks, hooks)
        await self.webhooks.start()
        api = Api(self.world, self.limits, self.faults, all_routes())
        api.record = self._record
        git = GitServer(self.world, self.limits, self.faults, hooks)
        app = application(self.world, api, git)
        for extension in self.extensions:
            extension(app, self)
        pages.add(app, self.world)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=2.0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, host, port)
        await site.start()
        bound = self._runner.addresses[0][1]
        self.world.web = f"http://{f'[{host}]' if ':' in host else host}:{bound}"
        return self

    async def stop(self) -> None:
        """Stops serving and delivering; the git repositories stay on disk."""
        await self.landing.stop()
        await self.webhooks.stop()
        if self._runner:
            await self._runner.cleanup()
            self._runner = None
        for repo in self.world.repositories.values():
            await asyncio.to_thread(repo.store.close)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    def _record(self, exchange: Exchange) -> None:
        self.exchanges.append(exchange)
        if self.on_exchange:
            self.on_exchange(exchange)

    # Acting and looking

    def as_user(self, login: str) -> Person:
        """Acts as a person, who is made when not there."""
        return Person(self.world, self.world.add_user(login))

    def repository(self, full_name: str) -> Repository:
        """The record of a repository. Raises ``Problem`` (404)."""
        return self.world.repo(full_name)

    def caller(self, token: str) -> Caller | None:
        """Who a token speaks for."""
        with suppress(Problem):
            return identify(self.world, f"token {token}")
        return None

    @property
    def deliveries(self) -> list[Delivery]:
        """The deliveries, oldest first."""
        return list(self.webhooks.deliveries)

    def redeliver(self, delivery_id: int) -> Delivery:
        """Sends a delivery again, as the button does. Raises ``KeyError``."""
        return self.webhooks.redeliver(delivery_id)

    async def settled(self) -> None:
        """Waits until auto-merge and merge queues did what they can do now, and all webhooks were tried."""
        await self.landing.settled()
        await self.webhooks.settled()
        while not self.landing.idle:  # what received them made a change that something waited for
            await self.landing.settled()
            await self.webhooks.settled()
