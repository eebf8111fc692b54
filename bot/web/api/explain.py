"""``/api/repos/{owner}/{repo}/pulls/{number}/explain``: why a pull request is blocked, and who can unblock it."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from bot.web.api import inputs
from bot.web.api.auth import caller, reach
from bot.web.context import CONTEXT
from bot.web.errors import Refused

PATH: Final = "/api/repos/{owner}/{repo}/pulls/{number}/explain"


def add(app: web.Application) -> None:
    """Adds the route."""
    app.router.add_get(PATH, _explain)


async def _explain(request: web.Request) -> web.Response:
    api, token = caller(request, "reports:read")
    explain = request.app[CONTEXT].explain
    if explain is None:
        raise Refused(404, "api-off", "This server judges no pull requests.")
    wanted = inputs.filters(request, {"approved_by": inputs.login})
    try:
        name = inputs.repository(f"{request.match_info['owner']}/{request.match_info['repo']}")
        number = inputs.ISSUE(request.match_info["number"])
    except ValueError as error:
        raise Refused(400, "bad-path", f"The path is wrong: {error}.") from None
    reach(token, name)
    known = await api.find(name)
    answer = await explain(known or name, number, wanted.get("approved_by", ""))
    return web.json_response(answer.model_dump(mode="json"))
