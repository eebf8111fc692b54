"""The edge of the API: finds the endpoint and the caller, keeps the limits, strikes the faults, writes the record."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
import uuid
from collections.abc import Callable
from email.utils import formatdate
from typing import Any
from urllib.parse import unquote

from aiohttp import web

from bot.playground.access import Caller, identify
from bot.playground.exchanges import Exchange
from bot.playground.faults import Asked, Disconnect, Faults, Rule, When
from bot.playground.limits import Limits
from bot.playground.problems import Problem, forbidden, not_found, unauthorized
from bot.playground.rest.routing import Answer, Call, Route
from bot.playground.state import World

VERSIONS = ("2022-11-28", "2026-03-10")
PREFIX = "/api/v3"


def compiled(path: str) -> re.Pattern[str]:
    """The regular expression of a path template."""
    pattern = re.sub(
        r"\\\{(\w+)(?::(\\\.[*+]|[.][*+]|\\\.\\[*+]))?\\\}",
        lambda match: f"(?P<{match[1]}>{(match[2] or '[^/]+').replace(chr(92), '')})",
        re.escape(path).replace(r"\:", ":"),
    )
    return re.compile(pattern)


def order(route: Route) -> tuple[int, ...]:
    """What is more definite is tried first: a word before a name, a name before a rest, and the longer path."""
    kinds = [0 if "{" not in part else 2 if ":" in part else 1 for part in route.path.split("/")]
    return (*kinds, 3)


class Api:
    """Answers what comes below ``/api/v3``."""

    def __init__(self, world: World, limits: Limits, faults: Faults, routes: list[Route]) -> None:
        self._world, self._limits, self._faults = world, limits, faults
        self._routes = [(route, compiled(route.path)) for route in sorted(routes, key=order)]
        self.record: Callable[[Exchange], None] = lambda _: None

    def find(self, method: str, path: str) -> tuple[Route, dict[str, str]]:
        """The endpoint of a path, with what its names stand for. Raises a 404 ``Problem``."""
        for route, pattern in self._routes:
            if route.method == method and (match := pattern.fullmatch(path)):
                return route, {name: unquote(value) for name, value in match.groupdict().items()}
        raise not_found()

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Answers one call."""
        raw = await request.read()
        path = request.rel_url.raw_path.removeprefix(PREFIX) or "/"
        caller, problem = Caller(), None
        try:
            caller = identify(self._world, request.headers.get("Authorization"))
        except Problem as found:
            problem = found
        asked = Asked(request.method, path, "rest", loads(raw), caller.name)
        struck, answer = await self.strike(asked, "before"), None
        if struck is None:
            answer = await self._answer(request, asked, caller, raw, problem)
            struck = await self.strike(asked, "after")
        if struck is not None:
            answer = fault_answer(struck)
        if answer is None:
            raise RuntimeError("there is no answer")
        return await self.finish(request, asked, caller, answer, forced=struck is not None)

    async def strike(self, asked: Asked, when: When) -> Rule | None:
        """Lets a fault strike. Raises ``Disconnect``."""
        if self._faults.watch and (waiting := self._faults.watch(asked, when)) is not None:
            await waiting
        rule = self._faults.strikes(asked, when)
        if rule and rule.delay:
            await asyncio.sleep(rule.delay)
            return None
        if rule and rule.status == 0:
            raise Disconnect
        return rule

    async def _answer(
        self, request: web.Request, asked: Asked, caller: Caller, raw: bytes, problem: Problem | None
    ) -> Answer:
        limited = asked.path != "/rate_limit"
        try:
            if problem:
                raise problem
            _check_headers(request)
            if self._faults.is_missing(asked) or self._faults.hides(asked):
                raise not_found()
            route, params = self.find(request.method, asked.path)
            with self._limits.running(caller):
                if limited:
                    self._limits.admit(self._world, caller, write=asked.is_write, creates=route.creates)
                answer = self._not_modified(request, await self._handle(request, route, params, caller, raw))
        except Problem as found:
            answer = Answer(found.body(), found.status, dict(found.headers))
        if limited and answer.status != 304 and "Retry-After" not in answer.headers:
            self._limits.charge(caller)
        answer.headers.update(
            {
                key: value
                for key, value in self._limits.headers(self._world, caller).items()
                if key not in answer.headers
            }
        )
        if answer.status == 201 and isinstance(answer.body, dict) and isinstance(answer.body.get("url"), str):
            self._faults.created(answer.body["url"].removeprefix(self._world.api))
        return answer

    async def _handle(
        self, request: web.Request, route: Route, params: dict[str, str], caller: Caller, raw: bytes
    ) -> Answer:
        url = f"{self._world.api}{request.rel_url.raw_path.removeprefix(PREFIX)}"
        query, headers = dict(request.query), dict(request.headers)
        call = Call(self._world, caller, params, query, raw, url, headers)
        if "owner" in params and "repo" in params:
            call.found = self._world.repo(f"{params['owner']}/{params['repo']}")
        _check_kind(route, caller)
        if call.found and route.kind == "token":
            caller.check(call.found, route.needs, route.role)
            if call.found.archived and route.method != "GET":
                raise forbidden("Repository was archived so is read-only.")
        return await route.handler(call)

    def _not_modified(self, request: web.Request, answer: Answer) -> Answer:
        if request.method != "GET" or answer.status != 200:
            return answer
        etag = f'W/"{hashlib.sha256(dumps(answer.body)).hexdigest()}"'
        headers = answer.headers | {"ETag": etag, "Cache-Control": "private, max-age=60, s-maxage=60"}
        sent = [tag.strip().removeprefix("W/") for tag in request.headers.get("If-None-Match", "").split(",")]
        if etag.removeprefix("W/") in sent:
            return Answer(None, 304, headers)
        return Answer(answer.body, 200, headers)

    async def finish(
        self, request: web.Request, asked: Asked, caller: Caller, answer: Answer, *, forced: bool = False
    ) -> web.StreamResponse:
        """Writes the record and sends the answer."""
        headers = self.common_headers(request) | answer.headers
        sent = json.loads(dumps(answer.body)) if answer.body is not None else None
        self.record(
            Exchange(
                asked.method,
                unquote(asked.path.replace("%2F", "%252F")),  # a slash within a name parts nothing
                dict(request.query),
                answer.status,
                asked.is_write,
                caller.name,
                asked.body,
                sent,
                headers,
                forced,
                asked.kind,
            )
        )
        data = b"" if answer.body is None else dumps(answer.body)
        if self._faults.truncates(asked):
            await _truncate(request, answer.status, headers, data)
        if answer.body is None:
            return web.Response(status=answer.status, headers=headers)
        return web.Response(
            status=answer.status, headers=headers, body=data, content_type="application/json", charset="utf-8"
        )

    def common_headers(self, request: web.Request) -> dict[str, str]:
        """What every answer carries."""
        return {
            "Server": "GitHub.com",
            "Date": formatdate(self._world.clock.time(), usegmt=True),
            "X-GitHub-Request-Id": uuid.uuid4().hex[:24].upper(),
            "X-GitHub-Media-Type": "github.v3; format=json",
            "X-GitHub-Api-Version-Selected": request.headers.get("X-GitHub-Api-Version", VERSIONS[0]),
            "Vary": "Accept, Authorization, Cookie, X-GitHub-OTP",
        }


def _check_headers(request: web.Request) -> None:
    if not request.headers.get("User-Agent"):
        raise forbidden(
            "Request forbidden by administrative rules. Please make sure your request has a User-Agent header"
        )
    version = request.headers.get("X-GitHub-Api-Version", VERSIONS[0])
    if version not in VERSIONS:
        known = ", ".join(VERSIONS)
        raise Problem(400, f'"{version}" is not a supported version. The following versions are supported: {known}.')


def _check_kind(route: Route, caller: Caller) -> None:
    if route.kind == "any":
        return
    if route.kind == "app" and caller.app is None:
        raise unauthorized("A JSON web token could not be decoded")
    if route.kind == "installation" and caller.token is None:
        raise forbidden("You must authenticate with an installation access token in order to list repositories.")
    if route.kind == "token" and caller.app is not None:
        raise forbidden("Resource not accessible by integration")


def fault_answer(rule: Rule) -> Answer:
    """What a fault answers."""
    body = {"message": rule.message, "documentation_url": "https://docs.github.com/rest", "status": str(rule.status)}
    return Answer(body, rule.status, dict(rule.headers))


async def _truncate(request: web.Request, status: int, headers: dict[str, str], data: bytes) -> None:
    """Sends half of a body and cuts the connection."""
    response = web.StreamResponse(status=status, headers=headers)
    response.content_length = len(data)
    await response.prepare(request)
    await response.write(data[: len(data) // 2])
    raise Disconnect


def dumps(body: Any) -> bytes:
    """JSON as it goes out."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode(errors="replace")


def loads(raw: bytes) -> Any:
    """JSON that came in, ``None`` where it is none."""
    try:
        return json.loads(raw) if raw else None
    except ValueError:
        return None
