"""Why a task is where it is, in words: one sentence for each reason that the graph or a workflow gives."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bot.planning.tasks.model import Reason
from templates import render

MOST: Final = 20


def reason_text(reason: Reason, called: Mapping[int, str] | None = None, *, most: int = MOST) -> str:
    """One reason in words, on one line. ``called``: what tasks are called that have no issue; ``most`` are named."""
    text = render("comments/task/reason.md", reason=reason, numbers=reason.numbers[:most], called=called or {})
    return " ".join(text.split())
