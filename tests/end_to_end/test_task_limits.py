"""What starts by itself, and what holds it: blockers, epics, lanes, paths, limits, windows, pilots and holds."""

from datetime import UTC, timedelta

from tests.end_to_end.act import NAME
from tests.end_to_end.files import SETTINGS
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
    silent,
    state,
    status,
    task_pull,
    works,
    writes,
)


def settings(lines):
    """Settings with these lines below ``tasks``."""
    return "version: 1\ntasks:\n  dashboard: false\n" + "".join(f"  {line}\n" for line in lines)


async def changes_settings(act, lines):
    await act.does(act.commits({SETTINGS: settings(lines)}))


def assignees(act, one):
    return [login.login for login in issue(act, one).assignees]


async def test_a_merged_blocker_starts_what_waits_and_a_chain_runs_to_its_end(stage):
    act = await stage(repository())
    first = await opens_task(act, "First", acceptance=["Works"])
    second = await opens_task(act, "Second", depends=f"#{first.number}")
    third = await opens_task(act, "Third", depends=f"#{first.number}\n#{second.number}")
    assert not begun(act, second)
    await works(act, first, {"src/a.py": "a = 2\n"})
    await merges(act, first)
    assert (begun(act, second), begun(act, third)) == (True, False)
    said = status(act, first)
    assert (
        "Finished" in said
        and f"| Waited for it | #{second.number}, #{third.number} |" in said
        and "| Not ticked | Works |" in said
    )
    await works(act, second, {"src/b.py": "b = 2\n"})
    await merges(act, second, who="ada")
    assert begun(act, third)
    assert await entered(act, third) == ["blocked", "in-progress"]
    # A blocker that is opened again blocks nothing that has begun, and what has not begun waits.
    fourth = await opens_task(act, "Fourth", depends=f"#{third.number}")
    await act.does(act.ada.close(NAME, third.number))
    assert begun(act, fourth)
    assert "Finished" in status(act, first)


async def test_one_path_at_a_time_and_the_other_waits_and_says_why(stage):
    act = await stage(repository(LANES))
    slow = await opens_task(act, "Slow", lane="build", paths=["src/**"])
    late = await opens_task(act, "Late", lane="build", paths=["src/b.py"])
    free = await opens_task(act, "Free", lane="build", paths=["docs/**"])
    assert (begun(act, slow), begun(act, late), begun(act, free)) == (True, False, True)
    assert state(act, late) == "ready"
    assert f"#{slow.number} works on the same paths (`src/b.py`) and goes first" in status(act, late)
    # The lane with priority goes first of those that wait.
    design = await opens_task(act, "Design", lane="design", paths=["src/*.py"])
    assert not begun(act, design)
    await works(act, slow, {"src/a.py": "a = 2\n"})
    await merges(act, slow)
    assert (begun(act, design), begun(act, late)) == (True, False)
    # It turns to other paths: the next one may begin. It says so by its text.
    await writes(act, design, lane="design", paths=["docs2/**"])
    assert begun(act, late) and "goes first" not in status(act, late)


async def test_of_two_that_change_the_same_paths_one_is_merged_second(stage):
    act = await stage(
        repository(LANES + "approvals:\n  - {name: one, from: {permission: admin}}\nmerging: {when: approved}\n")
    )
    act.playground.create_user("eve", "Eve")
    act.playground.set_permission(NAME, "eve", "admin")
    act.eve = act.playground.as_user("eve")
    low = await opens_task(act, "Low", lane="build")
    high = await opens_task(act, "High", lane="design")
    await works(act, low, {"src/a.py": "a = 2\n"})
    await works(act, high, {"src/a.py": "a = 3\n"})
    assert f"#{high.number} changes the same paths (`src/a.py`) and goes first" in status(act, low)
    pulls = [task_pull(act, one) for one in (low, high)]
    for pull in pulls:
        await act.does(act.ada.ready(NAME, pull.number))
    await act.does(act.eve.review(NAME, pulls[0].number, "APPROVE"))
    assert pulls[0].issue.state == "open"
    await act.does(act.eve.review(NAME, pulls[1].number, "APPROVE"))
    assert state(act, high) == "done"
    assert "goes first" not in status(act, low)


async def test_lanes_have_owners_and_a_task_moves_between_them(stage):
    act = await stage(repository(LANES))
    task = await opens_task(act, "Moves", lane="Design")
    pull = task_pull(act, task).issue
    assert (assignees(act, task), [one.login for one in pull.assignees]) == (["ada"], ["ada"])
    assert "lane/design" in labels(issue(act, task)) and "| Lane | `design` |" in pull.body
    await says(act, task, "/assign build", who="tess")
    assert "lane/build" in labels(issue(act, task)) and "lane/design" not in labels(issue(act, task))
    assert (assignees(act, task), [one.login for one in pull.assignees]) == (["ben"], ["ben"])
    assert "| Lane | `build` |" in pull.body
    # By the form, which says another lane now; and by a label, which is put beside the other one.
    await writes(act, task, lane="build")
    await writes(act, task, lane="design")
    assert "lane/design" in labels(issue(act, task)) and "lane/build" not in labels(issue(act, task))
    assert (assignees(act, task), [one.login for one in pull.assignees]) == (["ada"], ["ada"])
    await act.does(act.tess.label(NAME, task.number, "lane/build"))
    assert "lane/build" in labels(issue(act, task)) and "lane/design" not in labels(issue(act, task))
    assert assignees(act, task) == ["ben"]
    # Somebody who was asked beside the lane stays; taken off stays off; no lane is none.
    await act.does(act.tess.unassign(NAME, task.number, "ben"))
    await act.does(act.ada.edit_issue(NAME, task.number, title="Still"))
    assert assignees(act, task) == []
    await says(act, task, "/assign nowhere", who="tess")
    assert "`not-assignable`" in status(act, task)
    assert "Nobody was assigned: `nowhere` is no collaborator here" in status(act, task)
    assert "on a task one lane: `design`, `build`" in status(act, task)
    await act.restart(forget=True)
    await act.does(act.ada.edit_issue(NAME, task.number, title="Lost"))
    assert "lane/build" in labels(issue(act, task)) and assignees(act, task) == []


async def test_people_and_a_lane_in_one_order(stage):
    act = await stage(repository(LANES))
    task = await opens_task(act, "Moves", lane="design")
    await says(act, task, "/assign @rex build", who="tess")
    assert "moved to the lane `build`, assigned to `rex`" in status(act, task)
    assert "lane/build" in labels(issue(act, task)) and "lane/design" not in labels(issue(act, task))
    assert assignees(act, task) == [one.login for one in task_pull(act, task).issue.assignees] == ["rex"]
    # Somebody of the lane that it leaves may be named; of a stranger nothing is moved.
    await says(act, task, "/assign lane/design @ben", who="tess")
    assert "lane/design" in labels(issue(act, task)) and set(assignees(act, task)) == {"rex", "ben"}
    await says(act, task, "/assign @nobody build", who="tess")
    assert "`not-assignable`" in status(act, task) and "lane/design" in labels(issue(act, task))


async def test_limits_hold_what_starts_by_itself_and_start_passes_them(stage):
    act = await stage(repository(settings(["max_open: 1"])))
    first = await opens_task(act, "First")
    second = await opens_task(act, "Second")
    third = await opens_task(act, "Third")
    assert [begun(act, one) for one in (first, second, third)] == [True, False, False]
    assert (state(act, second), silent(act, second)) == ("ready", True)
    await says(act, second, "/status", who="rex")
    assert "As many tasks are open as may be (1)" in status(act, second)
    await says(act, third, "/start")
    assert [begun(act, one) for one in (first, second, third)] == [True, False, True]
    await act.does(act.ada.close(NAME, first.number), act.ada.close(NAME, third.number))
    assert begun(act, second)

    # None starts by itself: a label alone does nothing, and the settings say how many may be.
    await changes_settings(act, ["autopilot: false"])
    fourth = await opens_task(act, "Fourth")
    assert not begun(act, fourth)
    await says(act, fourth, "/next", who="rex")
    assert f"#{fourth.number} Fourth" in status(act, fourth)
    await changes_settings(act, ["autopilot: true", "max_starts_per_hour: 3"])
    assert begun(act, fourth)
    fifth = await opens_task(act, "Fifth")
    assert not begun(act, fifth)
    await says(act, fifth, "/status", who="rex")
    assert "within the hour" in status(act, fifth)
    await says(act, fifth, "/start")
    assert begun(act, fifth)


async def test_lanes_and_paths_have_limits_of_their_own(stage):
    act = await stage(
        repository(
            settings(
                [
                    "lanes: {design: {max_open: 1}, build: {}}",
                    "default_lane: design",
                    'paths: [{paths: ["docs/**"], max_open: 1}]',
                ]
            )
        )
    )
    one = await opens_task(act, "One")
    two = await opens_task(act, "Two", lane="design")
    three = await opens_task(act, "Three", lane="build", paths=["docs/a/**"])
    four = await opens_task(act, "Four", lane="build", paths=["docs/b/**"])
    assert [begun(act, each) for each in (one, two, three, four)] == [True, False, True, False]
    await says(act, two, "/status", who="rex")
    await says(act, four, "/status", who="rex")
    assert "As many tasks of its lane (`design`) are open as may be" in status(act, two)
    assert "As many tasks on these paths (`docs/**`) are open as may be" in status(act, four)
    await act.does(act.ada.close(NAME, one.number), act.ada.close(NAME, three.number))
    assert begun(act, two) and begun(act, four)


async def test_a_window_and_a_pilot(stage):
    act = await stage(repository(settings([])))
    now = act.playground.clock.now().astimezone(UTC)
    later, end = (now + timedelta(hours=2)).strftime("%H:%M"), (now + timedelta(hours=4)).strftime("%H:%M")
    await changes_settings(act, [f'windows: [{{from: "{later}", to: "{end}"}}]'])
    task = await opens_task(act, "In its window")
    assert not begun(act, task)
    await says(act, task, "/status", who="rex")
    assert "Tasks start by themselves at set times only" in status(act, task)
    await changes_settings(act, ['windows: [{from: "00:00", to: "24:00"}]'])
    assert begun(act, task)
    pilot = await act.ada.open_issue(NAME, "Pilot", form())
    await act.does(act.ada.label(NAME, pilot.number, "graftsman/pilot", "task"))
    other = await opens_task(act, "Follows")
    assert (begun(act, pilot), begun(act, other)) == (True, False)
    await says(act, other, "/status", who="rex")
    assert f"The pilot #{pilot.number} must be merged first" in status(act, other)
    await works(act, pilot, {"src/a.py": "a = 2\n"})
    await merges(act, pilot)
    assert begun(act, other)


async def test_a_hold_holds_and_unreadable_settings_start_nothing(stage):
    act = await stage(repository())
    task = await act.ada.open_issue(NAME, "Held", form())
    await act.does(act.ada.label(NAME, task.number, "graftsman/hold", "task"))
    assert (begun(act, task), state(act, task)) == (False, "ready")
    await says(act, task, "/start", who="ben")
    assert not begun(act, task) and "It is on hold" in status(act, task)
    await says(act, task, "/unhold", who="ben")
    assert begun(act, task)
    await says(act, task, "/hold", who="tess")
    assert "no further folder" not in status(act, task)
    await act.does(act.ben.close(NAME, task_pull(act, task).number))
    await says(act, task, "/retry", who="ben")
    assert len([one for one in act.pulls if one.head_ref == task_pull(act, task).head_ref]) == 1
    await act.does(act.tess.unlabel(NAME, task.number, "graftsman/hold"))
    assert state(act, task) == "in-progress"

    await act.does(act.commits({SETTINGS: "version: 1\ntasks: {max_open: many}\n"}))
    other = await opens_task(act, "Unread")
    waits = await opens_task(act, "Waits", depends=f"#{other.number}")
    assert not begun(act, other)
    for one in (other, waits):
        assert "The settings of this repository cannot be read" in status(act, one)
        assert "tasks.max_open" in status(act, one) and "github/graftsman.yml:2" in status(act, one)
    assert "cannot be read" not in status(act, task)
    await says(act, other, "/start", who="ben")
    assert not begun(act, other) and "max_open" in status(act, other)
    await changes_settings(act, [])
    assert begun(act, other) and state(act, waits) == "blocked"
    for one, said in ((other, "Task: in progress"), (waits, "Task: blocked")):
        assert said in status(act, one) and "The settings of this repository" not in status(act, one)


async def test_epics_wait_for_their_parts_and_close_behind_them(stage):
    act = await stage(repository())
    epic = await act.ada.open_issue(NAME, "Epic", form())
    parts = [await act.ada.open_issue(NAME, f"Part {at}", form()) for at in range(2)]
    for part in parts:
        await act.does(act.ada.add_sub_issue(NAME, epic.number, part.number))
    for one in (epic, *parts):
        await act.does(act.ada.label(NAME, one.number, "task"))
    after = await opens_task(act, "After", depends=f"#{epic.number}")
    assert (begun(act, epic), state(act, epic)) == (False, "in-progress")
    assert all(begun(act, part) for part in parts) and not begun(act, after)
    await works(act, parts[0], {"src/a.py": "a = 2\n"})
    await merges(act, parts[0])
    assert issue(act, epic).state == "open"
    await act.does(act.ada.close(NAME, parts[1].number))
    assert (issue(act, epic).state, issue(act, epic).state_reason, state(act, epic)) == ("closed", "completed", "done")
    assert begun(act, after)
    # One that a person opens again stays open, also when looked at again and with the database lost.
    await act.does(act.ada.reopen(NAME, epic.number))
    await act.restart(forget=True)
    assert (issue(act, epic).state, begun(act, epic)) == ("open", False)

    # One that waits lets its parts wait, too; one on hold is not closed over people's heads.
    held = await act.ada.open_issue(NAME, "Held", form(depends=f"#{after.number}"))
    part = await act.ada.open_issue(NAME, "Its part", form())
    await act.does(act.ada.add_sub_issue(NAME, held.number, part.number))
    await act.does(act.ada.label(NAME, held.number, "task"), act.ada.label(NAME, part.number, "task"))
    assert (begun(act, part), state(act, part)) == (False, "blocked")
    await act.does(act.ada.close(NAME, after.number))
    assert begun(act, part)
    await says(act, held, "/hold", who="ben")
    await act.does(act.ada.close(NAME, part.number))
    assert issue(act, held).state == "open"
    await says(act, held, "/unhold", who="ben")
    assert issue(act, held).state == "closed"


async def test_next_says_what_to_take_and_why_also_of_a_lane(stage):
    act = await stage(repository(LANES.replace("dashboard: false", "dashboard: false\n  autopilot: false")))
    low = await opens_task(act, "Low @ada", lane="build", priority="low")
    high = await opens_task(act, "High", lane="build", priority="high", paths=["src/**"])
    await opens_task(act, "Behind", lane="build", depends=f"#{high.number}")
    design = await opens_task(act, "Design", lane="design")
    await says(act, low, "/next", who="rex")
    said = status(act, low)
    order = [said.index(f"#{one.number} ") for one in (design, high, low)]
    assert order == sorted(order)
    assert "critical path" in said and "Its priority is high" in said and "Nobody works on its paths" in said
    assert "@ada" not in said
    await says(act, low, "/next build", who="rex")
    assert f"#{design.number} " not in status(act, low) and f"#{high.number} " in status(act, low)
    plain = await act.rex.open_issue(NAME, "A question")
    await says(act, plain, "/next design", who="rex")
    assert f"#{design.number} " in status(act, plain)
    await says(act, plain, "/next bild", who="rex")
    assert "There is no lane `bild`. There are `build`, `design`. Of all tasks:" in status(act, plain)
    assert f"#{design.number} " in status(act, plain) and f"#{high.number} " in status(act, plain)
    await says(act, design, "/start")
    await says(act, plain, "/next design", who="rex")
    assert "Nothing can be taken now: 1 task of this lane is open" in status(act, plain)


async def test_explain_on_a_task_says_what_it_waits_for_and_whose_that_is(stage):
    act = await stage(repository(LANES))
    first = await opens_task(act, "First @ada", lane="build")
    second = await opens_task(act, "Second", depends=f"#{first.number}")
    await says(act, second, "/explain", who="rex")
    said = status(act, second)
    assert f"Task #{second.number} is blocked. It waits for #{first.number}." in said
    assert f"- #{first.number} First" in said and f"in progress, `ben`, #{task_pull(act, first).number}" in said
    assert "@ada" not in said
    await says(act, first, "/explain", who="rex")
    assert f"says `/explain` on #{task_pull(act, first).number}" in status(act, first)
