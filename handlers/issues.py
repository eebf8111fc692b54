"""``issues``: a migration's issue is looked at again; and all tasks, where one of them may have changed."""

from __future__ import annotations

from typing import Final

from bot.contracts.webhooks import Payload
from bot.runs.queue import Target
from bot.workflows.names import DASHBOARD_LABEL, MIGRATION_LABEL, TASK_LABEL
from handlers.targets import migration, tasks

ACTIONS: Final = frozenset({"opened", "edited", "labeled", "unlabeled", "closed", "reopened"})
ENDS: Final = frozenset({"closed", "reopened", "deleted", "transferred"})
"""What may free or block a task, whatever issue it happens to."""
OF_TASKS: Final = frozenset({*ACTIONS, *ENDS, "assigned", "unassigned"})
OWN_DOING: Final = frozenset({"labeled", "unlabeled", "edited", "assigned", "unassigned"})
"""What the bot does to a task's issue follows from a look at all tasks, and asks for none."""


def decide(payload: Payload) -> tuple[Target, ...]:
    """The migration on this issue, if it is one; the tasks of the repository, if it matters to them."""
    if payload.issue is None or payload.issue.pull_request is not None:
        return ()
    names = {name.lower() for name in payload.issue.labels}
    if payload.label is not None:
        names.add(payload.label.name.lower())
    is_migration = MIGRATION_LABEL in names and payload.action in ACTIONS
    return (*(migration(payload, payload.issue.number) if is_migration else ()), *_tasks(payload, names))


def _tasks(payload: Payload, names: set[str]) -> tuple[Target, ...]:
    if payload.by_bot and payload.action in OWN_DOING:
        return ()
    ours = bool({TASK_LABEL, DASHBOARD_LABEL} & names) and payload.action in OF_TASKS
    return tasks(payload) if ours or payload.action in ENDS else ()
