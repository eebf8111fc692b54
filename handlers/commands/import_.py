"""``/import``: brings a plan of tasks in."""

from __future__ import annotations

from typing import Final

from bot.workflows.tasks.plans.import_order import import_order
from handlers.commands.command import Command

COMMAND: Final = Command(
    name="import",
    summary="Brings in the plan that a file of the default branch holds: an issue for each task, with its relations.",
    usage="/import PATH [TAG] [dry-run]",
    where="issue",
    permission="write",
    details="Reads task-master's tasks.json (TAG says which of its lists), Markdown task lists and plans as JSON. With "
    "`dry-run` it only says what it would do. The same plan again makes nothing twice; what people edited stays.",
    run=import_order,
)
