"""``/api/delivery-reports``: the stored delivery reports, as a list in pages and one by one."""

from __future__ import annotations

import re
from typing import Final

from aiohttp import web

from bot.web.api import inputs
from bot.web.api.auth import caller, reach
from bot.web.errors import Refused

PATH: Final = "/api/delivery-reports"
_ID: Final = re.compile(r"[0-9A-Za-z._:#/-]{1,200}")
_FILTERS: Final = {
    "repository": inputs.repository,
    "issue": inputs.ISSUE,
    "pull": inputs.ISSUE,
    "migration": inputs.words,
    "folder": inputs.words,
    "outcome": inputs.one_of("open", "merged", "closed"),
    "after": inputs.CURSOR,
    "limit": inputs.LIMIT,
}


def add(app: web.Application) -> None:
    """Adds the routes."""
    app.router.add_get(PATH, _list)
    app.router.add_get(f"{PATH}/{{id}}", _one)


async def _list(request: web.Request) -> web.Response:
    api, token = caller(request, "reports:read")
    wanted = inputs.filters(request, _FILTERS)
    reach(token, wanted["repository"])
    name = await api.find(wanted["repository"]) or wanted["repository"]
    same = {key: wanted[key] for key in ("issue", "pull", "migration", "folder", "outcome") if key in wanted}
    page = await api.reports.list(
        name,
        wanted.get("after", 0),
        wanted.get("limit", inputs.PAGE),
        fits=lambda report: all(getattr(report, key) == value for key, value in same.items()),
        most=inputs.MOST_SCANNED,
    )
    return web.json_response(
        {"reports": [report.model_dump(mode="json") for report in page.reports], "next": page.cursor}
    )


async def _one(request: web.Request) -> web.Response:
    api, token = caller(request, "reports:read")
    wanted = request.match_info["id"]
    report = await api.reports.get(wanted) if _ID.fullmatch(wanted) else None
    # One of a repository that the token does not reach is not there, as far as it may know.
    if report is None or not token.reaches(report.repository):
        raise Refused(404, "no-report", "There is no such delivery report.")
    return web.json_response(report.model_dump(mode="json"))
