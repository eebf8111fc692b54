"""What the workflows are handed: ports and settings, built by ``bot.composition`` and by nobody else."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from bot.contracts.event import PatchEvent
from bot.contracts.report import DeliveryReport
from bot.git.mirrors import Mirrors
from bot.git.writer import Person
from bot.reports.chain import Entry
from bot.runs.intents import Intents
from bot.runs.ledger import Added, Adopted, Head
from bot.workflows.ports import GitHub


class Memory(Protocol):
    """Small JSON values by key; a cache of what GitHub and git say (law 9)."""

    async def get(self, key: str) -> Any: ...  # noqa: D102
    async def set(self, key: str, value: Any) -> None: ...  # noqa: D102
    async def delete(self, key: str) -> None: ...  # noqa: D102


class Ledger(Protocol):
    """The append-only record of patch events (``bot.runs.ledger``); appending the same event again changes nothing."""

    async def append(self, events: Sequence[PatchEvent]) -> int: ...  # noqa: D102
    async def add(self, events: Sequence[PatchEvent]) -> tuple[Added, ...]: ...  # noqa: D102
    async def events(  # noqa: D102
        self, repository: str, *, subject: str | None = None
    ) -> Sequence[PatchEvent]: ...
    async def about(self, repository: str, issue: int) -> Sequence[PatchEvent]: ...  # noqa: D102
    async def of_order(self, repository: str, order: str) -> Sequence[PatchEvent]: ...  # noqa: D102
    async def entries(  # noqa: D102
        self, repository: str, *, after: int = 0, limit: int = 1000
    ) -> tuple[Entry, ...]: ...
    async def head(self, repository: str) -> Head: ...  # noqa: D102
    async def noted(self, repository: str, number: int) -> None: ...  # noqa: D102
    async def leave(self, repository: str) -> None: ...  # noqa: D102
    async def adopt(self, repository: str, entries: Sequence[Entry]) -> Adopted: ...  # noqa: D102


class Reports(Protocol):
    """The stored delivery reports, by id."""

    async def put(self, report: DeliveryReport) -> None: ...  # noqa: D102
    async def get(self, report_id: str) -> DeliveryReport | None: ...  # noqa: D102


@dataclass(frozen=True)
class Context:
    """Everything a workflow may touch."""

    github: Callable[[int, str], GitHub]
    """(installation id, ``owner/name``) to that repository's GitHub."""
    mirrors: Mirrors
    intents: Intents
    memory: Memory
    ledger: Ledger
    reports: Reports
    bot: Person
    """Author and committer of the bot's commits."""
    clock: Callable[[], datetime]
    pace: float = 1.0
    """Scale of GitHub's time windows (see ``ServerSettings.pace``)."""
