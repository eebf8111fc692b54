"""``/explain``: says why this is blocked, who can unblock it, and what would happen if somebody approved it."""

from __future__ import annotations

from typing import Final

from bot.workflows.orders.which import explain_of
from handlers.commands.command import Command

COMMAND: Final = Command(
    name="explain",
    summary="Says why this is blocked, who can unblock it, and what would happen if somebody approved it.",
    usage="/explain [@login]",
    where="both",
    permission="read",
    details="On a task's issue it says what the task waits for, and whose that is.",
    looks_again=False,
    run=explain_of,
)
