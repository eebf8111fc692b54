"""``/apply``: lands the patch that the comment holds on the pull request's branch."""

from __future__ import annotations

from typing import Any, Final

from handlers.commands.command import Command


async def run(order: Any) -> None:
    """Applies the fenced patch wholly or not at all, on the head that its author saw or named."""
    raise NotImplementedError(order)


COMMAND: Final = Command(
    name="apply",
    summary="Applies the patch in this comment to the branch of the pull request, wholly or not at all.",
    usage="/apply [@oid]",
    where="pull",
    payload=True,
    run=run,
)
