"""``/rollback``: takes back what was delivered, by a pull request of its own."""

from __future__ import annotations

from typing import Any, Final

from handlers.commands.command import Command


async def run(order: Any) -> None:
    """Opens the pull request that undoes what this one, or this folder, delivered."""
    raise NotImplementedError(order)


COMMAND: Final = Command(
    name="rollback",
    summary="Opens a pull request that takes back what this one delivered, byte for byte.",
    usage="/rollback [folder]",
    where="both",
    run=run,
)
