"""``label``: a label was renamed or deleted: the ones Graftsman needs are looked for again."""

from __future__ import annotations

from bot.contracts.webhooks import Payload
from bot.runs.queue import Target
from handlers.targets import repository

ACTIONS = frozenset({"edited", "deleted"})


def decide(payload: Payload) -> tuple[Target, ...]:
    """The repository."""
    return () if payload.by_bot or payload.action not in ACTIONS else repository(payload)
