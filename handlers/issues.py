"""``issues``: an issue that is, was, or has just been labelled a migration is looked at again."""

from __future__ import annotations

from bot.contracts.webhooks import Payload
from bot.runs.queue import Target
from bot.workflows.names import MIGRATION_LABEL
from handlers.targets import migration

ACTIONS = frozenset({"opened", "edited", "labeled", "unlabeled", "closed", "reopened"})


def decide(payload: Payload) -> tuple[Target, ...]:
    """The migration on this issue, if it is one."""
    if payload.issue is None or payload.issue.pull_request is not None or payload.action not in ACTIONS:
        return ()
    names = {name.lower() for name in payload.issue.labels}
    if payload.label is not None:
        names.add(payload.label.name.lower())
    return migration(payload, payload.issue.number) if MIGRATION_LABEL in names else ()
