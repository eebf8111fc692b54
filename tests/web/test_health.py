import asyncio
import json

import pytest

from bot.errors import WorldError
from bot.web.context import Check
from bot.web.metrics import Metrics
from bot.web.server import make_app, serve


async def test_health_and_readiness(running, store):
    async def reachable():
        await store.ping()
        return Check(ok=True)

    async def fine():
        return Check(ok=True, detail="12 s ago")

    async def broken():
        raise RuntimeError("password in here")

    async def hangs():
        await asyncio.sleep(60)

    async with running(checks={"store": reachable, "fetch": fine}) as caller:
        assert (await caller.get("/healthz"))[:2] == (200, '{"ok": true}')
        status, text, _ = await caller.get("/readyz")
        checks = {"store": {"ok": True, "detail": ""}, "fetch": {"ok": True, "detail": "12 s ago"}}
        assert (status, json.loads(text)) == (200, {"ok": True, "checks": checks})
    async with running(checks={"fine": fine, "broken": broken}) as caller:
        status, text, _ = await caller.get("/readyz")
        assert (status, json.loads(text)["checks"]["broken"]["ok"]) == (503, False)
        assert "password" not in text
        assert (await caller.get("/healthz"))[0] == 200


async def test_a_check_that_hangs_is_not_ready(running, monkeypatch):
    from bot.web import health

    monkeypatch.setattr(health, "CHECK_SECONDS", 0.1)

    async def hangs():
        await asyncio.sleep(60)

    async with running(checks={"slow": hangs}) as caller:
        assert (await caller.get("/readyz"))[0] == 503


async def test_metrics(running):
    metrics = Metrics()

    async def gauges(into):
        into.queue({"wanted": 3, "parked": 1})
        into.github({"calls": 12})

    async with running(metrics=metrics, gauges=gauges) as caller:
        await caller.post()
        await caller.post()
        await caller.post(X_GitHub_Event="made_up_by_a_stranger")
        await caller.post(secret="wrong")
        metrics.job("issue", "done", 0.2)
        status, text, headers = await caller.get("/metrics")
    assert status == 200
    assert headers["Content-Type"].startswith("text/plain; version=0.0.4")
    lines = text.splitlines()
    for line in (
        'graftsman_deliveries_total{event="issues",outcome="stored"} 1.0',
        'graftsman_deliveries_total{event="issues",outcome="duplicate"} 1.0',
        'graftsman_deliveries_total{event="other",outcome="ignored"} 1.0',
        'graftsman_deliveries_total{event="issues",outcome="refused"} 1.0',
        'graftsman_queue{state="wanted"} 3.0',
        'graftsman_github{what="calls"} 12.0',
        'graftsman_job_seconds_count{kind="issue",outcome="done"} 1.0',
    ):
        assert line in lines
    assert "made_up" not in text


async def test_other_paths_and_methods_are_json_errors(running):
    async with running() as caller:
        status, text, _ = await caller.get("/none")
        assert (status, json.loads(text)["error"]) == (404, "not-found")
        status, text, headers = await caller.get("/webhook")
        assert (status, json.loads(text)["error"], headers["Allow"]) == (405, "method-not-allowed", "POST")


async def test_an_address_that_is_taken(running, inbox):
    async with running() as caller:
        port = int(caller.url.rsplit(":", 1)[1])
        from bot.web.context import WebContext

        app = make_app(WebContext(secrets=("x",), events=frozenset(), receive=inbox.put))
        with pytest.raises(WorldError, match="cannot listen"):
            await serve(app, "127.0.0.1", port)


async def test_stopping_lets_a_request_end(inbox):
    from bot.web.context import WebContext

    from .conftest import Caller

    entered, leave = asyncio.Event(), asyncio.Event()

    async def receive(delivery):
        entered.set()
        await leave.wait()
        return await inbox.put(delivery)

    import aiohttp

    server = await serve(
        make_app(WebContext(secrets=("it is a secret",), events=frozenset({"issues"}), receive=receive)), "127.0.0.1", 0
    )
    async with aiohttp.ClientSession() as session:
        call = asyncio.create_task(Caller(server.url, session).post())
        await entered.wait()
        stopping = asyncio.create_task(server.stop())
        await asyncio.sleep(0.1)
        leave.set()
        assert (await call)[0] == 202
        await stopping
    assert len(await inbox.pending()) == 1
