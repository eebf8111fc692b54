"""``/explain``: says why this is blocked, who can unblock it, and what would happen if somebody approved it."""

from __future__ import annotations

from typing import Final

from bot.workflows.gates.orders import explain
from handlers.commands.command import Command

COMMAND: Final = Command(
    name="explain",
    summary="Says why this is blocked, who can unblock it, and what would happen if somebody approved it.",
    usage="/explain [@login]",
    where="both",
    permission="read",
    looks_again=False,
    run=explain,
)
