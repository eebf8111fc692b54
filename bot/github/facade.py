"""The port that the workflows see (``bot.workflows.ports.GitHub``): one repository through one installation."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import aclosing, asynccontextmanager
from datetime import datetime
from typing import Any

import structlog

from bot.contracts.github import Activity, Repository
from bot.github.checks import Checks
from bot.github.client import Client
from bot.github.errors import AnswerError, NotFoundError
from bot.github.gate import Gate
from bot.github.issues import Issues
from bot.github.merging import Merging
from bot.github.pulls import Pulls
from bot.github.relations import Relations
from bot.github.reviews import Reviews
from bot.github.room import read

log = structlog.get_logger(__name__)
ROLES = frozenset({"admin", "maintain", "write", "triage", "read", "none"})


class RepositoryGitHub(Issues, Relations, Pulls, Reviews, Merging, Checks):
    """GitHub for one repository. ``bot_login`` is known once any call was made, or ``App.app()``."""

    def __init__(
        self,
        client: Client,
        full_name: str,
        *,
        gate: Gate,
        git_base: str,
        token: Callable[[], Awaitable[str]],
        slug: Callable[[], str],
    ) -> None:
        super().__init__(client, full_name)
        self._gate = gate
        self._git_base = git_base
        self._token = token
        self._slug = slug

    @property
    def bot_login(self) -> str:
        """``<slug>[bot]``."""
        return f"{self._slug()}[bot]"

    @property
    def git_url(self) -> str:
        """Where git fetches from and pushes to; without credentials."""
        return f"{self._git_base}/{self._full_name}.git"

    async def git_credential(self) -> str:
        """An installation token, for git over HTTP; secret."""
        return await self._token()

    @asynccontextmanager
    async def pushing(self) -> AsyncIterator[None]:
        """Waits until one more git push to this repository fits GitHub's limits; hold it while pushing."""
        async with self._gate.turn("push", repository=self._full_name):
            yield

    async def now(self) -> datetime:
        """GitHub's own clock."""
        known = self._client.now()
        if known is None:
            await self.repository()
            known = self._client.now()
        if known is None:
            raise AnswerError("no answer has a date")
        return known

    async def repository(self) -> Repository:
        """The repository itself."""
        return read(Repository, await self._get(""))

    async def file(self, path: str) -> bytes | None:
        """A small file's bytes on the default branch; ``None`` where there is no file. Above 1 MB GitHub gives none."""
        try:
            found = await self._get("/contents/{+file}", file=path)
        except NotFoundError:
            return None
        if not isinstance(found, dict) or found.get("type") != "file":
            return None
        if found.get("encoding") != "base64":
            raise AnswerError(f"{path} came without its content")
        return base64.b64decode(str(found.get("content")))

    async def permission(self, login: str) -> str:
        """The role where GitHub gives a known one, else the permission it comes to; ``none`` for who is unknown."""
        try:
            found = await self._get("/collaborators/{login}/permission", login=login)
        except NotFoundError:
            return "none"
        for name in ("role_name", "permission"):
            value = found.get(name) if isinstance(found, dict) else None
            if value in ROLES:
                return str(value)
        return "none"

    async def activity(self, ref: str, *, since: datetime | None = None) -> list[Activity]:
        """How a branch (``refs/heads/x``) moved, newest first: back to the first movement before ``since``.

        That one is in the list: it says what stood there then. A server without the endpoint has none.
        """
        found: list[Activity] = []
        try:
            async with aclosing(self._pages("/activity{?ref,direction,per_page}", ref=ref, direction="desc")) as items:
                async for item in items:
                    found.append(read(Activity, item))
                    if since is not None and found[-1].at < since:
                        break
        except NotFoundError:
            log.info("no activity: the server has no such endpoint", ref=ref)
        return found

    async def graphql(self, query: str, variables: Mapping[str, Any]) -> Any:
        """The ``data`` of a GraphQL answer."""
        return await self._client.query(query, variables)
