"""What the machine of test_task_machine.py found, each as the shortest dialogue."""

import pytest

from bot.runs.queue import Target
from tests.end_to_end.act import NAME
from tests.end_to_end.tasks import (
    LANES,
    begun,
    issue,
    labels,
    opens_task,
    repository,
    says,
    state,
    status,
    task_pull,
    writes,
)

ONE_AT_A_TIME = "version: 1\ntasks: {dashboard: false, max_open: 1}\n"


async def forgets(act):
    """The bot loses its database; the ledger is in git."""
    await act.running.queue.request([Target("ledger", NAME, NAME, act.installation.id)])
    await act.settle()
    await act.restart(forget=True)


async def test_a_hold_on_the_issue_is_said_on_its_pull_request_at_once(stage):
    act = await stage(repository())
    task = await opens_task(act, "Held")
    pull = task_pull(act, task)
    await act.does(act.ben.ready(NAME, pull.number))
    await act.does(act.tess.label(NAME, task.number, "graftsman/hold"))
    (said,) = act.said(pull.issue, "status")
    assert "On hold" in said.body
    await act.does(act.ben.unlabel(NAME, task.number, "graftsman/hold"))
    (said,) = act.said(pull.issue, "status")
    assert "On hold" not in said.body


async def test_a_retry_that_found_nothing_is_no_order_after_a_loss_either(stage):
    act = await stage(repository(ONE_AT_A_TIME))
    await opens_task(act, "First")
    second = await opens_task(act, "Second")
    await says(act, second, "/retry")
    assert (begun(act, second), state(act, second)) == (False, "ready") and "nothing" in status(act, second).lower()
    await forgets(act)
    assert (begun(act, second), state(act, second)) == (False, "ready")


async def test_a_lane_that_a_form_names_anew_after_it_named_none_moves_the_task(stage):
    act = await stage(repository(LANES))
    task = await opens_task(act, "Moves", lane="build")
    await writes(act, task)
    assert "lane/build" in labels(issue(act, task))
    await writes(act, task, lane="design")
    assert "lane/design" in labels(issue(act, task)) and "lane/build" not in labels(issue(act, task))


@pytest.mark.parametrize("older_lets_go", [True, False])
async def test_what_one_text_lets_go_of_makes_room_for_another_in_the_same_look(stage, older_lets_go):
    act = await stage(repository())
    pair = [await opens_task(act, "Older"), await opens_task(act, "Newer")]
    first, second = pair if older_lets_go else reversed(pair)
    await writes(act, first, depends=f"#{second.number}")
    await writes(act, second, depends=f"#{first.number}")
    assert [one.number for one in issue(act, first).blocked_by] == [second.number]
    assert not issue(act, second).blocked_by  # that would be a circle
    await writes(act, first)
    assert not issue(act, first).blocked_by
    assert [one.number for one in issue(act, second).blocked_by] == [first.number]
