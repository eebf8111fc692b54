"""Patch events: the lines of the ledger."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from bot.contracts.base import Contract

EventType = Literal[
    "PATCH_RECEIVED",
    "PATCH_VALIDATED",
    "PATCH_APPLIED",
    "PATCH_REJECTED",
    "PATCH_DELIVERED",
    "PROCESSING_STARTED",
    "PROCESSING_COMPLETED",
    "PROCESSING_FAILED",
    "VALIDATION_STARTED",
    "VALIDATION_PASSED",
    "VALIDATION_FAILED",
    "ROLLBACK_INITIATED",
    "ROLLBACK_COMPLETED",
    "ROLLBACK_FAILED",
    "DELIVERY_FAILED",
    "GATE_OPENED",
    "GATE_CLOSED",
    "PHASE_ENTERED",
    "AUDIT_NOTED",
    "ORDER_CARRIED_OUT",
    "ORDER_REFUSED",
    "TASK_CREATED",
    "TASK_ENTERED",
    "TASK_RELATED",
    "TASK_SUBSUMED",
    "TASKS_IMPORTED",
    "LIMIT_RAISED",
]


class PatchEvent(Contract):
    """What happened to a folder, batch, task or run, when, by whom, with which commits."""

    id: str
    """Derived from what it says (repository, subject, type, commit), so that saying it twice stores it once."""
    type: EventType
    at: datetime
    repository: str
    """``owner/name``."""
    issue: int | None
    """The issue it belongs to; ``None`` for what has none (a batch that came over the API)."""
    subject: str
    """``folder:<migration>/<id>``, ``batch:<id>``, ``order:<key>``, ``pull:<number>``, ``migration:<name>``,
    ``task:<issue>``, ``plan:<name>``; from outside also ``run:...``."""
    actor: str
    """Login of the person who caused it, the bot's own name, or ``token:<name>`` for what came over the API."""
    commit: str | None = None
    base: str | None = None
    pull: int | None = None
    details: Annotated[dict[str, str], Field(default_factory=dict)]
