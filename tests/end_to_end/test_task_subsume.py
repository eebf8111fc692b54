"""An epic takes tasks over: they close as subsumed and hand their dependants on."""

from tests.end_to_end.act import NAME
from tests.end_to_end.tasks import issue, labels, opens_task, repository, says, status, task_pull

OFF = "version: 1\ntasks: {dashboard: false, autopilot: false}\n"


def waits(act, one):
    return sorted(each.number for each in issue(act, one).blocked_by)


async def plan(act):
    """``docs`` waits for ``parse``, which waits for ``read``; an epic that is to take both over."""
    read = await opens_task(act, "Read")
    parse = await opens_task(act, "Parse", depends=f"#{read.number}")
    docs = await opens_task(act, "Docs", depends=f"#{parse.number}")
    epic = await opens_task(act, "Reader")
    return read, parse, docs, epic


async def test_an_epic_takes_tasks_over_and_their_dependants_wait_for_it(stage):
    act = await stage(repository(OFF))
    other = await opens_task(act, "Other")
    read, parse, docs, epic = await plan(act)
    await act.does(act.ben.block(NAME, read.number, other.number))
    await says(act, epic, f"/subsume #{read.number} #{parse.number}")
    assert "took over" in status(act, epic) and "2 dependencies handed on" in status(act, epic)
    for one in (read, parse):
        assert (issue(act, one).state, issue(act, one).state_reason) == ("closed", "not_planned")
        assert labels(one) == {"task", "status/subsumed"}
        assert issue(act, one).parent.number == epic.number
    assert waits(act, docs) == [epic.number] and waits(act, epic) == [other.number]
    assert labels(docs) == {"task", "status/blocked"} and labels(epic) == {"task", "status/blocked"}
    told = [event for event in await act.events() if event.type == "TASK_SUBSUMED"]
    assert [(event.issue, event.actor) for event in told] == [(read.number, "ben"), (parse.number, "ben")]

    # The epic has the work now: it begins like any task, also when all is forgotten meanwhile.
    await act.restart(forget=True)
    assert labels(read) == {"task", "status/subsumed"}
    await act.does(act.ada.close(NAME, other.number))
    assert labels(epic) == {"task", "status/ready"}
    await says(act, epic, "/start")
    assert task_pull(act, epic).draft and labels(epic) == {"task", "status/in-progress"}


async def test_what_cannot_be_taken_over_is_refused_and_nothing_changes(stage):
    act = await stage(repository(OFF))
    read, parse, docs, epic = await plan(act)
    before = [waits(act, one) for one in (read, parse, docs, epic)]
    for words, code in (
        ("", "subsume-nothing"),
        ("#9999", "subsume-unknown"),
        (f"#{epic.number}", "subsume-self"),
        ("nine", "subsume-nothing"),
    ):
        await says(act, epic, f"/subsume {words}")
        assert f"`{code}`" in status(act, epic), words
    # docs waits for parse; if docs took read over, docs would wait for itself over parse.
    await says(act, docs, f"/subsume #{read.number}")
    assert "`subsume-cycle`" in status(act, docs)
    await says(act, read, "/start")
    await says(act, epic, f"/subsume #{read.number}")
    assert "`subsume-begun`" in status(act, epic)
    await says(act, epic, f"/subsume #{parse.number}", who="tess")
    assert "not allowed" in status(act, epic)
    assert [waits(act, one) for one in (read, parse, docs, epic)] == before
    assert all(issue(act, one).state == "open" for one in (read, parse, docs, epic))
    assert not [event for event in await act.events() if event.type == "TASK_SUBSUMED"]


async def test_a_subsumed_task_that_is_opened_again_is_a_task_like_any_other(stage):
    act = await stage(repository(OFF))
    read, _, _, epic = await plan(act)
    await says(act, epic, f"/subsume #{read.number}")
    await act.does(act.ada.reopen(NAME, read.number))
    assert labels(read) == {"task", "status/ready"}
    await act.does(act.ada.close(NAME, read.number))
    assert labels(read) == {"task", "status/done"}
