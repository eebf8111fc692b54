"""What callers send: JSON bodies through models, filters of a query, each named when it is wrong."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, Final, TypeVar

from aiohttp import web
from pydantic import AwareDatetime, TypeAdapter, ValidationError

from bot.contracts.api import RepositoryName
from bot.web.bodies import SMALL_BYTES, Body
from bot.web.errors import Refused

T = TypeVar("T")
LARGE: web.AppKey[asyncio.Semaphore] = web.AppKey("api-large", asyncio.Semaphore)
LARGE_AT_ONCE: Final = 2
"""So many bodies above 1 MiB are held at once."""
BODY_SECONDS: Final = 60.0
MOST_FAULTS: Final = 20
PAGE: Final = 100
ROWS: Final = 500
MOST_PAGE: Final = 1000
MOST_SCANNED: Final = 5000
"""Rows that one request looks at: a filter that finds little gives a short page, and a cursor to go on from."""

_NAME: Final[TypeAdapter[str]] = TypeAdapter(RepositoryName)
_LOGIN: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}(?:\[bot\])?")
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d")
_TIME: Final[TypeAdapter[datetime]] = TypeAdapter(AwareDatetime)


@asynccontextmanager
async def body(request: web.Request, read: Callable[[bytes], T], most: int) -> AsyncIterator[T]:
    """The body, of ``most`` bytes at most, as ``read`` makes a model of it. Raises ``Refused``: 415, 413, 408."""
    if request.headers.get("Content-Encoding") is not None:
        raise Refused(415, "content-encoding", "Send the body without Content-Encoding.")
    if request.content_type != "application/json":
        raise Refused(415, "content-type", "Send JSON, with Content-Type: application/json.")
    async with Body(request, request.app[LARGE], most, BODY_SECONDS) as data:
        if len(data) > SMALL_BYTES:
            yield await asyncio.to_thread(read, data)
        else:
            yield read(data)


def parse(adapter: TypeAdapter[T], data: bytes) -> T:
    """JSON as a model, strictly; a key that is there twice is refused. Raises ``Refused`` (400 ``bad-body``)."""
    try:
        read = adapter.validate_json(data)
        json.loads(data, object_pairs_hook=_once)
        return read
    except ValidationError as error:
        faults = [
            {"where": _where(each["loc"]), "problem": each["msg"].removeprefix("Value error, ")[:300]}
            for each in error.errors(include_url=False, include_input=False, include_context=False)[:MOST_FAULTS]
        ]
        first = faults[0]
        where = f"{first['where']}: " if first["where"] else ""
        raise Refused(400, "bad-body", f"{where}{first['problem']}", faults=faults) from None


def _once(pairs: list[tuple[str, object]]) -> None:
    """Raises ``Refused`` for a mapping in which a key stands twice: nobody could say which one is meant."""
    names = [name for name, _ in pairs]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)[:100]
        fault = {"where": twice, "problem": "the key is there twice"}
        raise Refused(400, "bad-body", f"{twice}: the key is there twice", faults=[fault])


def _where(path: tuple[int | str, ...]) -> str:
    """``operations[3].path``."""
    found = "".join(f"[{part}]" if isinstance(part, int) else f".{part[:100]}" for part in path)
    return found.removeprefix(".")


# --- filters


def filters(request: web.Request, known: Mapping[str, Callable[[str], Any]]) -> dict[str, Any]:
    """The filters of the query, read. Raises ``Refused`` (400 ``bad-filter``) naming what is unknown, twice or bad."""
    found: dict[str, Any] = {}
    for name, text in request.query.items():
        if name not in known:
            raise bad(name[:100], f"it is none of {', '.join(known)}")
        if name in found:
            raise bad(name, "it is there more than once")
        try:
            found[name] = known[name](text)
        except ValueError as error:
            raise bad(name, str(error)) from None
    if "repository" in known and "repository" not in found:
        raise bad("repository", "it is missing")
    return found


def bad(name: str, problem: str) -> Refused:
    """The answer to a bad filter."""
    return Refused(400, "bad-filter", f"The filter {name} is wrong: {problem}.", filter=name)


def repository(text: str) -> str:
    """``owner/name``."""
    try:
        return _NAME.validate_python(text)
    except ValidationError:
        raise ValueError("owner/name is expected") from None


def whole(least: int, most: int) -> Callable[[str], int]:
    """A reader of whole numbers."""

    def read(text: str) -> int:
        if not text.isascii() or not text.isdigit() or len(text) > 18 or not least <= int(text) <= most:
            raise ValueError(f"a whole number from {least} to {most} is expected")
        return int(text)

    return read


def one_of(*choices: str) -> Callable[[str], str]:
    """A reader of fixed words."""

    def read(text: str) -> str:
        if text not in choices:
            raise ValueError(f"one of {', '.join(choices)} is expected")
        return text

    return read


def login(text: str) -> str:
    """A login, with or without ``@``."""
    name = text.removeprefix("@")
    if not _LOGIN.fullmatch(name):
        raise ValueError("a login is expected")
    return name


def words(text: str) -> str:
    """Any text."""
    if not 0 < len(text) <= 500:
        raise ValueError("a text of 1 to 500 characters is expected")
    return text


def time(text: str) -> datetime:
    """A time with its zone."""
    try:
        if not _DATE.match(text):  # pydantic takes seconds since 1970 as well
            raise ValueError
        return _TIME.validate_python(text)
    except ValueError:
        raise ValueError("a time like 2026-11-20T12:00:00Z is expected (a + is written %2B)") from None


CURSOR: Final = whole(0, 10**18 - 1)
LIMIT: Final = whole(1, MOST_PAGE)
ISSUE: Final = whole(1, 1 << 53)
