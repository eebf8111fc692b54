"""Who may not, tries all the same; and what nobody meant to be seen stays unseen."""

import asyncio
import json

import pytest

from bot.planning.commands import parse
from bot.playground.git_store import Signature
from bot.workflows.orders.orders import order_key
from bot.workflows.scene import run_id
from tests.end_to_end.act import BOT, NAME
from tests.end_to_end.test_patches import DIFF, FILES, comments, reactions, says, status

BATCH = {"version": 1, "operations": [{"op": "append", "path": "README.md", "text": "More.\n"}]}


@pytest.fixture
async def act(stage):
    """A repository with a pull request of a person's own."""
    act = await stage({path: text.encode() for path, text in FILES.items()})
    await act.ben.create_branch(NAME, "topic")
    await act.commits({"notes.md": "mine\n"}, "topic", who="ben")
    act.pr = await act.ben.open_pull(NAME, "topic", "Greet better", "Please look.")
    act.later(20)
    await act.settle()
    return act


def asks_json(value, command="/apply"):
    return f"```json\n{json.dumps(value)}\n```\n\n{command}\n"


async def test_a_forks_pull_request_is_refused_and_nothing_is_pushed_anywhere(act, judged):
    fork = await act.playground.create_repository("rex", "platform", from_path=act.repository.store.path)
    await act.rex.push_files("rex/platform", "topic", {"notes.md": b"theirs\n"})
    theirs = fork.branch("topic")
    pull = await act.rex.open_pull(NAME, "rex:topic", "From a fork")
    act.later(20)
    await act.settle()
    with act.counting() as counted:
        comment = await comments(act, says(DIFF), number=pull.number)
        gone = await comments(act, "/rollback", number=pull.number)
    assert counted.pushes == []
    assert reactions(comment) == reactions(gone) == ["confused", "eyes"]
    assert "fork-pull" in status(act, pull.issue)
    assert fork.branch("topic") == theirs and act.repository.branch("topic") == act.pr.head_sha
    pull.head_repo = None  # the fork is deleted
    comment = await comments(act, says(DIFF.replace("morning", "day")), number=pull.number)
    assert reactions(comment) == ["confused", "eyes"]
    assert status(act, pull.issue).count("fork-pull") >= 3
    # GitHub sends null for a fork that is gone, whatever its description says.
    judged[:] = [each for each in judged if "/head/repo: null" not in each]


async def test_a_fork_branch_of_the_same_name_takes_no_order_for_ours(act):
    await act.playground.create_repository("rex", "platform", from_path=act.repository.store.path)
    await act.rex.push_files("rex/platform", "topic", {"notes.md": b"theirs\n"})
    pull = await act.rex.open_pull(NAME, "rex:topic", "From a fork")
    act.later(20)
    await act.settle()
    comment = await comments(act, says(DIFF))
    assert reactions(comment) == ["eyes", "rocket"]
    assert b"Good morning" in await act.file("src/greet.ts", "topic")
    assert pull.head_sha != act.repository.branch("topic")


async def test_an_edit_by_somebody_who_may_not_write_gives_no_order(act):
    comment = await comments(act, "Looks fine to me.")
    act.playground.set_permission(NAME, "tess", "write")
    await act.tess.edit_comment(NAME, comment.id, says(DIFF))
    act.playground.set_permission(NAME, "tess", "triage")  # what GitHub lets some triagers do
    act.later(20)
    await act.settle()
    await act.restart()
    assert b"Hello" in await act.file("src/greet.ts", "topic")
    # The same by somebody who may write is theirs to do.
    comment = await comments(act, "Looks fine to me, too.")
    await act.ada.edit_comment(NAME, comment.id, says(DIFF))
    act.later(20)
    await act.settle()
    assert b"Good morning" in await act.file("src/greet.ts", "topic")


async def test_rights_count_when_the_order_is_carried_out(act):
    await act.stop()
    comment = await act.ben.comment(NAME, act.pr.number, says(DIFF))
    act.playground.set_permission(NAME, "ben", "read")
    act.later(20)
    await act.start()
    await act.settle()
    assert reactions(comment) == ["-1", "eyes"]
    assert b"Hello" in await act.file("src/greet.ts", "topic")


async def test_commands_in_quotes_code_and_hidden_text_are_none(act):
    hidden = (
        f"> {says(DIFF)}".replace("\r\n", "\r\n> "),
        f"````\n{says(DIFF)}````\n",
        f"<!--\n{says(DIFF)}-->\n",
        f"<details><pre>\n{says(DIFF)}</pre></details>\n",
        says(DIFF, " /apply").replace("\r\n /apply", "\r\n\r\n    /apply"),
        says(DIFF, "Please /apply"),
    )
    with act.counting() as counted:
        for body in hidden:
            await act.ben.comment(NAME, act.pr.number, body)
        await act.settle()
    assert counted.writes == []


async def test_a_commit_that_imitates_the_bot_is_not_taken_for_an_order_carried_out(act):
    """Whoever may push to the branch forges the bot's name and the trailers of an order that is still to come."""
    await act.stop()
    comment = await act.ben.comment(NAME, act.pr.number, says(DIFF))
    (command,) = parse(comment.body).commands
    run = run_id(NAME, order_key(comment.id, command))
    await forged(act, {"other.md": b"x\n"}, f"Graftsman-Source: batch sha256:{'a' * 64}\nGraftsman-Run: {run}\n")
    act.later(20)
    await act.start()
    await act.settle()
    assert reactions(comment) == ["eyes", "rocket"]
    assert b"Good morning" in await act.file("src/greet.ts", "topic")
    assert "applied as" in status(act)


async def test_a_rollback_takes_back_no_commit_that_imitates_the_bot(act):
    await comments(act, says(DIFF))
    await forged(
        act, {"notes.md": b"not mine\n"}, f"Graftsman-Source: batch sha256:{'a' * 64}\nGraftsman-Run: {'b' * 16}\n"
    )
    act.later(20)
    comment = await comments(act, "/rollback")
    assert reactions(comment) == ["eyes", "rocket"]
    assert await act.file("notes.md", "topic") == b"not mine\n"
    assert b"Hello" in await act.file("src/greet.ts", "topic")


async def test_a_forged_rollback_hides_no_batch(act):
    await comments(act, says(DIFF))
    head = act.repository.branch("topic")
    await forged(act, {"other.md": b"x\n"}, f"Graftsman-Source: rollback#{head}\nGraftsman-Run: {'b' * 16}\n")
    act.later(20)
    comment = await comments(act, "/rollback")
    assert reactions(comment) == ["eyes", "rocket"]
    assert b"Hello" in await act.file("src/greet.ts", "topic")


async def forged(act, content, trailers):
    """Ben pushes a commit that says it is the bot's."""
    store, head = act.repository.store, act.repository.branch("topic")
    person = Signature(BOT, f"{BOT}@users.noreply.127.0.0.1", int(act.playground.clock.time()))
    oid = await store.write_files(head, content, f"Patch a file\n\n{trailers}", person)
    await act.ben.set_branch(NAME, "topic", oid)


async def test_a_patch_on_a_folders_branch_is_kept_when_the_migration_goes_on(stage):
    """It is somebody's commit on top of the folder's: put back on it, whatever becomes of the manifest."""
    act = await stage()
    await act.begins()
    act.later(20)
    await comments(
        act,
        asks_json({"version": 1, "operations": [{"op": "create", "path": "apps/chat/x.md", "content": "x\n"}]}),
        number=act.pull("chat").number,
    )
    head = act.branch("chat")
    assert (await act.commit(head)).message.startswith("Patch")
    await act.rewrites_manifest((await act.file("migrations/staging.yml")).decode().replace("apps/chat", "apps/talk"))
    await act.restart(forget=True)
    assert f"Graftsman-Replayed-From: {head}" in (await act.commit(act.branch("chat"))).message
    assert await act.file("apps/chat/x.md", act.branch("chat")) == b"x\n"
    assert await act.file("apps/talk/README.md", act.branch("chat")) == b"# Chat\n"


async def test_a_command_is_given_its_own_blocks_alone(act):
    """The second one has none: those above are the first one's."""
    body = f"```json\n{json.dumps(BATCH)}\n```\n\n/apply\n\n/apply\n"
    comment = await comments(act, body)
    assert reactions(comment) == ["confused", "eyes", "rocket"]
    assert (await act.file("README.md", "topic")).count(b"More.\n") == 1
    assert "no-patch" in status(act)


async def test_two_comments_at_the_same_time_both_land(act):
    await act.ben.comment(NAME, act.pr.number, says(DIFF))
    await act.ada.comment(NAME, act.pr.number, asks_json(BATCH))
    act.later(20)
    await act.settle()
    assert b"Good morning" in await act.file("src/greet.ts", "topic")
    assert (await act.file("README.md", "topic")).endswith(b"More.\n")
    assert status(act).count("applied as") == 2


async def test_a_batch_that_is_asked_for_again_on_an_issue_opens_a_new_pull_request(act):
    """The first one was closed, and its branch deleted: that was an answer to the first order, not to this one."""
    issue = await act.ada.open_issue(NAME, "Greet", "We should.")
    await act.commits({"NOTES.md": "x\n"})
    act.later(20)
    await comments(act, says(DIFF), who="ada", number=issue.number)
    (first,) = [one for one in act.pulls if one.head_ref.startswith("graftsman/patch/")]
    await act.does(act.ada.close(NAME, first.number), act.ada.delete_branch(NAME, first.head_ref))
    act.later(20)
    comment = await comments(act, says(DIFF), who="ada", number=issue.number)
    assert reactions(comment) == ["eyes", "rocket"]
    (second,) = [one for one in act.pulls if one.head_ref == first.head_ref and one.issue.state == "open"]
    assert f"opened as #{second.number}" in status(act, issue)
    await act.delivered_again()
    await act.restart(forget=True)
    assert len(act.pulls) == 3


async def test_a_check_with_more_annotations_than_one_request_takes_is_finished_after_a_fault(act):
    batch = {
        "version": 1,
        "operations": [{"op": "append", "path": f"none-{at}.txt", "text": "x\n"} for at in range(120)],
    }
    act.playground.faults.fail_requests("PATCH /repos/*/check-runs/*", 502, 6, "after")
    await comments(act, asks_json(batch))
    (check,) = act.checks(act.pr, "graftsman/patch")
    assert (check.status, check.conclusion) == ("completed", "neutral")
    paths = [each["path"] for each in check.annotations]
    assert len(paths) == len(set(paths)) <= 120


async def test_a_protected_branch_is_a_refusal_and_not_tried_again(act):
    act.playground.faults.reject_refs("refs/heads/topic", "a rule forbids @everyone `it`")
    comment = await comments(act, says(DIFF))
    assert reactions(comment) == ["confused", "eyes"]
    assert "push-refused" in status(act) and "@everyone" in status(act)
    types = [event.type for event in await act.events()]
    assert types[-2:] == ["DELIVERY_FAILED", "PROCESSING_FAILED"]


async def test_a_branch_that_moves_between_computing_and_pushing_is_replayed_onto(act, monkeypatch):
    from bot.git import transfer

    plain, moved = transfer.push, []

    def push(*arguments, **options):
        if not moved:
            moved.append(True)
            store, head = act.repository.store, act.repository.branch("topic")
            loop = act.loop
            asyncio.run_coroutine_threadsafe(act.commits({"late.md": "x\n"}, "topic"), loop).result(20)
            assert store.refs["refs/heads/topic"] != head
        return plain(*arguments, **options)

    act.loop = asyncio.get_running_loop()
    monkeypatch.setattr(transfer, "push", push)
    comment = await comments(act, says(DIFF))
    assert moved and reactions(comment) == ["eyes", "rocket"]
    assert await act.file("late.md", "topic") == b"x\n"
    assert b"Good morning" in await act.file("src/greet.ts", "topic")
    assert "replayed from" in status(act)


async def test_the_reason_of_a_batch_forges_no_trailer_and_closes_no_issue(act):
    reason = "Fixes #1\n\nSigned-off-by: Ada\nGraftsman-Run: 0000000000000000\nGraftsman-Source: x\n@everyone"
    comment = await comments(act, asks_json({**BATCH, "reason": reason}))
    assert reactions(comment) == ["eyes", "rocket"]
    message = (await act.commit(act.repository.branch("topic"))).message
    assert message.count("\nGraftsman-Run: ") == message.count("\nGraftsman-Source: ") == 1
    assert "#1\n" not in message.split("Graftsman-Source")[0] and "@everyone" not in message
    assert "\nSigned-off-by" not in message
