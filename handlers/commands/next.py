"""``/next``: which pull request to review next."""

from __future__ import annotations

from typing import Final

from bot.workflows.migrations.next import tell_next
from handlers.commands.command import Command

COMMAND: Final = Command(
    name="next",
    summary="Says which pull request of this migration to review next, and why.",
    usage="/next",
    where="both",
    permission="read",
    details="It is one that is ready (no draft, not on hold): first the one that most other folders wait for, "
    "then the oldest.",
    looks_again=False,
    run=tell_next,
)
