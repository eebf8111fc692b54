"""The issues of a plan: how they are written, and how they are known again."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from bot.contracts.github import Issue
from bot.contracts.task import PlannedTask
from bot.planning.tasks.model import Closed
from bot.planning.tasks.plan_files.changes import Known
from bot.planning.tasks.plan_files.issue_text import issue_text
from bot.reports.markers import Marker, marker_of
from templates import render

MARKER: Final = "task-import"


def issue_body(task: PlannedTask) -> str:
    """The body of a task's issue, without its marker: the form, filled in."""
    return render("tasks/issue.md", **issue_text(task))


def marked_body(plan: str, task: str, digest: str, body: str) -> str:
    """The body as it is posted: the marker is its first line."""
    return f"{Marker(MARKER, {'plan': plan, 'id': task, 'digest': digest})}\n{body}"


def known_issue(issue: Issue, blocked_by: Iterable[int] = ()) -> Known:
    """An issue that the bot made, for the difference. Who made it is the caller's to check."""
    body = issue.body.replace("\r\n", "\n")
    marker = marker_of(body)
    ours = marker.fields if marker is not None and marker.kind == MARKER else {}
    closed: Closed = ""
    if issue.state == "closed":
        closed = "not-planned" if issue.state_reason in {"not_planned", "duplicate"} else "completed"
    return Known(
        number=issue.number,
        title=issue.title,
        body=body.partition("\n")[2] if ours else body,
        plan=ours.get("plan", ""),
        id=ours.get("id", ""),
        digest=ours.get("digest", ""),
        closed=closed,
        reopened=issue.state_reason == "reopened",
        blocked_by=tuple(blocked_by),
        parent=issue.parent,
    )
