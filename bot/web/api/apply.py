"""``POST /api/patches/apply``: a batch, or text that an agent wrote, to land on a branch."""

from __future__ import annotations

from typing import Final

from aiohttp import web
from pydantic import TypeAdapter

from bot.contracts.api import ApplyRequest
from bot.web.api import inputs
from bot.web.api.auth import caller, reach
from bot.web.context import CONTEXT
from bot.web.errors import Refused

PATH: Final = "/api/patches/apply"
MOST_BYTES: Final = 32 << 20
_REQUEST: Final[TypeAdapter[ApplyRequest]] = TypeAdapter(ApplyRequest)


def add(app: web.Application) -> None:
    """Adds the route."""
    app.router.add_post(PATH, _apply)


async def _apply(request: web.Request) -> web.Response:
    _, token = caller(request, "patches:apply")
    apply = request.app[CONTEXT].apply
    if apply is None:
        raise Refused(404, "api-off", "This server lands no patches.")
    async with inputs.body(request, lambda data: inputs.parse(_REQUEST, data), MOST_BYTES) as wanted:
        reach(token, wanted.repository)
        answer = await apply(wanted, token.name)
    return web.json_response(answer.model_dump(mode="json"), status=202 if answer.status == "accepted" else 200)
