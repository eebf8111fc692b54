"""``/next``: which pull request to review, or which task to take."""

from __future__ import annotations

from typing import Final

from bot.workflows.orders.which import next_of
from handlers.commands.command import Command

COMMAND: Final = Command(
    name="next",
    summary="Says what to take next, and why: which pull request of this migration to review, or else which task.",
    usage="/next [lane]",
    where="both",
    permission="read",
    details="Of a migration it is a pull request that is ready (no draft, not on hold): first the one that most other "
    "folders wait for, then the oldest. Of tasks it is what nothing blocks, by the critical path, priority, age and "
    "whether its paths are free; a lane's name asks for that lane alone.",
    looks_again=False,
    run=next_of,
)
