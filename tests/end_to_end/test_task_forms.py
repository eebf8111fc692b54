"""What a task's issue says: read leniently, believed strictly; what cannot be read is asked for, with its line."""

from tests.end_to_end.act import NAME
from tests.end_to_end.tasks import (
    LANES,
    begun,
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
    writes,
)


def line_of(one, text):
    """The number of the line of an issue's body that holds a text."""
    return next(at for at, line in enumerate(one.body.split("\n"), 1) if text in line)


async def test_what_cannot_be_read_is_asked_for_with_its_line_and_mended_by_an_edit(stage):
    act = await stage(repository(LANES))
    task = await opens_task(
        act, "Unreadable", paths=["src/{a", "../up.py"], lane="desing", priority="soon", spec="/etc/passwd"
    )
    assert (state(act, task), begun(act, task)) == ("blocked", False)
    said = status(act, task)
    for code, text in (
        ("bad-glob", "src/{a"),
        ("unsafe-path", "../up.py"),
        ("task-lane-unknown", "desing"),
        ("task-priority-unknown", "soon"),
        ("unsafe-path", "/etc/passwd"),
    ):
        assert f"`{code}`" in said
        assert f"`issue:{line_of(task, text)}`" in said
    assert "`design` may be meant" in said

    # Half of it mended: the rest is still asked for, in the same comment.
    await writes(act, task, paths=["src/a.py"], lane="design", priority="soon")
    said = status(act, task)
    assert "task-priority-unknown" in said and "bad-glob" not in said and not begun(act, task)
    await writes(act, task, paths=["src/a.py"], lane="design", priority="high")
    assert begun(act, task)
    assert "cannot be read" not in status(act, task) and "task-priority-unknown" not in status(act, task)
    assert labels(issue(act, task)) == {"task", "status/in-progress", "lane/design"}
    assert [one.login for one in issue(act, task).assignees] == ["ada"]


async def test_dependencies_that_cannot_be_are_refused_and_a_circle_is_spelled_out(stage):
    act = await stage(repository())
    pull = await act.ben.create_branch(NAME, "topic")
    await act.commits({"notes.md": "mine\n"}, "topic", who="ben")
    pull = await act.ben.open_pull(NAME, "topic", "A pull request")
    first = await opens_task(act, "First", depends="#999")
    assert "`task-dependency-missing`" in status(act, first) and "#999" in status(act, first)
    assert f"`issue:{line_of(first, '#999')}`" in status(act, first)
    await writes(act, first, depends=f"#{first.number}")
    assert "`task-depends-on-itself`" in status(act, first)
    await writes(act, first, depends=f"#{pull.number}")
    assert "`task-dependency-is-pull`" in status(act, first)
    await writes(act, first, depends="the other one")
    assert "`task-dependency-unreadable`" in status(act, first) and "the task does not start" in status(act, first)
    assert not begun(act, first)

    second = await opens_task(act, "Second", depends=f"#{first.number}")
    third = await opens_task(act, "Third", depends=f"#{second.number}")
    await writes(act, first, depends=f"#{third.number}")
    said = status(act, first)
    assert "`task-dependency-cycle`" in said
    circle = f"#{first.number} → #{third.number} → #{second.number} → #{first.number}"
    assert circle in said
    assert issue(act, first).blocked_by == []
    assert (state(act, second), state(act, third)) == ("blocked", "blocked")
    await writes(act, first)
    assert begun(act, first) and "task-dependency-cycle" not in status(act, first)
    await writes(act, first, depends="#999")
    assert "`task-dependency-missing`" in status(act, first) and "the task does not start" not in status(act, first)
    await writes(act, first)

    # A circle that people made natively, where GitHub lets them, is spelled out, too.
    act.playground.world.indirect_cycles = True
    await act.does(act.ada.block(NAME, first.number, third.number))
    assert circle in status(act, first)


async def test_an_issue_that_is_no_task_blocks_until_it_is_closed(stage):
    act = await stage(repository())
    plain = await act.rex.open_issue(NAME, "A question")
    other = await act.rex.open_issue(NAME, "An idea")
    task = await opens_task(act, "Waits", depends=f"#{plain.number}, #{other.number}")
    assert [one.number for one in issue(act, task).blocked_by] == [plain.number, other.number]
    assert (state(act, task), silent(act, task)) == ("blocked", True)
    assert labels(plain) == set()
    await act.does(act.ada.close(NAME, plain.number))
    assert state(act, task) == "blocked"

    # One that is given up does not count as done: somebody is to decide.
    await act.does(act.ada.close(NAME, other.number, "not_planned"))
    assert not begun(act, task)
    assert f"#{other.number}" in status(act, task) and "not planned" in status(act, task)
    await says(act, task, "/start")
    assert begun(act, task)


async def test_a_dependency_follows_its_text_and_one_that_was_taken_off_natively_stays_off(stage):
    act = await stage(repository())
    first = await opens_task(act, "First")
    second = await opens_task(act, "Second")
    third = await opens_task(act, "Third", depends=f"#{first.number}", more=f"\n\nDepends on #{second.number}\n")
    assert {one.number for one in issue(act, third).blocked_by} == {first.number, second.number}
    await writes(act, third, depends=f"#{first.number}")
    assert [one.number for one in issue(act, third).blocked_by] == [first.number]
    await act.does(act.tess.unblock(NAME, third.number, first.number))
    assert issue(act, third).blocked_by == []
    assert begun(act, third)
    await act.restart(forget=True)
    await act.does(act.ada.edit_issue(NAME, third.number, title="The third"))
    assert issue(act, third).blocked_by == []


async def test_a_spec_a_goal_and_the_boxes_are_on_the_pull_request_and_calls_nobody(stage):
    act = await stage(repository(**{"specs/one.md": "# One\n"}))
    task = await opens_task(
        act,
        "Say @ada <!-- hello -->",
        goal="Ask @ada.\n\n```\n- [ ] no box\n```\n\n</details><!-- x -->",
        acceptance=["Ask @ada, see #1", "Ends"],
        spec="`specs/one.md`",
        paths=["src/**"],
        verification="Run it.",
    )
    body = task_pull(act, task).issue.body
    assert "| Spec | `specs/one.md` |" in body and "`src/**`" in body and "Run it." in body
    assert "- [ ] Ends\n" in body
    assert body.partition("### Acceptance")[2].count("\n- [") == 2
    outside = body.partition("### Goal")[0] + body.partition("### Acceptance")[2]
    assert "@ada" not in outside
    assert "is not there yet" not in status(act, task)


async def test_a_spec_that_is_not_there_is_told_until_it_is(stage):
    act = await stage(repository())
    task = await opens_task(act, "Early", spec="specs/two.md")
    waits = await opens_task(act, "Later", spec="specs/two.md", depends=f"#{task.number}")
    for one in (task, waits):
        assert "Its spec `specs/two.md` is not there yet" in status(act, one)
    await act.does(act.commits({"specs/two.md": "# Two\n"}, branch=task_pull(act, task).head_ref, who="ben"))
    assert "is not there yet" not in status(act, task) and "is not there yet" in status(act, waits)
    await act.does(act.commits({"specs/two.md": "# Two\n"}))
    assert "is not there yet" not in status(act, waits)


async def test_ticks_go_both_ways_and_survive_edits(stage):
    act = await stage(repository())
    task = await opens_task(act, "Boxes", acceptance=["One & two", "Two", "Three"])
    number = task_pull(act, task).number
    pull = act.repository.issue(number)
    await act.does(act.ben.tick(NAME, number, "One"))
    assert "1 of 3 acceptance items ticked" in status(act, task)
    # The issue's title changes, and its text: the tick stays.
    await act.does(act.ada.edit_issue(NAME, task.number, title="Boxes again"))
    assert pull.title == "Boxes again" and "- [x] One" in pull.body
    await act.does(act.ada.tick(NAME, task.number, "Two"))
    assert "- [x] One" in pull.body and "- [x] Two" in pull.body and "- [ ] Three" in pull.body
    await act.does(act.ada.tick(NAME, task.number, "Two", False))
    assert "- [x] One" in pull.body and "- [ ] Two" in pull.body
    await act.does(act.ben.tick(NAME, number, "One", False))
    assert "- [ ] One" in pull.body
    await act.does(act.ben.tick(NAME, number, "Three"))

    # What people write below the end is theirs; what is above is the issue's.
    await act.does(act.ben.edit_issue(NAME, number, body=pull.body.replace("\n", "\r\n") + "\r\nMine: @tess look.\r\n"))
    await writes(act, task, goal="New.", acceptance=["Zero", "One & two", "Three"])
    assert "Mine: @tess look." in pull.body and "New." in pull.body
    assert "- [ ] Zero" in pull.body and "- [x] Three" in pull.body and "Two\n" not in pull.body
    await merges(act, task)
    assert "Not ticked" in status(act, task) and "Zero" in status(act, task)


async def test_an_issue_without_the_form_is_a_goal_and_its_boxes(stage):
    act = await stage(repository())
    task = await act.ada.open_issue(NAME, "Prose", "Do it.\r\n\r\n- [x] Here\r\n- [ ] There\r\n")
    await act.does(act.ada.label(NAME, task.number, "Task"))
    body = task_pull(act, task).issue.body
    assert "- [x] Here\n- [ ] There" in body and "Do it." in body
    assert form() != task.body
