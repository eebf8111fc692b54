"""Endpoints: how they are declared, what they are handed, what they give back."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from bot.playground.access import Caller
from bot.playground.acts.times import moment
from bot.playground.problems import Problem, invalid, unprocessable
from bot.playground.state import Actor, Repository, World

PER_PAGE, MOST = 30, 100


@dataclass(frozen=True)
class Answer:
    """What an endpoint gives back. ``body`` ``None`` is an empty answer."""

    body: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Call:
    """One call: who, what, with what."""

    world: World
    caller: Caller
    params: dict[str, str]
    query: dict[str, str]
    raw: bytes
    url: str
    """The address without the query, for links to other pages."""
    headers: dict[str, str]
    found: Repository | None = None

    @property
    def repo(self) -> Repository:
        """The repository that the path names."""
        if self.found is None:
            raise RuntimeError("the path names no repository")
        return self.found

    @property
    def actor(self) -> Actor:
        """Who is said to do it."""
        return self.caller.actor

    @property
    def body(self) -> dict[str, Any]:
        """The JSON object that was sent (an empty one for nothing). Raises a 400 ``Problem``."""
        value = self.json
        if not isinstance(value, dict):
            raise Problem(400, "Body should be a JSON object")
        return value

    @property
    def json(self) -> Any:
        """Whatever JSON was sent."""
        if not self.raw:
            return {}
        try:
            return json.loads(self.raw)
        except ValueError:
            raise Problem(400, "Problems parsing JSON") from None

    def number(self, name: str) -> int:
        """A number of the path. Raises a 404 ``Problem``."""
        text = self.params[name]
        if not text.isascii() or not text.isdigit():
            raise Problem(404, "Not Found")
        return int(text)

    def text(self, name: str, *, resource: str | None = None) -> str | None:
        """A text of the body. With ``resource`` it must be there. Raises a 422 ``Problem``."""
        value = self.body.get(name)
        if value is None and resource is not None:
            raise invalid(resource, name, "missing_field")
        if value is not None and not isinstance(value, str):
            raise unprocessable(f"Invalid request.\n\nFor 'properties/{name}', {value!r} is not a string.")
        return value

    def texts(self, name: str, value: Any = None) -> list[str] | None:
        """A list of texts of the body. Raises a 422 ``Problem``."""
        value = self.body.get(name) if value is None else value
        if value is None:
            return None
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise unprocessable(f"Invalid request.\n\nFor 'properties/{name}', {value!r} is not an array of strings.")
        return value

    def choice(self, name: str, allowed: Sequence[str], default: str) -> str:
        """A word of the query. Raises a 422 ``Problem`` for one that is not allowed."""
        value = self.query.get(name, default)
        if value not in allowed:
            raise invalid("Search", name)
        return value

    def since(self) -> float | None:
        """``since`` of the query, in seconds since the epoch."""
        at = moment(self.query["since"].replace(" ", "+")) if "since" in self.query else None
        return at.timestamp() if at else None

    @property
    def size(self) -> int:
        """How many items a page has."""
        return max(1, min(self._count("per_page", PER_PAGE), MOST))

    def page(self, items: Sequence[Any]) -> tuple[Sequence[Any], dict[str, str]]:
        """One page of the items, and the ``Link`` header to the others."""
        size = self.size
        page = max(1, self._count("page", 1))
        last = max(1, -(-len(items) // size))
        links = []
        targets = {"prev": page - 1, "next": page + 1, "last": last, "first": 1}
        for rel, target in targets.items():
            if (rel in {"prev", "first"} and page > 1) or (rel in {"next", "last"} and page < last):
                query = urlencode(self.query | {"page": str(target)})
                links.append(f'<{self.url}?{query}>; rel="{rel}"')
        chosen = items[(page - 1) * size : page * size]
        return chosen, {"Link": ", ".join(links)} if links else {}

    def _count(self, name: str, default: int) -> int:
        text = self.query.get(name, "")
        return int(text) if text.isascii() and text.isdigit() else default


Handler = Callable[[Call], Awaitable[Answer]]


@dataclass(frozen=True)
class Route:
    """An endpoint. ``needs``: App permissions, any of which will do; ``creates``: counts as content creation."""

    method: str
    path: str
    handler: Handler
    needs: tuple[str, ...] = ()
    kind: str = "token"
    """Who may call: ``app`` (its JWT), ``installation`` (its token), ``token`` (also people), ``any``."""
    role: str | None = None
    creates: bool = False


class Routes:
    """The endpoints of one module."""

    def __init__(self) -> None:
        self.routes: list[Route] = []

    def add(self, method: str, path: str, *needs: str, **options: Any) -> Callable[[Handler], Handler]:
        """Declares an endpoint of the repository (a path that begins with ``~``) or another one."""

        def keep(handler: Handler) -> Handler:
            full = path.replace("~", "/repos/{owner}/{repo}", 1) if path.startswith("~") else path
            self.routes.append(Route(method, full, handler, needs, **options))
            return handler

        return keep
