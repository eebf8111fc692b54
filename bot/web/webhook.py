"""``POST /webhook``: check, store, answer. The delivery is durable before the 202 (law 2)."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import re
from dataclasses import dataclass
from typing import Any

import structlog
from aiohttp import web

from bot.errors import WorldError
from bot.runs.inbox import Delivery
from bot.web.bodies import SMALL_BYTES, Body
from bot.web.context import CONTEXT, WebContext
from bot.web.errors import DELIVERY, Refused

MOST_BYTES = 25 << 20
"""GitHub's own cap on a payload."""
LARGE_AT_ONCE = 4
"""So many bodies above ``SMALL_BYTES`` are held at once: what is not checked yet must not fill the memory."""
BODY_SECONDS = 10.0
"""GitHub itself gives up after so long."""
_EVENT = re.compile(r"[a-z0-9_]{1,64}")
_ACTION = re.compile(r"[a-z0-9_.-]{1,64}")
_REPOSITORY = re.compile(r"[A-Za-z0-9_.-]{1,100}/[A-Za-z0-9_.-]{1,100}")
_SIGNATURE = re.compile(r"sha256=[0-9a-fA-F]{64}")
_LARGE: web.AppKey[asyncio.Semaphore] = web.AppKey("large", asyncio.Semaphore)
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Head:
    """What the headers say, checked."""

    id: str
    event: str
    signature: str


def add(app: web.Application) -> None:
    """Adds the route."""
    app[_LARGE] = asyncio.Semaphore(LARGE_AT_ONCE)
    app.router.add_post("/webhook", _webhook)


async def _webhook(request: web.Request) -> web.Response:
    context = request.app[CONTEXT]
    event = "other"
    try:
        head = _head(request)
        event = head.event if head.event in context.events else "other"
        async with Body(request, request.app[_LARGE], MOST_BYTES, BODY_SECONDS, "The payload") as body:
            _check_signature(context.secrets, head.signature, body)
            outcome = await _store(context, head, body)
    except Refused as refused:
        context.metrics.delivery(event, "refused")
        log.info("delivery refused", code=refused.code)
        raise
    except WorldError:
        context.metrics.delivery(event, "unavailable")
        raise
    context.metrics.delivery(event, outcome)
    return web.json_response({"delivery": head.id, "status": outcome}, status=202)


def _head(request: web.Request) -> _Head:
    headers = request.headers
    if headers.get("Content-Encoding") is not None:
        # aiohttp would inflate the body, and the signature is over what was sent.
        raise Refused(415, "content-encoding", "Send the payload without Content-Encoding.")
    if request.content_type != "application/json":
        raise Refused(415, "content-type", "Set the webhook's content type to application/json.")
    for name in ("X-GitHub-Event", "X-GitHub-Delivery", "X-Hub-Signature-256"):
        if len(headers.getall(name, [])) > 1:
            raise Refused(400, "repeated-header", f"{name} is there more than once.")
    event, delivery = headers.get("X-GitHub-Event", ""), headers.get("X-GitHub-Delivery", "")
    if not _EVENT.fullmatch(event):
        raise Refused(400, "bad-event", "X-GitHub-Event is missing or malformed.")
    if not DELIVERY.fullmatch(delivery):
        raise Refused(400, "bad-delivery", "X-GitHub-Delivery is missing or malformed.")
    signature = headers.get("X-Hub-Signature-256", "")
    if not _SIGNATURE.fullmatch(signature):
        raise Refused(401, "unsigned", "X-Hub-Signature-256 is missing or malformed: set the webhook's secret.")
    return _Head(delivery, event, signature)


def _check_signature(secrets: tuple[str, ...], signature: str, body: bytes) -> None:
    given = signature.removeprefix("sha256=").lower()
    good = False
    for secret in secrets:  # every secret is tried, whichever fits: the time says nothing
        good |= hmac.compare_digest(hmac.new(secret.encode(), body, hashlib.sha256).hexdigest(), given)
    if not good:
        raise Refused(403, "bad-signature", "The signature does not fit: the webhook's secret is another one.")


async def _store(context: WebContext, head: _Head, body: bytes) -> str:
    payload = _parse(body) if len(body) <= SMALL_BYTES else await asyncio.to_thread(_parse, body)
    if head.event not in context.events:
        return "ignored"
    delivery = Delivery(
        head.id,
        head.event,
        _text(payload.get("action"), "action", _ACTION),
        _number(_member(payload, "installation", "id"), "installation.id"),
        _text(_member(payload, "repository", "full_name"), "repository.full_name", _REPOSITORY),
        body,
        context.clock(),
    )
    new = await context.receive(delivery)
    log.info("delivery stored" if new else "delivery repeated", delivery=head.id, name=head.event)
    return "stored" if new else "duplicate"


def _parse(body: bytes) -> dict[str, Any]:
    try:
        payload = json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError):
        raise Refused(400, "bad-json", "The payload is not JSON in UTF-8.") from None
    if not isinstance(payload, dict):
        raise Refused(400, "bad-json", "The payload is not a JSON object.")
    return payload


def _member(payload: dict[str, Any], name: str, inner: str) -> Any:
    value = payload.get(name)
    if value is None:
        return None
    if not isinstance(value, dict):
        raise Refused(400, "bad-payload", f"{name} is not an object.")
    return value.get(inner)


def _text(value: object, name: str, pattern: re.Pattern[str]) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise Refused(400, "bad-payload", f"{name} is malformed.")
    return value


def _number(value: object, name: str) -> int | None:
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 1 << 63:
        raise Refused(400, "bad-payload", f"{name} is malformed.")
    return value
