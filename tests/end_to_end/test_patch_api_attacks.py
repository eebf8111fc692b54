"""What a program sends that means no good, or sends twice."""

import asyncio
import gzip
import io
import json

import aiohttp
import pytest

from tests.end_to_end import test_patch_api
from tests.end_to_end.act import NAME
from tests.end_to_end.test_patch_api import TOKEN, asks
from tests.end_to_end.test_patches import DIFF, status

act = test_patch_api.act

MORE = {"version": 1, "operations": [{"op": "append", "path": "README.md", "text": "More.\n"}]}


async def posts(act, data, **headers):
    """A body as it is."""
    fixed = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json", **headers}
    url = f"{act.running.url}/api/patches/apply"
    async with aiohttp.ClientSession() as session, session.post(url, data=data, headers=fixed) as answer:
        return answer.status, (await answer.json())["error"]


async def test_ten_identical_requests_at_once_make_one_commit(act):
    before = act.repository.branch("topic")
    answers = await asyncio.gather(*(asks(act, batch=MORE) for _ in range(10)))
    await act.settle()
    assert {code for code, _ in answers} == {200}
    assert len({answer["commit"] for _, answer in answers}) == 1
    assert (await act.commit(act.repository.branch("topic"))).parents == (before,)
    assert status(act).count("applied as") == 1


async def test_a_request_that_is_repeated_after_the_merge_lands_nothing_more(act):
    code, first = await asks(act, batch=MORE)
    await act.does(act.ben.merge(NAME, act.pr.number))
    for branch_is_gone in (False, True):
        if branch_is_gone:
            await act.does(act.ben.delete_branch(NAME, "topic"))
        code, again = await asks(act, batch=MORE)
        assert (code, again["status"], again["commit"]) == (200, "already-applied", first["commit"])
    assert len(act.pulls) == 1
    assert (await act.file("README.md")).count(b"More.\n") == 1


async def test_a_repeated_request_is_still_told_and_delivered_as_it_was(act):
    await asks(act, batch=MORE)
    said = status(act)
    await asks(act, batch=MORE)
    assert status(act) == said
    await act.does(act.ben.merge(NAME, act.pr.number))
    (report,) = act.said(act.pr.issue, "delivery")
    assert "1 patch delivered" in report.body


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"branch": "main"}, "default-branch"),
        ({"branch": "graftsman/staging/x"}, "reserved-branch"),
        ({"branch": "graftsman/onboarding"}, "reserved-branch"),
        ({"branch": "topic/below"}, "branch-has-commits"),
        ({"issue": 4711}, "issue-missing"),
        ({"base": "0" * 40}, "base-unknown"),
    ],
)
async def test_what_cannot_be_is_refused_at_once(act, members, code):
    for mode in ("apply", "dry-run"):
        status_code, answer = await asks(act, **{"payload": DIFF, "mode": mode, **members})
        assert (status_code, answer["refused"][0]["code"]) == (422, code)
    await act.settle()


@pytest.mark.parametrize(
    "branch",
    ["../x", "a/../b", "refs/heads/topic", "/topic", "topic/", "a//b", "-x", ".x", "a.lock", "a b", "a~1", "a^", "a:b",
     "a?", "a*", "a[", "a\\b", "@", "a@{1}", "a..b", "x\u0000", "x\n", "\ud800", "x" * 256, ""],
)  # fmt: skip
async def test_a_branch_that_git_would_not_have_is_a_bad_request(act, branch):
    code, answer = await asks(act, payload=DIFF, branch=branch)
    assert (code, answer["error"]) == (400, "bad-body")


async def test_a_repository_is_one_whatever_its_case(act):
    code, first = await asks(act, repository=NAME.upper(), batch=MORE)
    code, again = await asks(act, repository=NAME, batch=MORE)
    assert (code, first["status"], again["status"]) == (200, "applied", "already-applied")
    assert first["repository"] == NAME


async def test_bodies_that_are_no_plain_json_are_turned_away(act):
    body = json.dumps({"repository": NAME, "branch": "topic", "batch": MORE}).encode()
    assert await posts(act, gzip.compress(body), **{"Content-Encoding": "gzip"}) == (415, "content-encoding")
    assert await posts(act, body, **{"Content-Type": "text/plain"}) == (415, "content-type")
    assert (await posts(act, b"[" * 100_000))[0] == 400
    assert (await posts(act, io.BytesIO(b" " * ((32 << 20) + 1))))[0] == 413
    other = json.dumps({"repository": "other/repository", "branch": "topic", "batch": MORE}).encode()
    assert await posts(act, other) == (403, "forbidden")
    assert await posts(act, body, Authorization="Bearer " + "b" * 40) == (401, "unauthenticated")


async def test_an_event_from_outside_cannot_say_that_an_order_is_carried_out(act):
    contract = {"type": "PATCH_APPLIED", "repository": NAME, "subject": "batch:x", "details": {"order": "api-x"}}
    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.post(f"{act.running.url}/api/patches/events", json=contract) as answer,
    ):
        assert answer.status == 400
        assert "Graftsman's own" in (await answer.json())["message"]


async def test_a_repeated_request_that_opened_a_pull_request_says_no_more(act):
    issue = await act.ada.open_issue(NAME, "News", "Please.")
    members = {"batch": MORE, "branch": "agents/news", "issue": issue.number}
    _, first = await asks(act, **members)
    (pull,) = [one for one in act.pulls if one.head_ref == "agents/news"]
    events, said = await act.events(), status(act, issue)
    _, again = await asks(act, **members)
    assert (again["status"], again["commit"]) == ("already-applied", first["commit"])
    assert await act.events() == events
    assert status(act, issue) == said and pull.issue.comments == []
