"""One task that is odd or hostile: it does no harm, and the others go on."""

from tests.end_to_end.act import NAME
from tests.end_to_end.tasks import begun, form, opens_task, repository, says, state, status, task_pull, writes

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
