"""Patch events of a migration: what happened to a folder, said once whatever is retried."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

from bot.contracts.event import EventType, PatchEvent
from bot.workflows import names

if TYPE_CHECKING:
    from bot.workflows.migrations.migration import Migration


def event_id(*parts: object) -> str:
    """An event's id: the hash of what it says, so that saying it again stores nothing."""
    return hashlib.sha256("\0".join(str(part) for part in parts).encode()).hexdigest()[:40]


async def record_events(
    migration: Migration,
    folder: str,
    types: Sequence[EventType],
    *,
    commit: str | None = None,
    base: str | None = None,
    pull: int | None = None,
    actor: str | None = None,
    details: dict[str, str] | None = None,
) -> None:
    """Appends events about one folder to the ledger, in this order."""
    scene = migration.scene
    repository = scene.github.full_name
    about = names.subject(migration.name, folder)
    await scene.ctx.ledger.append(
        [
            PatchEvent(
                id=event_id(repository.lower(), scene.issue.number, about, kind, commit, pull),
                type=kind,
                at=scene.now,
                repository=repository,
                issue=scene.issue.number,
                subject=about,
                actor=actor or scene.github.bot_login,
                commit=commit,
                base=base,
                pull=pull,
                details=details or {},
            )
            for kind in types
        ]
    )
