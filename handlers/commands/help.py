"""``/help``: says what may be ordered here, and by whom."""

from __future__ import annotations

from typing import Final

from bot.workflows.orders.help import show_help
from handlers.commands.command import Command

COMMAND: Final = Command(
    name="help",
    summary="Lists the commands that you may give here, and who may give the others.",
    usage="/help",
    where="both",
    permission="read",
    looks_again=False,
    run=show_help,
)
