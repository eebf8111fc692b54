"""Check runs."""

from __future__ import annotations

from typing import Any

from bot.playground.acts import checks as acts
from bot.playground.problems import forbidden, unprocessable
from bot.playground.rest.routing import Answer, Call, Routes
from bot.playground.shapes.pulls import check_run as shape
from bot.playground.state import CheckRun

ROUTES = Routes()


@ROUTES.add("POST", "~/check-runs", "checks:write", creates=True)
async def create_check(call: Call) -> Answer:
    """A new check run."""
    one = await acts.create_check(call.world, call.repo, call.actor, call.body)
    body = shape(call.world, one)
    return Answer(body, 201, {"Location": body["url"]})


@ROUTES.add("GET", "~/check-runs/{check_run_id}", "checks:read")
async def get_check(call: Call) -> Answer:
    """One check run."""
    return Answer(shape(call.world, call.repo.check(call.number("check_run_id"))))


@ROUTES.add("PATCH", "~/check-runs/{check_run_id}", "checks:write")
async def update_check(call: Call) -> Answer:
    """Changes a check run of one's own."""
    one = call.repo.check(call.number("check_run_id"))
    if one.app is not call.actor.app:
        raise forbidden("Invalid app_id `check_run`: only the App that made it may change it")
    await acts.update_check(call.world, one, call.actor, call.body)
    return Answer(shape(call.world, one))


@ROUTES.add("GET", "~/check-runs/{check_run_id}/annotations", "checks:read")
async def list_annotations(call: Call) -> Answer:
    """The annotations, all that were ever sent."""
    one = call.repo.check(call.number("check_run_id"))
    page, headers = call.page(one.annotations)
    blob = f"{call.world.web}/{call.repo.full_name}/blob/{one.head_sha}/"
    empty = {"start_column": None, "end_column": None, "title": None, "raw_details": None}
    return Answer([empty | item | {"blob_href": blob + item["path"]} for item in page], headers=headers)


@ROUTES.add("POST", "~/check-runs/{check_run_id}/rerequest", "checks:write")
async def rerequest(call: Call) -> Answer:
    """Asks for another run."""
    await acts.rerequest(call.world, call.repo.check(call.number("check_run_id")), call.actor)
    return Answer({}, 201)


def _chosen(call: Call, sha: str) -> list[CheckRun]:
    name, status, app_id = call.query.get("check_name"), call.query.get("status"), call.query.get("app_id")
    found = [
        one
        for one in call.repo.checks.values()
        if one.head_sha == sha
        and name in {None, one.name}
        and status in {None, one.status}
        and app_id in {None, str(one.app.id)}
    ]
    if call.choice("filter", ("latest", "all"), "latest") == "latest":
        found = list({(one.app.id, one.name): one for one in found}.values())
    return found[::-1]


@ROUTES.add("GET", "~/commits/{ref:.+}/check-runs", "checks:read")
async def list_checks(call: Call) -> Answer:
    """The check runs of a commit, the newest of each name unless ``filter=all``."""
    sha = await call.repo.store.resolve(call.params["ref"])
    if sha is None:
        raise unprocessable(f"No commit found for SHA: {call.params['ref']}")
    found = _chosen(call, sha)
    page, headers = call.page(found)
    body: dict[str, Any] = {"total_count": len(found), "check_runs": [shape(call.world, one) for one in page]}
    return Answer(body, headers=headers)
