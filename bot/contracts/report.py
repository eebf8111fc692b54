"""Delivery reports: what a pull request delivered, measured."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from bot.contracts.base import Contract
from bot.contracts.task import TaskReport


class CheckResult(Contract):
    """One check run on the delivered head."""

    name: str
    conclusion: str | None


class AuditNote(Contract):
    """Something that a reader of the approvals should know: a review dismissed or edited, a force push, a waiver."""

    kind: str
    who: str
    at: datetime
    what: str = ""
    """The review, commit or comment that it is about."""


class DeliveryReport(Contract):
    """What one pull request delivered: a folder of a migration, or patch batches."""

    version: Literal[1] = 1
    id: str
    """Derived from repository and pull request."""
    repository: str
    issue: int
    """The issue it was for; the pull request itself where there was none."""
    pull: int
    migration: str = ""
    folder: str = ""
    batches: tuple[str, ...] = ()
    """The ids of the batches that it delivered."""
    operations: int = 0
    """Operations of these batches."""
    outcome: Literal["open", "merged", "closed"]
    head: str
    base: str
    merge_commit: str | None = None
    decided_by: str | None = None
    files_moved: int = 0
    files_changed: int = 0
    importers_changed: int = 0
    files_left_out: int = 0
    rewrites: int = 0
    warnings: int = 0
    lines_added: int = 0
    lines_removed: int = 0
    checks: tuple[CheckResult, ...] = ()
    approvals: tuple[str, ...] = ()
    audit: tuple[AuditNote, ...] = ()
    """Oldest first."""
    task: TaskReport | None = None
    """Of a task's pull request: the finished task."""
    opened_at: datetime | None = None
    decided_at: datetime | None = None
    seconds_open: int | None = None
