"""``issue_comment``: a person's comment gives orders; one of the bot's that was changed says again what it should."""

from __future__ import annotations

from bot.contracts.webhooks import Payload
from bot.planning.commands import parse
from bot.reports.markers import marker_of
from bot.runs.queue import Target
from handlers.targets import comment, migration, pull

ORDERS = frozenset({"created", "edited"})
CHANGES = frozenset({"edited", "deleted"})


def decide(payload: Payload) -> tuple[Target, ...]:
    """Whose status comment this was, to be said again; the comment itself where a person's holds a command."""
    if payload.issue is None or payload.comment is None or payload.by_bot:
        return ()
    seen, number = payload.comment, payload.issue.number
    orders = payload.action in ORDERS and seen.user.type != "Bot" and bool(parse(seen.body).commands)
    return _said(payload, number) + (comment(payload, number, seen.id) if orders else ())


def _said(payload: Payload, number: int) -> tuple[Target, ...]:
    if payload.comment is None or payload.action not in CHANGES:
        return ()
    marker = marker_of(payload.comment.body)
    # An edit may have taken the marker out: the text before it tells.
    before = ((payload.changes or {}).get("body") or {}).get("from")
    if marker is None and isinstance(before, str):
        marker = marker_of(before)
    if marker is not None and marker.kind == "status" and payload.issue is not None and payload.issue.pull_request:
        return pull(payload, number)
    return migration(payload, number) if marker is not None and marker.kind == "plan" else ()
