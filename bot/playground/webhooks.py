"""Deliveries: signed, in order, each tried once, kept for the App to list and to redeliver."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
import uuid
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import aiohttp

from bot.playground.shapes.accounts import node_id, organization, user
from bot.playground.shapes.repositories import repository
from bot.playground.state import Actor, App, Installation, Repository, World

ALWAYS = {"installation", "installation_repositories", "ping"}
KEPT = 5_000
"""How many deliveries are kept; GitHub keeps three days of them."""
TIMEOUT = 10.0
"""Seconds GitHub waits for an answer. (D)"""


@dataclass(eq=False)
class Delivery:
    """One attempt to deliver. Redeliveries share the ``guid``."""

    id: int
    guid: str
    app: App
    event: str
    action: str | None
    installation: Installation | None
    repository_id: int | None
    payload: dict[str, Any]
    delivered_at: datetime
    redelivery: bool = False
    duration: float = 0.0
    status: str = "pending"
    status_code: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    response_headers: dict[str, str] = field(default_factory=dict)
    response_body: str = ""

    @property
    def done(self) -> bool:
        """Whether the attempt has been made."""
        return self.status != "pending"


Plan = Callable[[Delivery], list[tuple[float, Delivery]]]
"""What a fault makes of a delivery: the deliveries to send instead, each after so many seconds."""


class Webhooks:
    """The sender. One queue and one worker for each App keep the order."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.deliveries: deque[Delivery] = deque(maxlen=KEPT)
        self.plan: Plan = lambda delivery: [(0.0, delivery)]
        """Faults put themselves here."""
        self.observers: list[Callable[[Delivery], None]] = []
        """Called after each attempt (the pages show them live)."""
        self._queues: dict[int, asyncio.Queue[Delivery]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._session: aiohttp.ClientSession | None = None
        self._under_way = 0
        self._idle = asyncio.Event()
        self._idle.set()

    async def start(self) -> None:
        """Opens the client."""
        self._session = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=TIMEOUT), connector=aiohttp.TCPConnector(limit=20)
        )

    async def stop(self) -> None:
        """Drops what was not delivered yet."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._session:
            await self._session.close()

    async def settled(self) -> None:
        """Waits until everything was tried."""
        await self._idle.wait()

    def emit(
        self,
        event: str,
        action: str | None,
        repo: Repository,
        actor: Actor,
        extra: dict[str, Any],
        *,
        only: App | None = None,
    ) -> None:
        """Sends an event to every App that covers the repository and listens for it (or to one App)."""
        payload: dict[str, Any] = {} if action is None else {"action": action}
        payload |= extra
        payload["repository"] = repository(self._world, repo)
        if repo.owner.type == "Organization":
            payload["organization"] = organization(self._world, repo.owner)
        payload["sender"] = user(self._world, actor.user)
        for one in self._world.installed_on(repo):
            if event in one.events and only in {None, one.app}:
                self.send(one.app, event, action, payload, installation=one, repository_id=repo.id)

    def send(
        self,
        app: App,
        event: str,
        action: str | None,
        payload: dict[str, Any],
        *,
        installation: Installation | None = None,
        repository_id: int | None = None,
    ) -> None:
        """Queues one delivery to one App."""
        if not app.webhook_url:
            return
        payload = json.loads(json.dumps(payload))
        if installation and "installation" not in payload:
            payload["installation"] = {"id": installation.id, "node_id": node_id("I", installation.id)}
        delivery = Delivery(
            self._world.next_id(), str(uuid.uuid4()), app, event, action, installation, repository_id, payload,
            self._world.now(),
        )  # fmt: skip
        for delay, item in self.plan(delivery):
            self._queue(item, delay)

    def redeliver(self, delivery_id: int, app: App | None = None) -> Delivery:
        """Sends a kept delivery again, under its guid. Raises ``KeyError`` when it is not kept."""
        old = self.find(delivery_id, app)
        new = Delivery(
            self._world.next_id(), old.guid, old.app, old.event, old.action, old.installation, old.repository_id,
            old.payload, self._world.now(), redelivery=True,
        )  # fmt: skip
        self._queue(new, 0.0)
        return new

    def find(self, delivery_id: int, app: App | None = None) -> Delivery:
        """The delivery of this id. Raises ``KeyError``."""
        for one in self.deliveries:
            if one.id == delivery_id and app in {None, one.app}:
                return one
        raise KeyError(delivery_id)

    def _queue(self, delivery: Delivery, delay: float) -> None:
        self.deliveries.append(delivery)
        self._under_way += 1
        self._idle.clear()
        if delay:
            self._spawn(self._later(delivery, delay))
            return
        key = delivery.app.id
        if key not in self._queues:
            self._queues[key] = asyncio.Queue()
            self._spawn(self._work(self._queues[key]))
        self._queues[key].put_nowait(delivery)

    def _spawn(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _later(self, delivery: Delivery, delay: float) -> None:
        await asyncio.sleep(delay)
        await self._attempt(delivery)

    async def _work(self, queue: asyncio.Queue[Delivery]) -> None:
        while True:
            await self._attempt(await queue.get())

    async def _attempt(self, delivery: Delivery) -> None:
        try:
            await self._post(delivery)
        finally:
            self._under_way -= 1
            if not self._under_way:
                self._idle.set()
        for observer in self.observers:
            observer(delivery)

    async def _post(self, delivery: Delivery) -> None:
        app = delivery.app
        data = json.dumps(delivery.payload, ensure_ascii=False, separators=(",", ":")).encode()
        delivery.headers = {
            "Accept": "*/*",
            "Content-Type": "application/json",
            "User-Agent": "GitHub-Hookshot/playground",
            "X-GitHub-Delivery": delivery.guid,
            "X-GitHub-Event": delivery.event,
            "X-GitHub-Hook-ID": str(app.id),
            "X-GitHub-Hook-Installation-Target-ID": str(app.id),
            "X-GitHub-Hook-Installation-Target-Type": "integration",
        }
        if app.webhook_secret:
            digest = hmac.new(app.webhook_secret.encode(), data, hashlib.sha256).hexdigest()
            delivery.headers["X-Hub-Signature-256"] = f"sha256={digest}"
        if self._session is None:
            raise RuntimeError("the playground is not started")
        began = time.monotonic()
        delivery.delivered_at = self._world.now()
        try:
            async with self._session.post(app.webhook_url, data=data, headers=delivery.headers) as answer:
                delivery.status_code = answer.status
                delivery.response_headers = dict(answer.headers)
                delivery.response_body = (await answer.text(errors="replace"))[:100_000]
                delivery.status = "OK" if answer.ok else f"Invalid HTTP Response: {answer.status}"
        except TimeoutError:
            delivery.status = "timed out"
        except (aiohttp.ClientError, OSError):
            delivery.status = "failed to connect to host"
        delivery.duration = round(time.monotonic() - began, 3)
