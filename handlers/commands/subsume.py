"""``/subsume``: an epic takes tasks over."""

from __future__ import annotations

from typing import Final

from bot.workflows.tasks.subsume_order import subsume_tasks
from handlers.commands.command import Command

COMMAND: Final = Command(
    name="subsume",
    summary="Makes this task take others over: they close as subsumed, and whoever waits for them waits for this one.",
    usage="/subsume #9 #10 ...",
    where="issue",
    permission="write",
    details="They become its sub-issues, and it waits for what they waited for. A task whose pull request is open is "
    "not taken over, nor where a circle of dependencies would come of it.",
    run=subsume_tasks,
)
