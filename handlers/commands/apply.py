"""``/apply``: lands the patch that the comment holds, on the pull request's branch or on one of its own."""

from __future__ import annotations

from typing import Final

from bot.workflows.landing.apply_patch import apply_patch
from handlers.commands.command import Command

COMMAND: Final = Command(
    name="apply",
    summary="Applies the patch in this comment to the branch of the pull request, wholly or not at all; "
    "on an issue it opens a pull request with it; with `review ID` it takes the patch in that review.",
    usage="/apply [review ID] [@oid]",
    where="both",
    details="Without a block it takes the whole comment.",
    payload=True,
    found_by_effect=True,
    run=apply_patch,
)
