"""Run again, redelivered, doubled, forgotten: what is right stays untouched, what is missing is made, once."""

import asyncio

import pytest

from bot.workflows.migrations import work
from tests.end_to_end.act import NAME
from tests.end_to_end.files import THREE, many


async def half_way(act):
    """One folder merged, one open, one closed: something of everything."""
    await act.begins()
    await act.merges("types")
    await act.does(act.ben.close(NAME, act.pull("chat").number))


def everything(act):
    """All that people can see, but for times."""
    return {
        "refs": dict(act.repository.store.refs),
        "issues": [
            (one.number, one.state, one.title, one.body, sorted(label.name for label in one.labels))
            for one in act.repository.issues.values()
        ],
        "comments": [(one.issue.number, one.body) for one in act.repository.comments.values()],
        "checks": [(one.head_sha, one.name, one.external_id, one.text) for one in act.repository.checks.values()],
    }


async def test_every_webhook_once_more_under_ids_of_its_own_writes_nothing(stage):
    act = await stage()
    await half_way(act)
    before = everything(act)
    with act.counting() as counted:
        assert await act.delivered_again() > 20
    assert counted.writes == []
    assert everything(act) == before


async def test_every_webhook_redelivered_by_github_does_not_even_read(stage):
    act = await stage()
    await half_way(act)
    with act.counting() as counted:
        await act.delivered_again(new_ids=False)
    assert [one.path for one in counted.exchanges] == []


async def test_every_webhook_doubled_all_along_ends_alike(stage):
    act = await stage()
    act.playground.faults.duplicate_webhooks(lambda _: True, new_guid=True)
    await half_way(act)
    assert [len(act.pulls_of(folder)) for folder in ("types", "chat", "terminal")] == [1, 1, 1]
    assert "1 of 3 folders merged" in act.plan
    assert len(act.said(act.pull("types").issue, "delivery")) == 1
    names = sorted(one.name for one in act.repository.checks.values())
    assert names == ["graftsman/certificate"] * 3 + ["graftsman/delivery"] * 2 + ["graftsman/spec-guard"] * 3


async def test_a_second_life_writes_nothing(stage):
    act = await stage()
    await half_way(act)
    with act.counting() as counted:
        await act.restart()
        await act.restart()
    assert counted.writes == []


@pytest.mark.parametrize("when", ["before-onboarding", "planned", "half-way", "done"])
async def test_a_lost_database_doubles_nothing(stage, when):
    act = await stage()
    if when == "before-onboarding":
        await act.restart(forget=True)
    await act.begins()
    if when in {"half-way", "done"}:
        await act.merges("types")
        await act.does(act.ben.close(NAME, act.pull("chat").number))
    if when == "done":
        await act.does(act.ben.reopen(NAME, act.pull("chat").number))
        await act.merges("chat", "terminal")
        assert act.issue.state == "closed"
    before = everything(act)
    await act.restart(forget=True)
    await act.restart(forget=True)
    after = everything(act)
    if when == "half-way":  # what happened is told anew from what git and GitHub say: the ledger went with the rest
        before.pop("comments")
        after.pop("comments")
        assert len(act.said(act.pull("chat").issue, "delivery")) == 1
    assert after == before

    # It goes on as if nothing had happened.
    if when != "done":
        if when == "half-way":
            await act.does(act.ben.reopen(NAME, act.pull("chat").number))
        await act.merges(*(folder for folder in act.open_folders()))
        if act.open_folders():
            await act.merges(*act.open_folders())
        assert act.issue.state == "closed"
        assert len(act.said(kind="final")) == 1
        assert [len(act.pulls_of(folder)) for folder in ("types", "chat", "terminal")] == [1, 1, 1]


async def test_a_reopened_issue_stays_open_even_when_the_database_is_lost(stage):
    act = await stage()
    await act.begins()
    await act.merges("types", "chat")
    await act.merges("terminal")
    await act.does(act.ada.reopen(NAME, act.issue.number))
    await act.restart(forget=True)
    await act.does(act.ada.edit_issue(NAME, act.issue.number, title="Still here"))
    assert act.issue.state == "open"
    assert len(act.said(kind="final")) == 1


async def test_what_people_deleted_in_between_is_made_again_and_nothing_else(stage):
    act = await stage()
    await act.begins()
    await act.stop()
    await act.ada.delete_comment(NAME, act.said()[0].id)
    await act.start()
    with act.counting() as counted:
        await act.settle()
    assert len(act.said()) == 1
    assert set(counted.kinds()) <= {"POST /repos/acme/platform/issues/N/comments"}


async def test_a_branch_deleted_by_a_person_is_a_closed_pull_request_and_is_not_forced_back(stage):
    act = await stage()
    await act.begins()
    head = act.branch("chat")
    await act.does(act.ben.delete_branch(NAME, "graftsman/staging/chat"))
    assert act.state("chat") == f"#{act.pull('chat').number} closed"
    await act.restart()
    assert act.branch("chat") is None
    await act.does(act.ben.create_branch(NAME, "graftsman/staging/chat", head))
    await act.does(act.ben.reopen(NAME, act.pull("chat").number))
    assert act.state("chat") == f"#{act.pull('chat').number} open"


async def test_a_large_migration_in_slices_is_opened_wholly(stage, monkeypatch):
    monkeypatch.setattr(work, "SLICE", 3)
    act = await stage(many(10, each=1))
    with act.counting() as counted:
        await act.begins()
    assert len(act.pulls) == 10
    assert "0 of 10 folders merged" in act.plan
    assert "planned |" not in act.plan
    assert len(counted.pushes) == 1
    names = sorted(one.name for one in act.repository.checks.values())
    assert names == ["graftsman/certificate"] * 10 + ["graftsman/spec-guard"] * 10


async def test_slices_go_on_when_the_manifest_changes_under_them(stage, monkeypatch):
    """The later slices were computed on an older base, on which the new entry's source is not there."""
    monkeypatch.setattr(work, "SLICE", 1)
    content = many(4, each=1)
    act = await stage(content)
    manifest = content["migrations/staging.yml"].decode()
    posted = []

    async def change(asked, when):
        if (asked.method, when) == ("POST", "after") and asked.path.endswith("/pulls"):
            posted.append(asked.path)
            if len(posted) == 2:
                await act.commits(
                    {
                        "extra/a.txt": "a\n",
                        "migrations/staging.yml": manifest
                        + "  - {id: extra, source: extra, destination: apps/extra}\n",
                    }
                )

    act.playground.faults.watch = change
    await act.begins()
    assert len(act.pulls) == 5
    assert "0 of 5 folders merged" in act.plan
    assert len(act.repository.checks) == 10


async def test_an_entry_changed_while_the_bot_was_killed_between_push_and_pull_request(stage):
    """Branches are there, pull requests are not: a half of them; then the database goes, and the manifest changes."""
    act = await stage()
    act.playground.faults.fail_requests("POST /repos/*/pulls", status=500, times=None)
    issue = await act.ada.open_issue(NAME, "Move", "### Manifest\n\nmigrations/staging.yml\n")
    await act.ada.label(NAME, issue.number, "migration")
    async with asyncio.timeout(30):
        while act.branch("types") is None:
            await asyncio.sleep(0.02)
    act.issue = issue
    await act.stop()
    act.playground.faults.clear()
    await act.commits({"migrations/staging.yml": THREE.replace("apps/chat", "apps/talk")})
    await act.restart(forget=True)
    assert act.open_folders() == ["chat", "types"]
    assert act.pull("chat").issue.title.endswith("to apps/talk")
    assert len(act.repository.checks) == 4
