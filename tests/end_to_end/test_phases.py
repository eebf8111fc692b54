"""The phases of a migration: what each waits for, who brought it about, and that the ledger knows."""

import pytest

from tests.end_to_end.act import NAME
from tests.end_to_end.files import SPEC, THREE, files, spec

POLICY = """\
version: 1
approvals:
  - name: product
    phases: [spec]
    from: {users: [ada]}
  - name: lead
    phases: [plan]
    from: {permission: admin}
  - name: code
    from: {permission: write}
"""
MANIFEST = THREE.replace("name: staging", f"name: staging\nspec: {SPEC}")


@pytest.fixture
async def act(stage):
    act = await stage(files(MANIFEST, settings=POLICY, **{SPEC: spec()}))
    act.playground.create_user("eve", "Eve")
    act.playground.set_permission(NAME, "eve", "write")
    act.eve = act.playground.as_user("eve")
    return act


async def says(act, who, number, text):
    act.later(20)
    comment = await getattr(act, who).comment(NAME, number, text)
    act.later(20)
    await act.settle()
    return comment


async def entered(act):
    found = [one for one in await act.events() if one.type == "PHASE_ENTERED"]
    return [(one.details["phase"], one.details["who"]) for one in found]


async def test_from_draft_to_released(act):
    await act.begins(author="ben", labeller="ben")
    # Nobody reviewed what the spec says: it was there from the beginning, without a pull request.
    assert act.pulls == [] and "Phase: draft · next: the spec is approved and fresh" in act.plan
    assert "the spec is not approved" in act.state("chat")
    assert await entered(act) == [("draft", "")]

    # Ben proposes it anew; Ada, who answers for products, approves; Eve merges.
    await act.commits({SPEC: spec() + "\nIt moves three folders.\n"}, "spec", who="ben")
    pull = await act.ben.open_pull(NAME, "spec", "What we move")
    await act.settle()
    check = max(act.checks(pull, "graftsman/approvals"), key=lambda run: run.id)
    assert check.conclusion == "action_required" and "product" in check.title
    act.later()
    await act.ada.review(NAME, pull.number, "APPROVE")
    act.later()
    await act.settle()
    assert max(act.checks(pull, "graftsman/approvals"), key=lambda run: run.id).conclusion == "success"
    await act.does(act.eve.merge(NAME, pull.number))
    assert "Phase: spec approved · next: the plan is approved" in act.plan
    assert (await entered(act))[-1] == ("spec-approved", "ada")

    await says(act, "ada", act.issue.number, "/approve-plan")
    assert act.open_folders() == ["chat", "types"]
    assert (await entered(act))[-2:] == [("plan-approved", "ada"), ("building", "")]

    for folder in ("chat", "types"):
        await act.does(act.eve.review(NAME, act.pull(folder).number, "APPROVE"))
    await act.merges("types", who="eve")
    assert "Phase: building" in act.plan  # the third one was opened, and waits for a review
    await act.does(act.ada.review(NAME, act.pull("terminal").number, "APPROVE"))
    assert "Phase: verified · next: all folders are merged" in act.plan

    # What was green is not any more: back, and forth again.
    await act.does(act.eve.review(NAME, act.pull("terminal").number, "REQUEST_CHANGES", "No."))
    assert "Phase: building" in act.plan
    await act.does(act.eve.review(NAME, act.pull("terminal").number, "APPROVE"))
    await act.merges("chat", "terminal", who="eve")
    assert "Phase: released" in act.plan and act.issue.state == "closed"
    assert (await entered(act))[-1] == ("released", "eve")
    told = [
        one for one in await act.events() if one.type == "PHASE_ENTERED" and one.details["phase"] == "plan-approved"
    ]
    assert "order comment-" in told[0].details["by"]


async def test_what_happened_to_approvals_is_in_the_delivery_report(act):
    await act.commits({SPEC: spec() + "\nMore.\n"}, "spec", who="ben")
    pull = await act.ben.open_pull(NAME, "spec", "More")
    await act.settle()
    comment = await says(act, "eve", pull.number, "/hold")
    await says(act, "eve", pull.number, "/unhold")
    act.later()
    await act.eve.edit_comment(NAME, comment.id, "I never said that.")
    await act.settle()
    act.later()
    review = await act.ada.review(NAME, pull.number, "APPROVE", "Fine.")
    await act.settle()
    act.later()
    await act.eve.edit_review(NAME, pull.number, review.id, "Not fine.")
    await act.settle()
    old = act.repository.branch("spec")
    await act.commits({"a.txt": "a\n"}, "spec", who="ben")
    await act.settle()
    await act.does(act.ben.set_branch(NAME, "spec", old))
    notes = {(one.details["kind"], one.actor) for one in await act.events() if one.type == "AUDIT_NOTED"}
    assert notes == {("command-edited", "eve"), ("review-edited", "eve"), ("force-push", "ben")}
