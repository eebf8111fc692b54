"""``/rollback``: takes a batch back, on top of later work."""

from __future__ import annotations

from typing import Final

from bot.workflows.landing.rollback_patch import rollback_patch
from handlers.commands.command import Command

COMMAND: Final = Command(
    name="rollback",
    summary="Takes back the newest patch of this pull request, or the one named, and leaves later work as it is.",
    usage="/rollback [batch or commit]",
    where="pull",
    found_by_effect=True,
    run=rollback_patch,
)
