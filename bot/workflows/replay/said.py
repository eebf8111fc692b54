"""What the status comment of a pull request says of its replay: what came of it, or what is in its way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from bot.patching.merge import Clash, Conflict, Side
from bot.planning.folders import Waits
from bot.workflows.bodies import rows_text
from bot.workflows.replay.stack import Collision, Stack
from templates import render

MOST_TEXT: Final = 20_000
"""Bytes that it takes at most."""
MOST_LISTED: Final = 20


@dataclass(frozen=True, slots=True)
class Row:
    """One place of a collision: a file, and the lines in it where there are some."""

    path: str
    kind: str
    clash: Clash | None


def collision_text(collision: Collision, base: str, *, limit: int) -> str:
    """The files, the places in them with both sides, and the commands to choose from."""
    rows = [row for conflict in collision.conflicts for row in _rows(conflict)]
    return rows_text(
        "comments/replay-collides.md", rows, limit=min(limit, MOST_TEXT), commit=collision.commit, base=base,
        subject=collision.commit.message.strip().partition("\n")[0][:200], files=len(collision.conflicts),
    )  # fmt: skip


def _rows(conflict: Conflict) -> list[Row]:
    path = _shown(conflict.path)
    return [Row(path, conflict.kind, clash) for clash in conflict.clashes] or [Row(path, conflict.kind, None)]


def waits_text(reason: Waits, base: str, why: str) -> str:
    """Why a branch without a collision was left as it was."""
    return render("comments/replay-waits.md", reason=reason, base=base, why=why)


def done_text(stack: Stack, came_from: str, base: str, *, way: Side | None) -> str:
    """What was put back and what was not; nothing where there was nothing to put back."""
    if not (stack.kept or stack.dropped or stack.merges):
        return ""
    return render(
        "comments/replay-done.md",
        base=base,
        came_from=came_from,
        kept=[(old.oid, new) for old, new in stack.kept],
        dropped=[(commit.oid, commit.message.strip().partition("\n")[0][:200]) for commit in stack.dropped],
        merges=len(stack.merges),
        favoured=[_shown(path) for path in stack.favoured],
        way=way or "",
        shown=MOST_LISTED,
    )


def _shown(path: str) -> str:
    """A path as text for people: bytes that are not UTF-8 become ``\\xNN``."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
