"""The issues of a plan: how they are written, and how they are known again by their hidden marker."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bot.contracts.github import Issue
from bot.contracts.task import PlannedTask
from bot.planning.tasks.plan_files.changes import Known
from bot.planning.tasks.plan_files.issue_text import issue_text
from bot.reports.markers import Marker, marker_of
from bot.workflows.tasks.authority import IMPORT, OPERATOR
from bot.workflows.tasks.world import closed_as
from templates import render


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
    marker = marker_of(_lines(issue.body)) if issue.user == bot else None
    if marker is None or marker.kind != IMPORT:
        return None
    told = marker.fields
    return Mark(
        plan=told.get("plan", ""),
        id=told.get("id", ""),
        digest=told.get("digest", ""),
        by=told.get("by", OPERATOR),
        deps=_count(told.get("deps", "")),
        parts=_count(told.get("parts", "")),
        of=told.get("of", ""),
    )


def _count(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 6 else 0


def _lines(body: str) -> str:
    return body.replace("\r\n", "\n")


def issue_body(task: PlannedTask, depends_on: Iterable[int] = ()) -> str:
    """The body of a task's issue, without its marker: the form, filled in.

    ``depends_on`` only where the server knows no dependencies: else they would be told twice.
    """
    return render("tasks/issue.md", **issue_text(task), depends_on=" ".join(f"#{number}" for number in depends_on))


def known_issue(issue: Issue, bot: str, blocked_by: Iterable[int] = ()) -> Known:
    """An issue that the bot made, for the difference. Who made it is the caller's to check."""
    body, mark = _lines(issue.body), mark_of(issue, bot)
    return Known(
        number=issue.number,
        title=issue.title,
        body=body if mark is None else body.partition("\n")[2],
        plan="" if mark is None else mark.plan,
        id="" if mark is None else mark.id,
        digest="" if mark is None else mark.digest,
        closed=closed_as(issue),
        reopened=issue.state_reason == "reopened",
        blocked_by=tuple(blocked_by),
        parent=issue.parent,
    )
