import asyncio
import json
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import UsageError
from bot.runs.inbox import Delivery
from bot.runs.store import StoreUnavailable
from bot.web import webhook
from bot.web.context import WebContext
from bot.web.errors import Refused

from .conftest import NOW, OLDER, PAYLOAD, SECRET, sign


async def test_a_delivery_is_stored_before_it_is_answered(running, inbox):
    async with running() as caller:
        assert await caller.post() == (202, {"delivery": "d-1", "status": "stored"})
        body = json.dumps(PAYLOAD).encode()
        assert await inbox.pending() == [Delivery("d-1", "issues", "opened", 5, "o/r", body, NOW)]


async def test_a_repeated_delivery_is_stored_once(running, inbox):
    async with running() as caller:
        answers = await asyncio.gather(*(caller.post() for _ in range(10)))
        assert sorted(answer["status"] for _, answer in answers) == ["duplicate"] * 9 + ["stored"]
        await inbox.done(["d-1"])
        assert (await caller.post())[1]["status"] == "duplicate"
        assert await inbox.pending() == []


async def test_events_nobody_handles_are_answered_and_forgotten(running, inbox):
    async with running() as caller:
        assert await caller.post(X_GitHub_Event="ping") == (202, {"delivery": "d-1", "status": "ignored"})
        assert await inbox.pending() == []
        assert (await caller.post(X_GitHub_Event="ping", secret="wrong"))[0] == 403


async def test_events_without_repository_or_installation(running, inbox):
    async with running() as caller:
        assert (await caller.post(b'{"repository": null}'))[0] == 202
        [one] = await inbox.pending()
        assert (one.action, one.installation, one.repository) == (None, None, None)


@pytest.mark.parametrize("secret", [SECRET, OLDER])
async def test_both_secrets_are_good(running, secret):
    async with running() as caller:
        assert (await caller.post(secret=secret))[0] == 202


@pytest.mark.parametrize(
    ("options", "status", "code"),
    [
        ({"secret": "wrong"}, 403, "bad-signature"),
        ({"drop": ["X-Hub-Signature-256"]}, 401, "unsigned"),
        ({"X_Hub_Signature_256": ""}, 401, "unsigned"),
        ({"X_Hub_Signature_256": "sha1=" + "0" * 40}, 401, "unsigned"),
        ({"X_Hub_Signature_256": "sha256=" + "é" * 64}, 401, "unsigned"),
        ({"X_Hub_Signature_256": "sha256=" + "0" * 63}, 401, "unsigned"),
        ({"drop": ["X-Hub-Signature-256"], "X_Hub_Signature": "sha1=" + "0" * 40}, 401, "unsigned"),
        ({"drop": ["X-GitHub-Event"]}, 400, "bad-event"),
        ({"X_GitHub_Event": "is sues"}, 400, "bad-event"),
        ({"X_GitHub_Event": "x" * 65}, 400, "bad-event"),
        ({"drop": ["X-GitHub-Delivery"]}, 400, "bad-delivery"),
        ({"X_GitHub_Delivery": "a" * 101}, 400, "bad-delivery"),
        ({"X_GitHub_Delivery": "ü"}, 400, "bad-delivery"),
        ({"X_GitHub_Delivery": "a b"}, 400, "bad-delivery"),
        ({"Content_Encoding": "gzip"}, 415, "content-encoding"),
        ({"Content_Encoding": "identity"}, 415, "content-encoding"),
        ({"Content_Encoding": "nonsense"}, 415, "content-encoding"),
        ({"Content_Type": "application/x-www-form-urlencoded"}, 415, "content-type"),
        ({"Content_Type": "text/plain"}, 415, "content-type"),
        ({"body": b""}, 400, "bad-json"),
        ({"body": b"[]"}, 400, "bad-json"),
        ({"body": b"{"}, 400, "bad-json"),
        ({"body": b"\xff{}"}, 400, "bad-json"),
        ({"body": b"[" * 200_000}, 400, "bad-json"),
        ({"body": b'{"a": ' + b"9" * 5000 + b"}"}, 400, "bad-json"),
        ({"body": b'{"action": 3}'}, 400, "bad-payload"),
        ({"body": b'{"action": "\\ud800"}'}, 400, "bad-payload"),
        ({"body": b'{"installation": 3}'}, 400, "bad-payload"),
        ({"body": b'{"installation": {"id": "3"}}'}, 400, "bad-payload"),
        ({"body": b'{"installation": {"id": true}}'}, 400, "bad-payload"),
        ({"body": b'{"installation": {"id": 99999999999999999999}}'}, 400, "bad-payload"),
        ({"body": b'{"repository": {"full_name": "o/r\\u0000"}}'}, 400, "bad-payload"),
        ({"body": b'{"repository": {"full_name": "o/../r"}}'}, 400, "bad-payload"),
        ({"body": b'{"repository": []}'}, 400, "bad-payload"),
    ],
)
async def test_what_is_malformed_is_refused_and_not_stored(running, inbox, options, status, code):
    async with running() as caller:
        found, answer = await caller.post(**options)
        assert (found, answer["error"]) == (status, code)
        assert set(answer) == {"error", "message", "delivery"}
        assert await inbox.pending() == []
        assert (await caller.post())[0] == 202  # and the server goes on


async def test_a_deflated_body_is_not_inflated(running):
    body = zlib.compress(b"{}" * 1000)
    async with running() as caller:
        for sent in (body, b"not deflated at all"):
            status, answer = await caller.post(sent, Content_Encoding="deflate")
            assert (status, answer["error"]) == (415, "content-encoding")


async def test_a_header_that_is_there_twice_is_refused(running):
    body = b"{}"
    lines = [
        b"POST /webhook HTTP/1.1",
        b"Host: x",
        b"Content-Type: application/json",
        b"X-GitHub-Event: issues",
        b"X-GitHub-Delivery: d-1",
        b"X-Hub-Signature-256: sha256=" + b"0" * 64,
        b"X-Hub-Signature-256: " + sign(body).encode(),
        b"Content-Length: 2",
        b"Connection: close",
    ]
    async with running() as caller:
        host, port = caller.url.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(b"\r\n".join(lines) + b"\r\n\r\n" + body)
        answer = await reader.read()
        writer.close()
        assert answer.startswith(b"HTTP/1.1 400 ")
        assert b"repeated-header" in answer


@pytest.mark.parametrize("chunked", [False, True])
async def test_the_size_is_capped(running, chunked, monkeypatch):
    monkeypatch.setattr(webhook, "MOST_BYTES", 3 << 20)
    fits = b'{"a": "' + b"x" * ((3 << 20) - 9) + b'"}'
    assert len(fits) == 3 << 20
    async with running() as caller:
        assert (await caller.post(fits, chunked=chunked))[0] == 202
        status, answer = await caller.post(fits + b" ", chunked=chunked)
        assert (status, answer["error"]) == (413, "too-large")


def test_the_cap_is_githubs():
    assert webhook.MOST_BYTES == 25 * 1024 * 1024


async def test_many_large_bodies_take_turns(running, monkeypatch):
    body = b'{"a": "' + b"x" * (2 << 20) + b'"}'
    async with running() as caller:
        answers = await asyncio.gather(*(caller.post(body, X_GitHub_Delivery=f"d{n}") for n in range(12)))
        assert {status for status, _ in answers} == {202}


async def test_a_body_that_does_not_come_is_given_up(running, monkeypatch):
    monkeypatch.setattr(webhook, "BODY_SECONDS", 0.2)
    async with running() as caller:
        host, port = caller.url.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        head = "POST /webhook HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nX-GitHub-Event: issues\r\n"
        head += f"X-GitHub-Delivery: d-1\r\nX-Hub-Signature-256: {sign(b'{}')}\r\nContent-Length: 2\r\n\r\n{{"
        writer.write(head.encode())
        async with asyncio.timeout(5):
            answer = await reader.readuntil(b"}")
        writer.close()
        assert b" 408 " in answer
        assert b"too-slow" in answer


async def test_a_store_that_cannot_be_written_is_503(running):
    async def receive(_):
        raise StoreUnavailable("disk full at /secret/path")

    async with running(receive=receive) as caller:
        status, answer = await caller.post()
        assert (status, answer["error"], answer["delivery"]) == (503, "unavailable", "d-1")
        assert "secret" not in json.dumps(answer)


async def test_a_fault_of_ours_shows_nothing_of_it(running):
    async def receive(_):
        raise RuntimeError("at /secret/path")

    async with running(receive=receive) as caller:
        status, answer = await caller.post()
        assert (status, answer["error"]) == (500, "internal-error")
        assert "secret" not in json.dumps(answer)


@pytest.mark.parametrize("secrets", [(), ("",), (" ",), ("a", ""), ("a", "b", "c")])
def test_it_does_not_start_without_a_secret(secrets):
    with pytest.raises(UsageError):
        WebContext(secrets=secrets, events=frozenset(), receive=None)


def test_secrets_are_not_shown():
    assert "hush" not in repr(WebContext(secrets=("hush",), events=frozenset(), receive=None))


@settings(max_examples=300)
@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_any_bytes_parse_or_are_refused(body):
    try:
        assert isinstance(webhook._parse(body), dict)
    except Refused as refused:
        assert refused.status == 400
