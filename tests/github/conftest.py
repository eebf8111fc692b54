"""A tiny GitHub on 127.0.0.1 that answers as a test scripts it, for faults that the playground does not have."""

from collections import defaultdict, deque
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from pydantic import SecretStr

from bot.github.app import App
from bot.github.settings import AppSettings, Timeouts


@pytest.fixture(scope="session")
def key():
    made = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return made.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


@dataclass
class Seen:
    method: str
    path: str
    query: dict
    headers: dict
    json: object


@dataclass
class Script:
    """What to answer: each (method, path) has a queue of answers; the last one stays.

    An answer is a dict or list (200, or 201 for POST), a status, (status, data), (status, data, headers), "drop" (read
    the request, then break the connection), "hang", or a function of the request.
    """

    answers: dict = field(default_factory=lambda: defaultdict(deque))
    seen: list = field(default_factory=list)
    url: str = ""
    stop: object = None

    def on(self, method, path, *answers):
        self.answers[method, path].extend(answers)

    def calls(self, method=None, path=None):
        return [
            each
            for each in self.seen
            if method in {None, each.method} and path in {None, each.path} and not own(each.path)
        ]

    async def handle(self, request):
        body = await request.json() if request.body_exists else None
        seen = Seen(request.method, request.path, dict(request.query), dict(request.headers), body)
        self.seen.append(seen)
        queue = self.answers.get((request.method, request.path))
        if not queue:
            return web.json_response({"message": "Not Found"}, status=404)
        answer = queue.popleft() if len(queue) > 1 else queue[0]
        if callable(answer):
            answer = answer(seen)
        if answer == "drop":
            request.transport.abort()
            return web.Response()
        if answer == "hang":
            await self.stop.wait()
            return web.Response()
        return reply(request, answer)


def own(path):
    return path.endswith(("/access_tokens", "/app"))


def reply(request, answer):
    data, headers = None, {}
    status = 201 if request.method == "POST" else 200
    match answer:
        case int():
            status = answer
        case (int(), _):
            status, data = answer
        case (int(), _, _):
            status, data, headers = answer
        case _:
            data = answer
    if isinstance(data, bytes):
        return web.Response(body=data, status=status, headers=headers)
    if status == 304:
        return web.Response(status=304, headers=headers)
    return web.json_response(data if data is not None else {"message": "as scripted"}, status=status, headers=headers)


def in_an_hour(seen=None):
    return {"token": "ghs_secret", "expires_at": (datetime.now(UTC) + timedelta(hours=1)).isoformat()}


def http_date(at):
    return format_datetime(at, usegmt=True)


@pytest.fixture
async def script():
    import asyncio

    made = Script(stop=asyncio.Event())
    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", made.handle)
    made.on("GET", "/app", {"id": 1, "slug": "graftsman-test", "permissions": {"issues": "write"}, "events": ["push"]})
    made.on("POST", "/app/installations/7/access_tokens", in_an_hour)
    async with TestServer(app, host="127.0.0.1") as server:
        made.url = str(server.make_url("")).rstrip("/")
        yield made
        made.stop.set()


@pytest.fixture
def settings(script, key):
    return AppSettings(
        issuer="Iv1.test",
        private_key=SecretStr(key),
        api_url=script.url,
        graphql_url=f"{script.url}/graphql",
        web_url=script.url,
        git_url=script.url,
        scale=0.01,
        retry_seconds=0.01,
        timeouts=Timeouts(connect=1, read=0.5, total=2),
    )


@pytest.fixture
async def session():
    async with aiohttp.ClientSession() as made:
        yield made


@pytest.fixture
def app(settings, session):
    return App(settings, session)


@pytest.fixture
def repo(app):
    return app.repository(7, "o/r")
