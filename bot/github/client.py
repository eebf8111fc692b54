"""gidgethub's client with this package's transport: ETags, pages, GraphQL; every failure is a ``GitHubError``."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import aclosing, contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Any

import gidgethub
from cachetools import TTLCache
from gidgethub.abc import GitHubAPI

from bot.github.cache import EtagCache
from bot.github.errors import AnswerError, ForbiddenError, GitHubError, NotFoundError, QueryError
from bot.github.kinds import Call, kind_of, mutates
from bot.github.settings import AppSettings
from bot.github.transport import Transport

ACCEPT = "application/vnd.github+json"
MAX_PAGES = 200
"""Pages of 100 that one listing may have."""
TEAM_SECONDS = 120.0
"""For how long a team's members are taken to be the same."""

# How the call at hand may be sent; gidgethub's methods have no room for it.
_CALL: ContextVar[Call] = ContextVar("call")


class Client(GitHubAPI):
    """GitHub for one installation (or for the App itself, when the transport's authentication is the App's)."""

    def __init__(self, settings: AppSettings, transport: Transport) -> None:
        self.etags = EtagCache(settings.etag_bytes)
        super().__init__(settings.requester, base_url=settings.api_url, cache=self.etags)
        self.transport = transport
        self.teams: TTLCache[str, frozenset[str]] = TTLCache(1024, TEAM_SECONDS, timer=transport.clock)
        """Members of teams that were asked for lately, by ``organisation/slug`` in lower case."""
        self._graphql_url = settings.graphql_url

    async def get(self, path: str, *, urgent: bool = False, **variables: Any) -> Any:
        """The JSON of a GET. ``path`` is an RFC 6570 template, filled with ``variables``."""
        data, _ = await self.page(path, urgent=urgent, **variables)
        return data

    async def page(self, path: str, *, urgent: bool = False, **variables: Any) -> tuple[Any, str | None]:
        """The same, with the URL of the next page."""
        with _translated("GET", path):
            _CALL.set(Call("read", repeatable=True, urgent=urgent))
            data, more, _ = await self._make_request("GET", path, variables, b"", ACCEPT)
            return data, more

    async def pages(self, path: str, *, key: str | None = None, **variables: Any) -> AsyncGenerator[Any, None]:
        """The items of all pages, lazily. ``key`` names the list where the answer is an object.

        Raises ``AnswerError`` rather than give a list that was cut off after ``MAX_PAGES``.
        """
        for _ in range(MAX_PAGES):
            data, more = await self.page(path, **variables)
            items = data.get(key) if key is not None and isinstance(data, dict) else data
            if not isinstance(items, list):
                raise AnswerError("a list was expected", method="GET", path=path)
            for item in items:
                yield item
            if more is None:
                return
            path, variables = more, {}
        raise AnswerError(f"more than {MAX_PAGES} pages", method="GET", path=path)

    async def every(self, path: str, *, key: str | None = None, **variables: Any) -> list[Any]:
        """The items of all pages."""
        async with aclosing(self.pages(path, key=key, **variables)) as items:
            return [item async for item in items]

    async def send(
        self,
        method: str,
        path: str,
        data: Any = None,
        *,
        repeatable: bool | None = None,
        urgent: bool = False,
        **variables: Any,
    ) -> Any:
        """The JSON answer to a write.

        ``repeatable`` says that sending it twice does what sending it once does; by default all but POST are.
        ``urgent`` writes go before others.
        Raises ``UncertainError`` when it is not repeatable and may have run.
        """
        repeatable = method != "POST" if repeatable is None else repeatable
        with _translated(method, path):
            _CALL.set(Call(kind_of(method, path), repeatable=repeatable, urgent=urgent))
            body = b"" if data is None else data
            made, _, status = await self._make_request(method, path, variables, body, ACCEPT)
        if status == 201 and isinstance(made, dict):
            for name in ("url", "issue_url"):
                if isinstance(url := made.get(name), str):
                    self.transport.made(url)
        return made

    async def query(self, query: str, variables: Mapping[str, Any]) -> Any:
        """The ``data`` of a GraphQL answer. Raises ``QueryError`` when GitHub reports errors, even beside data."""
        changes = mutates(query)
        with _translated("POST", "/graphql"):
            _CALL.set(Call("create" if changes else "read", repeatable=not changes, resource="graphql"))
            return await self.graphql(query, endpoint=self._graphql_url, **variables)

    def now(self) -> datetime | None:
        """GitHub's clock; ``None`` before the first answer."""
        return self.transport.now()

    async def _request(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes = b""
    ) -> tuple[int, Mapping[str, str], bytes]:
        answer = await self.transport.request(_CALL.get(), method, url, headers, body)
        return answer.status, answer.headers, answer.body

    async def sleep(self, seconds: float) -> None:
        """What gidgethub asks for; our own transport does all waiting."""
        await asyncio.sleep(seconds)


@contextmanager
def _translated(method: str, path: str) -> Iterator[None]:
    """Turns what gidgethub raises into our errors."""
    try:
        yield
    except gidgethub.QueryError as error:
        raise _query_error(error) from error
    except (gidgethub.GitHubException, ValueError, LookupError) as error:
        raise AnswerError(f"unreadable answer: {error}", method=method, path=path) from error


def _query_error(error: gidgethub.QueryError) -> GitHubError:
    listed = error.response.get("errors") if isinstance(error.response, dict) else None
    errors = listed if isinstance(listed, list) else []
    kinds = {each.get("type") for each in errors if isinstance(each, dict)}
    named: dict[str, type[GitHubError]] = {"NOT_FOUND": NotFoundError, "FORBIDDEN": ForbiddenError}
    for kind, made in named.items():
        if kind in kinds:
            return made(str(error), status=200, method="POST", path="/graphql")
    return QueryError(str(error), errors)
