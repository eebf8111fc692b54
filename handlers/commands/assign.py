"""``/assign``: assigns people."""

from __future__ import annotations

from typing import Final

from bot.workflows.orders.assign import assign
from handlers.commands.command import Command

COMMAND: Final = Command(
    name="assign",
    summary="Assigns the people named, or you, to this issue or pull request.",
    usage="/assign [@login ...]",
    where="both",
    permission="triage",
    details="All of them must have access to the repository; else nobody is assigned.",
    looks_again=False,
    run=assign,
)
