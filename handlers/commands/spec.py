"""``/spec``: says which specs cover this change, and what the spec guard finds."""

from __future__ import annotations

from typing import Final

from bot.workflows.gates.orders import spec
from handlers.commands.command import Command

COMMAND: Final = Command(
    name="spec",
    summary="Says which specs cover this change, and what the spec guard finds.",
    usage="/spec",
    where="both",
    permission="read",
    looks_again=False,
    run=spec,
)
