"""A client as an App has one, a receiver of webhooks, and a repository to start with."""

import asyncio
import hashlib
import hmac
import time
from dataclasses import dataclass, field

import aiohttp
import jwt
import pytest
from aiohttp import web

SECRET = "hook-secret"
PERMISSIONS = {"contents": "write", "pull_requests": "write", "issues": "write", "checks": "write"}
EVENTS = [
    "check_run",
    "issue_comment",
    "issues",
    "issue_dependencies",
    "sub_issues",
    "label",
    "pull_request",
    "pull_request_review",
    "push",
    "create",
    "delete",
]


@dataclass
class Received:
    """What the webhook receiver got; ``status`` is what it answers."""

    url: str = ""
    status: int = 202
    got: list = field(default_factory=list)

    def events(self):
        return [name for name, _, _ in self.got]

    def of(self, name):
        return [payload for event, payload, _ in self.got if event == name]

    async def wait(self, count):
        for _ in range(300):
            if len(self.got) >= count:
                return
            await asyncio.sleep(0.01)
        raise AssertionError(f"{len(self.got)} deliveries, not {count}: {self.events()}")


@pytest.fixture
async def hooks():
    received = Received()

    async def take(request):
        raw = await request.read()
        expected = "sha256=" + hmac.new(SECRET.encode(), raw, hashlib.sha256).hexdigest()
        assert request.headers["X-Hub-Signature-256"] == expected
        received.got.append((request.headers["X-GitHub-Event"], await request.json(), dict(request.headers)))
        return web.Response(status=received.status)

    app = web.Application(client_max_size=25_000_000)
    app.router.add_post("/webhook", take)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    received.url = f"http://127.0.0.1:{runner.addresses[0][1]}/webhook"
    yield received
    await runner.cleanup()


def app_token(app, *, iat=-60, exp=540, iss=None):
    now = int(time.time())
    claims = {"iat": now + iat, "exp": now + exp, "iss": iss or app.client_id}
    return jwt.encode(claims, app.private_key_pem, algorithm="RS256")


class Client:
    """Calls the API; ``last`` is the newest answer."""

    def __init__(self, playground, session, token):
        self.playground, self.session, self.token, self.last = playground, session, token, None

    def with_token(self, token):
        return Client(self.playground, self.session, token)

    async def ask(self, method, path, body=None, expect=None, **headers):
        url = path if path.startswith("http") else self.playground.api_url + path
        told = {"User-Agent": "tests", "X-GitHub-Api-Version": "2022-11-28"}
        if self.token:
            told["Authorization"] = f"Bearer {self.token}"
        told |= {name.replace("_", "-"): value for name, value in headers.items()}
        async with self.session.request(method, url, json=body, headers=told) as answer:
            self.last = answer
            raw = await answer.read()
            data = await answer.json() if raw else None
            if expect is not None:
                assert answer.status == expect, (answer.status, data)
            return data

    async def get(self, path, expect=200, **headers):
        return await self.ask("GET", path, None, expect, **headers)

    async def post(self, path, body=None, expect=201):
        return await self.ask("POST", path, body, expect)

    async def patch(self, path, body, expect=200):
        return await self.ask("PATCH", path, body, expect)

    async def put(self, path, body, expect=200):
        return await self.ask("PUT", path, body, expect)

    async def delete(self, path, expect=204, body=None):
        return await self.ask("DELETE", path, body, expect)


@pytest.fixture
async def session():
    async with aiohttp.ClientSession() as one:
        yield one


@pytest.fixture
async def app(playground, hooks):
    return await playground.create_app(PERMISSIONS, EVENTS, hooks.url, SECRET, ping=False)


@pytest.fixture
async def repo(playground):
    """``acme/shop``: ada owns, eve writes, tom triages, ned only reads."""
    for login, role in {"eve": "write", "tom": "triage", "ned": None}.items():
        playground.create_user(login)
        if role is None:
            continue
    files = {"README.md": b"# Shop\n", "src/a.ts": b"export const a = 1;\n", "src/b.ts": b"export const b = 2;\n"}
    made = await playground.create_repository("acme", "shop", files=files)
    playground.set_permission("acme/shop", "eve", "write")
    playground.set_permission("acme/shop", "tom", "triage")
    return made


@pytest.fixture
async def client(playground, session, app, repo, hooks):
    """An installation's client, with the webhooks of installing gone by."""
    one = playground.install(app, "acme")
    found = await Client(playground, session, app_token(app)).post(f"/app/installations/{one.id}/access_tokens")
    await playground.settled()
    hooks.got.clear()
    made = Client(playground, session, found["token"])
    made.installation = one
    return made


@pytest.fixture
def as_app(playground, session, app):
    return Client(playground, session, app_token(app))
