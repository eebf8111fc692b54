"""A program lands patches over the API."""

import asyncio
import hashlib

import aiohttp
import pytest

from tests.end_to_end.act import NAME
from tests.end_to_end.test_patches import DIFF, FILES, status

TOKEN = "a" * 40
TOKENS = f"""\
version: 1
tokens:
  - name: agent
    sha256: {hashlib.sha256(TOKEN.encode()).hexdigest()}
    repositories: ["acme/*"]
    rights: [patches:apply, events:read, events:write, reports:read]
"""


@pytest.fixture
async def act(stage, tmp_path):
    """A repository with a pull request, and a server that knows a token."""
    (tmp_path / "tokens.yml").write_text(TOKENS)
    act = await stage({path: text.encode() for path, text in FILES.items()}, api_tokens_file=tmp_path / "tokens.yml")
    await act.ben.create_branch(NAME, "topic")
    await act.commits({"notes.md": "mine\n"}, "topic", who="ben")
    act.pr = await act.ben.open_pull(NAME, "topic", "Greet better")
    await act.settle()
    return act


async def asks(act, path="/api/patches/apply", method="POST", **members):
    """One request of the program: status and answer."""
    headers = {"Authorization": f"Bearer {TOKEN}"}
    body = {"repository": NAME, "branch": "topic", **members} if method == "POST" else None
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.request(method, act.running.url + path, json=body) as answer,
    ):
        return answer.status, await answer.json()


async def test_a_diff_lands_and_the_same_request_again_changes_nothing(act):
    before = act.repository.branch("topic")
    code, answer = await asks(act, payload=DIFF)
    head = act.repository.branch("topic")
    assert (code, answer["status"], answer["commit"]) == (200, "applied", head)
    assert answer["base"] == before and answer["paths"] == ["src/greet.ts"]
    assert b"Good morning" in await act.file("src/greet.ts", "topic")
    assert "`token:agent`" in status(act) and "applied as" in status(act)
    assert act.check(act.pr, "graftsman/patch").conclusion == "success"

    code, again = await asks(act, payload=DIFF)
    assert (code, again["status"], again["commit"]) == (200, "already-applied", head)
    assert again["id"] == answer["id"]
    assert act.repository.branch("topic") == head

    batch = {"version": 1, "operations": [{"op": "append", "path": "README.md", "text": "Ends.\n"}]}
    code, one = await asks(act, batch=batch)
    code, two = await asks(act, batch=batch, issue=act.pr.number)  # another request with the same batch
    assert (one["status"], two["status"], two["commit"]) == ("applied", "already-applied", one["commit"])


async def test_looking_changes_nothing(act):
    before = act.repository.branch("topic")
    for mode, said in (("dry-run", "dry-run"), ("validate", "valid")):
        code, answer = await asks(act, payload=DIFF, mode=mode)
        assert (code, answer["status"], answer["commit"]) == (200, said, None)
    assert act.repository.branch("topic") == before
    assert not act.said(act.pr.issue, "status")


async def test_a_refusal_is_a_422_with_every_fault_and_is_seen_on_the_pull_request(act):
    code, answer = await asks(act, payload=DIFF.replace("Hello", "Hallo"))
    assert code == 422
    (fault,) = answer["refused"]
    assert fault["code"] == "hunk-not-found" and "Next:" in fault["message"]
    assert "**refused** (`hunk-not-found`)" in status(act)
    code, answer = await asks(act, payload=DIFF, branch="main")
    assert (code, answer["refused"][0]["code"]) == (422, "default-branch")


async def test_a_stale_base_is_replayed_or_refused_as_asked(act):
    base = act.repository.branch("topic")
    await act.commits({"README.md": "# Greeter\n\nSays good morning.\n"}, "topic", who="ben")
    code, answer = await asks(act, payload=DIFF, base=base, replay=False)
    assert (code, answer["refused"][0]["code"]) == (422, "base-differs")
    code, answer = await asks(act, payload=DIFF, base=base)
    assert (code, answer["status"], answer["replayed_from"]) == (200, "applied", base)


async def test_a_new_branch_gets_a_pull_request(act):
    code, answer = await asks(act, payload=DIFF, branch="agents/greeting")
    assert (code, answer["status"]) == (200, "applied")
    pull = next(one for one in act.pulls if one.head_ref == "agents/greeting")
    assert pull.head_sha == answer["commit"]
    assert "`token:agent`" in status(act, pull.issue)
    await act.does(act.ben.merge(NAME, pull.number))
    code, listed = await asks(act, f"/api/delivery-reports?repository={NAME}", "GET")
    assert [one["pull"] for one in listed["reports"]] == [pull.number]
    assert listed["reports"][0]["batches"] == [answer["id"]]
    code, events = await asks(act, f"/api/patches/events?repository={NAME}&subject=batch:{answer['id']}", "GET")
    assert [one["event"]["type"] for one in events["events"]][-3:] == [
        "PATCH_APPLIED",
        "PROCESSING_COMPLETED",
        "PATCH_DELIVERED",
    ]


async def test_ten_at_once_for_one_branch_all_land_or_say_why(act):
    batches = [
        {"version": 1, "operations": [{"op": "create", "path": f"many/{n}.txt", "content": f"{n}\n"}]}
        for n in range(10)
    ]
    answers = await asyncio.gather(*(asks(act, batch=each) for each in batches))
    await act.settle()
    assert {code for code, _ in answers} <= {200, 202}
    for n in range(10):
        assert await act.file(f"many/{n}.txt", "topic") == f"{n}\n".encode()
