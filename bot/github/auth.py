"""Who we speak as: the App itself by a signed token, or one of its installations by a token that lasts an hour."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

import jwt
from cachetools import TLRUCache
from gidgethub.apps import get_jwt

from bot.errors import UsageError
from bot.github.settings import AppSettings

JWT_SECONDS = 9 * 60
"""Length of an App token from its issue, which gidgethub puts 60 s back; GitHub takes 10 minutes at most."""
JWT_KEPT = 7 * 60
"""How long one is used: a minute less than it is good for."""
BEFORE_EXPIRY = 5 * 60
"""An installation token is not used in its last minutes: a git push may take a while."""


class AppAuth:
    """The App: a JWT (RS256), made when it is needed and kept for some minutes."""

    def __init__(self, settings: AppSettings, clock: Callable[[], float] = time.monotonic) -> None:
        self._settings = settings
        self._clock = clock
        self._made: tuple[str, float] | None = None

    async def header(self) -> str:
        """``Bearer`` with a JWT. Raises ``UsageError`` when the private key is none."""
        now = self._clock()
        if self._made is None or now >= self._made[1]:
            self._made = f"Bearer {self._sign()}", now + JWT_KEPT
        return self._made[0]

    def refused(self, header: str) -> None:
        """Signs anew next time: the machine may have slept, or its clock been set."""
        if self._made is not None and self._made[0] == header:
            self._made = None

    def _sign(self) -> str:
        key = self._settings.private_key.get_secret_value()
        try:
            return get_jwt(app_id=self._settings.issuer, private_key=key, expiration=JWT_SECONDS)
        except (ValueError, TypeError, jwt.PyJWTError):
            # Not chained: the cause may quote the key.
            raise UsageError("the App's private key cannot be read: it must be an RSA key in PEM form") from None


@dataclass(frozen=True, slots=True)
class Token:
    """An installation token; opaque, of any length. ``until`` is on our clock: when to stop using it."""

    secret: str
    until: float

    def __repr__(self) -> str:
        return f"Token(until={self.until})"


class Tokens:
    """Installation tokens, each asked for once however many want it. A failure is not remembered."""

    def __init__(self, mint: Callable[[int], Awaitable[Token]], clock: Callable[[], float] = time.monotonic) -> None:
        self._mint = mint
        self._kept: TLRUCache[int, Token, float] = TLRUCache(4096, ttu=lambda _, token, __: token.until, timer=clock)
        self._under_way: dict[int, asyncio.Task[Token]] = {}

    async def get(self, installation: int) -> str:
        """The token's text. Raises what asking for it raised, to each that waited for it."""
        kept = self._kept.get(installation)
        if kept is not None:
            return kept.secret
        task = self._under_way.get(installation)
        if task is None:
            task = asyncio.create_task(self._ask(installation))
            self._under_way[installation] = task
            # Taken note of, in case everyone who waited was cancelled.
            task.add_done_callback(lambda done: done.cancelled() or done.exception())
        # Shielded: one caller that is cancelled does not take the token from the others.
        return (await asyncio.shield(task)).secret

    def drop(self, installation: int, secret: str) -> None:
        """Forgets this token; a newer one stays."""
        kept = self._kept.get(installation)
        if kept is not None and kept.secret == secret:
            del self._kept[installation]

    async def _ask(self, installation: int) -> Token:
        try:
            token = await self._mint(installation)
            self._kept[installation] = token
            return token
        finally:
            del self._under_way[installation]


class InstallationAuth:
    """One installation."""

    def __init__(self, tokens: Tokens, installation: int) -> None:
        self._tokens = tokens
        self._installation = installation

    async def header(self) -> str:
        """``token`` with the installation's token."""
        return f"token {await self._tokens.get(self._installation)}"

    def refused(self, header: str) -> None:
        """The token was revoked or has expired early."""
        self._tokens.drop(self._installation, header.removeprefix("token "))


def lifetime(expires_at: datetime, now: datetime, scale: float) -> float:
    """Seconds that a token may be used, by GitHub's own clock on both ends."""
    return max((expires_at - now).total_seconds() - BEFORE_EXPIRY * scale, 0.0)
