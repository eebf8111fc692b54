"""``installation_repositories``: repositories were added to the installation: each of them is looked at."""

from __future__ import annotations

from bot.contracts.webhooks import Payload
from bot.runs.queue import Target
from handlers.targets import repository


def decide(payload: Payload) -> tuple[Target, ...]:
    """Every repository that was added."""
    return tuple(target for each in payload.repositories_added for target in repository(payload, each.full_name))
