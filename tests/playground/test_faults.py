"""Each fault does what it says, and no more."""

import aiohttp
import pytest

from bot.playground import Asked

from .test_flow import commit, git

ISSUES = "/repos/acme/shop/issues"


async def titles(client):
    return [one["title"] for one in await client.get(f"{ISSUES}?direction=asc")]


async def test_requests_fail_before_or_after_the_effect(client, playground):
    playground.faults.fail_requests("POST */issues", 502)
    await client.post(ISSUES, {"title": "before"}, 502)
    playground.faults.fail_requests(lambda asked: asked.is_write, 500, times=2, when="after")
    await client.post(ISSUES, {"title": "after 1"}, 500)
    await client.post(ISSUES, {"title": "after 2"}, 500)
    await client.post(ISSUES, {"title": "good"})
    assert await titles(client) == ["after 1", "after 2", "good"]


@pytest.mark.parametrize(("when", "left"), [("before", []), ("after", ["t"])])
async def test_the_connection_is_cut(client, playground, when, left):
    playground.faults.disconnect("POST *", when)
    with pytest.raises(aiohttp.ClientError):
        await client.post(ISSUES, {"title": "t"})
    assert await titles(client) == left


async def test_a_body_breaks_off(client, playground):
    playground.faults.truncate_bodies("POST *")
    with pytest.raises(aiohttp.ClientError):
        await client.post(ISSUES, {"title": "t"})
    assert await titles(client) == ["t"]


async def test_an_endpoint_is_missing(client, playground):
    playground.faults.missing_endpoint("/repos/*/*/issues/comments/*/reactions")
    await client.post(ISSUES, {"title": "t"})
    one = await client.post(f"{ISSUES}/1/comments", {"body": "b"})
    await client.post(f"{ISSUES}/comments/{one['id']}/reactions", {"content": "eyes"}, 404)
    await client.post(f"{ISSUES}/1/reactions", {"content": "eyes"})
    playground.faults.clear()
    await client.post(f"{ISSUES}/comments/{one['id']}/reactions", {"content": "eyes"})


async def test_what_was_created_is_not_found_for_a_moment(client, playground):
    playground.faults.not_found_after_create(times=2)
    await client.post(ISSUES, {"title": "t"})
    await client.get(f"{ISSUES}/1", 404)
    await client.get(f"{ISSUES}/1/comments", 404)
    await client.get(f"{ISSUES}/1")
    await client.post(ISSUES, {"title": "u"})
    await client.get(f"{ISSUES}/2")


async def test_a_secondary_limit(client, playground):
    playground.faults.secondary_limit_next(7)
    await client.get("/repos/acme/shop", 403)
    assert client.last.headers["Retry-After"] == "7"
    await client.get("/repos/acme/shop")
    playground.faults.secondary_limit_next(None)
    await client.get("/repos/acme/shop", 403)
    assert "Retry-After" not in client.last.headers


async def test_long_bodies_are_dropped_silently(client, playground):
    await client.post(ISSUES, {"title": "t", "body": "short"})
    await client.patch(f"{ISSUES}/1", {"body": "b" * 70_000}, 422)
    playground.faults.drop_long_updates()
    assert (await client.patch(f"{ISSUES}/1", {"body": "b" * 70_000}))["body"] == "short"
    one = await client.post(f"{ISSUES}/1/comments", {"body": "c"})
    assert (await client.patch(f"{ISSUES}/comments/{one['id']}", {"body": "b" * 70_000}))["body"] == "c"


async def test_webhooks_are_lost_doubled_and_late(client, playground, hooks):
    ned = playground.as_user("ned")
    playground.faults.drop_webhooks(1)
    await ned.open_issue("acme/shop", "lost")
    playground.faults.clear()
    playground.faults.duplicate_webhooks(1)
    await ned.open_issue("acme/shop", "twice")
    playground.faults.clear()
    playground.faults.duplicate_webhooks(1, new_guid=True)
    await ned.open_issue("acme/shop", "two guids")
    playground.faults.clear()
    playground.faults.reorder_webhooks(lambda one: one.payload["issue"]["title"] == "late")
    await ned.open_issue("acme/shop", "late")
    await ned.open_issue("acme/shop", "early")
    await playground.settled()
    got = [payload["issue"]["title"] for payload in hooks.of("issues")]
    assert got == ["twice", "twice", "two guids", "two guids", "early", "late"]
    guids = [headers["X-GitHub-Delivery"] for _, _, headers in hooks.got]
    assert guids[0] == guids[1]
    assert guids[2] != guids[3]


async def test_git_is_cut_after_the_refs_have_moved(client, playground, tmp_path):
    clone = tmp_path / "clone"
    await git("clone", "-q", f"{playground.url}/acme/shop.git", str(clone))
    await commit(clone, "x", "1")
    playground.faults.disconnect("POST */git-receive-pack", "before")
    await git("push", "origin", "HEAD:one", cwd=clone, token=client.token, ok=False)
    playground.faults.disconnect("POST */git-receive-pack", "after")
    await git("push", "origin", "HEAD:two", cwd=clone, token=client.token, ok=False)
    repo = playground.repository("acme/shop")
    assert not repo.branch("one")
    assert repo.branch("two")
    playground.faults.fail_requests("GET */info/refs", 503)
    assert "503" in await git("fetch", cwd=clone, ok=False)


async def test_every_effect_is_watched(client, playground):
    seen = []

    def watch(asked: Asked, when: str) -> None:
        seen.append((asked.method, asked.path, when, len(playground.repository("acme/shop").issues)))

    playground.faults.watch = watch
    await client.post(ISSUES, {"title": "t"})
    assert seen == [("POST", ISSUES, "before", 0), ("POST", ISSUES, "after", 1)]


async def test_exchanges_are_recorded(client, playground):
    playground.exchanges.clear()
    await client.post(ISSUES, {"title": "t"})
    await client.get(f"{ISSUES}?state=all")
    await client.ask("POST", playground.graphql_url, {"query": "{ viewer { login } }"})
    await git("ls-remote", f"{playground.url}/acme/shop.git")
    kept = [(one.kind, one.method, one.path, one.status, one.is_write, one.actor) for one in playground.exchanges]
    assert kept[:3] == [
        ("rest", "POST", ISSUES, 201, True, "graftsman[bot]"),
        ("rest", "GET", ISSUES, 200, False, "graftsman[bot]"),
        ("graphql", "POST", "/graphql", 200, False, "graftsman[bot]"),
    ]
    assert {one[0] for one in kept[3:]} == {"git"}
    assert playground.exchanges[0].request_body == {"title": "t"}
    assert playground.exchanges[0].response_body["number"] == 1
    assert playground.exchanges[1].query == {"state": "all"}
