"""Words that are no approval and no order; orders that come late, twice, edited, taken away; mentions smuggled in."""

import re

import pytest

from bot.playground.acts.issues import comment as comment_as
from bot.playground.state import Actor
from tests.end_to_end.act import BOT, NAME
from tests.end_to_end.attacks import POLICY, gated, opens, reviews, says, status, summary, verdict
from tests.end_to_end.files import THREE, files
from tests.end_to_end.test_patches import reactions

HIDDEN = (
    "> Approved, LGTM",
    "<!-- APPROVE -->\n/approve",
    "```\nApproved-by: cy\n```",
    "I approve this. Approved by @cy, @mia and @ada.",
    "/approve",
)
GUARD = POLICY + "spec: {guarded: ['src/**']}\n"
NOT_WAIVED = ("> {}", "```\n{}\n```", "<!--\n{}\n-->", "    {}", "I {}", "<details>\n{}\n</details>")
WAIVER = "waive uncovered: a hotfix"


# --- words that approve and waive nothing


async def test_no_text_approves(stage):
    act = await gated(stage)
    pull = await opens(act, "ben")
    for body in HIDDEN:
        await act.mia.comment(NAME, pull.number, body)
        await act.mia.review(NAME, pull.number, "COMMENT", body)
    act.later()
    await act.settle()
    assert verdict(act, pull) == "action_required"


async def test_a_waiver_is_a_line_of_an_approving_review_by_somebody_who_may(stage):
    act = await gated(stage, GUARD)
    pull = await opens(act, "ben")
    assert verdict(act, pull, "graftsman/spec-guard") == "failure"
    for body in NOT_WAIVED:
        await act.mia.review(NAME, pull.number, "APPROVE", body.format(WAIVER))
        act.later()
    await act.mia.comment(NAME, pull.number, WAIVER)
    await act.cy.review(NAME, pull.number, "APPROVE", WAIVER)  # write access alone
    await act.ada.review(NAME, pull.number, "COMMENT", WAIVER)
    await act.ben.review(NAME, pull.number, "COMMENT", WAIVER)
    act.later()
    await act.settle()
    assert verdict(act, pull, "graftsman/spec-guard") == "failure"
    edited = await reviews(act, "mia", pull, body="Fine.")
    await act.does(act.ben.edit_review(NAME, pull.number, edited.id, WAIVER))
    assert verdict(act, pull, "graftsman/spec-guard") == "failure", "words put into her mouth"
    await reviews(act, "mia", pull, body=WAIVER)
    assert verdict(act, pull, "graftsman/spec-guard") == "success"
    await act.commits({"src/b.txt": "more\n"}, "topic", who="ben")
    await act.settle()
    assert verdict(act, pull, "graftsman/spec-guard") == "failure", "it was for the head before"


# --- orders at the wrong moment


async def test_a_push_between_the_order_and_its_execution_stops_the_merge(stage):
    act = await gated(stage)
    pull = await opens(act, "ben")
    await reviews(act, "cy", pull)
    act.later(20)
    await act.stop()
    await act.cy.comment(NAME, pull.number, "/merge")
    act.later(20)
    await act.commits({"src/evil.txt": "evil\n"}, "topic", who="eve")
    act.later(20)
    await act.start()
    await act.settle()
    assert pull.merged_at is None and "head-moved" in status(act, pull)


async def test_a_push_within_ten_seconds_before_the_order_was_perhaps_not_seen(stage):
    act = await gated(stage)
    pull = await opens(act, "ben")
    await act.commits({"src/b.txt": "more\n"}, "topic", who="ben")
    await reviews(act, "cy", pull)  # on the head that is there
    await act.cy.comment(NAME, pull.number, "/merge")
    act.later(20)
    await act.settle()
    assert pull.merged_at is None and "head-moved" in status(act, pull)
    comment = await says(act, "cy", pull, f"/merge @{'f' * 12}")
    assert reactions(comment) == ["confused", "eyes"] and pull.merged_at is None
    await says(act, "cy", pull, f"/merge @{pull.head_sha[:12]}")
    assert pull.merged_at is not None


async def test_merge_of_an_older_head_is_refused(stage):
    act = await gated(stage, "version: 1\n")
    pull = await opens(act, "ben")
    old = pull.head_sha
    await act.commits({"src/b.txt": "more\n"}, "topic", who="eve")
    comment = await says(act, "cy", pull, f"/merge @{old[:12]}")
    assert reactions(comment) == ["confused", "eyes"] and pull.merged_at is None


async def test_an_order_that_somebody_edits_in_takes_the_rights_of_both(stage):
    act = await gated(stage)
    pull = await opens(act, "ben")
    await reviews(act, "cy", pull)
    mine = await says(act, "rex", pull, "Nice.")
    await act.eve.edit_comment(NAME, mine.id, "Nice.\n\n/merge")
    act.later(20)
    await act.settle()
    assert pull.merged_at is None, "rex may not"
    act.playground.set_permission(NAME, "tess", "write")
    theirs = await says(act, "cy", pull, "Nice.")
    await act.tess.edit_comment(NAME, theirs.id, "Nice.\n\n/merge")
    act.playground.set_permission(NAME, "tess", "triage")
    act.later(20)
    await act.settle()
    await act.restart()
    assert pull.merged_at is None


async def test_an_order_edited_in_by_its_author_is_about_the_head_of_both_times(stage):
    act = await gated(stage)
    pull = await opens(act, "ben")
    await reviews(act, "cy", pull)
    comment = await says(act, "cy", pull, "I shall merge this.")
    await act.commits({"README.md": "# x\n"}, "topic", who="eve")
    act.later(20)
    await reviews(act, "dora", pull)
    act.later(20)
    await act.cy.edit_comment(NAME, comment.id, "/merge")
    act.later(20)
    await act.settle()
    assert pull.merged_at is None and "head-moved" in status(act, pull)


async def test_an_order_that_was_deleted_is_none(stage):
    act = await gated(stage)
    pull = await opens(act, "ben")
    await reviews(act, "cy", pull)
    act.later(20)
    await act.stop()
    comment = await act.cy.comment(NAME, pull.number, "/merge")
    act.later()
    await act.cy.delete_comment(NAME, comment.id)
    await act.start()
    await act.settle()
    assert pull.merged_at is None


# --- once


async def test_an_order_is_carried_out_once_however_often_it_arrives(stage):
    act = await gated(stage)
    act.playground.faults.duplicate_webhooks(lambda one: one.event == "issue_comment", new_guid=True)
    pull = await opens(act, "ben")
    await says(act, "cy", pull, "/hold")
    await says(act, "cy", pull, "/unhold")
    with act.counting() as counted:
        await act.delivered_again()
        await act.delivered_again(new_ids=False)
    assert counted.writes == [] and pull.issue.labels == []


async def test_after_all_data_was_lost_nothing_is_done_again(stage):
    act = await gated(stage)
    pull = await opens(act, "ben")
    held = await says(act, "cy", pull, "/hold")
    assert [one.name for one in pull.issue.labels] == ["graftsman/hold"]
    await says(act, "cy", pull, "/unhold")
    await act.restart(forget=True)
    await act.delivered_again()
    await act.stop()
    await act.repository.store.run("update-ref", "-d", "refs/notes/graftsman")  # and the ledger's copy in git
    await act.restart(forget=True)
    await act.delivered_again()
    assert pull.issue.labels == [] and reactions(held) == ["eyes", "rocket"]
    labelled = [one.event for one in pull.issue.timeline if one.event in {"labeled", "unlabeled"}]
    assert labelled == ["labeled", "unlabeled"]
    act.later(20)
    await act.stop()
    await reviews_while_away(act, pull)
    await act.cy.comment(NAME, pull.number, "/merge")
    act.later(20)
    await act.restart(forget=True)
    await act.delivered_again()
    assert pull.merged_at is not None
    merges = [one for one in act.playground.exchanges if one.path.endswith(f"/pulls/{pull.number}/merge")]
    assert len([one for one in merges if one.method == "PUT"]) == 1


async def reviews_while_away(act, pull):
    await act.dora.review(NAME, pull.number, "APPROVE")
    act.later(20)


# --- bots


@pytest.mark.parametrize("kind", ["another", "itself"])
async def test_no_bot_gives_an_order(stage, kind):
    act = await gated(stage)
    pull = await opens(act, "ben")
    await reviews(act, "cy", pull)
    act.later(20)
    login = BOT if kind == "itself" else "other[bot]"
    bot = act.playground.world.add_user(login)
    if kind == "another":
        bot.type = "Bot"
        act.playground.set_permission(NAME, login, "admin")
    made = await comment_as(act.playground.world, pull.issue, Actor(bot, None), "/merge")
    act.later(20)
    await act.settle()
    assert pull.merged_at is None and reactions(made) == []


# --- what the bot says mentions nobody


NASTY = "@ada closes #1 <img src=x> <!-- --> ](http://x) `@cy`"


def mentions(text):
    """The logins that GitHub would tell, and the issues it would close, by a text."""
    outside = re.sub(r"(`+)(?:(?!\1).)*\1", "", re.sub(r"(?s)^(`{3,}|~{3,}).*?^\1", "", text, flags=re.MULTILINE))
    closing = re.findall(r"(?i)\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?)\s*:?\s*#\d+", outside)
    return [*re.findall(r"(?<![\w`/])@[A-Za-z0-9][A-Za-z0-9-]*", outside), *closing]


async def test_what_is_smuggled_through_the_bot_mentions_nobody(stage):
    policy = POLICY + "spec: {guarded: ['**']}\n"
    nasty = {"STAGING/chat/@ada closes #1.md": b"x\n", "STAGING/chat/`@cy`.md": b"x\n"}
    act = await gated(stage, policy, {**files(THREE, settings=policy), **nasty})
    await act.begins(title=NASTY, author="ben")
    pull = act.pull("chat")
    asked = await reviews(act, "eve", pull, "REQUEST_CHANGES", NASTY + "\n\nfixes #1 @cy\n")
    await reviews(act, "mia", pull, "APPROVE", f"waive uncovered: {NASTY}")
    await act.ada.create_label(NAME, "@ada closes #1", description="@ada")
    await act.does(act.ada.label(NAME, pull.number, "@ada closes #1"))
    for words in ("/explain @ada", f"/hold {NASTY}", "/mrge @ada closes #1", "/retry @ada", "/waive @ada closes #1"):
        await says(act, "cy", pull, words)
    mine = await opens(act, "ben", {"@ada closes #1": "x\n"}, "at-@ada-closes-#1")
    await reviews(act, "eve", mine, "REQUEST_CHANGES", NASTY)
    await says(act, "cy", mine, "/explain")
    texts = [one.body for issue in act.repository.issues.values() for one in issue.comments if one.user.login == BOT]
    texts += [one.body for one in act.repository.issues.values() if one.user.login == BOT]
    texts += [one.title for one in act.repository.issues.values() if one.user.login == BOT]
    for run in act.repository.checks.values():
        texts += [run.title or "", run.summary or "", run.text or ""]  # annotations are plain text
    assert len(texts) > 10 and any("ada" in one for one in texts)
    assert {one: mentions(one) for one in texts if mentions(one)} == {}
    assert asked and summary(act, mine)
