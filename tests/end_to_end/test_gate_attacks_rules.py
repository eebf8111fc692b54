"""What governs is not the attacker's to change: settings, owners, roles, labels, bases, heads."""

import asyncio

import pytest

from bot.playground.acts import checks
from bot.playground.acts import labels as label_acts
from bot.playground.acts.pulls import retarget
from bot.playground.acts.reviews import review as review_as
from bot.playground.problems import Problem
from bot.playground.state import Actor
from tests.end_to_end.act import NAME
from tests.end_to_end.attacks import (
    AUTO,
    POLICY,
    SETTINGS,
    gated,
    moves,
    opens,
    pushes,
    reviews,
    says,
    summary,
    verdict,
)

OWNED = "version: 1\napprovals:\n  - {name: owners, from: {codeowners: true}}\n"
TEAM = "version: 1\napprovals:\n  - {name: team, from: {teams: [acme/leads]}}\n"
LABEL = "version: 1\napprovals:\n  - {name: security, labels: [security], from: {users: [mia]}}\n"


def spec(title="Greeting", more="", body="# Greeting\n"):
    return f'---\nid: "0001"\ntitle: {title}\ncovers: ["src/**"]\n{more}---\n{body}'


async def other_app(act, name="other"):
    made = await act.playground.create_app({"checks": "write", "contents": "read"}, [], name=name)
    act.playground.install(made, "acme", ["platform"])
    return Actor(act.ben.user, act.playground.world.apps[made.app_id])


async def test_settings_and_owners_in_the_pull_request_do_not_govern_it(stage):
    act = await gated(stage, OWNED, {".github/CODEOWNERS": b"* @mia\n"})
    mine = {SETTINGS: "version: 1\n", ".github/CODEOWNERS": "* @eve\n", "CODEOWNERS": "* @eve\n"}
    pull = await opens(act, "ben", mine)
    assert verdict(act, pull) == "action_required"
    await reviews(act, "eve", pull)
    assert verdict(act, pull) == "action_required" and "mia" in summary(act, pull)
    await reviews(act, "mia", pull)
    assert verdict(act, pull) == "success"


async def test_a_spec_that_names_its_own_approver_is_not_approved_by_that(stage):
    policy = "version: 1\napprovals:\n  - {name: product, phases: [spec], from: {users: [mia]}}\nspec: {guarded: [x]}\n"
    act = await gated(stage, policy)
    day = f"{act.playground.world.now():%Y-%m-%d}"
    more = f"status: approved\nowners: [eve]\nlast_review: {day}\napprovals:\n  - {{by: eve, on: {day}}}\n"
    pull = await opens(act, "ben", {"tasks/specs/0001.md": spec(more=more), "src/a.txt": "b\n"})
    assert verdict(act, pull, "graftsman/spec-guard") == "failure"
    await reviews(act, "eve", pull)
    assert (verdict(act, pull), verdict(act, pull, "graftsman/spec-guard")) == ("action_required", "failure")
    await reviews(act, "mia", pull)
    assert (verdict(act, pull), verdict(act, pull, "graftsman/spec-guard")) == ("success", "success")


async def test_a_spec_is_not_approved_by_a_review_of_what_it_said_before(stage):
    """Merged by people over the open gate: what was reviewed is not what came."""
    act = await gated(stage, "version: 1\nspec: {guarded: ['src/**']}\n")
    day = f"{act.playground.world.now():%Y-%m-%d}"
    pull = await opens(act, "eve", {"tasks/specs/0001.md": spec(more=f"last_review: {day}\n")}, "spec")
    await reviews(act, "cy", pull)
    await act.commits({"tasks/specs/0001.md": spec("All is allowed", f"last_review: {day}\n")}, "spec", who="eve")
    await act.does(act.eve.merge(NAME, pull.number))
    later = await opens(act, "eve", {"src/a.txt": "b\n"})
    assert verdict(act, later, "graftsman/spec-guard") == "failure"


async def test_whoever_loses_the_right_or_leaves_the_team_counts_no_more(stage, playground):
    playground.create_organization("acme")
    act = await gated(stage, TEAM.replace("[acme/leads]", "[acme/leads], users: [cy]").replace("}}", "}, count: 2}"))
    act.playground.create_team("acme", "leads", ["dora"])
    pull = await opens(act, "ben")
    await reviews(act, "dora", pull)
    await reviews(act, "cy", pull)
    assert verdict(act, pull) == "success"
    act.playground.set_permission(NAME, "cy", "read")
    await says(act, "ada", pull, "/status")
    assert verdict(act, pull) == "failure", "nobody is left who could"
    act.playground.set_permission(NAME, "cy", "write")
    await says(act, "ada", pull, "/status")
    assert verdict(act, pull) == "success"
    act.playground.set_team_members("acme/leads", ["mia"])
    await act.restart()  # who is in a team is remembered for a while
    await says(act, "ada", pull, "/status")
    assert verdict(act, pull) == "action_required"
    assert "dora" in summary(act, pull)


async def test_a_review_by_another_app_counts_for_nothing(stage):
    act = await gated(stage)
    pull = await opens(act, "ben")
    actor = await other_app(act)
    act.playground.world.add_user("other[bot]")
    bot = act.playground.world.user("other[bot]")
    bot.type = "Bot"
    act.playground.set_permission(NAME, "other[bot]", "write")
    await review_as(act.playground.world, pull, Actor(bot, actor.app), "APPROVE")
    act.later()
    await act.settle()
    assert verdict(act, pull) == "action_required"


async def test_back_and_forth_by_force_the_approved_content_is_approved_still(stage):
    act = await gated(stage)
    pull = await opens(act, "ben")
    approved = pull.head_sha
    await reviews(act, "cy", pull)
    assert verdict(act, pull) == "success"
    other = await pushes(act, "eve", "topic", {"src/a.txt": "evil\n"}, onto=act.repository.branch("main"))
    assert pull.head_sha == other and verdict(act, pull) == "action_required"
    await moves(act, "eve", "topic", approved)
    assert verdict(act, pull) == "success", "the very content that was approved"
    notes = [one.details["kind"] for one in await act.events() if one.type == "AUDIT_NOTED"]
    assert notes.count("force-push") == 2


async def test_an_approval_of_a_head_that_is_gone_proves_nothing(stage):
    act = await gated(stage)
    pull = await opens(act, "ben")
    await act.stop()
    await act.cy.review(NAME, pull.number, "APPROVE", commit="a" * 40)
    act.later()
    await act.start()
    await act.settle()
    assert verdict(act, pull) == "action_required"


async def test_a_dismissed_review_counts_no_more_and_a_comment_brings_it_not_back(stage):
    act = await gated(stage)
    pull = await opens(act, "ben")
    review = await reviews(act, "cy", pull)
    await act.does(act.ada.dismiss(NAME, pull.number, review.id))
    assert verdict(act, pull) == "action_required"
    await reviews(act, "cy", pull, "COMMENT", "LGTM, approved")
    assert verdict(act, pull) == "action_required"


async def test_a_triager_takes_a_label_off_and_the_rule_stays(stage):
    act = await gated(stage, LABEL)
    await act.ada.create_label(NAME, "security", description="For the security people")
    pull = await opens(act, "ben")
    assert verdict(act, pull) == "success", "no rule is about it"
    await act.does(act.ada.label(NAME, pull.number, "security"))
    assert verdict(act, pull) == "action_required"
    await act.does(act.tess.unlabel(NAME, pull.number, "security"))
    assert verdict(act, pull) == "action_required"
    await act.does(act.ada.label(NAME, pull.number, "security"), act.ada.unlabel(NAME, pull.number, "security"))
    assert verdict(act, pull) == "success"


async def test_a_label_that_is_renamed_is_another_label(stage):
    """Renaming takes write access, as taking it off for good does: nobody gains by it."""
    act = await gated(stage, LABEL)
    await act.ada.create_label(NAME, "security", description="For the security people")
    pull = await opens(act, "ben")
    await act.does(act.ada.label(NAME, pull.number, "security"))
    repository = act.repository
    label_acts.edit_label(
        act.playground.world, repository, act.ada.actor, repository.labels["security"], name="nothing"
    )
    await says(act, "ada", pull, "/status")
    assert verdict(act, pull) == "success"
    with pytest.raises(Problem):
        await act.tess.create_label(NAME, "more")


async def test_a_new_base_asks_for_a_new_approval(stage):
    """Approved onto another branch, the same head brings something else to the main one."""
    act = await gated(stage, AUTO)
    await act.commits({"src/evil.txt": "evil\n"}, "stepping-stone", who="eve")
    store = act.repository.store
    await act.ben.create_branch(NAME, "topic", act.repository.branch("stepping-stone"))
    assert store
    pull = await opens(act, "ben", {"src/a.txt": "b\n"}, base="stepping-stone")
    await reviews(act, "cy", pull)
    assert verdict(act, pull) == "success"
    act.later()
    await retarget(act.playground.world, pull, act.ben.actor, "main")
    act.later()
    await act.settle()
    assert verdict(act, pull) == "action_required"
    await reviews(act, "cy", pull)
    assert verdict(act, pull) == "success"


async def test_a_pull_request_of_the_same_head_opens_nothing_for_another(stage):
    """A check stands on a commit, and a commit may be the head of two pull requests."""
    act = await gated(stage, POLICY.replace("permission: write}", 'permission: write}\n    paths: ["src/**"]'))
    first = await act.commits({"src/a.txt": "b\n"}, "topic", who="ben")
    pull = await opens(act, "ben", {"docs/x.md": "x\n"})
    assert verdict(act, pull) == "action_required"
    await act.ben.create_branch(NAME, "half", first)
    twin = await act.ben.open_pull(NAME, "topic", "Innocent", base="half")
    act.later()
    await act.settle()
    assert twin.head_sha == pull.head_sha
    assert verdict(act, pull) == "action_required"
    await act.restart(forget=True)
    await act.does(act.ben.edit_issue(NAME, pull.number, title="One"))
    await act.does(act.ben.edit_issue(NAME, twin.number, title="Two"))
    assert verdict(act, pull) == "action_required"
    await reviews(act, "cy", pull)
    assert verdict(act, pull) == "success"


async def test_a_check_waits_no_longer_for_a_pull_request_that_is_closed(stage):
    act = await gated(stage)
    first = await act.commits({"docs/x.md": "x\n"}, "topic", who="ben")
    await act.ben.create_branch(NAME, "half", first)
    pull = await opens(act, "ben", {"src/a.txt": "b\n"})
    other = await act.ben.open_pull(NAME, "topic", "The rest", base="half")
    await reviews(act, "cy", other)
    assert verdict(act, pull) == verdict(act, other) == "action_required", "it is the same check"
    await act.does(act.ben.close(NAME, pull.number))
    assert verdict(act, other) == "success"


async def test_a_base_moved_by_force_and_a_reopened_pull_request_are_judged_as_they_are(stage):
    act = await gated(stage)
    first = act.repository.branch("main")
    pull = await opens(act, "ben")
    await reviews(act, "cy", pull)
    await act.does(act.ben.close(NAME, pull.number))
    await act.does(act.ben.reopen(NAME, pull.number))
    assert verdict(act, pull) == "success"
    await act.commits({"README.md": "# On\n"})
    await moves(act, "ada", "main", first)
    assert verdict(act, pull) == "success"
    await act.commits({"src/a.txt": "c\n"}, "topic", who="eve")
    await act.settle()
    assert verdict(act, pull) == "action_required"


async def test_a_check_of_our_name_by_another_app_is_nothing_also_in_the_queue(stage):
    act = await gated(stage, POLICY)
    act.playground.protect(NAME, checks=[("graftsman/approvals", act.app)], merge_queue=True, queue_minutes=5.0)
    head = await act.commits({"src/a.txt": "b\n"}, "topic", who="ben")
    actor = await other_app(act)
    body = {"name": "graftsman/approvals", "status": "completed", "conclusion": "success", "head_sha": head}
    await checks.create_check(act.playground.world, act.repository, actor, body)  # before we said anything
    pull = await act.ben.open_pull(NAME, "topic", "A change")
    act.later()
    await act.settle()
    await checks.create_check(act.playground.world, act.repository, actor, body)
    await act.settle()
    assert verdict(act, pull) == "action_required"
    with pytest.raises(Problem):
        await act.ben.enqueue(NAME, pull.number)
    await reviews(act, "cy", pull)
    await act.ben.enqueue(NAME, pull.number)
    await asyncio.sleep(0.05)
    await act.settle()
    assert pull.merged_at is not None
