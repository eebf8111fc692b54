"""``/dry-run``: what would be done, without doing it."""

from __future__ import annotations

from typing import Final

from bot.workflows.orders.dry_run import dry_run
from handlers.commands.command import Command

COMMAND: Final = Command(
    name="dry-run",
    summary="Shows what a migration, or the patch in this comment, would do, and changes nothing.",
    usage="/dry-run [@oid]",
    where="both",
    permission="triage",
    details="With a patch in a fenced block it answers with the files that `/apply` would change here, or with "
    "the refusal. Without one it plans the manifest that the issue names, whether the issue is labelled "
    "or not: folders, counts, warnings, refusals. It writes no label, no object and no branch.",
    payload=True,
    looks_again=False,
    run=dry_run,
)
