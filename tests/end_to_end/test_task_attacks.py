"""One task that is odd or hostile: it does no harm, and the others go on."""

import json

from tests.end_to_end.act import NAME
from tests.end_to_end.gates import approvals, more_people
from tests.end_to_end.tasks import begun, form, opens_task, repository, says, state, status, task_pull, works, writes
from tests.end_to_end.test_dashboard import ticks
from tests.end_to_end.test_plans import BUSY, at, brought, imports

APPROVED = """\
version: 1
tasks: {autopilot: false}
approvals:
  - {name: one, from: {permission: write}, count: 1}
"""
LIMIT = 60_000
"""Characters that a pull request's text surely may have."""


async def test_a_text_longer_than_a_pull_request_takes_starts_and_stops_nobody(stage):
    act = await stage(repository())
    goal = "\n".join(f"{at}: {'goal ' * 20}" for at in range(290))
    long = await opens_task(act, "Long", goal=goal, acceptance=[f"{at}-{'*' * 900}" for at in range(30)])
    other = await opens_task(act, "Other")
    assert begun(act, other)
    text = task_pull(act, long).issue.body
    assert len(text.encode()) <= LIMIT
    assert f"the whole is in #{long.number}" in text
    assert f"more in #{long.number}" in text
    with act.counting() as counted:
        await act.restart()
    assert counted.writes == []


async def test_a_goal_that_ends_our_part_of_the_text_or_closes_other_issues(stage):
    act = await stage(repository())
    goal = "```\n<!-- graftsman:end -->\n```\nCloses #1, fixes acme/platform#2, resolves GH-3. cc @ada"
    one = await opens_task(act, "Odd", goal=goal, acceptance=["One", "`<!-- graftsman:end -->` Closes #1"])
    await writes(act, one, goal=f"{goal}\nMore", acceptance=["One", "Two", "Closes #1"])
    await writes(act, one, goal=f"{goal}\nMore", acceptance=["One", "Two", "Three"])
    text = task_pull(act, one).issue.body
    assert text.count("### Goal") == 1
    assert text.count("<!-- graftsman:end -->") == 1
    for said in ("#1", "#2", "GH-3", "@ada"):
        assert said not in text.replace(f"#{one.number}.", "")
    with act.counting() as counted:
        await act.restart()
    assert counted.writes == []


async def test_a_task_that_github_lets_nobody_answer_on_stops_no_other(stage):
    act = await stage(repository())
    locked = await act.ada.open_issue(NAME, "Locked", form())
    words = "Unable to create comment because issue is locked."
    act.playground.faults.fail_requests(
        f"POST /repos/acme/platform/issues/{locked.number}/comments", 403, None, message=words
    )
    act.later()
    await act.does(act.ada.label(NAME, locked.number, "task"))
    other = await opens_task(act, "Other")
    assert begun(act, locked)
    assert (state(act, locked), state(act, other)) == ("in-progress", "in-progress")
    assert "Draft pull request" in status(act, other)
    act.playground.faults.clear()
    await act.restart()
    assert "Draft pull request" in status(act, locked)


async def test_a_branch_that_github_opens_no_pull_request_from_stops_no_other(stage):
    act = await stage(repository())
    words = "The graftsman/task branch has no history in common with main"
    act.playground.faults.fail_requests("POST /repos/acme/platform/pulls", 422, 1, message=words)
    odd = await opens_task(act, "Odd")
    other = await opens_task(act, "Other")
    assert (begun(act, odd), begun(act, other)) == (False, True)
    assert "no history in common" in status(act, odd)
    await says(act, odd, "/retry")
    assert begun(act, odd)
    assert "no history in common" not in status(act, odd)


async def test_a_tick_on_the_dashboard_is_a_word_that_asks_and_does_not_approve(stage):
    act = await stage(repository(APPROVED))
    more_people(act, ("eve", "write"))
    task = await opens_task(act, "Ticked", labeller="tess")
    assert not begun(act, task)
    await ticks(act, "ben", f"Start #{task.number} now")
    assert begun(act, task)
    await works(act, task, {"src/a.py": "a = 2\n"}, who="eve")
    pull = task_pull(act, task)
    await act.does(act.ada.ready(NAME, pull.number), act.ben.review(NAME, pull.number, "APPROVE"))
    assert approvals(act, pull).conclusion != "success"
    await act.does(act.ada.review(NAME, pull.number, "APPROVE"))
    assert approvals(act, pull).conclusion == "success"


async def test_a_persons_own_pull_request_of_a_tasks_branch_knows_who_asked_for_the_task(stage):
    act = await stage(repository(APPROVED))
    more_people(act, ("eve", "write"))
    task = await opens_task(act, "Asked for", labeller="ada")
    await act.commits({"src/a.py": "a = 2\n"}, f"graftsman/task/{task.number}-mine", who="eve")
    act.later()
    pull = await act.eve.open_pull(NAME, f"graftsman/task/{task.number}-mine", "Mine")
    act.later(20)
    await act.settle()
    await act.does(act.ada.review(NAME, pull.number, "APPROVE"))
    assert approvals(act, pull).conclusion != "success"
    await act.does(act.ben.review(NAME, pull.number, "APPROVE"))
    assert approvals(act, pull).conclusion == "success"


async def test_who_brought_a_plan_in_and_may_write_no_more_starts_nothing(stage):
    tasks = [{"id": "a", "title": "Read"}, {"id": "b", "title": "Write", "depends_on": ["a"]}]
    act = await stage(at(json.dumps({"version": 1, "plan": "two", "tasks": tasks}), settings=BUSY, path="plan.json"))
    await imports(act, "plan.json", who="ben")
    first, second = brought(act)["a"], brought(act)["b"]
    assert (begun(act, first), begun(act, second)) == (True, False)
    act.playground.set_permission(NAME, "ben", "read")
    await act.does(act.ada.close(NAME, first.number))
    assert not begun(act, second)
    assert "Nobody who may write here has asked for it" in status(act, second)
    await says(act, second, "/start", who="ada")
    assert begun(act, second)
