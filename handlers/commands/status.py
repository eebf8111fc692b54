"""``/status``: looks again, and says how things stand."""

from __future__ import annotations

from typing import Final

from bot.workflows.orders.which import status_of
from handlers.commands.command import Command

COMMAND: Final = Command(
    name="status",
    summary="Looks again at this issue or pull request, and says in a line how it stands.",
    usage="/status",
    where="both",
    permission="read",
    run=status_of,
)
