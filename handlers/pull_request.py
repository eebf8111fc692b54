"""``pull_request``: anybody's has its gates judged; one of Graftsman's own that changed has its migration looked at."""

from __future__ import annotations

from bot.contracts.webhooks import Payload, SeenPull
from bot.reports.markers import marker_of
from bot.runs.queue import Target
from bot.workflows.names import BRANCHES, ONBOARDING_BRANCH, PATCHES, TASKS
from handlers import targets
from handlers.targets import migration, repository, tasks

JUDGED = frozenset(
    {
        "opened",
        "reopened",
        "closed",
        "synchronize",
        "edited",
        "labeled",
        "unlabeled",
        "ready_for_review",
        "converted_to_draft",
        "dequeued",
        "auto_merge_disabled",
    }
)

OURS_ALONE = frozenset({"opened", "labeled", "unlabeled", "edited", "synchronize"})
"""Actions that, done by a bot on a branch of Graftsman's, are what the bot itself has just done. Making a draft ready
is followed by a look: then it may be merged."""

NEW_HEADS = frozenset({"opened", "synchronize"})


def decide(payload: Payload) -> tuple[Target, ...]:
    """The migration that the pull request's marker names, and the pull request itself.

    A forged marker costs one look, no more.
    """
    if payload.pull_request is None:
        return ()
    # Another bot's pull request is judged as anybody's. A folder's new head is looked at by its migration; a patch has
    # none.
    ref, own = payload.pull_request.head.ref, payload.by_bot and payload.action in OURS_ALONE
    patch = payload.action in NEW_HEADS and ref.startswith((PATCHES, TASKS))
    own_doing = own and ref.startswith(BRANCHES) and not patch
    judged = payload.action in JUDGED and not own_doing
    return (
        *_ours(payload, payload.pull_request),
        *(targets.pull(payload, payload.pull_request.number) if judged else ()),
    )


def _ours(payload: Payload, pull: SeenPull) -> tuple[Target, ...]:
    if pull.head.ref.startswith(TASKS):
        return (
            tasks(payload) if payload.action in JUDGED and not (payload.by_bot and payload.action in OURS_ALONE) else ()
        )
    if not pull.head.ref.startswith(BRANCHES) or (payload.by_bot and payload.action in OURS_ALONE):
        return ()
    if pull.head.ref == ONBOARDING_BRANCH:
        return repository(payload)
    marker = marker_of(pull.body)
    issue = marker.fields.get("issue", "") if marker is not None and marker.kind == "folder" else ""
    if issue.isdecimal() and len(issue) < 10:
        return migration(payload, int(issue))
    return repository(payload)
