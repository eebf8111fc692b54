"""An issue of a plan is known again by its marker, whatever GitHub does to its line ends."""

from datetime import UTC, datetime

import pytest

from bot.contracts.github import Issue
from bot.contracts.task import PlannedTask, TaskPlan
from bot.planning.tasks.plan_files.changes import Known, changes
from bot.workflows.plan_issues import issue_body, known_issue, marked_body

TASK = PlannedTask(id="a--b/1.2", title="Greet", goal="x", acceptance=("one",))
PLAN = TaskPlan(plan="my-plan--2", tasks=(TASK,))


def issue(body, **more):
    given = {
        "id": 1,
        "number": 7,
        "title": "Greet",
        "body": body,
        "state": "open",
        "created_at": datetime(2026, 11, 1, tzinfo=UTC),
    }
    return Issue.model_validate(given | more)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_what_was_made_is_known_and_the_same(end):
    (made,) = changes(PLAN, (), issue_body).create
    body = marked_body(PLAN.plan, made.task.id, made.digest, made.body).replace("\n", end)
    known = known_issue(issue(body), [3])
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
    known = known_issue(issue("<!-- graftsman:plan issue=1 -->\nx", **more))
    assert (known.closed, known.reopened, known.plan) == (closed, reopened, "")
    assert known.body.startswith("<!-- graftsman:plan")
    assert isinstance(known, Known)
