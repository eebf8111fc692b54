"""``/retry``: tries again what was refused or closed."""

from __future__ import annotations

from typing import Final

from bot.workflows.migrations.retry import retry
from handlers.commands.command import Command

COMMAND: Final = Command(
    name="retry",
    summary="Tries again what was refused or closed: of the whole migration, of one folder, or of this pull request.",
    usage="/retry [folder]",
    where="both",
    permission="write",
    details="A folder whose pull request was closed gets a new one, computed on the present base. A branch that "
    "holds commits by people is left alone. A push that was refused is tried again.",
    run=retry,
)
