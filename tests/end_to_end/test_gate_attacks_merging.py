"""Nothing is merged that should not be, and what should be once; sizes, lost and doubled webhooks change nothing."""

import pytest

from bot.playground.acts import checks
from bot.playground.acts.reviews import review as review_as
from bot.playground.state import Actor
from tests.end_to_end.act import BOT, NAME
from tests.end_to_end.attacks import AUTO, POLICY, gated, opens, reviews, says, status, summary, verdict
from tests.end_to_end.test_gate_attacks_rules import other_app, spec

TWO = AUTO.replace("write}\n", "write}\n    count: 2\n")
"""Mia's approval, which waives, is one of two."""
PATCH = '```json\n{"version": 1, "operations": [{"op": "create", "path": "src/b.txt", "content": "x\\n"}]}\n```\n'


async def ours(act, who="ben"):
    """A pull request of Graftsman's own, by an order on an issue."""
    issue = await act.ada.open_issue(NAME, "Please do", "This.")
    await says(act, who, issue, f"{PATCH}\n/apply\n")
    (pull,) = act.pulls
    assert pull.issue.user.login == BOT
    assert act.checks(pull, "graftsman/approvals"), "a required check does not wait for the sweep"
    return pull


async def checked(act, actor, pull, name, conclusion=None):
    done = {"status": "completed", "conclusion": conclusion} if conclusion else {"status": "in_progress"}
    body = {"name": name, "head_sha": pull.head_sha, **done}
    made = await checks.create_check(act.playground.world, act.repository, actor, body)
    await act.settle()
    return made


async def concludes(act, actor, check, conclusion="success"):
    body = {"status": "completed", "conclusion": conclusion}
    await checks.update_check(act.playground.world, check, actor, body)
    await act.settle()


def merges(act):
    found = [one for one in act.playground.exchanges if one.method == "PUT" and one.path.endswith("/merge")]
    return [(one.request_body["sha"], one.status) for one in found]


@pytest.mark.parametrize("last", ["failed", "running", "hold", "draft", "spec", "approval"])
async def test_whatever_is_the_last_to_stand_against_it_stops_the_merge(stage, last):
    act = await gated(stage, TWO + "spec: {guarded: ['src/**']}\n")
    actor = await other_app(act)
    pull = await ours(act)
    await checked(act, actor, pull, "ci", "failure")
    running = await checked(act, actor, pull, "slow")
    await says(act, "cy", pull, "/hold")
    await act.does(act.ben.ready(NAME, pull.number, draft=True))
    against = {
        "failed": lambda: checked(act, actor, pull, "ci", "success"),
        "running": lambda: concludes(act, actor, running),
        "hold": lambda: says(act, "cy", pull, "/unhold"),
        "draft": lambda: act.does(act.ada.ready(NAME, pull.number)),
        "spec": lambda: reviews(act, "mia", pull, body="waive uncovered: it is a test"),
        "approval": lambda: reviews(act, "dora", pull),
    }
    head = pull.head_sha
    for name in [*(each for each in against if each != last), last]:
        assert pull.merged_at is None, name
        await against[name]()
    assert pull.merged_at is not None and merges(act) == [(head, 200)]


async def test_a_draft_that_a_person_made_one_is_left_a_draft(stage):
    act = await gated(stage, AUTO)
    pull = await ours(act)
    await act.does(act.ada.ready(NAME, pull.number, draft=True))
    await reviews(act, "cy", pull)
    assert verdict(act, pull) == "success"
    assert pull.draft and pull.merged_at is None
    await act.does(act.ada.ready(NAME, pull.number))
    assert pull.merged_at is not None


async def test_a_failed_check_is_not_hidden_by_one_of_the_same_name(stage):
    act = await gated(stage, AUTO)
    actor, another = await other_app(act), await other_app(act, "another")
    pull = await ours(act)
    failed = await checked(act, actor, pull, "ci", "failure")
    await checked(act, another, pull, "ci", "success")
    await checked(act, another, pull, "lint", "success")
    await checked(act, actor, pull, "lint", "failure")
    await reviews(act, "cy", pull)
    assert verdict(act, pull) == "success" and pull.merged_at is None
    await checked(act, actor, pull, "ci", "success")
    assert pull.merged_at is None
    await checked(act, actor, pull, "lint", "success")
    assert failed.conclusion == "failure" and pull.merged_at is not None


async def test_a_review_by_who_asked_merges_nothing_and_a_push_before_the_merge_stops_it(stage):
    act = await gated(stage, AUTO)
    pull = await ours(act, "ben")
    await reviews(act, "ben", pull)
    assert pull.merged_at is None
    act.later(20)
    await act.stop()
    await act.cy.review(NAME, pull.number, "APPROVE")
    act.later(20)
    await act.commits({"src/b.txt": "evil\n"}, pull.head_ref, who="eve")
    act.later(20)
    await act.start()
    await act.settle()
    assert pull.merged_at is None and verdict(act, pull) == "action_required"
    assert merges(act) == []


async def test_whoever_presses_a_button_asks_for_no_change_and_changes_nothing_else(stage):
    old = spec(more="last_review: 2020-01-01\n")
    act = await gated(stage, POLICY, {"tasks/specs/0001.md": old.encode()})
    pull = await opens(act, "ben")
    check = max(act.checks(pull, "graftsman/spec-guard"), key=lambda run: run.id)
    assert [one["identifier"] for one in check.actions] == ["record-review", "update-index"]
    await act.does(act.eve.press(NAME, check.id, "record-review"))
    assert b"2020-01-01" not in await act.file("tasks/specs/0001.md", "topic")
    assert await act.file("src/a.txt", "topic") == b"b\n"
    # The button wrote what follows from the specs alone, whoever pressed it: a reviewer may, and approve.
    head = pull.head_sha
    await reviews(act, "eve", pull)
    assert verdict(act, pull) == "success"
    await act.delivered_again()
    assert pull.head_sha == head


# --- sizes


async def test_a_rule_that_nobody_can_satisfy_says_so_and_hangs_nothing(stage):
    act = await gated(stage, "version: 1\napprovals:\n  - {name: me, from: {users: [ben]}}\n")
    pull = await opens(act, "ben")
    assert verdict(act, pull) == "failure"
    assert "ben" in summary(act, pull)
    comment = await says(act, "ada", pull, "/merge")
    assert pull.merged_at is None and comment and "gates-closed" in status(act, pull)


@pytest.mark.timeout(240)
async def test_many_reviews_with_long_texts_and_many_files_stay_within_the_limits(stage):
    files = {f"src/{number:04}/{'x' * 60}.txt": "x\n" for number in range(1000)}
    act = await gated(stage, POLICY)
    pull = await opens(act, "ben", files)
    world = act.playground.world
    await act.stop()
    for number in range(300):
        login = f"p{number:03}"
        act.playground.create_user(login)
        act.playground.set_permission(NAME, login, "read" if number else "write")
        actor = Actor(world.user(login))
        body = ("waive uncovered: x " + "@ada closes #1 `" * 10_000)[:60_000] if number < 3 else "Yes."
        await review_as(world, pull, actor, "APPROVE", body)
    act.later()
    await act.start()
    await act.settle()
    assert verdict(act, pull) == "success"
    check = max(act.checks(pull, "graftsman/approvals"), key=lambda run: run.id)
    assert len(check.summary) <= 65_535
    await says(act, "cy", pull, "/explain")
    assert len(status(act, pull).encode()) <= 60_000


# --- webhooks


async def test_a_lost_review_is_found_by_the_sweep(stage):
    act = await gated(stage, AUTO)
    pull = await ours(act)
    act.playground.faults.drop_webhooks(lambda one: one.event == "pull_request_review")
    await reviews(act, "cy", pull)
    assert verdict(act, pull) == "action_required"
    await act.restart()
    assert pull.merged_at is not None and merges(act)[0][1] == 200 and len(merges(act)) == 1


async def test_a_lost_dismissal_is_found_by_the_sweep(stage):
    act = await gated(stage)
    pull = await opens(act, "ben")
    review = await reviews(act, "cy", pull)
    act.playground.faults.drop_webhooks(lambda one: one.event == "pull_request_review")
    await act.does(act.ada.dismiss(NAME, pull.number, review.id))
    assert verdict(act, pull) == "success"
    pull.issue.updated_at = act.playground.world.now()
    await act.restart()
    assert verdict(act, pull) == "action_required"


async def test_reordered_reviews_are_read_as_they_are(stage):
    act = await gated(stage)
    pull = await opens(act, "ben")
    act.playground.faults.reorder_webhooks(lambda one: one.event == "pull_request_review" and one.action == "submitted")
    review = await act.cy.review(NAME, pull.number, "APPROVE")
    act.later()
    await act.ada.dismiss(NAME, pull.number, review.id)
    act.later()
    await act.settle()
    assert verdict(act, pull) == "action_required"


async def test_doubled_webhooks_write_nothing(stage):
    act = await gated(stage)
    act.playground.faults.duplicate_webhooks(lambda one: True, new_guid=True)
    pull = await opens(act, "ben")
    await reviews(act, "cy", pull)
    await act.commits({"src/b.txt": "x\n"}, "topic", who="ben")
    await act.settle()
    await reviews(act, "cy", pull)
    assert len(act.checks(pull, "graftsman/approvals")) == 1
    with act.counting() as counted:
        await act.delivered_again()
        await act.delivered_again(new_ids=False)
    assert counted.writes == []
