"""``/retry``: tries again what was refused or closed."""

from __future__ import annotations

from typing import Final

from bot.workflows.orders.which import retry_of
from handlers.commands.command import Command

COMMAND: Final = Command(
    name="retry",
    summary="Tries again what was refused or closed: a whole migration, one folder, this pull request or task.",
    usage="/retry [folder]",
    where="both",
    permission="write",
    details="A folder whose pull request was closed gets a new one, computed on the present base. A branch that "
    "holds commits by people is left alone. A push that was refused is tried again. A task whose pull request was "
    "closed gets another one.",
    run=retry_of,
)
