"""``/approve-plan``: approves a migration's plan."""

from __future__ import annotations

from typing import Final

from bot.workflows.migrations.approve_plan import approve_plan
from handlers.commands.command import Command

COMMAND: Final = Command(
    name="approve-plan",
    summary="Approves this migration's plan, where the settings ask for that before folders are opened.",
    usage="/approve-plan [digest]",
    where="issue",
    permission="write",
    details="It is bound to the plan that the status comment showed when the command was written, or to the "
    "digest that it names (at least 12 digits). A plan that has changed since asks again. Who may "
    "approve, and how many must, say the rules of the phase `plan` under `approvals` in the settings; "
    "whoever labelled the issue or said `/migrate` never counts. Without such a rule no approval is "
    "needed.",
    run=approve_plan,
)
