"""Check runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.playground.acts.times import moment
from bot.playground.problems import invalid, not_found
from bot.playground.shapes.pulls import check_run
from bot.playground.state import Actor, App, CheckRun, Repository, World

TEXT = 65_535
"""The most characters of a summary, and of a text. (D)"""
ANNOTATIONS = 50
"""The most annotations of one request; they are appended on each. (D)"""
CONCLUSIONS = {"action_required", "cancelled", "failure", "neutral", "success", "skipped", "stale", "timed_out"}
STATUSES = {"queued", "in_progress", "completed", "waiting", "requested", "pending"}
LEVELS = {"notice", "warning", "failure"}
ACTION = {"label": 20, "description": 40, "identifier": 20}


def _check_output(output: Mapping[str, Any]) -> None:
    for name in ("title", "summary"):
        if not isinstance(output.get(name), str) or not output[name]:
            raise invalid("CheckRun", f"output.{name}", "missing_field")
    if len(output["title"]) > 255:
        raise invalid("CheckRun", "title", "custom", "title is too long (maximum is 255 characters)")
    for name in ("summary", "text"):
        if len(output.get(name) or "") > TEXT:
            raise invalid("CheckRun", name, "custom", f"{name} exceeds a maximum character limit of {TEXT}")
    annotations = output.get("annotations") or []
    if len(annotations) > ANNOTATIONS:
        raise invalid("CheckRun", "annotations", "custom", f"Only {ANNOTATIONS} annotations are allowed in a request")
    for one in annotations:
        needed = ("path", "start_line", "end_line", "annotation_level", "message")
        if any(one.get(name) is None for name in needed) or one["annotation_level"] not in LEVELS:
            raise invalid("CheckRunAnnotation", "annotations")
        if len(one["message"].encode()) > 65_536:
            raise invalid("CheckRunAnnotation", "message", "custom", "message exceeds 64 KB")


def _check(body: Mapping[str, Any]) -> None:
    status, conclusion = body.get("status"), body.get("conclusion")
    if status is not None and status not in STATUSES:
        raise invalid("CheckRun", "status")
    if conclusion is not None and conclusion not in CONCLUSIONS:
        raise invalid("CheckRun", "conclusion")
    if status == "completed" and conclusion is None:
        raise invalid("CheckRun", "conclusion", "missing_field")
    if body.get("output"):
        _check_output(body["output"])
    actions = body.get("actions") or []
    if len(actions) > 3 or any(len(one.get(key, "")) > most for one in actions for key, most in ACTION.items()):
        raise invalid("CheckRun", "actions")


def _apply(world: World, check: CheckRun, body: Mapping[str, Any]) -> None:
    if body.get("name"):
        check.name = body["name"]
    if "external_id" in body:
        check.external_id = body["external_id"] or ""
    if "details_url" in body:
        check.details_url = body["details_url"]
    if body.get("started_at"):
        check.started_at = moment(body["started_at"])
    if body.get("conclusion"):
        check.status, check.conclusion = "completed", body["conclusion"]
        check.completed_at = moment(body.get("completed_at")) or world.now()
    elif body.get("status"):
        check.status = body["status"]
        check.conclusion = check.completed_at = None
    if output := body.get("output"):
        check.title, check.summary = output["title"], output["summary"]
        if "text" in output:
            check.text = output["text"]
        check.annotations.extend(output.get("annotations") or [])
    if "actions" in body:
        check.actions = list(body["actions"] or [])


def _emit(world: World, check: CheckRun, action: str, actor: Actor, *, only: App | None = None, **extra: Any) -> None:
    body = {"check_run": check_run(world, check)} | extra
    world.hooks.emit("check_run", action, check.repo, actor, body, only=only)


async def create_check(world: World, repo: Repository, actor: Actor, body: Mapping[str, Any]) -> CheckRun:
    """Makes a check run from what was sent. Raises a 422 ``Problem`` for what GitHub does not take."""
    if actor.app is None:
        raise not_found()
    for name in ("name", "head_sha"):
        if not body.get(name):
            raise invalid("CheckRun", name, "missing_field")
    if await repo.store.commit(str(body["head_sha"])) is None:
        raise invalid("CheckRun", "head_sha", "custom", f"No commit found for SHA: {body['head_sha']}")
    _check(body)
    now = world.now()
    check = CheckRun(
        world.next_id(), repo, actor.app, body["name"], body["head_sha"], "", None, "queued", None, now, None
    )
    _apply(world, check, body)
    repo.checks[check.id] = check
    _emit(world, check, "created", actor)
    if check.status == "completed":
        _emit(world, check, "completed", actor)
    world.look(repo)
    return check


async def update_check(world: World, check: CheckRun, actor: Actor, body: Mapping[str, Any]) -> None:
    """Changes a check run; annotations are appended."""
    _check(body)
    was = check.status
    _apply(world, check, body)
    if check.status == "completed" and was != "completed":
        _emit(world, check, "completed", actor)
    world.look(check.repo)


async def rerequest(world: World, check: CheckRun, actor: Actor) -> None:
    """Asks the App to run the check again; this resets nothing by itself. (D)"""
    _emit(world, check, "rerequested", actor, only=check.app)


async def request_action(world: World, check: CheckRun, actor: Actor, identifier: str) -> None:
    """Presses one of the check's buttons."""
    _emit(world, check, "requested_action", actor, only=check.app, requested_action={"identifier": identifier})
