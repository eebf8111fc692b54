"""People steer from the issue and the pull request: each command is heard, carried out once, and answered."""

import pytest

from tests.end_to_end.act import BOT, NAME
from tests.end_to_end.files import BODY, MANIFEST, SETTINGS, THREE, files
from tests.end_to_end.test_ledger import in_git
from tests.end_to_end.test_patches import DIFF, fenced, reactions


@pytest.fixture
async def act(stage):
    """A repository with a manifest of three folders, and an issue that names it."""
    act = await stage()
    act.issue = await act.ada.open_issue(NAME, "Migration: staging", BODY)
    act.later(20)
    await act.settle()
    return act


async def says(act, body, who="ben", on=None):
    """Somebody comments; on the issue where nothing else is named. Returns when the bot has answered."""
    number = (on or act.issue).number
    comment = await getattr(act, who).comment(NAME, number, body)
    act.later(20)
    await act.settle()
    return comment


def told(act, on=None):
    """What the one status comment says."""
    issue = on or act.issue
    (one,) = [*act.said(issue, "status"), *act.said(issue, "plan")]
    return one.body


def row(act, comment, on=None):
    """The line of the status comment about a comment's newest order."""
    lines = [line for line in told(act, on).splitlines() if f"(#issuecomment-{comment.id})" in line]
    return lines[0] if lines else ""


# --- what may be said, and by whom


async def test_help_says_what_one_may_say_and_who_may_say_the_rest(act):
    comment = await says(act, "/help", "tess")
    assert reactions(comment) == ["eyes", "rocket"]
    said = told(act)
    mine, _, others = said.partition("These take more than `tess` has")
    assert "- `/assign [@login ...] [lane]`" in mine and "- `/help`" in mine
    assert "- `/migrate`: " in others and "That takes write access." in others
    assert "/rollback" not in said, "that stands on a pull request alone"


async def test_a_typo_gets_the_nearest_command_and_a_stranger_one_line(act):
    typo = await says(act, "/migrat")
    assert "did you mean `/migrate`?" in row(act, typo)
    stranger = await says(act, "/migrate", "rex")
    assert reactions(stranger) == ["-1", "eyes"]
    assert "not allowed: that takes write access" in row(act, stranger)
    assert act.issue.labels == []


async def test_the_settings_say_who_may(stage):
    rules = "version: 1\ncommands:\n  migrate: {permission: admin, users: [tess]}\n  help: {permission: write}\n"
    act = await stage(files(settings=rules))
    act.issue = await act.ada.open_issue(NAME, "Migration: staging", BODY)
    act.later(20)
    await act.settle()
    refused = await says(act, "/migrate")
    assert "not allowed: that takes admin access, or being `tess`" in row(act, refused)
    assert reactions(await says(act, "/help", "rex")) == ["-1", "eyes"]
    await says(act, "/migrate", "tess")
    assert len(act.open_folders()) == 2
    assert "started by `tess`" in act.plan


async def test_a_rule_for_a_command_that_is_none_stops_every_order_until_it_is_mended(stage):
    act = await stage(files(settings="version: 1\ncommands:\n  help: {}\n  migrat: {permission: admin}\n"))
    act.issue = await act.ada.open_issue(NAME, "Migration: staging", BODY)
    act.later(20)
    comment = await says(act, "/migrate")
    assert reactions(comment) == ["confused", "eyes"]
    assert "unknown-command-rule" in row(act, comment)
    assert f"{SETTINGS}:4:3" in told(act) and "did you mean `/migrate`?" in told(act)
    assert act.pulls == []
    await act.commits({SETTINGS: "version: 1\n"})
    await says(act, "/migrate")
    assert len(act.open_folders()) == 2


async def test_settings_that_cannot_be_read_refuse_every_order_and_stop_nothing_else(stage):
    act = await stage(files(settings="version: 1\ncommands: [help]\n"))
    act.issue = await act.ada.open_issue(NAME, "Migration: staging", BODY)
    act.later(20)
    comment = await says(act, "/migrate")
    assert reactions(comment) == ["confused", "eyes"]
    assert "wrong-type" in told(act)


async def test_a_member_of_a_team_may_where_the_settings_name_it(playground, stage):
    playground.create_organization("acme")
    act = await stage(files(settings="version: 1\ncommands: {hold: {permission: admin, teams: [acme/leads]}}\n"))
    act.playground.create_team("acme", "leads", ["rex"])
    await act.begins()
    assert reactions(await says(act, "/hold", "ben")) == ["-1", "eyes"]
    assert reactions(await says(act, "/hold", "rex")) == ["eyes", "rocket"]


# --- hostile comments


@pytest.mark.parametrize(
    "body",
    [
        "> /migrate",
        "```\n/migrate\n```",
        "    /migrate",
        "<!--\n/migrate\n-->",
        "`/migrate`",
        "please /migrate",
        "<details>\n/migrate\n</details>",
    ],
)
async def test_what_is_quoted_or_hidden_is_no_command(act, body):
    comment = await says(act, body)
    assert reactions(comment) == [] and act.issue.labels == []


async def test_an_edit_runs_only_what_is_new_and_somebody_elses_edit_counts_as_theirs(act):
    comment = await says(act, "/assign @tess", "ada")
    await act.ada.edit_comment(NAME, comment.id, "/assign @tess\n\nIndeed.")
    act.later(20)
    await act.settle()
    assert told(act).count("[`/assign`]") == 1
    await act.ada.edit_comment(NAME, comment.id, "/assign @tess\n/assign @ben")
    act.later(20)
    await act.settle()
    assert told(act).count("[`/assign`]") == 2
    assert [one.login for one in act.issue.assignees] == ["tess", "ben"]


async def test_words_that_another_put_into_ones_mouth_start_nothing(act):
    comment = await says(act, "I would like this.", "ada")
    await act.ben.edit_comment(NAME, comment.id, "I would like this.\n\n/migrate")
    act.later(20)
    await act.settle()
    assert "edited-by-another" in row(act, comment)
    assert act.pulls == []


# --- a migration, from order to end


async def test_migrate_starts_it_as_the_label_does(act):
    comment = await says(act, "/migrate")
    assert [one.name for one in act.issue.labels] == ["migration"]
    assert act.open_folders() == ["chat", "types"]
    assert "started by `ben`" in act.plan
    assert f"started: `{MANIFEST}` is carried out" in row(act, comment)
    (event,) = [one for one in await act.events() if one.subject.startswith("order:")]
    assert (event.type, event.actor, event.details["command"]) == ("ORDER_CARRIED_OUT", "ben", "migrate")


async def test_an_order_is_found_again_after_the_database_was_lost(act):
    act.notes_seconds = 0.1
    await act.restart()
    await says(act, "/migrate")
    await in_git(act)
    await act.restart(forget=True)
    await act.does(act.ben.merge(NAME, act.pull("types").number))
    assert "terminal" in act.open_folders(), "it goes on by ben's order"
    assert "started by `ben`" in act.plan


async def test_a_label_of_the_bots_with_no_order_on_record_starts_nothing(stage):
    act = await stage(files(settings=ASKS))  # so that nothing is pushed, and no note with it
    act.issue = await act.ada.open_issue(NAME, "Migration: staging", BODY)
    act.later(20)
    await says(act, "/migrate", "ada")
    await act.commits({SETTINGS: "version: 1\n"})
    await act.restart(forget=True)
    assert act.pulls == []
    assert "order-not-found" in act.plan
    await says(act, "/migrate")
    assert act.open_folders() == ["chat", "types"]
    assert "order-not-found" not in act.plan


async def test_an_edit_by_a_stranger_after_the_order_stops_it_until_it_is_ordered_again(act):
    await says(act, "/migrate")
    await act.does(act.tess.edit_issue(NAME, act.issue.number, body=f"{BODY}\nMore.\n"))
    assert "edited-since" in act.plan
    await act.does(act.ben.merge(NAME, act.pull("types").number))
    assert "terminal" not in act.open_folders()
    await says(act, "/migrate", "ada")
    assert "terminal" in act.open_folders()
    assert "started by `ada`" in act.plan


async def test_an_order_by_somebody_who_lost_the_right_counts_no_more(act):
    await says(act, "/migrate")
    act.playground.set_permission(NAME, "ben", "read")
    await act.does(act.ada.merge(NAME, act.pull("types").number))
    assert "labeller-may-not-write" in act.plan
    assert "terminal" not in act.open_folders()


async def test_an_order_mends_a_label_by_somebody_who_may_not(act):
    await act.does(act.tess.label(NAME, act.issue.number, "migration"))
    assert "labeller-may-not-write" in act.plan
    await says(act, "/migrate")
    assert act.open_folders() == ["chat", "types"]


async def test_an_issue_that_names_no_manifest_is_not_labelled(act):
    act.issue = await act.ada.open_issue(NAME, "Something", "Nothing named.")
    act.later(20)
    comment = await says(act, "/migrate")
    assert "manifest-not-named" in row(act, comment)
    assert act.issue.labels == []


# --- once, for ever


async def test_what_was_carried_out_is_not_carried_out_again(act):
    await says(act, "/migrate")
    comment = await says(act, "/cancel")
    assert act.issue.state == "closed"
    await act.does(act.ada.reopen(NAME, act.issue.number), act.ada.label(NAME, act.issue.number, "migration"))
    await act.delivered_again()
    assert act.issue.state == "open"
    await act.restart(forget=True)
    await act.delivered_again()
    assert act.issue.state == "open", "the reaction is witness where nothing else is"
    assert reactions(comment) == ["eyes", "rocket"]


async def test_records_come_back_from_the_ledger(act):
    act.notes_seconds = 0.1
    await act.restart()
    comment = await says(act, "/assign @tess", "tess")
    before = row(act, comment)
    await in_git(act)
    await act.restart(forget=True)
    await says(act, "/assign @ben", "tess")
    assert row(act, comment) == before and "assigned to `tess`" in before


# --- the others


async def test_hold_and_unhold(act):
    await act.begins()
    await says(act, "/hold", "tess")
    assert "On hold: no further folder is opened" in act.plan
    await act.does(act.ben.merge(NAME, act.pull("types").number))
    assert act.state("terminal") == "left alone: on hold"
    assert reactions(await says(act, "/unhold", "tess")) == ["-1", "eyes"]
    await says(act, "/unhold")
    assert "terminal" in act.open_folders()
    assert "On hold" not in act.plan

    pull = act.pull("chat")
    await says(act, "/hold", on=pull.issue)
    await act.rewrites_manifest(THREE.replace("apps/chat", "apps/talk"))
    assert act.state("chat").endswith("not as the manifest has it: on hold")
    await says(act, "/unhold", on=pull.issue)
    assert act.state("chat") == f"#{pull.number} open"
    assert await act.file("apps/talk/README.md", "graftsman/staging/chat") is not None


async def test_a_closed_folder_is_opened_anew(act):
    await act.begins()
    first = act.pull("chat")
    await act.does(act.ben.close(NAME, first.number))
    assert act.state("chat") == f"#{first.number} closed"
    await act.commits({"unrelated.md": "x\n"})
    comment = await says(act, "/retry chat")
    assert "tried again: `chat`" in row(act, comment)
    old, new = act.pulls_of("chat")
    assert (old.issue.state, new.issue.state) == ("closed", "open")
    assert act.state("chat") == f"#{new.number} open"
    assert {one.name for one in new.issue.labels} == {"graftsman", "graftsman/folder"}
    assert act.check(new, "graftsman/certificate").conclusion == "success"
    head = await act.commit(act.branch("chat"))
    assert head.parents == (act.repository.branch("main"),), "on the present base"
    await act.does(act.ben.merge(NAME, new.number))
    assert "merged" in act.state("chat")
    assert len(act.said(new.issue, "delivery")) == 1
    assert "unknown-folder" in row(act, await says(act, "/retry nothing"))


async def test_what_was_refused_is_tried_again(act):
    await act.begins()
    await act.commits({"apps/terminal/main.ts": "mine\n"})
    await act.does(act.ben.merge(NAME, act.pull("types").number))
    assert "refused" in act.state("terminal")
    again = await says(act, "/retry")
    assert "tried again: `terminal`" in row(act, again)
    assert "refused" in act.state("terminal"), "nothing has changed"
    await act.commits({"apps/terminal/main.ts": None})
    await says(act, "/retry terminal")
    assert "terminal" in act.open_folders()


async def test_cancel_gives_up_a_pull_request_or_the_whole(act):
    await act.begins()
    pull = act.pull("chat")
    assert "closed unmerged" in row(act, await says(act, "/cancel", on=pull.issue), pull.issue)
    assert pull.issue.state == "closed" and act.branch("chat") is not None
    comment = await says(act, "/cancel")
    assert f"closed #{act.pull('types').number} unmerged" in row(act, comment)
    assert (act.issue.state, act.issue.state_reason, act.issue.labels) == ("closed", "not_planned", [])
    assert act.open_folders() == []


async def test_other_peoples_pull_requests_are_theirs(act):
    await act.ben.create_branch(NAME, "topic")
    await act.commits({"notes.md": "mine\n"}, "topic", who="ben")
    pull = await act.ben.open_pull(NAME, "topic", "Mine", "Please look.")
    act.later(20)
    comment = await says(act, "/cancel", "ada", on=pull.issue)
    assert "not-ours" in row(act, comment, pull.issue)
    assert pull.issue.state == "open"
    assert "nothing-to-report" in row(act, await says(act, "/report", "ada", on=pull.issue), pull.issue)


async def test_several_in_one_comment_run_in_order(act):
    comment = await says(act, "/migrate\n/hold\n/assign @tess")
    lines = [line for line in told(act).splitlines() if f"(#issuecomment-{comment.id})" in line]
    assert ["`/assign`" in lines[0], "`/hold`" in lines[1], "`/migrate`" in lines[2]] == [True] * 3, "the newest first"
    assert {one.name for one in act.issue.labels} == {"migration", "graftsman/hold"}
    assert act.pulls == [], "it was on hold before it began"


async def test_assign(act):
    await says(act, "/assign", "tess")
    await says(act, "/assign @ben @ADA", "tess")
    assert [one.login for one in act.issue.assignees] == ["tess", "ben", "ada"]
    comment = await says(act, "/assign @ben @nobody", "tess")
    assert "not-assignable" in row(act, comment) and "`nobody` is no collaborator here" in told(act)


async def test_plan_dry_run_next_status_and_report(act):
    dry = await says(act, "/dry-run", "tess")
    assert "would plan 3 folders of `staging`" in told(act) and reactions(dry) == ["eyes", "rocket"]
    assert act.issue.labels == [] and act.pulls == []
    assert "no migration" in row(act, await says(act, "/status", "rex"))
    await says(act, "/next", "rex")
    assert "There is no open task." in told(act)
    await says(act, "/migrate")
    await says(act, "/plan", "rex")
    digest = act.plan.split("The plan of `staging` is `")[1][:12]
    assert f"Plan `{digest}`." in act.plan
    types = act.pull("types")
    await says(act, "/next", "rex")
    assert f"Review #{types.number} (`types`) next" in act.plan and "1 folder waits for it (`terminal`)" in act.plan
    assert f"Then: #{act.pull('chat').number} (`chat`)" in act.plan
    assert "migration `staging`: 2 open, 1 waiting" in row(act, await says(act, "/status", "rex"))
    await says(act, "/plan", "rex", on=types.issue)
    assert "--folder types --dry-run --json" in told(act, types.issue)
    assert "moves `STAGING/types` to `packages/types`" in told(act, types.issue)
    await says(act, "/report", "rex", on=types.issue)
    (report,) = act.said(types.issue, "delivery")
    assert "Delivery report: `types` so far" in report.body
    await act.does(act.ben.merge(NAME, types.number))
    (report,) = act.said(types.issue, "delivery")
    assert "`types` delivered" in report.body
    await says(act, "/report", "rex")
    assert "`staging` so far: 1 of 3 folders merged" in act.plan


async def test_a_dry_run_of_a_patch_shows_what_apply_would_do_and_does_nothing(act):
    await act.commits({"src/greet.ts": "export function greet(name: string) {\n  return `Hello ${name}`;\n}\n"})
    await act.ben.create_branch(NAME, "topic")
    await act.commits({"notes.md": "mine\n"}, "topic", who="ben")
    pull = await act.ben.open_pull(NAME, "topic", "Greet better", "Please look.")
    act.later(20)
    await act.settle()
    head = act.repository.branch("topic")
    with act.counting() as counted:
        await says(act, f"{fenced(DIFF)}\n/dry-run", "tess", on=pull.issue)
    assert "would change 1 file, +1 −1 lines" in told(act, pull.issue)
    assert act.repository.branch("topic") == head and counted.pushes == []
    refused = await says(act, f"{fenced(DIFF.replace('Hello', 'Hallo'))}\n/dry-run", "tess", on=pull.issue)
    assert "hunk-not-found" in row(act, refused, pull.issue)
    assert act.checks(pull, "graftsman/patch") == []
    await says(act, f"{fenced(DIFF)}\n/dry-run", "tess")
    assert f"on a new branch `graftsman/patch/{act.issue.number}-" in told(act)
    await says(act, f"{fenced(DIFF)}\n/apply", on=pull.issue)
    await says(act, "/report", "rex", on=pull.issue)
    (report,) = act.said(pull.issue, "delivery")
    assert "1 patch so far" in report.body
    await act.does(act.ada.merge(NAME, pull.number))
    (report,) = act.said(pull.issue, "delivery")
    assert "1 patch delivered" in report.body


# --- the approval of a plan

ASKS = """\
version: 1
approvals:
  - {name: plan, phases: [plan], from: {permission: maintain, users: [ben]}}
"""


@pytest.fixture
async def asking(stage):
    """A repository whose settings want a plan approved by a maintainer or ben; ada has labelled the issue."""
    act = await stage(files(settings=ASKS))
    act.playground.create_user("mia", "Mia")
    act.playground.set_permission(NAME, "mia", "maintain")
    act.mia = act.playground.as_user("mia")
    await act.begins()
    act.later(20)
    return act


def digest(act):
    return act.plan.split("The plan `")[1][:12]


async def test_a_plan_that_needs_approval_opens_nothing_until_it_is_approved(asking):
    act = asking
    assert act.pulls == []
    assert "is not approved yet" in act.plan
    assert "`plan`: 1 more of `ben`, whoever has maintain access" in act.plan
    assert act.state("types") == "left alone: the plan is not approved"
    assert "not-an-approver" in row(act, await says(act, "/approve-plan", "ada")), "ada labelled it"
    assert act.pulls == []
    comment = await says(act, "/approve-plan")
    assert "approved the plan" in row(act, comment)
    assert act.open_folders() == ["chat", "types"]
    assert "approved by `ben`" in act.plan


async def test_an_edited_manifest_asks_again(asking):
    act = asking
    old = digest(act)
    await act.rewrites_manifest(THREE.replace("apps/chat", "apps/talk"))
    act.later(2)
    new = digest(act)
    assert new != old
    soon = await says(act, "/approve-plan")
    assert "plan-changed" in row(act, soon), "it was shown for seconds only"
    assert "plan-changed" in row(act, await says(act, f"/approve-plan {old}"))
    assert act.pulls == []
    await says(act, f"/approve-plan {new}")
    assert act.open_folders() == ["chat", "types"]
    await act.rewrites_manifest(THREE.replace("apps/chat", "apps/chats"))
    assert "is not approved yet" in act.plan
    assert act.state("chat").endswith("not as the manifest has it: the plan is not approved")
    assert await act.file("apps/chats/README.md", "graftsman/staging/chat") is None
    act.later(20)
    await says(act, "/approve-plan", "mia")
    assert await act.file("apps/chats/README.md", "graftsman/staging/chat") is not None


async def test_the_approval_holds_after_the_database_was_lost_and_falls_with_the_right(asking):
    act = asking
    act.notes_seconds = 0.1
    await act.restart()
    await says(act, "/approve-plan")
    await in_git(act)
    await act.restart(forget=True)
    await act.does(act.ada.merge(NAME, act.pull("types").number))
    assert "terminal" in act.open_folders()
    act.playground.set_permission(NAME, "ben", "read")
    await act.does(act.ada.comment(NAME, act.issue.number, "/status"))
    assert "is not approved yet" in act.plan


async def test_whoever_ordered_it_does_not_approve_it_and_others_words_do_not_count(asking):
    act = asking
    await act.does(act.ada.unlabel(NAME, act.issue.number, "migration"))
    await says(act, "/migrate", "ben")
    act.later(20)
    assert "not-an-approver" in row(act, await says(act, "/approve-plan", "ben"))
    comment = await says(act, "Looks good.", "mia")
    await act.ben.edit_comment(NAME, comment.id, "/approve-plan")
    act.later(20)
    await act.settle()
    assert "edited-by-another" in row(act, comment)
    assert act.pulls == []
    await says(act, "/approve-plan", "mia")
    assert act.open_folders() == ["chat", "types"]


async def test_without_a_rule_no_approval_is_needed(act):
    await says(act, "/migrate")
    assert act.open_folders() == ["chat", "types"]
    assert "no approval is needed" in row(act, await says(act, "/approve-plan"))
    assert BOT not in act.plan
