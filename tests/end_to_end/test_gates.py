"""Reviewers open gates by reviews, and are told at every block what is missing and who can give it."""

import pytest

from bot.playground.acts import checks
from bot.playground.state import Actor
from tests.end_to_end.act import BOT, NAME
from tests.end_to_end.files import files
from tests.end_to_end.gates import approvals, more_people, reviews, status

POLICY = """\
version: 1
approvals:
  - name: code
    from: {permission: write}
  - name: design
    paths: ["**/*.css"]
    from: {users: [dora]}
"""
AUTO = POLICY + "merging: {when: approved}\n"


def settings(text):
    return {".github/graftsman.yml": text.encode()}


@pytest.fixture
async def begin(stage):
    """A repository with this policy, whose people also are ``dora`` (design, writes) and ``eve`` (writes)."""

    async def begin(policy=POLICY, more=None):
        act = await stage({**files(), **settings(policy), **(more or {})})
        more_people(act, ("dora", "write"), ("eve", "write"))
        return act

    return begin


async def test_without_a_policy_nothing_needs_approval_and_nothing_is_said(stage):
    act = await stage()
    await act.begins()
    pull = act.pulls_of("chat")[0]
    assert act.checks(pull, "graftsman/approvals") == []
    await reviews(act, "ben", pull)
    assert act.checks(pull, "graftsman/approvals") == []
    assert act.said(pull.issue, "status") == []


async def test_a_review_that_approves_opens_the_gate(begin):
    act = await begin()
    await act.begins()
    pull = act.pulls_of("chat")[0]
    check = approvals(act, pull)
    assert (check.status, check.conclusion) == ("completed", "action_required")
    assert "code" in check.title
    assert "⏳" in status(act, pull) and "`/explain`" in status(act, pull)
    assert {one.status for one in act.checks(pull)} == {"completed"}  # a required check never hangs

    await reviews(act, "ben", pull)
    assert approvals(act, pull).conclusion == "success"
    assert "✅ Approved as the policy asks." in status(act, pull)
    kinds = [event.type for event in await act.events() if event.subject == f"pull:{pull.number}"]
    assert kinds == ["GATE_OPENED"]


async def test_who_asked_for_the_change_cannot_approve_it(begin):
    act = await begin()
    await act.begins(labeller="ada")
    pull = act.pulls_of("chat")[0]
    await reviews(act, "ada", pull)
    assert approvals(act, pull).conclusion == "action_required"
    assert "requester" in approvals(act, pull).summary or "asked for" in approvals(act, pull).summary


async def test_requested_changes_block_until_they_are_settled(begin):
    act = await begin()
    await act.begins()
    pull = act.pulls_of("chat")[0]
    await reviews(act, "ben", pull)
    asked = await reviews(act, "eve", pull, "REQUEST_CHANGES", "The names are wrong.")
    assert approvals(act, pull).conclusion == "failure"
    assert f"#pullrequestreview-{asked.id}" in status(act, pull)
    # A review without a patch becomes a task of its own, linked to it.
    (task,) = [one for one in act.repository.issues.values() if f"pullrequestreview-{asked.id}" in (one.body or "")]
    assert (task.user.login, task.state) == (BOT, "open") and "task" in {label.name for label in task.labels}

    await reviews(act, "eve", pull)
    assert approvals(act, pull).conclusion == "success"
    assert task.state == "closed"


async def test_a_patch_in_a_review_is_offered_and_lands_by_one_line(begin):
    act = await begin()
    await act.begins()
    pull = act.pulls_of("chat")[0]
    made = '{"op": "create", "path": "apps/chat/EXTRA.md", "content": "x\\n"}'
    batch = f'```json\n{{"version": 1, "operations": [{made}]}}\n```\n'
    asked = await reviews(act, "eve", pull, "REQUEST_CHANGES", f"Add this:\n\n{batch}")
    assert f"`/apply review {asked.id}`" in status(act, pull)
    act.later(20)
    await act.ben.comment(NAME, pull.number, f"/apply review {asked.id}")
    act.later(20)
    await act.settle()
    assert await act.file("apps/chat/EXTRA.md", pull.head_ref) == b"x\n"


async def test_an_approval_is_carried_over_where_its_files_are_as_they_were(begin):
    act = await begin(more={"STAGING/chat/look.css": b"a {}\n"})
    await act.begins()
    pull = act.pulls_of("chat")[0]
    await reviews(act, "ben", pull)
    await reviews(act, "dora", pull)
    assert approvals(act, pull).conclusion == "success"
    # Eve pushes to another file: who answers for all of it is asked again, who answers for the style sheets is not.
    await act.commits({"apps/chat/EXTRA.md": "more\n"}, pull.head_ref, who="eve")
    await act.settle()
    check = approvals(act, pull)
    assert check.conclusion == "action_required" and "code" in check.title and "design" not in check.title
    assert "ben" in [user.login for user in pull.reviewers]
    await reviews(act, "ben", pull)
    assert approvals(act, pull).conclusion == "success"


async def test_an_approval_that_is_dismissed_closes_the_gate_and_is_in_the_report(begin):
    act = await begin()
    await act.begins()
    pull = act.pulls_of("chat")[0]
    review = await reviews(act, "ben", pull)
    act.later()
    await act.ada.dismiss(NAME, pull.number, review.id)
    await act.settle()
    assert approvals(act, pull).conclusion == "action_required"
    await reviews(act, "eve", pull)
    await act.merges("chat", who="eve")
    (report,) = act.said(pull.issue, "delivery")
    assert "review-dismissed" in report.body


async def test_a_green_gate_merges_where_the_policy_says_so_and_dependants_follow(begin):
    act = await begin(AUTO)
    await act.begins()
    pull = act.pull("types")
    assert pull.merged_at is None and act.pulls_of("terminal") == []
    await reviews(act, "ben", pull)
    assert pull.merged_at is not None and pull.merged_by.login == BOT
    assert act.pull("terminal").issue.state == "open"


async def test_merge_is_refused_with_what_is_missing_and_then_done(begin):
    act = await begin()
    await act.begins()
    pull = act.pulls_of("chat")[0]
    act.later(20)
    await act.ben.comment(NAME, pull.number, "/merge")
    act.later(20)
    await act.settle()
    assert pull.merged_at is None
    assert "`gates-closed`" in status(act, pull) and "approvals are missing" in status(act, pull)
    await reviews(act, "eve", pull)
    act.later(20)
    await act.ben.comment(NAME, pull.number, "/merge")
    act.later(20)
    await act.settle()
    assert pull.merged_at is not None


async def test_explain_tells_what_would_happen_if_somebody_approved(begin):
    act = await begin(more={"STAGING/chat/look.css": b"a {}\n"})
    await act.begins()
    pull = act.pulls_of("chat")[0]
    await reviews(act, "ben", pull)

    async def asks(text):
        act.later(20)
        await act.rex.comment(NAME, pull.number, text)
        act.later(20)
        await act.settle()
        return status(act, pull)

    said = await asks("/explain")
    assert "dora" in said and "design" in said
    assert "if `dora` approved now: all would be approved" in await asks("/explain @dora")
    assert "if `ada` approved now: it would not count" in await asks("/explain @ada")
    assert "@dora" not in status(act, pull)


async def test_a_check_of_the_same_name_by_another_app_opens_nothing(begin):
    act = await begin(AUTO)
    await act.begins()
    pull = act.pulls_of("chat")[0]
    other = await act.playground.create_app({"checks": "write", "contents": "read"}, [], name="other")
    act.playground.install(other, "acme", ["platform"])
    actor = Actor(act.ben.user, act.playground.world.apps[other.app_id])
    body = {"name": "graftsman/approvals", "head_sha": pull.head_sha, "status": "completed", "conclusion": "success"}
    await checks.create_check(act.playground.world, act.repository, actor, body)
    await act.settle()
    assert pull.merged_at is None
    act.later(20)
    await act.ben.comment(NAME, pull.number, "/merge")
    await act.settle()
    assert pull.merged_at is None and "approvals are missing" in status(act, pull)


async def test_everything_again_says_nothing_new(begin):
    act = await begin()
    await act.begins()
    pull = act.pulls_of("chat")[0]
    await reviews(act, "ben", pull)
    with act.counting() as counted:
        await act.delivered_again()
    assert counted.writes == []
