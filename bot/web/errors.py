"""Errors as a client sees them: one small JSON object, never a traceback or an internal text."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from aiohttp import web

from bot.contracts import refusal as contract
from bot.errors import Refusal, WorldError
from templates import explain_plain

DELIVERY = re.compile(r"[A-Za-z0-9._-]{1,100}")
log = structlog.get_logger(__name__)


class Refused(Exception):  # the design's word
    """A request that is answered with a status, a stable code and a sentence."""

    def __init__(self, status: int, code: str, message: str, **more: Any) -> None:
        """``more`` are further members of the answer."""
        super().__init__(code)
        self.more = more
        self.status = status
        self.code = code
        self.message = message


def answer(request: web.Request, status: int, code: str, message: str, **more: Any) -> web.Response:
    """The JSON error: ``{"error", "message", "delivery"}``; the delivery id is echoed only when it is a sane one."""
    delivery = request.headers.get("X-GitHub-Delivery", "")
    known = delivery if DELIVERY.fullmatch(delivery) else None
    headers = {"WWW-Authenticate": 'Bearer realm="graftsman"'} if code == "unauthenticated" else None
    told = {"error": code, "message": message, "delivery": known, **more}
    return web.json_response(told, status=status, headers=headers)


@web.middleware
async def errors(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Turns every exception into a JSON answer; what is our fault is logged and shown as an internal error."""
    try:
        return await handler(request)
    except Refused as refused:
        return answer(request, refused.status, refused.code, refused.message, **refused.more)
    except Refusal as refusal:
        told = contract.Refused.of(refusal, explain_plain).plain()
        status = 404 if refusal.code == "unknown-repository" else 422
        return answer(request, status, refusal.code, told["refused"][0]["message"], **told)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        response = answer(request, error.status, error.reason.lower().replace(" ", "-"), f"{error.reason}.")
        if "Allow" in error.headers:
            response.headers["Allow"] = error.headers["Allow"]
        return response
    except WorldError as error:
        log.error("request failed", path=request.path, error=str(error))  # noqa: TRY400
        return answer(request, 503, "unavailable", "Not available at the moment; try again later.")
    except Exception:
        log.exception("request failed", path=request.path)
        return answer(request, 500, "internal-error", "Internal error; the log has it under this delivery id.")
