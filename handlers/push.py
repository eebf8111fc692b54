"""``push``: the default branch moved (a manifest may have changed), or a person pushed to a branch of Graftsman's."""

from __future__ import annotations

from bot.contracts.webhooks import Payload
from bot.runs.queue import Target
from bot.workflows.names import BRANCHES, TASKS
from handlers.targets import repository, tasks


def decide(payload: Payload) -> tuple[Target, ...]:
    """The repository, whose open migrations are then looked at."""
    if payload.repository is None or not isinstance(payload.ref, str):
        return ()
    if payload.ref == f"refs/heads/{payload.repository.default_branch}":
        return repository(payload)
    if payload.ref.startswith(f"refs/heads/{TASKS}"):  # also by a bot: a patch changes what a task touches
        return tasks(payload)
    if payload.ref.startswith(f"refs/heads/{BRANCHES}") and not payload.by_bot:
        return repository(payload)
    return ()
