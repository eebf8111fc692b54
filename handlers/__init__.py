"""One file for each webhook event, named after it: parse, decide whether it matters, and name the objects to look at.

An event says only "look again" (law 1): a handler reads nothing and changes nothing. To handle a new event, add a
module with ``decide(payload)`` here and the event to ``app.yml``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Final

from bot.contracts.webhooks import Payload
from bot.runs.queue import Target
from handlers import (
    check_run,
    installation,
    installation_repositories,
    issue_comment,
    issue_dependencies,
    issues,
    label,
    merge_group,
    pull_request,
    pull_request_review,
    push,
    repository,
    sub_issues,
)

Handler = Callable[[Payload], tuple[Target, ...]]

EVENTS: Final[Mapping[str, Handler]] = {
    "check_run": check_run.decide,
    "installation": installation.decide,
    "installation_repositories": installation_repositories.decide,
    "issue_comment": issue_comment.decide,
    "issue_dependencies": issue_dependencies.decide,
    "issues": issues.decide,
    "label": label.decide,
    "merge_group": merge_group.decide,
    "pull_request": pull_request.decide,
    "pull_request_review": pull_request_review.decide,
    "push": push.decide,
    "repository": repository.decide,
    "sub_issues": sub_issues.decide,
}


def decide(event: str, body: bytes) -> tuple[Target, ...]:
    """The objects that a delivery says to look at again; none for events that do not matter.

    Raises ``ValueError`` (pydantic's included) for a payload that is not shaped like its event.
    """
    handler = EVENTS.get(event)
    if handler is None:
        return ()
    return handler(Payload.model_validate(json.loads(body)))
