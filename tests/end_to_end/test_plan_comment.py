"""One plan comment: what it shows, and that it is one, and ours."""

from tests.end_to_end.act import NAME
from tests.end_to_end.files import MANIFEST, files, many


async def test_it_shows_folders_files_rewrites_warnings_graph_and_forecast(stage):
    act = await stage(files(settings="version: 1\npulls:\n  max_open: 1\n"))
    await act.begins()
    assert f"Manifest `{MANIFEST}`, started by `ada`." in act.plan
    assert "In all: 5 files (2 byte for byte, 3 changed by 3 rewrites), 1 warning." not in act.plan
    assert act.row("types").startswith("| `types` | `STAGING/types` | `packages/types` | 2 |")
    assert act.row("terminal").startswith("| `terminal` | `STAGING/terminal` | `apps/terminal` | 1 | 2 |")
    assert "GitHub's limits let the 2 folders still ahead take about **" in act.plan
    graph = act.plan.split("```mermaid\n")[1].split("```")[0]
    assert graph.startswith(("graph ", "flowchart "))
    assert "-->" in graph
    assert len(act.issue.comments) == 1


async def test_it_is_one_comment_edited_in_place(stage):
    act = await stage()
    await act.begins()
    (first,) = act.issue.comments
    await act.merges("types")
    await act.does(act.ben.close(NAME, act.pull("chat").number))
    assert [one.id for one in act.issue.comments] == [first.id]
    assert first.edits


async def test_deleted_or_edited_it_is_put_right(stage):
    act = await stage()
    await act.begins()
    (first,) = act.said()
    text = first.body
    await act.does(act.ada.edit_comment(NAME, first.id, "All is well."))
    assert act.plan == text
    await act.does(act.ada.edit_comment(NAME, first.id, text.replace("0 of 3", "3 of 3")))
    assert act.plan == text
    assert [one.id for one in act.issue.comments] == [first.id]
    (second,) = act.said()
    await act.does(act.ada.delete_comment(NAME, second.id))
    assert act.plan == text
    # Deleted while the bot is away, its data lost as well: still one.
    await act.stop()
    await act.ada.delete_comment(NAME, act.said()[0].id)
    await act.start()
    await act.settle()
    assert act.plan == text
    await act.restart(forget=True)
    assert act.plan == text
    await act.does(act.ada.edit_comment(NAME, act.said()[0].id, "All is well."))
    assert act.plan == text
    assert len(act.issue.comments) == 1


async def test_a_comment_by_somebody_else_with_our_marker_is_not_ours(stage):
    act = await stage()
    await act.begins()
    text = act.plan
    await act.does(act.rex.comment(NAME, act.issue.number, text.replace("0 of 3", "9 of 9")))
    await act.restart(forget=True)
    assert act.plan == text
    assert len(act.issue.comments) == 2


async def test_the_delivery_comment_deleted_by_a_person_comes_back_when_there_is_news(stage):
    act = await stage()
    await act.begins()
    pull = act.pull("chat")
    await act.does(act.ben.close(NAME, pull.number))
    (said,) = act.said(pull.issue, "delivery")
    await act.stop()  # a bot that has just made a comment takes a 404 for a replica that lags, and waits
    await act.ada.delete_comment(NAME, said.id)
    await act.start()
    await act.does(act.ben.reopen(NAME, pull.number))
    await act.merges("chat")
    (again,) = act.said(pull.issue, "delivery")
    assert "`chat` delivered" in again.body


async def test_a_large_plan_stays_within_githubs_limits_and_is_told_of_as_it_goes(stage):
    act = await stage(many(12, each=1))
    await act.begins()
    (comment,) = act.said()
    assert "0 of 12 folders merged" in comment.body
    # While the folders are opened, people see it happen.
    assert any("#" in line for edit in comment.edits[1:] for line in edit.before.splitlines() if "| `part-" in line)
