"""What an answer of GitHub means. No I/O: status, headers and body in, a verdict out."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import Enum
from typing import Any

from bot.github.errors import (
    BrokenError,
    ForbiddenError,
    GitHubError,
    GoneError,
    InvalidError,
    MovedError,
    NotFoundError,
)


class Verdict(Enum):
    """The kinds of answers, as far as the client acts differently on them."""

    OK = "ok"
    NOT_MODIFIED = "not-modified"
    REDIRECTED = "redirected"
    LIMITED = "limited"
    UNAUTHORISED = "unauthorised"
    MISSING = "missing"
    REFUSED = "refused"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer. The headers' names are looked up in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""

    @property
    def data(self) -> Any:
        """The body's JSON; ``None`` when it is none."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    @property
    def message(self) -> str:
        """GitHub's own message, else the status alone."""
        data = self.data
        text = data.get("message") if isinstance(data, dict) else None
        return f"{self.status} {text}" if isinstance(text, str) and text else f"status {self.status}"

    @property
    def date(self) -> datetime | None:
        """The server's clock at the answer, UTC."""
        return _http_date(self.headers.get("date"))


def verdict(answer: Answer) -> Verdict:
    """What the answer means."""
    status = answer.status
    if _is_limit(answer):
        return Verdict.LIMITED
    if status < 300:
        return Verdict.OK
    if status == 304:
        return Verdict.NOT_MODIFIED
    if status in {301, 302, 307, 308}:
        return Verdict.REDIRECTED
    if status == 401:
        return Verdict.UNAUTHORISED
    if status == 404:
        return Verdict.MISSING
    return Verdict.BROKEN if status >= 500 else Verdict.REFUSED


def _is_limit(answer: Answer) -> bool:
    """Primary and secondary limits come as 403 or 429, as 422 ("submitted too quickly"), and in GraphQL as 200."""
    status, headers = answer.status, answer.headers
    if status == 429:
        return True
    if status == 403:
        message = answer.message.lower()
        return (
            "retry-after" in headers
            or headers.get("x-ratelimit-remaining") == "0"
            or "rate limit" in message
            or "abuse detection" in message
        )
    if status == 422:
        return b"submitted too quickly" in answer.body
    if status == 200 and b'"RATE_LIMIT' in answer.body:
        errors = answer.data.get("errors") if isinstance(answer.data, dict) else None
        kinds = {each.get("type") for each in errors or () if isinstance(each, dict)}
        return bool(kinds & {"RATE_LIMITED", "RATE_LIMIT"})
    return False


def retry_after(answer: Answer) -> float | None:
    """Seconds that the ``retry-after`` header asks for (a number or a date), if it is there and readable."""
    value = answer.headers.get("retry-after")
    if value is None:
        return None
    try:
        return max(float(int(value)), 0.0)
    except OverflowError:
        return None
    except ValueError:
        until = _http_date(value)
        return None if until is None else max((until - (answer.date or datetime.now(UTC))).total_seconds(), 0.0)


@dataclass(frozen=True, slots=True)
class Quota:
    """The primary limit's headers. ``reset_in`` is in seconds from the answer, by GitHub's own clock."""

    resource: str
    remaining: int
    reset_in: float


def quota(answer: Answer) -> Quota | None:
    """The primary limit that the answer speaks of; ``None`` where a server has limits switched off."""
    headers = answer.headers
    try:
        remaining, reset = int(headers["x-ratelimit-remaining"]), float(headers["x-ratelimit-reset"])
    except (KeyError, ValueError):
        return None
    if not math.isfinite(reset):
        return None
    here = answer.date or datetime.now(UTC)
    return Quota(headers.get("x-ratelimit-resource", "core"), remaining, max(reset - here.timestamp(), 0.0))


def failure(answer: Answer, method: str, path: str) -> GitHubError:
    """The error that an answer other than 2xx and 304 stands for."""
    status, message = answer.status, answer.message
    kinds: dict[int, type[GitHubError]] = {
        401: ForbiddenError,
        403: ForbiddenError,
        404: NotFoundError,
        410: GoneError,
        451: ForbiddenError,
    }
    if status == 422:
        data = answer.data
        errors = data.get("errors") if isinstance(data, dict) else None
        listed = errors if isinstance(errors, list) else [errors] if errors else []
        return InvalidError(message, listed, status=status, method=method, path=path)
    if status >= 500:
        return BrokenError(message, status=status, method=method, path=path)
    if 300 <= status < 400:
        return MovedError(message, status=status, method=method, path=path)
    return kinds.get(status, GitHubError)(message, status=status, method=method, path=path)


def _http_date(value: str | None) -> datetime | None:
    try:
        found = parsedate_to_datetime(value) if value else None
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return found if found is None or found.tzinfo is not None else found.replace(tzinfo=UTC)
