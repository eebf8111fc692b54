"""``pull_request``: one of Graftsman's own was merged, closed, reopened or pushed to: its migration is looked at."""

from __future__ import annotations

from bot.contracts.webhooks import Payload, SeenPull
from bot.reports.markers import marker_of
from bot.runs.queue import Target
from bot.workflows.names import BRANCHES, ONBOARDING_BRANCH
from handlers import targets
from handlers.targets import migration, repository

OURS_ALONE = frozenset({"opened", "labeled", "unlabeled", "edited", "synchronize", "ready_for_review"})
"""Actions that, done by a bot, are what the bot itself has just done."""


def decide(payload: Payload) -> tuple[Target, ...]:
    """The migration that the pull request's marker names; the pull request itself where it was decided.

    A forged marker costs one look, no more.
    """
    if payload.pull_request is None:
        return ()
    decided = targets.pull(payload, payload.pull_request.number) if payload.action == "closed" else ()
    return (*_ours(payload, payload.pull_request), *decided)


def _ours(payload: Payload, pull: SeenPull) -> tuple[Target, ...]:
    if not pull.head.ref.startswith(BRANCHES) or (payload.by_bot and payload.action in OURS_ALONE):
        return ()
    if pull.head.ref == ONBOARDING_BRANCH:
        return repository(payload)
    marker = marker_of(pull.body)
    issue = marker.fields.get("issue", "") if marker is not None and marker.kind == "folder" else ""
    if issue.isdecimal() and len(issue) < 10:
        return migration(payload, int(issue))
    return repository(payload)
