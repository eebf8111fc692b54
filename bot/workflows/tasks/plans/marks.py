"""The hidden marker of an issue that a plan was brought in with: which task it is, and what belongs to it."""

from __future__ import annotations

from dataclasses import dataclass

from bot.contracts.github import Issue
from bot.reports.markers import Marker, marker_of
from bot.workflows.tasks.authority import IMPORT


@dataclass(frozen=True, slots=True)
class Mark:
    """One task of one plan. ``deps`` and ``parts``: how many dependencies and sub-issues it is to get, ``of``: the
    id of its epic. Until these are there, the task does not start (``bot.workflows.tasks.plans.waiting``).
    """

    plan: str
    id: str
    digest: str
    """Of the title and text that the bot wrote."""
    by: str
    """The login of who brought it in, or ``operator``."""
    deps: int = 0
    parts: int = 0
    of: str = ""

    def __str__(self) -> str:
        """The marker as it stands in the body."""
        fields = {"plan": self.plan, "id": self.id, "digest": self.digest, "by": self.by}
        more = {"deps": str(self.deps or ""), "parts": str(self.parts or ""), "of": self.of}
        return str(Marker(IMPORT, fields | {name: value for name, value in more.items() if value}))


def mark_of(issue: Issue, bot: str) -> Mark | None:
    """The marker of an issue that the bot made; in anybody else's a marker proves nothing."""
    marker = marker_of(issue.body) if issue.user == bot else None
    if marker is None or marker.kind != IMPORT:
        return None
    told = marker.fields
    return Mark(
        plan=told.get("plan", ""),
        id=told.get("id", ""),
        digest=told.get("digest", ""),
        by=told.get("by", "operator"),
        deps=_count(told.get("deps", "")),
        parts=_count(told.get("parts", "")),
        of=told.get("of", ""),
    )


def _count(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 6 else 0


def text_of(body: str) -> str:
    """A body without its marker's line."""
    if marker_of(body) is None:
        return body
    return body.partition("\n")[2]
