"""The real application on a real port, over a real store."""

import hashlib
import hmac
import io
import json
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import aiohttp
import pytest

from bot.runs.inbox import Inbox
from bot.runs.store import Store
from bot.web.context import WebContext
from bot.web.server import make_app, serve

SECRET = "it is a secret"
OLDER = "an older one"
NOW = datetime(2026, 11, 20, tzinfo=UTC)
PAYLOAD = {"action": "opened", "installation": {"id": 5}, "repository": {"full_name": "o/r"}}


def sign(body, secret=SECRET):
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


class Caller:
    """Sends webhooks as GitHub does, or not quite."""

    def __init__(self, url, session):
        self.url = url
        self.session = session

    async def post(self, body=None, *, secret=SECRET, drop=(), chunked=False, **headers):
        body = json.dumps(PAYLOAD).encode() if body is None else body
        sent = {
            "Content-Type": "application/json",
            "X-GitHub-Event": "issues",
            "X-GitHub-Delivery": "d-1",
            "X-Hub-Signature-256": sign(body, secret),
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        sent = {name: value for name, value in sent.items() if name not in drop}

        async def pieces():
            for start in range(0, len(body), 1 << 16):
                yield body[start : start + (1 << 16)]

        async with self.session.post(
            f"{self.url}/webhook", data=pieces() if chunked else io.BytesIO(body), headers=sent
        ) as answer:
            return answer.status, await answer.json()

    async def get(self, path):
        async with self.session.get(self.url + path) as answer:
            return answer.status, await answer.text(), answer.headers


@pytest.fixture
async def store(tmp_path):
    opened = await Store.open(tmp_path / "store.db")
    yield opened
    await opened.close()


@pytest.fixture
async def inbox(store):
    return Inbox(store)


@pytest.fixture
def running(inbox):
    """A server with the given context, and a caller."""

    @asynccontextmanager
    async def running(**options):
        context = WebContext(
            **{
                "secrets": (SECRET, OLDER),
                "events": frozenset({"issues", "push"}),
                "receive": inbox.put,
                "clock": lambda: NOW,
                **options,
            }
        )
        server = await serve(make_app(context), "127.0.0.1", 0)
        try:
            async with aiohttp.ClientSession() as session:
                yield Caller(server.url, session)
        finally:
            await server.stop()

    return running
