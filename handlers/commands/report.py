"""``/report``: the delivery report as it stands now."""

from __future__ import annotations

from typing import Final

from bot.workflows.orders.which import report_of
from handlers.commands.command import Command

COMMAND: Final = Command(
    name="report",
    summary="Makes the delivery report of this pull request as it stands now; on a migration it answers with the "
    "totals so far, on a task with its report so far.",
    usage="/report",
    where="both",
    permission="read",
    looks_again=False,
    run=report_of,
)
