"""``repository``: renamed, transferred, unarchived, or given another default branch: it is looked at again."""

from __future__ import annotations

from bot.contracts.webhooks import Payload
from bot.runs.queue import Target
from handlers import targets

ACTIONS = frozenset({"renamed", "transferred", "unarchived", "edited"})


def decide(payload: Payload) -> tuple[Target, ...]:
    """The repository."""
    return targets.repository(payload) if payload.action in ACTIONS else ()
