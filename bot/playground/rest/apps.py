"""The App itself: who it is, where it is installed, its tokens and its deliveries."""

from __future__ import annotations

from typing import Any

from bot.playground.access import LEVELS, holds, issue_token
from bot.playground.clock import stamp
from bot.playground.problems import Problem, not_found, unprocessable
from bot.playground.rest.routing import Answer, Call, Routes
from bot.playground.shapes.accounts import app as app_shape
from bot.playground.shapes.accounts import installation as shape
from bot.playground.shapes.repositories import full_repository, repository
from bot.playground.state import App, Installation, Repository
from bot.playground.webhooks import Delivery

ROUTES = Routes()


def _app(call: Call) -> App:
    if call.caller.app is None:
        raise not_found()
    return call.caller.app


def _installation(call: Call) -> Installation:
    one = call.world.installations.get(call.number("installation_id"))
    if one is None or one.app is not _app(call):
        raise not_found()
    return one


@ROUTES.add("GET", "/app", kind="app")
async def get_app(call: Call) -> Answer:
    """The App."""
    return Answer(app_shape(call.world, _app(call), counted=True))


@ROUTES.add("GET", "/app/installations", kind="app")
async def list_installations(call: Call) -> Answer:
    """Where it is installed."""
    page, headers = call.page([one for one in call.world.installations.values() if one.app is _app(call)])
    return Answer([shape(call.world, one) for one in page], headers=headers)


@ROUTES.add("GET", "/app/installations/{installation_id}", kind="app")
async def get_installation(call: Call) -> Answer:
    """One installation."""
    return Answer(shape(call.world, _installation(call)))


@ROUTES.add("GET", "/repos/{owner}/{repo}/installation", kind="app")
async def get_repo_installation(call: Call) -> Answer:
    """The installation that reaches a repository."""
    for one in call.world.installed_on(call.repo):
        if one.app is _app(call):
            return Answer(shape(call.world, one))
    raise not_found()


def _narrowed(one: Installation, wanted: dict[str, str] | None) -> dict[str, str]:
    if wanted is None:
        return dict(one.permissions)
    for name, level in wanted.items():
        if level not in LEVELS or not holds(one.permissions, name, level):
            raise unprocessable("The permissions requested are not granted to this installation.")
    return {"metadata": "read"} | wanted


def _chosen(call: Call, one: Installation) -> list[Repository] | None:
    ids, names = call.body.get("repository_ids"), call.texts("repositories")
    if ids is None and names is None:
        return None
    covered = [repo for repo in call.world.repositories.values() if one.covers(repo)]
    found = [repo for repo in covered if repo.id in (ids or []) or repo.name in (names or [])]
    if len(found) < len(ids or []) + len(names or []):
        raise unprocessable(
            "There is at least one repository that does not exist or is not accessible to the parent installation."
        )
    return found


@ROUTES.add("POST", "/app/installations/{installation_id}/access_tokens", kind="app")
async def create_token(call: Call) -> Answer:
    """A token of an installation, narrowed as asked."""
    one = _installation(call)
    if one.suspended:
        raise Problem(403, "This installation has been suspended")
    permissions, repositories = _narrowed(one, call.body.get("permissions")), _chosen(call, one)
    ids = None if repositories is None else frozenset(repo.id for repo in repositories)
    token = issue_token(call.world, one, permissions, ids)
    whole = one.repositories is None and repositories is None
    body: dict[str, Any] = {
        "token": token.text,
        "expires_at": stamp(token.expires_at),
        "permissions": permissions,
        "repository_selection": "all" if whole else "selected",
    }
    if repositories is not None:
        body["repositories"] = [repository(call.world, repo) for repo in repositories]
    return Answer(body, 201)


@ROUTES.add("GET", "/installation/repositories", kind="installation")
async def list_repositories(call: Call) -> Answer:
    """The repositories that a token reaches."""
    token = call.caller.token
    if token is None:
        raise not_found()
    found = [repo for repo in call.world.repositories.values() if call.caller.allowed(repo)]
    page, headers = call.page(found)
    one = token.installation
    body = {
        "total_count": len(found),
        "repository_selection": "all" if one.repositories is None else "selected",
        "repositories": [full_repository(call.world, repo, None) for repo in page],
    }
    return Answer(body, headers=headers)


@ROUTES.add("DELETE", "/installation/token", kind="installation")
async def revoke_token(call: Call) -> Answer:
    """Gives a token back."""
    if call.caller.token:
        del call.world.tokens[call.caller.token.text]
    return Answer(status=204)


def _item(one: Delivery) -> dict[str, Any]:
    return {
        "id": one.id,
        "guid": one.guid,
        "delivered_at": stamp(one.delivered_at),
        "redelivery": one.redelivery,
        "duration": one.duration,
        "status": one.status,
        "status_code": one.status_code,
        "event": one.event,
        "action": one.action,
        "installation_id": one.installation.id if one.installation else None,
        "repository_id": one.repository_id,
        "throttled_at": None,
    }


@ROUTES.add("GET", "/app/hook/deliveries", kind="app")
async def list_deliveries(call: Call) -> Answer:
    """Deliveries, newest first, in pages by cursor."""
    found = [one for one in call.world.hooks.deliveries if one.app is _app(call) and one.done][::-1]
    if call.query.get("status") == "failure":
        # Time-outs have no answer to fail with, and GitHub's filter misses them.
        found = [one for one in found if one.status_code >= 400]
    elif call.query.get("status") == "success":
        found = [one for one in found if one.status == "OK"]
    size = min(int(call.query.get("per_page", "30")), 100)
    cursor = call.query.get("cursor", "")
    if cursor:
        text = cursor.removeprefix("v1_")
        if not text.isdigit():
            raise Problem(400, "Invalid cursor")
        found = [one for one in found if one.id < int(text)]
    headers = {}
    if len(found) > size:
        headers["Link"] = f'<{call.url}?per_page={size}&cursor=v1_{found[size - 1].id}>; rel="next"'
    return Answer([_item(one) for one in found[:size]], headers=headers)


def _delivery(call: Call) -> Delivery:
    try:
        return call.world.hooks.find(call.number("delivery_id"), _app(call))
    except KeyError:
        raise not_found() from None


@ROUTES.add("GET", "/app/hook/deliveries/{delivery_id}", kind="app")
async def get_delivery(call: Call) -> Answer:
    """One delivery, with what was sent and answered."""
    one = _delivery(call)
    body = _item(one) | {
        "url": one.app.webhook_url,
        "request": {"headers": one.headers, "payload": one.payload},
        "response": {"headers": one.response_headers, "payload": one.response_body},
    }
    return Answer(body)


@ROUTES.add("POST", "/app/hook/deliveries/{delivery_id}/attempts", kind="app")
async def redeliver(call: Call) -> Answer:
    """Sends a delivery again."""
    call.world.hooks.redeliver(_delivery(call).id, _app(call))
    return Answer({}, 202)


def _hook(app: App) -> dict[str, Any]:
    return {"content_type": "json", "insecure_ssl": "0", "secret": "********", "url": app.webhook_url}


@ROUTES.add("GET", "/app/hook/config", kind="app")
async def get_hook(call: Call) -> Answer:
    """Where webhooks go."""
    return Answer(_hook(_app(call)))


@ROUTES.add("PATCH", "/app/hook/config", kind="app")
async def update_hook(call: Call) -> Answer:
    """Sends them elsewhere."""
    app = _app(call)
    app.webhook_url = call.text("url") or app.webhook_url
    app.webhook_secret = call.text("secret") or app.webhook_secret
    return Answer(_hook(app))


@ROUTES.add("POST", "/app-manifests/{code}/conversions", kind="any")
async def convert_manifest(call: Call) -> Answer:
    """Turns the code of the manifest flow into the App, with its secrets; once."""
    app = call.world.manifests.pop(call.params["code"], None)
    if app is None:
        raise not_found()
    secrets = {"client_secret": app.client_secret, "webhook_secret": app.webhook_secret, "pem": app.key}
    return Answer(app_shape(call.world, app) | secrets, 201)
