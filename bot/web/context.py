"""What the HTTP edge is handed by the composition root."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from aiohttp import web

from bot.config import ApiToken
from bot.contracts.api import ApplyAnswer, ApplyRequest
from bot.contracts.event import PatchEvent
from bot.contracts.explain import Explanation
from bot.errors import UsageError
from bot.runs.inbox import Delivery
from bot.runs.ledger import Added, Ledger, Reports
from bot.web.metrics import Metrics


@dataclass(frozen=True, slots=True)
class Check:
    """One part of readiness. ``detail`` is shown to anyone who asks: no secrets, no error texts."""

    ok: bool
    detail: str = ""


def utc_now() -> datetime:
    """The clock, unless another is handed in."""
    return datetime.now(UTC)


async def no_gauges(_metrics: Metrics) -> None:
    """Sets nothing."""


Record = Callable[[str, Sequence[PatchEvent]], Awaitable[tuple[Added, ...]]]
Explain = Callable[[str, int, str], Awaitable[Explanation]]
Apply = Callable[[ApplyRequest, str], Awaitable[ApplyAnswer]]


@dataclass(frozen=True)
class Api:
    """What the API needs beside what every route has."""

    tokens: tuple[ApiToken, ...] = field(repr=False)
    ledger: Ledger
    reports: Reports
    find: Callable[[str], Awaitable[str | None]]
    """A repository as GitHub spells it, by a name in whatever case; ``None`` where the App is not installed."""
    record: Record
    """Appends events about one repository, as GitHub spells it; gives their entries. Raises ``WorldError``."""


@dataclass(frozen=True)
class WebContext:
    """Ports and settings of the HTTP edge. Raises ``UsageError`` without a webhook secret."""

    secrets: tuple[str, ...] = field(repr=False)
    """One or two webhook secrets, newest first."""
    events: frozenset[str]
    """The events that have a handler; others are answered and forgotten."""
    receive: Callable[[Delivery], Awaitable[bool]]
    """Stores a delivery durably; ``False`` when it was there already. Raises ``WorldError`` when it cannot."""
    checks: Mapping[str, Callable[[], Awaitable[Check]]] = field(default_factory=dict)
    """What ``/readyz`` asks, by name."""
    gauges: Callable[[Metrics], Awaitable[None]] = no_gauges
    """Sets the gauges (queue depth, calls to GitHub) before a scrape."""
    api: Api | None = None
    """``None``: the API answers nobody (its schemas excepted)."""
    apply: Apply | None = None
    """Lands a patch batch, for the token of this name. Raises ``Refusal``, ``WorldError``."""
    explain: Explain | None = None
    """Judges a pull request (repository, number, a login or ``""``). Raises ``Refusal``, ``WorldError``."""
    metrics: Metrics = field(default_factory=Metrics)
    clock: Callable[[], datetime] = utc_now

    def __post_init__(self) -> None:
        if not self.secrets or not all(secret.strip() for secret in self.secrets):
            raise UsageError("set GRAFTSMAN_WEBHOOK_SECRET: unsigned webhooks are never accepted")
        if len(self.secrets) > 2:
            raise UsageError("at most two webhook secrets: the present one and the one before")


CONTEXT: web.AppKey[WebContext] = web.AppKey("context", WebContext)
