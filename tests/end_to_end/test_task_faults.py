"""What goes wrong on the way: webhooks that are lost, doubled or late, restarts, lost databases, an older server."""

from tests.end_to_end.act import NAME
from tests.end_to_end.tasks import (
    LANES,
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


async def story(act):
    """A small plan from its first issue to its end; gives its tasks."""
    first = await opens_task(act, "First", lane="design", acceptance=["One", "Two"])
    second = await opens_task(act, "Second", lane="build", depends=f"#{first.number}")
    third = await opens_task(act, "Third", depends=f"#{second.number}, #{first.number}")
    await act.does(act.ben.tick(NAME, task_pull(act, first).number, "One"))
    await works(act, first, {"src/a.py": "a = 2\n"})
    await merges(act, first)
    await act.does(act.ada.close(NAME, second.number, "not_planned"))
    return first, second, third


async def told(act, tasks):
    """What there is to see of tasks."""
    return [
        (
            issue(act, one).state,
            labels(issue(act, one)),
            [login.login for login in issue(act, one).assignees],
            [(pull.draft, pull.issue.state, pull.issue.body) for pull in task_pulls(act, one)],
            sorted(each.number for each in issue(act, one).blocked_by),
            [said.body for said in act.said(one, "status")],
            await entered(act, one),
        )
        for one in tasks
    ]


async def test_every_webhook_twice_and_late_and_a_second_look_change_nothing(stage):
    act = await stage(repository(LANES))
    act.playground.faults.duplicate_webhooks(lambda one: one.id % 2, new_guid=True, after=0.05)
    act.playground.faults.reorder_webhooks(lambda one: one.id % 3 == 0, by=0.1)
    tasks = await story(act)
    seen = await told(act, tasks)
    assert [state(act, one) for one in tasks] == ["done", "deprecated", "blocked"]
    assert "not planned" in status(act, tasks[2])
    assert await entered(act, tasks[0]) == ["in-progress", "in-review", "done"]
    act.playground.faults.clear()
    with act.counting() as counted:
        await act.delivered_again()
        await act.restart()
    assert counted.writes == []
    assert await told(act, tasks) == seen


async def test_what_lost_webhooks_would_have_said_is_found_by_a_look_after_a_restart(stage):
    act = await stage(repository(LANES))
    first = await opens_task(act, "First", lane="design")
    await works(act, first, {"src/a.py": "a = 2\n"})
    act.playground.faults.drop_webhooks(10_000)
    second = await act.ada.open_issue(NAME, "Second", form(depends=f"#{first.number}"))
    act.later()
    await act.ada.label(NAME, second.number, "task")
    number = task_pull(act, first).number
    await act.does(act.ben.ready(NAME, number), act.ben.merge(NAME, number))
    third = await act.ada.open_issue(NAME, "Third", form())
    act.later()
    await act.ada.label(NAME, third.number, "task")
    await act.does(act.ada.edit_issue(NAME, third.number, title="The third"))
    assert not begun(act, second)
    act.playground.faults.clear()
    await act.restart()
    assert [state(act, one) for one in (first, second, third)] == ["done", "in-progress", "in-progress"]
    assert task_pull(act, third).issue.title == "The third"
    assert "Finished" in status(act, first)


async def test_a_lost_database_doubles_nothing_and_keeps_what_people_did(stage):
    act = await stage(repository(LANES))
    act.notes_seconds = 0.05
    await act.restart()
    tasks = await story(act)
    await says(act, tasks[2], "/start")
    await act.does(act.ada.unassign(NAME, tasks[0].number, "ada"))
    seen = [each[:5] for each in await told(act, tasks)]
    pulls = [pull.number for pull in act.pulls]
    with act.counting() as counted:
        await act.restart(forget=True)
    assert [one for one in counted.writes if "/labels" in one or "/assignees" in one or "/pulls" in one] == []
    assert [pull.number for pull in act.pulls] == pulls
    assert [each[:5] for each in await told(act, tasks)] == seen
    assert [len(act.said(one, "status")) for one in tasks] == [1, 1, 1]
    assert "Finished" in status(act, tasks[0])
    # And it goes on: the third is worked on to its end.
    await works(act, tasks[2], {"src/b.py": "b = 2\n"})
    await merges(act, tasks[2])
    assert state(act, tasks[2]) == "done" and "Finished" in status(act, tasks[2])


async def test_a_start_that_breaks_off_is_finished_by_a_later_look(stage):
    act = await stage(repository(LANES))
    act.repository.drafts = False
    # The pull request is there and neither labelled nor assigned when the bot gives up for now; a later look goes on.
    act.playground.faults.fail_requests("POST */issues/*/labels", 502, times=6, when="before")
    one = await opens_task(act, "Broken", lane="design")
    (pull,) = task_pulls(act, one)
    assert labels(pull.issue) == {"graftsman", "graftsman/draft"}
    assert [login.login for login in pull.issue.assignees] == ["ada"]
    assert labels(issue(act, one)) == {"task", "status/in-progress", "lane/design"}
    assert f"#{pull.number}" in status(act, one)
    assert await entered(act, one) == ["in-progress"]


async def test_a_server_without_relations_goes_by_the_text(stage):
    act = await stage(repository())
    act.playground.world.relations = False
    first = await opens_task(act, "First")
    second = await opens_task(act, "Second", depends=f"#{first.number}")
    looped = await opens_task(act, "Looped", depends=f"#{second.number}")
    assert (begun(act, first), state(act, second)) == (True, "blocked")
    await act.does(act.ada.edit_issue(NAME, second.number, body=form(depends=f"#{looped.number}")))
    circle = f"#{second.number} → #{looped.number} → #{second.number}"
    assert circle in status(act, second) and not begun(act, second)
    await act.does(act.ada.edit_issue(NAME, second.number, body=form(depends=f"#{first.number}")))
    await act.does(act.ada.close(NAME, first.number))
    assert begun(act, second) and "→" not in status(act, second)


async def test_when_the_label_goes_from_all_tasks_at_once_nothing_is_cleared_away(stage):
    act = await stage(repository())
    tasks = [await opens_task(act, f"Task {word}") for word in ("one", "two", "three", "four", "five", "six")]
    await act.stop()
    for one in tasks:
        await act.ada.unlabel(NAME, one.number, "task")
    await act.start()
    await act.settle()
    assert [task_pull(act, one).issue.state for one in tasks] == ["open"] * 6, "the label was renamed, perhaps"
    await act.does(*(act.ada.label(NAME, one.number, "task") for one in tasks))
    assert [state(act, one) for one in tasks] == ["in-progress"] * 6
    assert [len(task_pulls(act, one)) for one in tasks] == [1] * 6
