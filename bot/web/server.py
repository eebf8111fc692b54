"""The aiohttp application, and a server that listens with it."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from bot.errors import WorldError
from bot.web import api, health, webhook
from bot.web.context import CONTEXT, WebContext
from bot.web.errors import errors

BODY_BYTES = 1 << 20
"""Most of a body on any route but the webhook and the API, which count for themselves."""

LINGERING_SECONDS = 1.0
"""How long a refused body is still read away, so that the client sees the answer."""


def make_app(context: WebContext) -> web.Application:
    """The application: ``POST /webhook``, ``GET /healthz``, ``/readyz``, ``/metrics``, and the API below ``/api``."""
    app = web.Application(middlewares=[errors], client_max_size=BODY_BYTES)
    app[CONTEXT] = context
    webhook.add(app)
    health.add(app)
    api.add(app)
    return app


@dataclass(frozen=True)
class Server:
    """A listening server."""

    url: str
    """Where it listens: ``http://host:port``."""
    runner: web.AppRunner

    async def stop(self) -> None:
        """Stops listening, lets requests under way end, closes every connection."""
        await self.runner.cleanup()


async def serve(app: web.Application, host: str, port: int, *, grace: float = 10.0) -> Server:
    """Listens on ``host`` and ``port`` (0 takes a free one). Raises ``WorldError`` when the address is taken."""
    # Bodies are never inflated: the signature is over what was sent.
    runner = web.AppRunner(
        app, access_log=None, shutdown_timeout=grace, auto_decompress=False, lingering_time=LINGERING_SECONDS
    )
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError as error:
        await runner.cleanup()
        raise WorldError(f"cannot listen on {host}:{port}: {error.strerror}") from error
    bound = runner.addresses[0][1]
    shown = f"[{host}]" if ":" in host else host
    return Server(f"http://{shown}:{bound}", runner)
