"""What the facade's rooms share: the repository's name, reading answers into contracts, limits of texts."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from bot.github.client import Client
from bot.github.errors import AnswerError

M = TypeVar("M", bound=BaseModel)

PAGE = 100
"""The most items of a page."""
MAX_COMMENT = 60_000
"""Characters of an issue comment; GitHub's 262,144 bytes are further, but long ones have been dropped silently."""
MAX_PULL_BODY = 65_536
MAX_TITLE = 256
"""Characters of an issue's or pull request's title."""
MAX_CHECK_TEXT = 65_535
"""Characters of a check run's summary, and of its text."""
MAX_CHECK_TITLE = 255
MAX_ANNOTATIONS = 50
"""Annotations of one request."""
MAX_ANNOTATION_BYTES = 64 * 1024
MAX_ACTIONS = 3
"""Buttons of a check run."""
MAX_ACTION = {"label": 20, "description": 40, "identifier": 20}
"""Characters of each part of a button. (D)"""
MAX_ASSIGNEES = 10
"""Assignees of one request."""


def read(model: type[M], data: Any) -> M:
    """The answer as a contract. Raises ``AnswerError`` when it is shaped otherwise."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise AnswerError(f"a {model.__name__} was expected; {where}: {first['msg']}") from None


def read_all(model: type[M], items: Iterable[Any]) -> list[M]:
    """The same for each of several."""
    return [read(model, item) for item in items]


def within(name: str, text: str, most: int) -> str:
    """The text. Raises ``ValueError`` when it has more than ``most`` characters: nothing is ever cut off silently."""
    if len(text) > most:
        raise ValueError(f"{name} has {len(text)} characters; GitHub takes {most}")
    return text


def owner_and_name(full_name: str) -> tuple[str, str]:
    """The parts of ``owner/name``. Raises ``ValueError`` for what is none."""
    owner, slash, name = full_name.partition("/")
    if not slash or not owner or not name or "/" in name or name in {".", ".."}:
        raise ValueError(f"{full_name!r} is no owner/name")
    return owner, name


class Room:
    """One repository through one installation's client."""

    def __init__(self, client: Client, full_name: str) -> None:
        self._owner, self._name = owner_and_name(full_name)
        self._client = client
        self._full_name = full_name

    @property
    def full_name(self) -> str:
        """``owner/name``."""
        return self._full_name

    async def _get(self, path: str, *, urgent: bool = False, **variables: Any) -> Any:
        return await self._client.get(_below(path), urgent=urgent, owner=self._owner, repo=self._name, **variables)

    def _pages(self, path: str, *, key: str | None = None, **variables: Any) -> AsyncGenerator[Any, None]:
        return self._client.pages(_below(path), key=key, owner=self._owner, repo=self._name, per_page=PAGE, **variables)

    async def _every(self, path: str, *, key: str | None = None, **variables: Any) -> list[Any]:
        return await self._client.every(
            _below(path), key=key, owner=self._owner, repo=self._name, per_page=PAGE, **variables
        )

    async def _send(
        self,
        method: str,
        path: str,
        data: Any = None,
        *,
        repeatable: bool | None = None,
        urgent: bool = False,
        **variables: Any,
    ) -> Any:
        return await self._client.send(
            method,
            _below(path),
            data,
            repeatable=repeatable,
            urgent=urgent,
            owner=self._owner,
            repo=self._name,
            **variables,
        )


def _below(path: str) -> str:
    return f"/repos/{{owner}}/{{repo}}{path}"
