"""``/cancel``: gives up a pull request or a migration."""

from __future__ import annotations

from typing import Final

from bot.workflows.orders.which import cancel_of
from handlers.commands.command import Command

COMMAND: Final = Command(
    name="cancel",
    summary="Closes this pull request of mine unmerged; on a migration, closes all of them, takes the label off "
    "and closes the issue; on a task, closes it as not planned.",
    usage="/cancel",
    where="both",
    permission="write",
    details="Branches are left as they are, so that nothing is lost. The pull requests of people are theirs to close.",
    run=cancel_of,
)
