"""``/replay``: makes the branch of one of Graftsman's pull requests anew on the base branch."""

from __future__ import annotations

from typing import Final

from bot.workflows.replay.order import replay_order
from handlers.commands.command import Command

COMMAND: Final = Command(
    name="replay",
    summary="Makes the branch of this pull request anew on the base branch and puts people's commits back on top; "
    "where these collide with that, `ours` keeps Graftsman's version and `theirs` the commits'.",
    usage="/replay [ours or theirs] [@oid]",
    where="pull",
    run=replay_order,
)
