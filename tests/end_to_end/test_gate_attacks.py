"""Nobody approves their own: not the author, not who asked, not who pushed, under whatever name."""

import pytest

from bot.playground.problems import Problem
from tests.end_to_end.act import BOT, NAME
from tests.end_to_end.attacks import (
    AUTO,
    POLICY,
    gated,
    merge_commit,
    moves,
    opens,
    pushes,
    reviews,
    says,
    signed,
    status,
    summary,
    verdict,
)
from tests.end_to_end.files import THREE, files

PATCH = '```json\n{"version": 1, "operations": [{"op": "create", "path": "src/b.txt", "content": "x\\n"}]}\n```\n'


async def test_the_author_cannot_and_neither_can_a_colleague_who_pushed(stage):
    act = await gated(stage)
    pull = await opens(act, "ben")
    with pytest.raises(Problem, match="Unprocessable"):
        await act.ben.review(NAME, pull.number, "APPROVE")
    await act.commits({"src/b.txt": "eve's\n"}, "topic", who="eve")
    await act.settle()
    await reviews(act, "eve", pull)
    assert verdict(act, pull) == "action_required"
    assert "eve" in summary(act, pull)
    await reviews(act, "cy", pull)
    assert verdict(act, pull) == "success"


@pytest.mark.parametrize(
    ("name", "email"),
    [("Cy", "1+cy@users.noreply.127.0.0.1"), (BOT, f"{BOT}@users.noreply.127.0.0.1"), ("Nobody", "no@example.com")],
)
async def test_a_forged_author_hides_nobody_who_pushed(stage, name, email):
    act = await gated(stage)
    pull = await opens(act, "ben")
    await pushes(act, "eve", "topic", {"src/b.txt": "eve's\n"}, name=name, email=email)
    await reviews(act, "eve", pull)
    assert verdict(act, pull) == "action_required"
    await reviews(act, "dora", pull)
    assert verdict(act, pull) == "success"


async def test_what_was_pushed_before_somebody_else_opened_it_counts_too(stage):
    act = await gated(stage)
    await act.ben.create_branch(NAME, "topic")
    await pushes(act, "eve", "topic", {"src/b.txt": "eve's\n"}, name="Nobody", email="no@example.com")
    await pushes(act, "cy", "topic", {"src/c.txt": "cy's\n"}, name="Nobody", email="no@example.com")
    pull = await act.ben.open_pull(NAME, "topic", "Ours")
    act.later(20)
    await act.settle()
    await reviews(act, "eve", pull)
    assert verdict(act, pull) == "action_required"
    await reviews(act, "cy", pull)
    assert verdict(act, pull) == "action_required"
    await reviews(act, "dora", pull)
    assert verdict(act, pull) == "success"


async def test_a_clean_merge_on_top_hides_no_commit_below_it(stage):
    act = await gated(stage)
    pull = await opens(act, "ben")
    await act.commits({"README.md": "# Moved on\n"})
    await act.settle()
    person = "no@example.com"
    store, head = act.repository.store, act.repository.branch("topic")

    evil = await store.write_files(head, {"src/b.txt": b"evil\n"}, "x", signed(act, "Nobody", person))
    await moves(act, "eve", "topic", await merge_commit(act, "nobody", evil, act.repository.branch("main")))
    await reviews(act, "eve", pull)
    assert verdict(act, pull) == "action_required"


async def test_update_branch_keeps_an_approval_and_an_evil_merge_does_not(stage):
    act = await gated(stage)
    pull = await opens(act, "ben")
    await reviews(act, "eve", pull)
    assert verdict(act, pull) == "success"
    await act.commits({"README.md": "# Moved on\n"})
    await moves(act, "eve", "topic", await merge_commit(act, "eve", pull.head_sha, act.repository.branch("main")))
    assert verdict(act, pull) == "success"

    await act.commits({"README.md": "# Moved on again\n"})
    more = {"src/b.txt": b"smuggled\n", "README.md": b"# Moved on again\n"}
    await moves(act, "eve", "topic", await merge_commit(act, "eve", pull.head_sha, act.repository.branch("main"), more))
    assert verdict(act, pull) == "action_required"
    await reviews(act, "eve", pull)
    assert verdict(act, pull) == "action_required"


async def test_whoever_ordered_a_patch_on_the_branch_cannot_approve_it(stage):
    act = await gated(stage)
    pull = await opens(act, "ben")
    await says(act, "eve", pull, f"{PATCH}\n/apply\n")
    assert await act.file("src/b.txt", "topic") == b"x\n"
    await reviews(act, "eve", pull)
    assert verdict(act, pull) == "action_required"
    await reviews(act, "cy", pull)
    assert verdict(act, pull) == "success"


async def test_whoever_wrote_an_order_into_anothers_comment_ordered_it(stage):
    act = await gated(stage)
    pull = await opens(act, "ben")
    comment = await says(act, "cy", pull, "Looks fine.")
    await act.eve.edit_comment(NAME, comment.id, f"{PATCH}\n/apply\n")
    act.later(20)
    await act.settle()
    assert await act.file("src/b.txt", "topic") == b"x\n"
    await act.cy.delete_comment(NAME, comment.id)
    await reviews(act, "eve", pull)
    assert verdict(act, pull) == "action_required"
    await reviews(act, "dora", pull)
    assert verdict(act, pull) == "success"


ONE = "\n".join(THREE.splitlines()[:3] + THREE.splitlines()[-1:]) + "\n"


async def test_whoever_labelled_a_migration_asked_for_it_whatever_is_done_to_the_traces(stage):
    act = await gated(stage, AUTO, files(ONE, settings=AUTO))
    await act.begins(author="ada", labeller="eve")
    (pull,) = act.pulls
    await reviews(act, "eve", pull)
    assert verdict(act, pull) == "action_required" and pull.merged_at is None
    await act.does(act.eve.edit_issue(NAME, pull.number, body="Nothing to see here."))
    assert verdict(act, pull) == "action_required" and pull.merged_at is None
    other = await act.ada.open_issue(NAME, "Something else")
    body = f"<!-- graftsman:folder issue={other.number} folder=chat -->\nx"
    await act.does(act.eve.edit_issue(NAME, pull.number, body=body))
    assert verdict(act, pull) == "action_required" and pull.merged_at is None
    await act.does(act.eve.unlabel(NAME, act.issue.number, "migration"))
    await act.restart(forget=True)
    await act.does(act.cy.comment(NAME, pull.number, "/explain"))
    assert pull.merged_at is None
    await reviews(act, "eve", pull)
    assert pull.merged_at is None


async def test_whoever_commanded_migrate_cannot_approve_what_comes_of_it(stage):
    act = await gated(stage, POLICY, files(ONE, settings=POLICY))
    act.issue = await act.ada.open_issue(NAME, "Migration: staging", "### Manifest\n\nmigrations/staging.yml\n")
    await says(act, "eve", act.issue, "/migrate")
    (pull,) = act.pulls
    await reviews(act, "eve", pull)
    assert verdict(act, pull) == "action_required"
    await reviews(act, "ada", pull)
    assert verdict(act, pull) == "success"
    assert "✅" in status(act, pull)
