"""The ledger in git: a migration's events are notes on the remote, and a lost database comes back from them."""

import asyncio
import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import aiohttp
import sqlalchemy as sa

from bot.git import notes
from bot.git.repository import Repository
from bot.runs.ledger import Ledger
from bot.runs.store import Store
from bot.workflows.restore import read_chain
from tests.end_to_end.act import NAME, PATIENCE

ROOT = Path(__file__).parents[2]
PUSHED = ["PATCH_RECEIVED", "PROCESSING_STARTED", "PATCH_VALIDATED"]


def chain(act):
    """The entries that are in the remote's notes; a chain that is not sound is a refusal."""
    remote = Repository.open(act.repository.store.path)
    head = notes.head_of(remote)
    return () if head is None else read_chain(remote, head, NAME).entries


async def noted(act, commit):
    """The events of one commit, as ``git notes show`` has them."""
    code, out = await act.repository.store.run("notes", "--ref=graftsman", "show", commit, ok=(0, 1))
    return [json.loads(line)["event"] for line in out.decode().splitlines()] if code == 0 else []


async def ledger(act, work):
    store = await Store.open(act.home / "data" / "graftsman.sqlite")
    try:
        return await work(Ledger(store), store)
    finally:
        await store.close()


async def rows(act):
    """Every row of the ledger and of its heads, every column."""

    async def work(_, store):
        tables = ("graftsman_ledger", "graftsman_heads")
        query = "SELECT * FROM {} ORDER BY 1, 2"
        return await store.read(lambda c: {t: [tuple(r) for r in c.execute(sa.text(query.format(t)))] for t in tables})

    return await ledger(act, work)


async def graftsman(act, *arguments, code=0):
    """The command line, on the server's own database."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", *map(str, arguments),
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env={"PATH": os.environ["PATH"], "GRAFTSMAN_DATA_DIR": str(act.home / "data")},
    )  # fmt: skip
    out, words = await process.communicate()
    assert "Traceback" not in words.decode()
    assert process.returncode == code, words.decode()
    return json.loads(out) if out.startswith((b"[", b"{")) else words.decode()


async def in_git(act):
    """Waits until the whole ledger is in the remote's notes."""

    async def work(ledger, _):
        return (await ledger.head(NAME)).number

    async with asyncio.timeout(PATIENCE):
        while len(chain(act)) != await ledger(act, work):
            await asyncio.sleep(0.05)
    await act.settle()


async def test_events_ride_the_push_of_the_branches_and_what_is_left_goes_by_itself(stage):
    act = await stage()
    with act.counting() as counted:
        await act.begins()
    assert len(counted.pushes) == 1
    first = chain(act)
    # Its phases up to the plan; then types and chat; terminal waits.
    assert [entry.event().type for entry in first] == ["PHASE_ENTERED"] * 3 + PUSHED * 2
    for folder in ("types", "chat"):
        events = await noted(act, act.branch(folder))
        assert [one["type"] for one in events] == PUSHED
        assert {one["subject"] for one in events} == {f"folder:staging/{folder}"}
    await act.stop()
    act.notes_seconds = 0.2
    with act.counting() as counted:
        await act.start()
        await in_git(act)
    assert len(counted.pushes) == 1
    assert (await noted(act, act.branch("types")))[3:][0]["type"] == "PATCH_APPLIED"
    assert chain(act)[: len(first)] == first
    with act.counting() as counted:
        await asyncio.sleep(1)
    assert counted.pushes == []  # nothing is new, nothing is pushed
    assert not [one for one in act.playground.deliveries if "refs/notes" in json.dumps(one.payload)]


async def test_an_emptied_database_comes_back_from_git_byte_for_byte(stage):
    act = await stage()
    await act.begins()
    await act.merges("types")
    await act.stop()
    act.notes_seconds = 0.2
    await act.start()
    await in_git(act)
    await act.stop()
    before, remote = await rows(act), act.repository.store.path
    assert len(before["graftsman_ledger"]) > 10
    assert [row[3:] for row in before["graftsman_heads"]] == [(len(before["graftsman_ledger"]), None)]
    for source in (["--repo", remote, "--repository", "ACME/platform"], []):
        for file in (act.home / "data").glob("graftsman.sqlite*"):
            file.unlink()
        (said,) = await graftsman(act, "ledger", "rebuild", *source, "--dry-run", "--json")
        assert (said["restored"], said["dry_run"]) == (len(before["graftsman_ledger"]), True)
        assert (await rows(act))["graftsman_ledger"] == []
        (said,) = await graftsman(act, "ledger", "rebuild", *source, "--json")
        assert (said["repository"], said["kept"], said["restored"], said["moved"]) == (
            NAME,
            0,
            len(before["graftsman_ledger"]),
            0,
        )
        assert (said["age_seconds"] is None) == bool(source)
        assert await rows(act) == before
        (said,) = await graftsman(act, "ledger", "rebuild", *source, "--json")
        assert (said["kept"], said["restored"]) == (len(before["graftsman_ledger"]), 0)
        assert await rows(act) == before
    (proof,) = await graftsman(act, "ledger", "verify", "--repo", remote, "--repository", NAME, "--json")
    assert (proof["where"], proof["waiting"]) == ("both", 0)


async def test_a_bot_that_lost_its_database_goes_on_where_git_ends(stage):
    act = await stage()
    await act.begins()
    told = chain(act)
    with act.counting() as counted:
        await act.restart(forget=True)
    assert counted.pushes == []
    (proof,) = await graftsman(
        act, "ledger", "verify", "--repo", act.repository.store.path, "--repository", NAME, "--json"
    )
    assert proof["where"] == "both"  # restored before the first word was added, not only at the next push
    await act.merges("types")
    (proof,) = await graftsman(act, "ledger", "verify", "--json")
    assert proof["entries"] > len(told)

    async def work(ledger, _):
        return await ledger.entries(NAME)

    ours = await ledger(act, work)
    assert ours[: len(told)] == told
    assert len({entry.event().id for entry in ours}) == len(ours)
    await in_git_now(act)
    assert chain(act) == ours


async def in_git_now(act):
    await act.stop()
    act.notes_seconds = 0.2
    await act.start()
    await in_git(act)


async def test_notes_that_were_tampered_with_are_refused_and_nothing_is_written(stage):
    act = await stage()
    await act.begins()
    await act.stop()
    before, store = await rows(act), act.repository.store
    good = await store.resolve(notes.REF)
    text = (await store.run("notes", "--ref=graftsman", "show", act.branch("types")))[1]
    forged = text.replace(b'"PATCH_VALIDATED"', b'"PATCH_REJECTED"')
    await store.run("notes", "--ref=graftsman", "add", "-f", "-F", "-", act.branch("types"), data=forged, env=people())
    await store.reload()
    bad = store.refs[notes.REF]
    remote = store.path
    for command in (["verify", "--repo", remote], ["rebuild", "--repo", remote, "--repository", NAME]):
        said = await graftsman(act, "ledger", *command, "--json", code=3)
        (fault,) = said["refused"]
        number = next(
            i for i, e in enumerate(before["graftsman_ledger"], 1) if '"PATCH_VALIDATED"' in e[4] and "/types" in e[4]
        )
        assert (fault["code"], fault["values"]["entry"]) == ("ledger-broken", number)
        assert "Next:" in fault["message"]
    assert await rows(act) == before
    # The bot leaves such notes alone, and goes on without them.
    await act.start()
    await act.merges("types")
    assert act.state("terminal").startswith("[#") or act.pull("terminal")
    assert store.refs[notes.REF] == bad
    assert (await rows(act))["graftsman_ledger"][: len(before["graftsman_ledger"])] == before["graftsman_ledger"]
    # A person puts the ref back, and the ledger goes on from there.
    await store.update_refs({notes.REF: good})
    await in_git_now(act)
    await graftsman(act, "ledger", "verify", "--repo", remote, "--repository", NAME)


def people():
    return {f"GIT_{who}_{what}": "eve@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}


async def test_notes_that_somebody_deleted_are_written_anew(stage):
    act = await stage()
    await act.begins()
    before = chain(act)
    await act.repository.store.update_refs({notes.REF: None})
    await act.commits({"README.md": "hello\n"})
    await act.settle()
    await in_git_now(act)
    assert chain(act)[: len(before)] == before


async def test_a_repository_that_takes_no_notes_is_none_the_worse(stage):
    act = await stage()
    act.playground.faults.reject_refs("refs/notes/*", "no notes here")
    act.notes_seconds = 0.2
    await act.stop()
    await act.start()
    with act.counting() as counted:
        await act.begins()
        await asyncio.sleep(1.5)
    assert {one.head_ref for one in act.pulls} == {f"graftsman/staging/{one}" for one in ("types", "chat")}
    assert chain(act) == ()
    assert len(counted.pushes) <= 4  # tried, left, tried once more for what was appended later, and left
    with act.counting() as counted:
        await asyncio.sleep(1)
    assert counted.pushes == []


async def test_an_archived_repository_is_left(stage):
    act = await stage()
    await act.begins()
    act.repository.archived = True
    await act.stop()
    act.notes_seconds = 0.2
    await act.start()
    await asyncio.sleep(1.5)
    await act.settle()
    assert len(chain(act)) == 9


async def test_the_command_line_without_a_ledger(tmp_path):
    class Nobody:
        home = tmp_path

    act = Nobody()
    assert (await graftsman(act, "ledger", "verify", code=3))["refused"][0]["code"] == "no-ledger"
    assert not (tmp_path / "data").exists()
    for arguments in (["rebuild"], ["rebuild", "--repository", "o/r"]):
        said = await graftsman(act, "ledger", *arguments, code=3)
        assert said["refused"][0]["code"] == "no-notes"
    assert await graftsman(act, "ledger", "verify", "--json") == []
    subprocess.run(["git", "init", "-q", "--bare", tmp_path / "bare"], check=True)
    assert (await graftsman(act, "ledger", "verify", "--repo", tmp_path / "bare", code=3))["refused"][0][
        "code"
    ] == "no-notes"
    assert (await graftsman(act, "ledger", "verify", "--repo", tmp_path / "none", code=3))["refused"][0][
        "code"
    ] == "not-a-repository"
    await graftsman(act, "ledger", "rebuild", "--repo", tmp_path / "bare", code=2)
    shutil.rmtree(tmp_path / "data")


async def test_an_agent_reports_over_the_api_and_finds_its_words_in_git(stage, tmp_path):
    token = "graftsman_of_a_test"
    tokens = tmp_path / "tokens.yml"
    digest = hashlib.sha256(token.encode()).hexdigest()
    rights = '["events:write", "events:read", "reports:read"]'
    tokens.write_text(
        f'tokens: [{{name: codex, sha256: "{digest}", repositories: ["{NAME.upper()}"], rights: {rights}}}]'
    )
    act = await stage()
    await act.stop()
    act.notes_seconds, act.api_tokens_file = 0.2, tokens
    await act.start()
    await act.begins()
    commit = act.branch("types")
    said = {
        "type": "VALIDATION_PASSED",
        "repository": NAME.upper(),
        "subject": "run:7",
        "commit": commit,
        "issue": act.issue.number,
    }
    headers = {"Authorization": f"Bearer {token}"}
    async with aiohttp.ClientSession(act.running.url, headers=headers) as session:
        async with session.post("/api/patches/events", json=said) as answer:
            assert answer.status == 201
            (told,) = (await answer.json())["events"]
        assert told["event"]["repository"] == NAME
        await in_git(act)
        assert told["event"] in await noted(act, commit)
        async with session.get("/api/patches/events", params={"repository": NAME, "actor": "token:codex"}) as answer:
            assert (await answer.json())["events"] == [told]
        await act.merges("types")
        async with session.get("/api/delivery-reports", params={"repository": NAME, "outcome": "merged"}) as answer:
            (report,) = (await answer.json())["reports"]
        async with session.get(f"/api/delivery-reports/{report['id']}") as answer:
            assert await answer.json() == report
        assert (report["folder"], report["merge_commit"]) == ("types", act.pull("types").merge_commit_sha)
        # The same event for a bot that has lost its database is not said twice.
        await in_git(act)
        await act.restart(forget=True)
        async with session.post(f"{act.running.url}/api/patches/events", json=said) as answer:
            assert (answer.status, (await answer.json())["events"]) == (200, [told])
    assert (await in_database(act)).ok


async def in_database(act):
    async def work(ledger, _):
        return await ledger.verify(NAME)

    return await ledger(act, work)
