"""The GitHub App: its installations, their clients, its deliveries."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
from pydantic import BaseModel

from bot.contracts.github import AppInfo, Delivery, Installation, Repository
from bot.github.auth import AppAuth, InstallationAuth, Token, Tokens, lifetime
from bot.github.client import Client
from bot.github.counters import Counters
from bot.github.facade import RepositoryGitHub
from bot.github.gate import Gate, Waiting
from bot.github.room import PAGE, owner_and_name, read, read_all
from bot.github.settings import AppSettings
from bot.github.transport import Auth, Transport
from bot.planning.pacing import Pace


class _Minted(BaseModel):
    token: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class _Reach:
    """What one installation's repositories share."""

    client: Client
    gate: Gate


class App:
    """One GitHub App. The session stays the caller's to close; ``clock`` counts seconds and never goes back."""

    def __init__(
        self, settings: AppSettings, session: aiohttp.ClientSession, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.settings = settings
        self.counters = Counters()
        self._session = session
        self._clock = clock
        self._info: AppInfo | None = None
        self._own = self._reach(AppAuth(settings, clock))
        self._tokens = Tokens(self._mint, clock)
        self._installations: dict[int, _Reach] = {}

    async def app(self) -> AppInfo:
        """The App as GitHub knows it: slug, permissions, events."""
        self._info = read(AppInfo, await self._own.client.get("/app"))
        return self._info

    @property
    def slug(self) -> str:
        """The App's slug. Raises ``RuntimeError`` before the first call of ``app`` or of any installation."""
        if self._info is None:
            raise RuntimeError("the App's slug is known only after the first call to GitHub")
        return self._info.slug

    async def installations(self) -> list[Installation]:
        """Every installation, suspended ones too."""
        return read_all(Installation, await self._own.client.every("/app/installations{?per_page}", per_page=PAGE))

    async def installation_repositories(self, installation: int) -> list[Repository]:
        """The repositories that an installation reaches."""
        path = "/installation/repositories{?per_page}"
        items = await self.client(installation).every(path, key="repositories", per_page=PAGE)
        return read_all(Repository, items)

    async def installation_of(self, full_name: str) -> int:
        """The installation that reaches a repository (``owner/name``).

        Raises ``NotFoundError`` where the App is not installed, ``ValueError`` for what is no ``owner/name``.
        """
        owner, name = owner_and_name(full_name)
        found = await self._own.client.get("/repos/{owner}/{repo}/installation", owner=owner, repo=name)
        return read(Installation, found).id

    async def installation_token(self, installation: int) -> str:
        """A token that is good for some minutes at least; secret."""
        return await self._tokens.get(installation)

    def client(self, installation: int) -> Client:
        """The installation's client; always the same one."""
        return self._of(installation).client

    def gate(self, installation: int) -> Gate:
        """The installation's gate: its pace, and what waits."""
        return self._of(installation).gate

    def repository(self, installation: int, full_name: str) -> RepositoryGitHub:
        """One repository of an installation: the port that the workflows see."""
        reach = self._of(installation)
        return RepositoryGitHub(
            reach.client,
            full_name,
            gate=reach.gate,
            git_base=self.settings.git_url,
            token=lambda: self._tokens.get(installation),
            slug=lambda: self.slug,
        )

    def waiting(self) -> dict[int, tuple[Waiting, ...]]:
        """By installation, the requests that wait for GitHub's limits at present."""
        return {number: reach.gate.waiting for number, reach in self._installations.items() if reach.gate.waiting}

    async def deliveries(self, cursor: str | None = None) -> tuple[list[Delivery], str | None]:
        """One page of webhook deliveries, newest first, and the cursor of the next page."""
        wanted: dict[str, Any] = {} if cursor is None else {"cursor": cursor}
        path = "/app/hook/deliveries{?per_page,cursor}"
        items, more = await self._own.client.page(path, per_page=PAGE, **wanted)
        following = parse_qs(urlsplit(more).query).get("cursor") if more else None
        return read_all(Delivery, items), following[0] if following else None

    async def redeliver(self, delivery: int) -> None:
        """Asks GitHub to deliver once more; a delivery twice does no harm (law 1)."""
        path = "/app/hook/deliveries/{id}/attempts"
        await self._own.client.send("POST", path, repeatable=True, id=delivery)

    def now(self) -> datetime:
        """GitHub's clock as the App last saw it, else this machine's."""
        return self._own.client.now() or datetime.now(UTC)

    def _of(self, installation: int) -> _Reach:
        if installation not in self._installations:
            self._installations[installation] = self._reach(InstallationAuth(self._tokens, installation))
        return self._installations[installation]

    def _reach(self, auth: Auth) -> _Reach:
        gate = Gate(Pace(self.settings.scale), self.counters, self._clock)
        transport = Transport(self._session, self.settings, auth, gate, self.counters)
        return _Reach(Client(self.settings, transport), gate)

    async def _mint(self, installation: int) -> Token:
        if self._info is None:
            await self.app()
        path = "/app/installations/{id}/access_tokens"
        # Repeatable: a token too many expires by itself.
        made = read(_Minted, await self._own.client.send("POST", path, repeatable=True, id=installation))
        good_for = lifetime(made.expires_at, self.now(), self.settings.scale)
        return Token(made.token, self._clock() + good_for)
