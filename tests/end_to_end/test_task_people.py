"""What people do to tasks: who may ask for one, and what comes of labels, closing, reopening, leaving and pushing."""

from tests.end_to_end.act import NAME
from tests.end_to_end.gates import approvals, more_people
from tests.end_to_end.tasks import (
    begun,
    entered,
    form,
    issue,
    labels,
    merges,
    opens_task,
    repository,
    says,
    state,
    status,
    task_pull,
    task_pulls,
    works,
)

ONE_APPROVAL = """\
version: 1
tasks: {dashboard: false}
approvals:
  - {name: one, from: {permission: write}, count: 1}
"""


async def test_a_label_by_somebody_who_may_not_write_starts_nothing_and_says_so(stage):
    act = await stage(repository())
    task = await opens_task(act, "By a triager", author="rex", labeller="tess")
    assert (begun(act, task), state(act, task)) == (False, "blocked")
    assert "Nobody who may write here has asked for it" in status(act, task)
    await says(act, task, "/start", who="tess")
    assert not begun(act, task) and "not allowed" in status(act, task)
    await says(act, task, "/start", who="ben")
    assert begun(act, task)
    assert "Nobody who may" not in status(act, task) and "started by `ben`" in status(act, task)
    await says(act, task, "/start", who="ben")
    assert "`task-begun`" in status(act, task)

    # A reader's edit after a writer's label stops it; the writer's own word starts it all the same.
    other = await act.rex.open_issue(NAME, "Edited", form(goal="Good."))
    await act.does(act.ada.open_issue(NAME, "Blocker"))
    act.later()
    blocker = max(act.repository.issues)
    await act.does(act.ada.block(NAME, other.number, blocker), act.ada.label(NAME, other.number, "task"))
    await act.does(act.rex.edit_issue(NAME, other.number, body=form(goal="Evil.")))
    await act.does(act.ada.close(NAME, blocker))
    assert not begun(act, other) and "edited by somebody who may not write" in status(act, other)
    await says(act, other, "/start", who="ada")
    assert begun(act, other) and "edited by" not in status(act, other)


async def test_start_makes_a_task_of_an_issue_and_a_closed_one_is_left(stage):
    act = await stage(repository())
    task = await act.rex.open_issue(NAME, "An idea", form(goal="Good.", acceptance=["It works"]))
    act.later()
    await says(act, task, "/start", who="ben")
    assert labels(issue(act, task)) == {"task", "status/in-progress"}
    assert "- [ ] It works" in task_pull(act, task).issue.body
    closed = await act.rex.open_issue(NAME, "Old")
    await act.does(act.ada.close(NAME, closed.number))
    await says(act, closed, "/start", who="ben")
    assert "`issue-closed`" in status(act, closed) and not begun(act, closed)


async def test_whoever_asked_for_a_task_does_not_approve_it(stage):
    act = await stage(repository(ONE_APPROVAL))
    more_people(act, ("eve", "write"))
    task = await opens_task(act, "Approved")
    await works(act, task, {"src/a.py": "a = 2\n"}, who="eve")
    pull = task_pull(act, task)
    await act.does(act.ada.ready(NAME, pull.number))
    for who, said in (("ada", "they asked for the change"), ("eve", "they pushed to its branch")):
        await act.does(getattr(act, who).review(NAME, pull.number, "APPROVE"))
        assert approvals(act, pull).conclusion != "success", who
        assert said in approvals(act, pull).summary
    await act.does(act.ben.review(NAME, pull.number, "APPROVE"))
    assert approvals(act, pull).conclusion == "success"
    # The same of /start, whoever had labelled it.
    other = await opens_task(act, "Ordered", labeller="tess")
    await says(act, other, "/start", who="ben")
    await works(act, other, {"src/b.py": "b = 2\n"}, who="eve")
    second = task_pull(act, other)
    await act.does(act.ada.ready(NAME, second.number), act.ben.review(NAME, second.number, "APPROVE"))
    assert approvals(act, second).conclusion != "success"
    await act.does(act.ada.review(NAME, second.number, "APPROVE"))
    assert approvals(act, second).conclusion == "success"
    await act.does(act.ben.merge(NAME, second.number))
    assert "| Approved by | `ada`" in status(act, other)


async def test_status_labels_are_kept_true(stage):
    act = await stage(repository())
    task = await opens_task(act, "Labels")
    good = {"task", "status/in-progress"}
    await act.does(act.tess.label(NAME, task.number, "status/done"))
    assert labels(issue(act, task)) == good
    await act.does(act.tess.unlabel(NAME, task.number, "status/in-progress"))
    assert labels(issue(act, task)) == good
    await act.does(act.tess.label(NAME, task.number, "status/ready", "status/blocked", "bug"))
    assert labels(issue(act, task)) == {*good, "bug"}
    await act.does(act.ben.delete_label(NAME, "status/in-progress"))
    assert labels(issue(act, task)) == {*good, "bug"}
    assert act.repository.labels["status/in-progress"].color == "bfd4f2"
    await act.does(act.ben.ready(NAME, task_pull(act, task).number))
    assert state(act, task) == "in-review"
    await act.does(act.ben.ready(NAME, task_pull(act, task).number, draft=True))
    assert state(act, task) == "in-progress"
    assert await entered(act, task) == ["in-progress", "in-review", "in-progress"]


async def test_closing_and_reopening(stage):
    act = await stage(repository())
    task = await opens_task(act, "Given up")
    twin = await opens_task(act, "A twin")
    branch = task_pull(act, task).head_ref
    await act.does(act.ada.close(NAME, task.number, "not_planned"))
    assert state(act, task) == "deprecated"
    assert (task_pull(act, task).issue.state, act.repository.branch(branch)) == ("closed", None)
    await works(act, twin, {"src/a.py": "a = 2\n"})
    await act.does(act.ada.close(NAME, twin.number, "duplicate"))
    assert state(act, twin) == "deprecated"
    assert task_pull(act, twin).issue.state == "open"  # somebody worked on it: that is theirs to decide

    await act.does(act.ada.reopen(NAME, twin.number))
    assert (state(act, twin), len(task_pulls(act, twin))) == ("in-progress", 1)
    await act.does(act.ada.reopen(NAME, task.number))
    assert (state(act, task), len(task_pulls(act, task))) == ("in-progress", 2)
    assert task_pull(act, task).issue.state == "open"

    # Merged, and opened again: it waits for a word, and then gets another pull request, whatever merged the first.
    await works(act, task, {"src/b.py": "b = 2\n"})
    first = task_pull(act, task)
    await act.does(act.ben.ready(NAME, first.number), act.ben.merge(NAME, first.number, "squash"))
    assert (issue(act, task).state, state(act, task)) == ("closed", "done")
    await act.does(act.ada.reopen(NAME, task.number))
    assert (issue(act, task).state, state(act, task)) == ("open", "ready")
    assert "say `/start` for another one" in status(act, task)
    await says(act, task, "/start", who="ben")
    again = task_pull(act, task)
    assert (state(act, task), again.issue.state) == ("in-progress", "open") and again.number != first.number
    commit = await act.commit(again.head_sha)
    assert commit.parents == (act.repository.branch("main"),)
    await works(act, task, {"src/b.py": "b = 3\n"})
    await merges(act, task)
    assert (issue(act, task).state, state(act, task)) == ("closed", "done")
    assert f"#{again.number}" in status(act, task) or "Finished" in status(act, task)


async def test_a_closed_pull_request_and_retry(stage):
    act = await stage(repository())
    task = await opens_task(act, "Again")
    await works(act, task, {"src/a.py": "a = 2\n"})
    first = task_pull(act, task)
    await act.does(act.ben.close(NAME, first.number))
    assert state(act, task) == "ready" and "say `/retry`" in status(act, task)
    await says(act, task, "/retry")
    second = task_pull(act, task)
    assert second.number != first.number and second.head_sha == first.head_sha
    assert state(act, task) == "in-progress" and "/retry`" not in status(act, task).partition("### Orders")[0]
    await act.does(act.ben.close(NAME, second.number))
    await act.does(act.ben.reopen(NAME, second.number))
    assert (state(act, task), len(task_pulls(act, task))) == ("in-progress", 2)
    # Its branch deleted: GitHub closes the pull request; /start begins anew.
    await act.does(act.ben.close(NAME, second.number), act.ben.delete_branch(NAME, second.head_ref))
    assert state(act, task) == "ready"
    await says(act, task, "/start")
    assert len(task_pulls(act, task)) == 3 and state(act, task) == "in-progress"


async def test_one_that_is_no_task_any_more_is_let_go(stage):
    act = await stage(repository())
    task = await opens_task(act, "Untouched")
    worked = await opens_task(act, "Worked on")
    await works(act, worked, {"src/a.py": "a = 2\n"})
    branch = task_pull(act, task).head_ref
    await act.does(act.ada.unlabel(NAME, task.number, "task"), act.ada.unlabel(NAME, worked.number, "task"))
    assert labels(issue(act, task)) == labels(issue(act, worked)) == set()
    assert (task_pull(act, task).issue.state, act.repository.branch(branch)) == ("closed", None)
    assert task_pull(act, worked).issue.state == "open"
    told = f"its pull request #{task_pull(act, task).number}, on which nobody had worked, with it. Put the label on"
    assert told in status(act, task) and "Task: in progress" not in status(act, task)
    assert f"its pull request #{task_pull(act, worked).number} stays as it is" in status(act, worked)
    # Labelled again it begins anew, also after the database was lost.
    await act.does(act.ada.label(NAME, task.number, "task"), act.ada.label(NAME, worked.number, "task"))
    assert (state(act, task), len(task_pulls(act, task))) == ("in-progress", 2)
    assert (state(act, worked), len(task_pulls(act, worked))) == ("in-progress", 1)
    assert "No task any more" not in status(act, task) + status(act, worked)
    await act.does(act.ada.unlabel(NAME, task.number, "task"))
    await act.restart(forget=True)
    await act.does(act.ada.label(NAME, task.number, "task"))
    assert (state(act, task), len(task_pulls(act, task))) == ("in-progress", 3)
    assert task_pull(act, task).issue.state == "open"


async def test_one_that_is_transferred_or_deleted_is_let_go_and_blocks_no_more(stage):
    act = await stage(repository())
    await act.playground.create_repository("acme", "other", files={"README.md": b"# Other\n"})
    act.playground.set_permission("acme/other", "ada", "admin")
    moved = await opens_task(act, "Moved")
    gone = await opens_task(act, "Deleted")
    waits = await opens_task(act, "Waits", depends=f"#{gone.number}")
    there = [task_pull(act, moved), task_pull(act, gone)]
    await act.does(act.ada.transfer(NAME, moved.number, "acme/other"))
    await act.does(act.ada.delete_issue(NAME, gone.number))
    assert [pull.issue.state for pull in there] == ["closed", "closed"]
    assert not begun(act, waits) and "`task-dependency-missing`" in status(act, waits)
    await act.does(act.ada.edit_issue(NAME, waits.number, body=form()))
    assert begun(act, waits)
    with act.counting() as counted:
        await act.delivered_again()
    assert counted.writes == []


async def test_a_branch_that_a_person_made_before_the_start_is_taken_and_a_pull_request_too(stage):
    act = await stage(repository())
    task = await act.ada.open_issue(NAME, "Prepared", form())
    branch = f"graftsman/task/{task.number}-mine"
    head = await act.ben.push_files(NAME, branch, {"src/a.py": b"a = 2\n"})
    act.later()
    await act.does(act.ada.label(NAME, task.number, "task"))
    pull = task_pull(act, task)
    assert (pull.head_ref, pull.head_sha, pull.draft) == (branch, head, True)

    other = await act.ada.open_issue(NAME, "Opened", form())
    branch = f"graftsman/task/{other.number}-mine"
    await act.ben.push_files(NAME, branch, {"src/b.py": b"b = 2\n"})
    mine = await act.ben.open_pull(NAME, branch, "Mine", "My own words.")
    act.later()
    await act.does(act.ada.label(NAME, other.number, "task"))
    assert [one.number for one in task_pulls(act, other)] == [mine.number]
    assert (mine.issue.title, mine.issue.body) == ("Mine", "My own words.")
    assert state(act, other) == "in-review"
    # Without GitHub's keyword in its text the issue is closed all the same.
    await act.does(act.ada.merge(NAME, mine.number))
    assert (issue(act, other).state, state(act, other)) == ("closed", "done")
    # A branch of that name for an issue that is no task is nobody's business.
    plain = await act.ada.open_issue(NAME, "Plain")
    await act.ben.push_files(NAME, f"graftsman/task/{plain.number}-x", {"src/c.py": b"c = 2\n"})
    stray = await act.ben.open_pull(NAME, f"graftsman/task/{plain.number}-x", "Stray")
    await act.does(act.ben.edit_issue(NAME, stray.number, body="x"))
    assert (labels(issue(act, plain)), stray.issue.state) == (set(), "open")


async def test_a_plan_without_drafts_has_a_label_for_them(stage, playground):
    act = await stage(repository())
    act.repository.drafts = False
    task = await opens_task(act, "No drafts")
    pull = task_pull(act, task)
    assert (pull.draft, state(act, task)) == (False, "in-progress")
    assert "graftsman/draft" in labels(pull.issue)
    other = await opens_task(act, "Nor here")
    assert "graftsman/draft" in labels(task_pull(act, other).issue)
    await act.does(act.ben.unlabel(NAME, pull.number, "graftsman/draft"))
    assert state(act, task) == "in-review"
    await act.restart(forget=True)
    await act.does(act.ben.edit_issue(NAME, task.number, title="Still none"))
    assert "graftsman/draft" not in labels(pull.issue) and state(act, task) == "in-review"
    await act.does(act.ben.label(NAME, pull.number, "graftsman/draft"))
    assert state(act, task) == "in-progress"
