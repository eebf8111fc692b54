"""What the machine of test_task_machine.py found, each as the shortest dialogue."""

from tests.end_to_end.act import NAME
from tests.end_to_end.tasks import opens_task, repository, task_pull


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
