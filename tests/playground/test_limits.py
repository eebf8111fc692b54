"""GitHub's limits, on a minute of 1.2 s."""

import asyncio
import time

from .test_flow import commit, git

ISSUES = "/repos/acme/shop/issues"


async def test_eighty_creations_a_minute(client, playground):
    for number in range(80):
        await client.post(ISSUES, {"title": f"{number}"})
    answer = await client.post(ISSUES, {"title": "one more"}, 403)
    assert "secondary rate limit" in answer["message"]
    assert 1 <= int(client.last.headers["Retry-After"]) <= 2
    await client.get(ISSUES)
    await asyncio.sleep(int(client.last.headers.get("Retry-After", 2)))
    await client.post(ISSUES, {"title": "later"})
    assert playground.limits.refused == 1


async def test_five_hundred_creations_an_hour(client, playground):
    meter = playground.limits._meters[f"installation ID {client.installation.id}", "creations an hour"]
    meter.add(time.time(), 500)
    await client.post(ISSUES, {"title": "t"}, 403)
    assert int(client.last.headers["Retry-After"]) > 60


async def test_nine_hundred_points_a_minute(client, playground):
    meter = playground.limits._meters[f"installation ID {client.installation.id}", "points core"]
    meter.add(time.time(), 894)
    await client.post(ISSUES, {"title": "t"}, None)
    assert client.last.status == 201
    await client.get(ISSUES)
    await client.get(ISSUES, 403)


async def test_five_thousand_an_hour_and_a_304_is_free(client, playground):
    await client.get("/repos/acme/shop")
    etag, left = client.last.headers["ETag"], int(client.last.headers["X-RateLimit-Remaining"])
    assert await client.get("/repos/acme/shop", 304, If_None_Match=etag) is None
    assert int(client.last.headers["X-RateLimit-Remaining"]) == left
    await client.get("/repos/acme/shop", 304, If_None_Match=etag.removeprefix("W/"))
    await client.post(ISSUES, {"title": "t"})
    await client.get("/repos/acme/shop", 200, If_None_Match=etag)
    budget = playground.limits.budget(playground.caller(client.token))
    budget.used = 5_000
    answer = await client.get("/repos/acme/shop", 403)
    assert "API rate limit exceeded" in answer["message"]
    assert client.last.headers["X-RateLimit-Remaining"] == "0"
    assert "Retry-After" not in client.last.headers
    assert (await client.get("/rate_limit"))["rate"]["remaining"] == 0
    playground.clock.advance(0.02 * 3600 + 1)
    fresh = client.with_token("ghu_eve")
    await fresh.get("/repos/acme/shop")


async def test_a_hundred_at_once(client, playground):
    playground.faults.delay(0.2)
    answers = await asyncio.gather(*(client.ask("GET", "/repos/acme/shop") for _ in range(50)))
    assert all("id" in answer for answer in answers)
    playground.limits._running[f"installation ID {client.installation.id}"] = 100
    assert "secondary" in (await client.get("/repos/acme/shop", 403))["message"]


async def test_more_repositories_more_requests(client, playground):
    for number in range(25):
        await playground.create_repository("acme", f"r{number}", labels=False)
    await client.get("/rate_limit")
    assert client.last.headers["X-RateLimit-Limit"] == str(5_000 + 6 * 50)


async def test_six_pushes_a_minute(client, playground, tmp_path):
    clone = tmp_path / "clone"
    await git("clone", "-q", f"{playground.url}/acme/shop.git", str(clone))
    await commit(clone, "x", "1")
    playground.limits._meters["acme/shop", "pushes"].add(time.time(), 6)
    out = await git("push", "origin", "HEAD:w", cwd=clone, token=client.token, ok=False)
    assert "429" in out
    await asyncio.sleep(1.3)
    await git("push", "-q", "origin", "HEAD:w", cwd=clone, token=client.token)


async def test_limits_can_be_off(client, playground):
    playground.limits.enforced = False
    playground.limits._meters[f"installation ID {client.installation.id}", "points core"].add(time.time(), 5_000)
    await client.get("/repos/acme/shop")
