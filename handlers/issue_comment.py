"""``issue_comment``: somebody edited or deleted a comment of the bot's: what it should say is said again."""

from __future__ import annotations

from bot.contracts.webhooks import Payload
from bot.reports.markers import marker_of
from bot.runs.queue import Target
from handlers.targets import migration

ACTIONS = frozenset({"edited", "deleted"})


def decide(payload: Payload) -> tuple[Target, ...]:
    """The migration whose status comment this was."""
    if payload.issue is None or payload.comment is None or payload.by_bot or payload.action not in ACTIONS:
        return ()
    marker = marker_of(payload.comment.body)
    # An edit may have taken the marker out: the text before it tells.
    before = ((payload.changes or {}).get("body") or {}).get("from")
    if marker is None and isinstance(before, str):
        marker = marker_of(before)
    return migration(payload, payload.issue.number) if marker is not None and marker.kind == "plan" else ()
