"""What an App may not write without a permission of its own."""

from __future__ import annotations

from collections.abc import Iterable

from bot.playground.access import holds
from bot.playground.problems import Problem
from bot.playground.rest.routing import Call

FOLDER = ".github/workflows/"


def guard_workflows(call: Call, paths: Iterable[str]) -> None:
    """Refuses paths of workflows to a token without ``workflows``. Raises a 403 ``Problem``."""
    token = call.caller.token
    if token and not holds(token.permissions, "workflows", "write") and any(path.startswith(FOLDER) for path in paths):
        raise Problem(403, "Resource not accessible by integration")
