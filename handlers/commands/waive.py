"""``/waive``: says what may be waived here, by whom, and the line that an approving review has to hold."""

from __future__ import annotations

from typing import Final

from bot.workflows.gates.orders import waive
from handlers.commands.command import Command

COMMAND: Final = Command(
    name="waive",
    summary="Says what may be waived here, by whom, and the line that an approving review has to hold.",
    usage="/waive [rule: reason]",
    where="pull",
    permission="read",
    looks_again=False,
    run=waive,
)
