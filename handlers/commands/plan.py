"""``/plan``: a migration's plan, or one folder of it."""

from __future__ import annotations

from typing import Final

from bot.workflows.migrations.show_plan import show_plan
from handlers.commands.command import Command

COMMAND: Final = Command(
    name="plan",
    summary="Shows a migration's plan with its digest; on the pull request of a folder, its entry and how to "
    "compute its certificate.",
    usage="/plan",
    where="both",
    permission="read",
    looks_again=False,
    run=show_plan,
)
