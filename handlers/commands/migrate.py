"""``/migrate``: starts a migration."""

from __future__ import annotations

from typing import Final

from bot.workflows.migrations.start import start_migration
from handlers.commands.command import Command

COMMAND: Final = Command(
    name="migrate",
    summary="Starts the migration that this issue describes, as the label does.",
    usage="/migrate",
    where="issue",
    permission="write",
    details="Whoever says it is the one who started the migration: they must keep the right to, and they do not "
    "approve its plan. As after labelling, an edit of the issue by somebody who may not write stops it "
    "until somebody says it again. The comment counts as its author alone wrote it.",
    run=start_migration,
)
