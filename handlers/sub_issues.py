"""``sub_issues``: what an issue is part of changed; the tasks of the repository are looked at again."""

from __future__ import annotations

from bot.contracts.webhooks import Payload
from bot.runs.queue import Target
from handlers.targets import tasks


def decide(payload: Payload) -> tuple[Target, ...]:
    """All tasks of the repository. What the bot itself related follows from a look at them."""
    return () if payload.by_bot else tasks(payload)
