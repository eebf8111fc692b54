"""``installation``: the App was installed, or its permissions were accepted: each repository is looked at."""

from __future__ import annotations

from bot.contracts.webhooks import Payload
from bot.runs.queue import Target
from handlers.targets import repository

ACTIONS = frozenset({"created", "new_permissions_accepted", "unsuspend"})


def decide(payload: Payload) -> tuple[Target, ...]:
    """Every repository that the payload lists."""
    if payload.action not in ACTIONS:
        return ()
    return tuple(target for each in payload.repositories for target in repository(payload, each.full_name))
