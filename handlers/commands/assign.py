"""``/assign``: assigns people."""

from __future__ import annotations

from typing import Final

from bot.workflows.orders.which import assign_of
from handlers.commands.command import Command

COMMAND: Final = Command(
    name="assign",
    summary="Assigns the people named, or you, to this issue or pull request; moves a task to the lane named.",
    usage="/assign [@login ...] [lane]",
    where="both",
    permission="triage",
    details="All of them must have access to the repository; else nobody is assigned.",
    run=assign_of,
)
