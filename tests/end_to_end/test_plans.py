"""Plans of tasks: brought in by ``/import``, once, with their dependencies and sub-issues, and again without doubles."""

import json
from collections import Counter

from tests.end_to_end.act import NAME
from tests.end_to_end.files import files
from tests.end_to_end.tasks import issue, labels, status, task_pulls

QUIET = "version: 1\ntasks: {dashboard: false, autopilot: false}\n"
"""Nothing starts by itself: what is counted is the import alone."""
BUSY = "version: 1\ntasks: {dashboard: false}\n"
PLAN = "docs/plan.md"


def at(plan, *, settings=QUIET, path=PLAN, **more):
    return {**files(settings=settings), path: plan if isinstance(plan, bytes) else plan.encode(), **more}


async def imports(act, words=PLAN, *, who="ada", on=None):
    """Somebody says ``/import`` on an issue; gives that issue."""
    one = on or await act.ada.open_issue(NAME, "The plan", "Bring it in.")
    act.later()
    await act.does(getattr(act, who).comment(NAME, one.number, f"/import {words}"))
    return one


def brought(act):
    """The issues of the plan by the ids of their tasks; the test fails where there are two of one."""
    found = {}
    for one in act.repository.issues.values():
        if "graftsman:task-import" in (one.body or ""):
            name = one.body.split(" id=")[1].split()[0]
            assert name not in found, f"{name} is there twice"
            found[name] = one
    return found


def waits(one):
    return [other.number for other in one.blocked_by]


def big():
    """Forty tasks, five of them epics with seven parts each, and ninety dependencies."""
    tasks = [{"id": f"e{n}", "title": f"Epic {n}", "goal": "All of it."} for n in range(5)]
    names = [f"t{n:02}" for n in range(35)]
    for n, name in enumerate(names):
        tasks.append({"id": name, "title": f"Task {n}", "goal": f"Do {n}.", "parent": f"e{n // 7}"})
    left = 90
    for step in range(1, 35):
        for n in range(step, 35):
            if left:
                tasks[5 + n].setdefault("depends_on", []).append(names[n - step])
                left -= 1
    assert left == 0
    return {"version": 1, "plan": "big", "tasks": tasks}


async def test_forty_tasks_with_ninety_dependencies_take_no_call_more_than_they_must(stage):
    act = await stage(at(json.dumps(big()), path="docs/plan.json"))
    with act.counting() as counted:
        one = await imports(act, "docs/plan.json")
    kinds = counted.kinds()
    repo = "/repos/acme/platform"
    assert kinds.pop(f"POST {repo}/issues") == 40
    assert kinds.pop(f"POST {repo}/issues/N/dependencies/blocked_by") == 90
    assert kinds.pop(f"POST {repo}/issues/N/sub_issues") == 35
    # The reconcile that follows finds every label and relation as it would make it. What is left is the answer.
    assert kinds.pop(f"POST {repo}/issues/comments/N/reactions") <= 2
    assert kinds.pop(f"POST {repo}/issues/N/comments") == 1
    assert kinds.pop(f"PATCH {repo}/issues/comments/N") <= 2
    assert kinds == {}
    print(len(counted.reads), Counter(counted.reads))
    print(status(act, one))
    assert act.playground.limits.refused == 0
    assert [each.status for each in counted.exchanges if each.status in {403, 429}] == []
    made = brought(act)
    assert len(made) == 40
    assert sum(len(waits(each)) for each in made.values()) == 90
    assert [len(made[f"e{n}"].sub_issues) for n in range(5)] == [7] * 5
