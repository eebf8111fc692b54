"""For each folder: a branch, one commit, a pull request that proves itself, labels and two checks; and their fates."""

import json
import re

import pytest

from bot.workflows.migrate import migrate
from tests.end_to_end.act import BOT, NAME
from tests.end_to_end.files import MANIFEST, SPEC, THREE, files, spec, today

WITH_SPEC = THREE.replace("folders:", f"spec: {SPEC}\nfolders:")


async def test_a_folder_is_one_commit_with_four_trailers_and_a_pull_request_that_proves_it(stage):
    began = today()
    act = await stage(files(WITH_SPEC, **{SPEC: spec()}))
    base = act.repository.branch("main")
    await act.begins(labeller="ben")
    pull = act.pull("types")
    assert (pull.base_ref, pull.issue.user.login, pull.head_sha) == ("main", BOT, act.branch("types"))
    assert pull.issue.title == "staging: move STAGING/types to packages/types"
    assert {label.name for label in pull.issue.labels} == {"graftsman", "graftsman/folder"}

    commit = await act.commit(pull.head_sha)
    assert commit.parents == (base,)
    found = dict(re.findall(r"^(Graftsman-\w+): (.+)$", commit.message, re.MULTILINE))
    assert found.pop("Graftsman-Source").startswith(f"{MANIFEST}#staging/types sha256:")
    assert re.fullmatch(r"[0-9a-f]{16}", found.pop("Graftsman-Run"))
    assert found == {"Graftsman-Base": base, "Graftsman-Issue": f"#{act.issue.number}"}

    # The tree is what the engine makes of the same manifest, with no GitHub anywhere near.
    result = migrate(act.repository.store.path, base, (await act.file(MANIFEST)), name=MANIFEST, dry_run=True)
    engine = next(one for one in result.folders if one.id == "types")
    assert commit.tree == engine.tree
    assert await act.file("packages/types/notes.md", pull.head_sha) == b"# Notes\r\n"
    assert b"../../packages/types/session" in await act.file("apps/console/main.ts", pull.head_sha)

    # The body is the delivery report with the certificate; the check carries it for machines.
    body = pull.issue.body
    assert f"for #{act.issue.number} (started by `ben`)" in body
    assert "| Files byte for byte | 2 |" in body
    assert "| Importers elsewhere changed | 2 |" in body
    assert all(f"`{one}`" in body for one in (base, pull.head_sha, commit.tree))
    assert "line 1, " in body
    assert {one.name for one in act.checks(pull)} == {"graftsman/certificate", "graftsman/spec-guard"}
    check = act.check(pull, "graftsman/certificate")
    assert (check.status, check.conclusion) == ("completed", "success")
    machine = json.loads(re.search(r"```json\n(.*?)\n```", check.text, re.DOTALL)[1])
    assert machine["result_tree"] == commit.tree
    assert [one["source"] for one in machine["moved"]] == ["STAGING/types/notes.md", "STAGING/types/session.ts"]
    guard = act.check(pull, "graftsman/spec-guard")
    assert (guard.conclusion, guard.title) in {("success", title) for title in reviewed(act, 0, began)}


def reviewed(act, age, began):
    """What the guard says of a review that was so many days old when the test began."""
    ages = [age + passed for passed in range(len(act.days_since(began)))]
    return {f"Spec reviewed {days} {'day' if days == 1 else 'days'} ago" for days in ages}


async def test_a_warning_is_annotated_at_its_line(stage):
    act = await stage()
    await act.begins()
    (note,) = act.check(act.pull("chat"), "graftsman/certificate").annotations
    assert (note["path"], note["start_line"]) == ("apps/chat/index.ts", 1)
    assert "points nowhere" in note["message"]
    assert "**Warnings**" in act.pull("chat").issue.body
    assert act.row("chat").split("|")[6].strip() == "1"


@pytest.mark.parametrize(("age", "conclusion"), [(29, "success"), (45, "failure")])
async def test_the_spec_guard_says_how_old_the_review_is(stage, age, conclusion):
    began = today()
    act = await stage(files(WITH_SPEC, **{SPEC: spec(age)}))
    await act.begins()
    for folder in ("chat", "types"):
        check = act.check(act.pull(folder), "graftsman/spec-guard")
        assert check.conclusion == conclusion
        assert check.title in reviewed(act, age, began)


@pytest.mark.parametrize(
    ("named", "text", "required", "conclusion", "title"),
    [
        (True, None, False, "failure", "The spec is missing"),
        (True, "# Move\n", False, "failure", "The spec has no front matter"),
        (True, "---\nid: 1\n---\n", False, "failure", "The spec was never reviewed"),
        (True, spec(-9), False, "failure", "The review lies in the future"),
        (False, None, False, "neutral", "No spec named"),
        (False, None, True, "failure", "1 thing to mend before this can be merged"),
    ],
)
async def test_the_spec_guard_says_what_it_found(stage, named, text, required, conclusion, title):
    settings = f"version: 1\nspec:\n  required: {str(required).lower()}\n"
    more = {} if text is None else {SPEC: text}
    act = await stage(files(WITH_SPEC if named else THREE, settings=settings, **more))
    await act.begins()
    for folder in ("chat", "types"):
        check = act.check(act.pull(folder), "graftsman/spec-guard")
        assert (check.conclusion, check.title) == (conclusion, title)


async def test_who_depends_waits_and_then_comes_on_the_newer_base(stage):
    act = await stage()
    await act.begins()
    assert act.state("terminal") == "waiting for `types`"
    assert act.branch("terminal") is None
    await act.merges("types")
    terminal = act.pull("terminal")
    commit = await act.commit(terminal.head_sha)
    assert commit.parents == (act.pull("types").merge_commit_sha,)
    # What was merged is seen: the import follows the folder that moved away before it.
    assert b"../../packages/types/session" in await act.file("apps/terminal/main.ts", terminal.head_sha)
    assert act.state("types") == f"#{act.pull('types').number} merged"
    assert act.state("terminal") == f"#{terminal.number} open"


async def test_closing_what_others_wait_for_keeps_them_waiting(stage):
    act = await stage()
    await act.begins()
    pull = act.pull("types")
    await act.does(act.ben.close(NAME, pull.number))
    assert act.state("types") == f"#{pull.number} closed"
    assert act.state("terminal") == "waiting for `types`"
    await act.does(act.commits({"README.md": "# On\n"}), act.ben.reopen(NAME, pull.number))
    assert act.state("types") == f"#{pull.number} open"
    await act.merges("types")
    assert act.open_folders() == ["chat", "terminal"]
    assert len(act.pulls_of("types")) == 1


@pytest.mark.parametrize("method", ["merge", "squash", "rebase"])
async def test_however_it_is_merged_it_is_merged(stage, method):
    act = await stage()
    await act.begins()
    await act.does(act.ben.merge(NAME, act.pull("types").number, method))
    await act.does(act.ben.delete_branch(NAME, "graftsman/staging/types"))
    assert act.open_folders() == ["chat", "terminal"]
    await act.does(act.ben.merge(NAME, act.pull("terminal").number, method))
    await act.does(act.ben.merge(NAME, act.pull("chat").number, method))
    assert act.issue.state == "closed"
    assert await act.file("STAGING/types/session.ts") is None
    assert await act.file("packages/types/session.ts") == b"export type Session = number;\n"


async def test_one_delivery_comment_tells_closed_then_open_then_merged(stage):
    act = await stage()
    await act.begins()
    pull = act.pull("chat")
    assert act.said(pull.issue, "delivery") == []

    def report():
        (one,) = act.said(pull.issue, "delivery")
        return one

    await act.does(act.ben.close(NAME, pull.number))
    first = report()
    assert "`chat` closed without merging" in first.body
    assert "`PATCH_REJECTED`" in first.body
    assert act.check(pull, "graftsman/delivery").conclusion == "neutral"

    await act.does(act.ben.reopen(NAME, pull.number))
    assert "`chat` so far" in report().body
    await act.does(act.ben.close(NAME, pull.number), act.ben.reopen(NAME, pull.number))

    await act.does(act.ben.review(NAME, pull.number, "APPROVE", "Proven."), act.ada.merge(NAME, pull.number))
    last = report()
    assert last.id == first.id
    assert "`chat` delivered" in last.body
    assert f"by `ada` as `{pull.merge_commit_sha[:12]}`" in last.body
    assert "| Approved by | `ben` |" in last.body
    assert "`graftsman/certificate` success, `graftsman/spec-guard` neutral" in last.body
    told = re.findall(r"\| `([A-Z_]+)` \| ", last.body)
    assert told[:5] == [
        "PATCH_RECEIVED",
        "PROCESSING_STARTED",
        "PATCH_VALIDATED",
        "PATCH_APPLIED",
        "PROCESSING_COMPLETED",
    ]
    assert told[-1] == "PATCH_DELIVERED"
    assert [one.conclusion for one in act.checks(pull, "graftsman/delivery")][-1] == "success"


async def test_when_all_are_merged_there_is_a_final_report_and_the_issue_is_closed_once(stage):
    act = await stage()
    await act.begins()
    await act.merges("types")
    assert act.issue.state == "open"
    await act.merges("terminal", "chat")
    (final,) = act.said(kind="final")
    assert "migration `staging` is complete" in final.body
    assert "3 pull requests merged" in final.body
    assert all(f"| `{folder}` | #{act.pull(folder).number} |" in final.body for folder in ("types", "terminal", "chat"))
    assert (act.issue.state, act.issue.state_reason, act.issue.closed_by.login) == ("closed", "completed", BOT)
    assert "3 of 3 folders merged" in act.plan
    assert "Paused" not in act.plan

    # Opened again by a person it stays open, and nothing is said twice.
    with act.counting() as counted:
        await act.does(act.ada.reopen(NAME, act.issue.number))
        await act.delivered_again()
        await act.restart()
    assert act.issue.state == "open"
    assert counted.writes == []
    assert len(act.said(kind="final")) == 1


async def test_what_is_there_already_needs_no_pull_request(stage):
    copied = {"apps/chat/index.ts": files()["STAGING/chat/index.ts"], "apps/chat/README.md": b"# Chat\n"}
    act = await stage(files(**copied))
    await act.begins()
    assert act.open_folders() == ["types"]
    assert act.state("chat") == "nothing to do"
    await act.merges("types")
    await act.merges("terminal")
    assert act.issue.state == "closed"


async def test_a_folder_whose_destination_a_person_edited_is_refused_alone_and_mended(stage):
    act = await stage(files(**{"apps/chat/index.ts": "mine\n"}))
    await act.begins()
    assert act.open_folders() == ["types"]
    assert act.state("chat") == "**refused**"
    assert "Why chat was refused" in act.plan
    assert "`apps/chat/index.ts`" in act.plan
    await act.does(act.commits({"apps/chat/index.ts": None}))
    assert act.open_folders() == ["chat", "types"]
    assert "was refused" not in act.plan


async def test_settings_bound_draft_and_label_the_pull_requests(stage):
    settings = "version: 1\npulls:\n  draft: true\n  max_open: 1\n  labels: [moves, bug]\n"
    act = await stage(files(settings=settings))
    await act.begins()
    (pull,) = act.pulls
    assert act.open_folders() == ["chat"]
    assert act.state("types") == "planned: 1 may be open at once"
    assert pull.draft
    assert {label.name for label in pull.issue.labels} == {"graftsman", "graftsman/folder", "moves", "bug"}
    await act.ben.ready(NAME, pull.number)
    await act.merges("chat")
    # One has left: one more comes.
    assert act.open_folders() == ["types"]
    await act.does(act.commits({".github/graftsman.yml": "version: 1\n"}))
    await act.ben.ready(NAME, act.pull("types").number)
    await act.merges("types")
    assert act.open_folders() == ["terminal"]
    assert not act.pull("terminal").draft
