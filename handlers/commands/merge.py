"""``/merge``: merges this very head if every gate is open, at once, by the merge queue or by GitHub's auto-merge."""

from __future__ import annotations

from typing import Final

from bot.workflows.gates.orders import merge
from handlers.commands.command import Command

COMMAND: Final = Command(
    name="merge",
    summary="Merges this very head if every gate is open, at once, by the merge queue or by GitHub's auto-merge.",
    usage="/merge [queue or auto] [@oid]",
    where="pull",
    permission="write",
    run=merge,
)
