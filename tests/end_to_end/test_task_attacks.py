"""One task that is odd or hostile: it does no harm, and the others go on."""

from tests.end_to_end.act import NAME
from tests.end_to_end.tasks import begun, opens_task, repository, task_pull, writes

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
