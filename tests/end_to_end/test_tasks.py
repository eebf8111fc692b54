"""Tasks: a labelled issue becomes a branch and a draft pull request, and the graph runs itself."""

from tests.end_to_end.act import NAME
from tests.end_to_end.tasks import issue, labels, opens_task, repository, status, task_pull


async def test_a_labelled_issue_becomes_a_branch_and_a_draft_pull_request(stage):
    act = await stage(repository())
    task = await opens_task(act, "Add a retry", goal="Calls are tried again.", acceptance=["A test", "A note"])
    pull = task_pull(act, task)
    assert (pull.draft, pull.issue.state) == (True, "open")
    assert pull.head_ref == f"graftsman/task/{task.number}-add-a-retry"
    assert f"Closes #{task.number}" in pull.issue.body
    assert "- [ ] A test\n- [ ] A note" in pull.issue.body
    assert labels(task) == {"task", "status/in-progress"}
    commit = await act.commit(pull.head_sha)
    assert f"Graftsman-Source: task#{task.number}" in commit.message
    assert f"#{pull.number}" in status(act, task)

    # Looked at again, nothing is made twice.
    with act.counting() as counted:
        await act.delivered_again()
    assert counted.writes == []

    await act.ben.push_files(NAME, pull.head_ref, {"src/retry.py": b"again = 1\n"})
    await act.does(act.ben.ready(NAME, pull.number))
    assert labels(task) == {"task", "status/in-review"}
    await act.does(act.ben.merge(NAME, pull.number))
    assert (issue(act, task).state, labels(task)) == ("closed", {"task", "status/done"})
    assert "Finished" in status(act, task)


async def test_what_waits_starts_by_itself_when_its_last_blocker_is_done(stage):
    act = await stage(repository())
    first = await opens_task(act, "First")
    second = await opens_task(act, "Second", more=f"\nDepends on #{first.number}\n")
    assert labels(second) == {"task", "status/blocked"}
    assert [one.number for one in issue(act, second).blocked_by] == [first.number]
    assert task_pull(act, second) is None
    await act.does(act.ben.close(NAME, first.number))
    assert labels(second) == {"task", "status/in-progress"}
    assert labels(first) == {"task", "status/done"}


async def test_what_looks_like_another_task_says_so_and_is_closed_by_nobody(stage):
    act = await stage(repository("version: 1\ntasks: {dashboard: false, autopilot: false}\n"))
    first = await opens_task(act, "Cache the parser's tables", paths=["src/parser/**"])
    await opens_task(act, "Write the release notes")
    second = await opens_task(act, "Cache tables of the parser", paths=["src/parser/**"])
    assert f"It looks like #{first.number}" in status(act, second)
    assert act.said(first, "status") == []
    await act.does(act.ada.close(NAME, first.number, "not_planned"))
    assert "It looks like" not in status(act, second)
    assert issue(act, second).state == "open"
