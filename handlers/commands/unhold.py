"""``/unhold``: goes on after ``/hold``."""

from __future__ import annotations

from typing import Final

from bot.workflows.orders.hold import unhold
from handlers.commands.command import Command

COMMAND: Final = Command(
    name="unhold",
    summary="Goes on after `/hold`.",
    usage="/unhold",
    where="both",
    permission="write",
    run=unhold,
)
