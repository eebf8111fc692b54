"""``pull_request_review``: a review was given, edited or dismissed: the gates of its pull request are judged anew."""

from __future__ import annotations

from bot.contracts.webhooks import Payload
from bot.runs.queue import Target
from handlers.targets import pull

ACTIONS = frozenset({"submitted", "edited", "dismissed"})


def decide(payload: Payload) -> tuple[Target, ...]:
    """The pull request."""
    if payload.pull_request is None or payload.action not in ACTIONS:
        return ()
    return pull(payload, payload.pull_request.number)
