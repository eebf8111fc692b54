"""One file for each slash command; ``COMMANDS`` is the registry that drives dispatch, ``/help`` and the docs.

To add a command, write a module with ``COMMAND`` here and name it in ``_MODULES``. Nothing registers itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from handlers.commands import (
    apply,
    approve_plan,
    assign,
    cancel,
    dry_run,
    explain,
    help,  # noqa: A004 - the command's name
    hold,
    import_,
    merge,
    migrate,
    next,  # noqa: A004 - the command's name
    plan,
    replay,
    report,
    retry,
    rollback,
    spec,
    start,
    status,
    subsume,
    unhold,
    waive,
)
from handlers.commands.command import Command, Run, Where

__all__ = ["COMMANDS", "Command", "Run", "Where"]

_MODULES: Final = (
    help,
    status,
    explain,
    plan,
    spec,
    dry_run,
    migrate,
    approve_plan,
    next,
    start,
    import_,
    subsume,
    apply,
    rollback,
    replay,
    retry,
    hold,
    unhold,
    assign,
    waive,
    merge,
    report,
    cancel,
)
COMMANDS: Final[Mapping[str, Command]] = MappingProxyType({each.COMMAND.name: each.COMMAND for each in _MODULES})
"""By name, in the order in which ``/help`` lists them."""
