"""``/hold``: leaves a pull request or a migration as it is."""

from __future__ import annotations

from typing import Final

from bot.workflows.orders.hold import hold
from handlers.commands.command import Command

COMMAND: Final = Command(
    name="hold",
    summary="Leaves this pull request as it is, neither replayed nor merged; on a migration, no further folder "
    "is opened; a task does not start.",
    usage="/hold",
    where="both",
    permission="triage",
    details="It is the label `graftsman/hold`, which may be put on and taken off by hand as well.",
    run=hold,
)
