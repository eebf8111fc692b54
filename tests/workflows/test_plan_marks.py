"""An issue of a plan is known again by its marker, whatever GitHub does to its line ends."""

from datetime import UTC, datetime

import pytest

from bot.contracts.github import Issue
from bot.contracts.task import PlannedTask, TaskPlan
from bot.planning.tasks.plan_files.changes import Known, changes
from bot.workflows.tasks.plans.marks import Mark, issue_body, known_issue, mark_of

TASK = PlannedTask(id="a--b/1.2", title="Greet", goal="x", acceptance=("one",))
BOT = "graftsman[bot]"
PLAN = TaskPlan(plan="my-plan--2", tasks=(TASK,))


def issue(body, **more):
    given = {
        "id": 1,
        "number": 7,
        "title": "Greet",
        "body": body,
        "state": "open",
        "user": {"login": BOT},
        "created_at": datetime(2026, 11, 1, tzinfo=UTC),
    }
    return Issue.model_validate(given | more)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_what_was_made_is_known_and_the_same(end):
    (made,) = changes(PLAN, (), issue_body).create
    mark = Mark(PLAN.plan, made.task.id, made.digest, "ada_corp--x", deps=2, parts=3, of="e--1")
    body = f"{mark}\n{made.body}".replace("\n", end)
    known = known_issue(issue(body), BOT, [3])
    assert mark_of(issue(body), BOT) == mark
    assert mark_of(issue(body, user={"login": "ada"}), BOT) is None
    assert (known.plan, known.id, known.number, known.blocked_by) == ("my-plan--2", "a--b/1.2", 7, (3,))
    assert changes(PLAN, (known,), issue_body).nothing


@pytest.mark.parametrize(
    ("more", "closed", "reopened"),
    [
        ({}, "", False),
        ({"state_reason": "reopened"}, "", True),
        ({"state": "closed", "state_reason": "completed"}, "completed", False),
        ({"state": "closed", "state_reason": "not_planned"}, "not-planned", False),
        ({"state": "closed"}, "completed", False),
    ],
)
def test_how_it_was_closed(more, closed, reopened):
    known = known_issue(issue("<!-- graftsman:plan issue=1 -->\nx", **more), BOT)
    assert (known.closed, known.reopened, known.plan) == (closed, reopened, "")
    assert known.body.startswith("<!-- graftsman:plan")
    assert isinstance(known, Known)
