"""Who starts a migration, and what of it is told."""

import pytest

from tests.end_to_end.act import NAME
from tests.end_to_end.files import BODY, MANIFEST, SETTINGS, THREE, files


@pytest.mark.parametrize("labeller", ["ada", "ben"])
async def test_a_writers_label_starts_it_whoever_wrote_the_issue(stage, labeller):
    act = await stage()
    await act.begins(author="rex", labeller=labeller)
    assert act.open_folders() == ["chat", "types"]
    assert f"started by `{labeller}`" in act.plan


async def test_a_triagers_label_does_not_and_is_told_why(stage):
    act = await stage()
    await act.begins(labeller="tess")
    assert "was put on by `tess`, who may not write" in act.plan
    assert "Code: `labeller-may-not-write`" in act.plan
    assert act.pulls == []

    # A writer's label on top of hers counts when it was put on anew.
    number = act.issue.number
    await act.does(act.ben.unlabel(NAME, number, "migration"), act.ben.label(NAME, number, "migration"))
    assert "started by `ben`" in act.plan
    assert act.open_folders() == ["chat", "types"]

    # And hers on top of his stops what is to come.
    await act.does(act.tess.unlabel(NAME, number, "migration"), act.tess.label(NAME, number, "migration"))
    await act.merges("types")
    assert "Code: `labeller-may-not-write`" in act.plan
    assert act.open_folders() == ["chat"]
    await act.does(act.ben.unlabel(NAME, number, "migration"), act.ben.label(NAME, number, "migration"))
    assert act.open_folders() == ["chat", "terminal"]


async def test_a_permission_that_is_gone_no_longer_starts_anything(stage):
    act = await stage()
    await act.begins(labeller="ben")
    act.playground.set_permission(NAME, "ben", "read")
    await act.merges("types", who="ada")
    assert act.open_folders() == ["chat"]
    assert "Code: `labeller-may-not-write`" in act.plan


async def test_a_body_edited_since_by_somebody_who_may_not_write_needs_the_label_anew(stage):
    act = await stage(files(**{"migrations/evil.yml": THREE.replace("staging", "evil")}))
    await act.begins(author="rex")
    assert act.open_folders() == ["chat", "types"]
    number = act.issue.number
    await act.does(act.rex.edit_issue(NAME, number, body=BODY.replace("staging", "evil")))
    assert "was edited by `rex`, who may not write" in act.plan
    assert "Code: `edited-since`" in act.plan
    await act.merges("types")
    assert act.open_folders() == ["chat"]

    # A writer reads it, puts it right, and it goes on: the edit was theirs to make.
    await act.does(act.ben.edit_issue(NAME, number, body=BODY))
    assert act.open_folders() == ["chat", "terminal"]
    assert "1 of 3 folders merged" in act.plan

    # Edited once more by its author; a writer who labels it anew has read it.
    await act.does(act.rex.edit_issue(NAME, number, body=BODY + "\nMore.\n"))
    assert "Code: `edited-since`" in act.plan
    await act.does(act.ada.unlabel(NAME, number, "migration"), act.ada.label(NAME, number, "migration"))
    assert "1 of 3 folders merged" in act.plan
    # A title is not the body.
    await act.does(act.rex.edit_issue(NAME, number, title="Move the staged demos"))
    assert "1 of 3 folders merged" in act.plan


async def test_without_the_label_it_pauses_and_with_it_it_goes_on(stage):
    act = await stage()
    await act.begins()
    number = act.issue.number
    await act.does(act.tess.unlabel(NAME, number, "migration"))
    assert "Paused: the label `migration` was taken off" in act.plan
    await act.merges("types")
    assert act.open_folders() == ["chat"]
    assert "1 of 3 folders merged" in act.plan
    await act.does(act.ada.label(NAME, number, "migration"))
    assert act.open_folders() == ["chat", "terminal"]
    assert "Paused" not in act.plan

    await act.does(act.ada.close(NAME, number))
    assert "Paused: this issue is closed" in act.plan
    await act.merges("chat")
    assert "2 of 3 folders merged" in act.plan
    await act.does(act.ada.reopen(NAME, number))
    await act.merges("terminal")
    assert (act.issue.state, act.issue.state_reason) == ("closed", "completed")


@pytest.mark.parametrize(
    ("body", "code", "where"),
    [
        ("", "manifest-not-named", ""),
        ("### Manifest\n\n_No response_\n", "manifest-not-named", ""),
        ("### Manifest\n\nmigrations/nowhere.yml\n", "manifest-missing", ""),
        ("### Manifest\n\n../../etc/passwd\n", "unsafe-path", "(`issue:3`)"),
        ("migrations/a.yml\nmigrations/b.yml\n", "manifest-not-named", ""),
    ],
)
async def test_an_issue_that_names_no_manifest_is_told_so_and_goes_on_once_mended(stage, body, code, where):
    act = await stage()
    await act.begins(body)
    assert f"Code: `{code}`" in act.plan
    assert where in act.plan
    assert act.pulls == []
    await act.does(act.ada.edit_issue(NAME, act.issue.number, body=f"See `{MANIFEST}`:\n\n{MANIFEST}\n"))
    assert act.open_folders() == ["chat", "types"]


async def test_a_refused_manifest_is_told_with_its_line_and_goes_on_once_mended(stage):
    act = await stage(files(THREE.replace("mode: move", "mood: move")))
    await act.begins()
    assert "Code: `unknown-key`" in act.plan
    assert f"{MANIFEST}:4:" in act.plan
    assert act.pulls == []
    await act.rewrites_manifest(THREE)
    assert act.open_folders() == ["chat", "types"]

    # A manifest that breaks later stops nothing that is open, and says so.
    heads = {one.number: one.head_sha for one in act.pulls}
    await act.rewrites_manifest(THREE + "  - {id: chat, source: STAGING/vision, destination: apps/vision}\n")
    assert f"{MANIFEST}:13:" in act.plan
    assert {one.number: one.head_sha for one in act.pulls} == heads
    # What is merged meanwhile is reported when it goes on.
    chat = act.pull("chat")
    await act.merges("chat")
    assert act.said(chat.issue, "delivery") == []
    await act.rewrites_manifest(THREE + "  - {id: vision, source: STAGING/vision, destination: apps/vision}\n")
    assert act.open_folders() == ["types", "vision"]
    assert "1 of 4 folders merged" in act.plan
    assert len(act.said(chat.issue, "delivery")) == 1


async def test_bad_settings_are_told_with_their_line(stage):
    act = await stage(files(settings="version: 1\npulls:\n  drafts: true\n"))
    await act.begins()
    assert "Code: `unknown-key`" in act.plan
    assert f"{SETTINGS}:3:3" in act.plan
    assert act.pulls == []
    await act.does(act.commits({SETTINGS: "version: 1\npulls:\n  draft: true\n"}))
    assert act.open_folders() == ["chat", "types"]
    assert all(one.draft for one in act.pulls)


async def test_a_pull_request_with_the_label_is_no_migration(stage):
    act = await stage()
    await act.commits({"README.md": f"{BODY}\n"}, branch="words")
    pull = await act.ada.open_pull(NAME, "words", "Words", BODY)
    with act.counting() as counted:
        await act.does(act.ada.label(NAME, pull.number, "migration"))
        await act.restart()
    assert counted.writes == []
    assert act.said(pull.issue) == []
