"""The HTTP server: which address is served by what."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web

from bot.playground.access import Caller, identify
from bot.playground.api import Api, fault_answer, loads
from bot.playground.exchanges import Exchange
from bot.playground.faults import Asked, Disconnect
from bot.playground.git_http import GitServer, caller_of
from bot.playground.graphql import execute, is_mutation
from bot.playground.problems import Problem
from bot.playground.rest.routing import Answer
from bot.playground.state import World

BODY = 64 * 1024 * 1024
"""The largest body of an API call, in bytes. Pushes are streamed and have no limit."""
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@web.middleware
async def cut(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Cuts the connection where a fault says so."""
    try:
        return await handler(request)
    except Disconnect:
        if request.transport:
            # git's HTTP library sends a request again when a kept connection dies without a byte.
            if request.path.endswith(("/git-receive-pack", "/git-upload-pack")):
                request.transport.write(b"HTTP/1.1 200 OK\r\nServer: GitHub.com\r\n")
                request.transport.close()
            else:
                request.transport.abort()
        return web.Response(status=499)


def application(world: World, api: Api, git: GitServer) -> web.Application:
    """The application; pages may add routes of their own."""

    async def rest(request: web.Request) -> web.StreamResponse:
        return await api.serve(request)

    async def graphql(request: web.Request) -> web.StreamResponse:
        return await _graphql(world, api, request)

    async def serve_git(request: web.Request) -> web.StreamResponse:
        return await _git(world, api, git, request)

    app = web.Application(client_max_size=BODY, middlewares=[cut])
    app.router.add_route("*", "/api/v3{tail:(/.*)?}", rest)
    app.router.add_post("/api/graphql", graphql)
    app.router.add_route("*", r"/{owner}/{name:[^/]+\.git}/{tail:.*}", serve_git)
    return app


async def _graphql(world: World, api: Api, request: web.Request) -> web.StreamResponse:
    body, caller = loads(await request.read()), Caller()
    limits = world.limits
    try:
        caller = identify(world, request.headers.get("Authorization"))
        if caller.token is None and caller.user is None:
            raise Problem(401, "This endpoint requires you to be authenticated.")
        asked = Asked("POST", "/graphql", "graphql", body, caller.name)
        struck = await api.strike(asked, "before")
        if struck is None:
            with limits.running(caller):
                limits.admit(world, caller, write=is_mutation(body), resource="graphql")
                answer = Answer(await execute(world, caller, body))
            limits.charge(caller, "graphql")
            struck = await api.strike(asked, "after")
        if struck is not None:
            answer = fault_answer(struck)
    except Problem as problem:
        asked = Asked("POST", "/graphql", "graphql", body, caller.name)
        answer = Answer(problem.body(), problem.status, dict(problem.headers))
    headers = {**limits.headers(world, caller, "graphql"), **answer.headers}
    return await api.finish(request, asked, caller, Answer(answer.body, answer.status, headers))


async def _git(world: World, api: Api, git: GitServer, request: web.Request) -> web.StreamResponse:
    caller = Caller()
    response: web.StreamResponse | None = None
    try:
        caller = caller_of(world, request.headers.get("Authorization"))
    except Problem as problem:
        response = _git_problem(problem)
    asked = Asked(request.method, request.path, "git", None, caller.name)
    struck = await api.strike(asked, "before")
    if struck is None and response is None:
        try:
            response = await git.serve(request, caller)
        except Problem as problem:
            response = _git_problem(problem)
        struck = await api.strike(asked, "after")
    if struck is not None:
        response = _git_problem(Problem(struck.status, struck.message, headers=dict(struck.headers)))
    if response is None:
        raise RuntimeError("there is no answer")
    status, query = response.status, dict(request.query)
    api.record(
        Exchange(
            asked.method,
            asked.path,
            query,
            status,
            asked.is_write,
            caller.name,
            None,
            None,
            forced=struck is not None,
            kind="git",
        )
    )
    return response


def _git_problem(problem: Problem) -> web.Response:
    """Words in plain text, which git shows to the person; 401 asks for a credential."""
    headers = dict(problem.headers)
    if problem.status == 401:
        headers["WWW-Authenticate"] = 'Basic realm="GitHub"'
    return web.Response(status=problem.status, text=f"{problem.message}\n", headers=headers)
