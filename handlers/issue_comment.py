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
    asked = payload.action in ORDERS and seen.user.type != "Bot"
    if asked and parse(seen.body).commands:
        return _said(payload, number) + comment(payload, number, seen.id)
    # An edit that takes an order out of its comment is noted, without a word.
    taken = asked and bool(parse(_before(payload)).commands)
    return _said(payload, number) + (comment(payload, number, seen.id, heard=False) if taken else ())


def _before(payload: Payload) -> str:
    before = ((payload.changes or {}).get("body") or {}).get("from")
    return before if isinstance(before, str) else ""


def _said(payload: Payload, number: int) -> tuple[Target, ...]:
    if payload.comment is None or payload.action not in CHANGES:
        return ()
    marker = marker_of(payload.comment.body)
    # An edit may have taken the marker out: the text before it tells.
    if marker is None:
        marker = marker_of(_before(payload))
    if marker is not None and marker.kind == "status" and payload.issue is not None and payload.issue.pull_request:
        return pull(payload, number)
    return migration(payload, number) if marker is not None and marker.kind == "plan" else ()
