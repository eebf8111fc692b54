"""Delivery reports: what a pull request delivered, measured."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from bot.contracts.base import Contract


class CheckResult(Contract):
    """One check run on the delivered head."""

    name: str
    conclusion: str | None


class DeliveryReport(Contract):
    """What one folder's pull request delivered."""

    version: Literal[1] = 1
    id: str
    """Derived from repository and pull request."""
    repository: str
    issue: int
    pull: int
    migration: str
    folder: str
    outcome: Literal["open", "merged", "closed"]
    head: str
    base: str
    merge_commit: str | None = None
    decided_by: str | None = None
    files_moved: int
    files_changed: int
    importers_changed: int
    files_left_out: int
    rewrites: int
    warnings: int
    lines_added: int = 0
    lines_removed: int = 0
    checks: tuple[CheckResult, ...] = ()
    approvals: tuple[str, ...] = ()
    opened_at: datetime | None = None
    decided_at: datetime | None = None
    seconds_open: int | None = None
