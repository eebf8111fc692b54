"""Merging through GitHub's own rules: required checks, the merge queue, auto-merge, drafts."""

import pytest

from tests.end_to_end.act import BOT, NAME
from tests.end_to_end.gates import (
    all_concluded,
    approvals,
    guard,
    more_people,
    newest,
    opens,
    pushes,
    reports,
    repository,
    reviews,
    says,
    status,
)

APPROVALS, GUARD = "graftsman/approvals", "graftsman/spec-guard"
RULE = 'version: 1\nspec: {guarded: ["src/**"]}\napprovals:\n  - {name: code, from: {permission: write}}\n'
QUEUE = RULE + "merging: {when: approved, how: queue}\n"
AUTO = RULE + "merging: {when: approved, how: auto}\n"


@pytest.fixture
def begin(stage):
    """A repository whose default branch asks for our checks, with an open folder pull request."""

    async def begin(settings, *required, queue=False, auto=False, folder="chat", **more):
        act = await stage(repository(settings, **more))
        more_people(act, ("eve", "write"))
        ours = [(name, act.app.app_id) for name in (APPROVALS, GUARD)]
        act.playground.protect(NAME, checks=[*ours, *required], merge_queue=queue, auto_merge=auto)
        await act.begins()
        return act, act.pull(folder)

    return begin


async def test_an_approval_puts_it_into_the_queue_whose_groups_are_answered(begin):
    act, pull = await begin(QUEUE, queue=True)
    assert pull.queued is None and pull.merged_at is None
    await reviews(act, "ben", pull)
    assert pull.merged_at is not None
    groups = [one for one in act.repository.checks.values() if one.external_id == f"group:{pull.number}"]
    assert {APPROVALS, GUARD, "graftsman/certificate"} == {one.name for one in groups}
    assert {one.conclusion for one in groups if one.name != GUARD} == {"success"}
    assert all_concluded(act)


async def test_what_github_throws_out_is_not_put_in_again_by_itself(begin):
    act, pull = await begin(QUEUE, "ci", queue=True)
    await reports(act, pull, "ci")
    await reviews(act, "ben", pull)
    await reports(act, pull.queued.head_sha, "ci", "failure")
    assert (pull.queued, pull.merged_at) == (None, None)
    assert "it left the merge queue" in status(act, pull)
    await says(act, "ben", pull, "/merge queue")
    await reports(act, pull.queued.head_sha, "ci")
    assert pull.merged_at is not None


async def test_a_gate_that_closes_in_the_queue_throws_it_out(begin):
    act, pull = await begin(QUEUE, "ci", queue=True)
    await reports(act, pull, "ci")
    review = await reviews(act, "ben", pull)
    assert pull.queued is not None
    await act.ada.dismiss(NAME, pull.number, review.id)
    act.later()
    await act.settle()
    assert (pull.queued, pull.merged_at) == (None, None)
    assert approvals(act, pull).conclusion == "action_required"
    await reviews(act, "eve", pull)
    assert pull.queued is not None

    # On hold: it must not be merged meanwhile, whatever waits in the queue.
    await says(act, "ben", pull, "/hold")
    assert pull.queued is None
    await says(act, "ben", pull, "/unhold")
    assert pull.queued is not None
    await reports(act, pull.queued.head_sha, "ci")
    assert pull.merged_at is not None and all_concluded(act)


async def test_a_group_is_judged_anew(begin):
    act, pull = await begin(RULE, queue=True)
    act.playground.protect(NAME, checks=["ci"], merge_queue=True)
    await reports(act, pull, "ci")
    await act.ben.enqueue(NAME, pull.number)
    await act.settle()
    entry = pull.queued
    assert entry is not None
    (check,) = [
        one for one in act.repository.checks.values() if (one.head_sha, one.name) == (entry.head_sha, APPROVALS)
    ]
    assert (check.status, check.conclusion) == ("completed", "failure")


async def test_the_order_for_the_queue(begin):
    act, pull = await begin(RULE, queue=True)
    await says(act, "ben", pull, "/merge queue")
    assert pull.queued is None and "`gates-closed`" in status(act, pull)
    await reviews(act, "ben", pull)
    assert pull.queued is None and pull.merged_at is None
    await says(act, "ben", pull, "/merge")
    assert "`not-mergeable`" in status(act, pull) and "merge queue" in status(act, pull)
    await says(act, "ben", pull, "/merge queue")
    assert pull.merged_at is not None
    assert "put into the merge queue" in status(act, pull)


async def test_auto_merge_is_enabled_once_and_stopped_when_the_gate_closes(begin):
    act, pull = await begin(AUTO, "ci", auto=True)
    review = await reviews(act, "ben", pull)
    assert pull.auto_merge is not None and pull.auto_merge.user.login == BOT
    with act.counting() as counted:
        await act.delivered_again()
    assert counted.writes == []

    await act.ada.dismiss(NAME, pull.number, review.id)
    act.later()
    await act.settle()
    assert (pull.auto_merge, pull.merged_at) == (None, None)
    await reports(act, pull, "ci")
    assert pull.merged_at is None
    await reviews(act, "eve", pull)
    assert pull.merged_at is not None and all_concluded(act)


async def test_auto_merge_where_nothing_is_left_to_wait_for_is_a_merge(begin):
    act, pull = await begin(AUTO, auto=True)
    await reviews(act, "ben", pull)
    assert pull.merged_at is not None


async def test_the_order_for_auto_merge_stands_while_the_gates_are_open(begin):
    act, pull = await begin(RULE, "ci", auto=True)
    await reviews(act, "ben", pull)
    await says(act, "ben", pull, "/merge auto")
    assert pull.auto_merge is not None
    await act.ada.label(NAME, pull.number, "graftsman/folder", "urgent")
    await act.settle()
    assert pull.auto_merge is not None
    await reports(act, pull, "ci")
    assert pull.merged_at is not None


async def test_a_draft_is_made_ready_and_merged(begin):
    act, pull = await begin(RULE + "merging: {when: approved}\npulls: {draft: true}\n")
    assert pull.draft
    await reviews(act, "ben", pull)
    assert not pull.draft and pull.merged_at is not None


async def test_required_checks_are_there_on_every_head_of_everybodys(begin):
    act, pull = await begin(RULE)
    theirs = await opens(act, "ben", "work", {"docs/x.md": "y\n"})
    robot = act.playground.create_user("robot[bot]", "robot")
    robot.type = "Bot"
    act.playground.set_permission(NAME, "robot[bot]", "write")
    act.robot = act.playground.as_user("robot[bot]")
    bots = await opens(act, "robot", "bump", {"docs/x.md": "z\n"})
    for one in (pull, theirs, bots):
        assert newest(act, one, APPROVALS).status == newest(act, one, GUARD).status == "completed", one.number
    await pushes(act, "robot", "bump", {"docs/x.md": "zz\n"})
    await pushes(act, "ben", "work", {"docs/x.md": "yy\n"})
    await pushes(act, "eve", pull.head_ref, {"apps/chat/more.md": "more\n"})
    for one in (pull, theirs, bots):
        assert newest(act, one, APPROVALS).status == newest(act, one, GUARD).status == "completed", one.number
    assert guard(act, theirs).conclusion == "neutral"
    assert all_concluded(act)
