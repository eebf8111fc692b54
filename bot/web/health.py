"""``/healthz`` (the process answers), ``/readyz`` (it can work), ``/metrics``."""

from __future__ import annotations

import asyncio

import structlog
from aiohttp import web

from bot.web.context import CONTEXT, Check, WebContext

CHECK_SECONDS = 5.0
log = structlog.get_logger(__name__)


def add(app: web.Application) -> None:
    """Adds the routes."""
    app.router.add_get("/healthz", _healthz)
    app.router.add_get("/readyz", _readyz)
    app.router.add_get("/metrics", _metrics)


async def _healthz(_request: web.Request) -> web.Response:
    return web.json_response({"ok": True})


async def _readyz(request: web.Request) -> web.Response:
    context = request.app[CONTEXT]
    names = list(context.checks)
    found = await asyncio.gather(*(_check(context, name) for name in names))
    ok = all(check.ok for check in found)
    shown = {name: {"ok": check.ok, "detail": check.detail} for name, check in zip(names, found, strict=True)}
    return web.json_response({"ok": ok, "checks": shown}, status=200 if ok else 503)


async def _check(context: WebContext, name: str) -> Check:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            return await context.checks[name]()
    except Exception as error:  # noqa: BLE001  # whatever it is, this part is not ready
        log.warning("not ready", check=name, error=f"{type(error).__name__}: {error}")
        return Check(ok=False, detail="failed; see the log")


async def _metrics(request: web.Request) -> web.Response:
    context = request.app[CONTEXT]
    await context.gauges(context.metrics)
    return web.Response(body=context.metrics.text(), headers={"Content-Type": "text/plain; version=0.0.4"})
