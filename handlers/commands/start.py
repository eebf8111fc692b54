"""``/start``: starts a task now."""

from __future__ import annotations

from typing import Final

from bot.workflows.tasks.start_order import start_task
from handlers.commands.command import Command

COMMAND: Final = Command(
    name="start",
    summary="Starts this task now: its branch and draft pull request, as soon as nothing blocks it.",
    usage="/start",
    where="issue",
    permission="write",
    details="Limits, rollout windows and a pilot do not hold a task that somebody ordered; an open dependency does. "
    "An open issue that is no task becomes one.",
    run=start_task,
)
