"""The API over real HTTP: who may, what is taken, what is given, and what a wrong request is told."""

import asyncio
import hashlib
import io
import json
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import aiohttp
import jsonschema_rs
import pytest

from bot.config import api_tokens
from bot.contracts.api import ApplyAnswer
from bot.contracts.refusal import Refused
from bot.errors import Place, Refusal, WorldError
from bot.reports.chain import canonical, link
from bot.runs.ledger import Ledger, Reports
from bot.web.api import inputs, schemas
from bot.web.context import Api
from tests.runs.test_ledger import START, event, report

from .conftest import NOW

RIGHTS = ("patches:apply", "events:write", "events:read", "reports:read")
SAID = {"type": "PROCESSING_STARTED", "repository": "Acme/Shop", "subject": "task:12"}
OID = "1" * 40
BATCH = {"version": 1, "operations": [{"op": "delete", "path": "a"}]}
ASKED = {"repository": "acme/shop", "branch": "main", "batch": BATCH}


def entry(name, token, repositories=("acme/*",), rights=RIGHTS):
    digest = hashlib.sha256(token.encode()).hexdigest()
    return f"  - {{name: {name}, sha256: '{digest}', repositories: {json.dumps(repositories)}, rights: {json.dumps(rights)}}}\n"


TOKENS = (
    "version: 1\ntokens:\n"
    + entry("ci", "t-all")
    + entry("other", "t-other", ("else/where",))
    + "".join(entry(f"only-{right.replace(':', '-')}", f"t-{right}", rights=(right,)) for right in RIGHTS)
)


class Client:
    def __init__(self, url, session):
        self.url = url
        self.session = session

    async def __call__(self, method, path, body=None, *, token="t-all", data=None, headers=None):
        sent = dict(headers or {})
        if token is not None:
            sent.setdefault("Authorization", f"Bearer {token}")
        if body is not None or data is not None:
            sent.setdefault("Content-Type", "application/json")
            data = io.BytesIO(json.dumps(body).encode() if data is None else data)
        async with self.session.request(method, self.url + path, data=data, headers=sent) as answer:
            text = await answer.read()
            self.headers = answer.headers
            return answer.status, json.loads(text) if text else None


@pytest.fixture
def api(store, running):
    """A client of a server whose App is installed on ``acme/shop`` and ``acme/tools``."""

    @asynccontextmanager
    async def api(**options):
        ledger = Ledger(store)
        known = {"acme/shop": "acme/shop", "acme/tools": "acme/tools"}

        async def find(name):
            return known.get(name.lower())

        async def record(_repository, events):
            return await ledger.add(events)

        made = Api(api_tokens(TOKENS.encode(), "tokens.yml"), ledger, Reports(store), find, record)
        async with running(**{"api": made, **options}) as caller, aiohttp.ClientSession() as session:
            yield Client(caller.url, session)

    return api


async def applied(_request, _name):
    return ApplyAnswer(status="applied", id="b1", repository="acme/shop", branch="main", commit=OID)


# --- who may

ROUTES = [
    ("GET", "/api/patches/events?repository=acme/shop", None, "events:read"),
    ("POST", "/api/patches/events", SAID, "events:write"),
    ("GET", "/api/delivery-reports?repository=acme/shop", None, "reports:read"),
    ("GET", "/api/delivery-reports/none", None, "reports:read"),
    ("POST", "/api/patches/apply", ASKED, "patches:apply"),
]


@pytest.mark.parametrize(("method", "path", "body", "right"), ROUTES)
async def test_every_route_asks_for_a_token_and_its_own_right(api, method, path, body, right):
    async with api(apply=applied) as call:
        for token, headers in (
            (None, {}),
            ("wrong", {}),
            (None, {"Authorization": "Basic dC1hbGw="}),
            (None, {"Authorization": "Bearer"}),
            ("x" * 600, {}),
            ("é", {}),
        ):
            status, said = await call(method, path, body, token=token, headers=headers)
            assert (status, said["error"], call.headers["WWW-Authenticate"]) == (
                401,
                "unauthenticated",
                'Bearer realm="graftsman"',
            )
        for other in RIGHTS:
            status, said = await call(method, path, body, token=f"t-{other}")
            assert (status == 403) == (other != right), said
            if other != right:
                assert (said["error"], said["missing"]) == ("forbidden", right)
                assert right in said["message"]


async def test_without_tokens_the_api_answers_nobody_but_its_schemas(running):
    async with running() as caller, aiohttp.ClientSession() as session:
        call = Client(caller.url, session)
        for method, path, body, _ in ROUTES:
            status, said = await call(method, path, body)
            assert (status, said["error"]) == (404, "api-off")
        assert (await call("GET", "/api/schemas", token=None))[0] == 200


async def test_a_token_learns_nothing_about_repositories_that_it_does_not_reach(api, store):
    await Ledger(store).append([event(1, "acme/shop")])
    await Reports(store).put(report(1, "acme/shop", id="r1"))
    async with api(apply=applied) as call:
        for name in ("acme/shop", "acme/none", "ACME/SHOP"):
            answers = [
                await call("GET", f"/api/patches/events?repository={name}", token="t-other"),
                await call("GET", f"/api/delivery-reports?repository={name}", token="t-other"),
                await call("POST", "/api/patches/events", {**SAID, "repository": name}, token="t-other"),
                await call("POST", "/api/patches/apply", {**ASKED, "repository": name}, token="t-other"),
            ]
            for status, said in answers:
                assert (status, said["error"], said["missing"]) == (403, "forbidden", name)
                assert said["message"] == f"The token other does not reach the repository {name}."
        assert await call("GET", "/api/delivery-reports/r1", token="t-other") == await call(
            "GET", "/api/delivery-reports/r2", token="t-other"
        )
        assert (await call("GET", "/api/delivery-reports/r1"))[0] == 200


async def test_two_authorizations_are_none(api):
    async with api() as call:
        reader, writer = await asyncio.open_connection("127.0.0.1", int(call.url.rpartition(":")[2]))
        writer.write(
            b"GET /api/patches/events?repository=acme/shop HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer t-all\r\nAuthorization: Bearer t-all\r\nConnection: close\r\n\r\n"
        )
        assert (await reader.readline()).split()[1] in {b"401", b"400"}
        writer.close()


# --- events written


async def test_an_event_is_stored_once_and_given_back_with_its_entry(api, store):
    async with api() as call:
        status, said = await call("POST", "/api/patches/events", SAID)
        assert status == 201
        (one,) = said["events"]
        told = one["event"]
        assert (told["repository"], told["actor"], told["subject"], told["at"]) == (
            "acme/shop",
            "token:ci",
            "task:12",
            "2026-11-20T00:00:00Z",
        )
        assert (one["number"], one["previous"], one["hash"]) == (
            1,
            "",
            link("", canonical((await Ledger(store).events("acme/shop"))[0])),
        )
        assert await call("POST", "/api/patches/events", SAID) == (200, said)
        assert await call("POST", "/api/patches/events", [SAID]) == (200, said)
        status, other = await call("POST", "/api/patches/events", {**SAID, "at": "2026-11-19T23:00:00+01:00"})
        assert (status, other["events"][0]["event"]["at"]) == (201, "2026-11-19T22:00:00Z")
        status, other = await call("POST", "/api/patches/events", SAID, token="t-events:write")
        assert (status, other["events"][0]["event"]["actor"]) == (201, "token:only-events-write")
        jsonschema_rs.validator_for(json.loads((schemas.FOLDER / "event-record.json").read_text())).validate(one)


async def test_a_list_is_stored_in_its_order_with_what_was_there(api):
    async with api() as call:
        await call("POST", "/api/patches/events", SAID)
        several = [
            {**SAID, "subject": f"run:{number}", "repository": f"acme/{name}"}
            for number, name in enumerate(("tools", "shop", "tools"))
        ]
        status, said = await call("POST", "/api/patches/events", [*several, SAID, several[0]])
        assert status == 201
        assert [(one["event"]["subject"], one["event"]["repository"], one["number"]) for one in said["events"]] == [
            ("run:0", "acme/tools", 1), ("run:1", "acme/shop", 2), ("run:2", "acme/tools", 2), ("task:12", "acme/shop", 1), ("run:0", "acme/tools", 1),
        ]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"type": "PATCH_EATEN"}, "type"),
        ({"subject": "12"}, "subject"),
        ({"subject": "issue:12"}, "subject"),
        ({"subject": "task:"}, "subject"),
        ({"subject": "task:a b"}, "subject"),
        ({"subject": "task:" + "x" * 201}, "subject"),
        ({"repository": "acme"}, "repository"),
        ({"repository": "acme/shop/x"}, "repository"),
        ({"commit": "abc"}, "commit"),
        ({"base": OID.replace("1", "G")}, "base"),
        ({"issue": "1"}, "issue"),
        ({"issue": 0}, "issue"),
        ({"pull": True}, "pull"),
        ({"at": "2026-11-20T00:00:00"}, "at"),
        ({"at": "1999-11-20T00:00:00Z"}, "[0].at"),
        ({"at": "2026-11-22T00:00:00Z"}, "[0].at"),
        ({"at": 1700000000}, "at"),
        ({"details": {"a": 1}}, "details.a"),
        ({"details": {str(number): "" for number in range(51)}}, "details"),
        ({"details": {"a": "x" * 2001}}, "details.a"),
        ({"id": "mine"}, "id"),
        ({"hash": "mine"}, "hash"),
        ({"actor": "ada"}, "actor"),
    ],
)
async def test_an_event_that_is_wrong_is_told_where(api, store, change, where):
    async with api() as call:
        status, said = await call("POST", "/api/patches/events", {**SAID, **change})
        assert (status, said["error"]) == (400, "bad-body")
        assert said["message"].startswith(f"{where}: "), said
        status, said = await call("POST", "/api/patches/events", [SAID, {**SAID, **change}])
        assert status == 400
    assert await Ledger(store).repositories() == ()


@pytest.mark.parametrize(
    "data", [b"", b"{", b"[]", b"null", b"1", b"\xff", b"[" * 100_000, b'{"type":' + b"9" * 10_000 + b"}", b'"\\ud800"']
)
async def test_bodies_that_are_no_event(api, data):
    async with api() as call:
        status, said = await call("POST", "/api/patches/events", data=data)
        assert (status, said["error"]) == (400, "bad-body")


async def test_too_much_too_many_and_other_kinds(api):
    async with api() as call:
        status, said = await call("POST", "/api/patches/events", [SAID] * 101)
        assert (status, said["error"]) == (400, "bad-body")
        status, said = await call("POST", "/api/patches/events", data=b" " * ((1 << 20) + 1))
        assert (status, said["error"]) == (413, "too-large")
        status, said = await call("POST", "/api/patches/events", SAID, headers={"Content-Encoding": "gzip"})
        assert (status, said["error"]) == (415, "content-encoding")
        status, said = await call("POST", "/api/patches/events", SAID, headers={"Content-Type": "text/plain"})
        assert (status, said["error"]) == (415, "content-type")
        status, said = await call("PUT", "/api/patches/events", SAID)
        assert (status, said["error"]) == (405, "method-not-allowed")


async def test_a_repository_without_the_app_is_refused(api, store):
    async with api() as call:
        status, said = await call("POST", "/api/patches/events", [SAID, {**SAID, "repository": "acme/none"}])
        assert (status, said["error"], said["refused"][0]["values"]) == (
            404,
            "unknown-repository",
            {"repository": "acme/none"},
        )
        jsonschema_rs.validator_for(json.loads((schemas.FOLDER / "refusal.json").read_text())).validate(
            {"refused": said["refused"]}
        )
    assert await Ledger(store).repositories() == ()


# --- events read


async def pages(call, query, limit):
    """Every page of a list, until there is no next one."""
    found, after = [], 0
    while after is not None:
        status, said = await call("GET", f"{query}&after={after}&limit={limit}")
        assert status == 200, said
        found.append(said.get("events", said.get("reports")))
        after = said["next"]
    return found


@pytest.fixture
async def seven(store):
    types = ("PATCH_RECEIVED", "PATCH_APPLIED")
    made = [
        event(
            number,
            "acme/shop",
            subject=f"folder:m/{number % 3}",
            type=types[number % 2],
            actor=("ann", "bob")[number > 4],
            issue=None if number == 7 else number,
        )
        for number in range(1, 8)
    ]
    await Ledger(store).append(made)
    await Ledger(store).append([event(1, "acme/tools")])


async def test_pages_follow_one_another(api, seven):
    async with api() as call:
        for limit in (1, 2, 3, 6, 7, 8, 1000):
            found = await pages(call, "/api/patches/events?repository=ACME/shop", limit)
            assert [one["number"] for page in found for one in page] == list(range(1, 8))
            assert all(len(page) <= limit for page in found)
        _, said = await call("GET", "/api/patches/events?repository=acme/shop")
        assert (len(said["events"]), said["next"]) == (7, None)
        assert [one["previous"] for one in said["events"]][1:] == [one["hash"] for one in said["events"]][:-1]
        assert (await call("GET", "/api/patches/events?repository=acme/none"))[1] == {"events": [], "next": None}


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("subject=folder:m/0", [3, 6]),
        ("type=PATCH_RECEIVED", [2, 4, 6]),
        ("actor=bob", [5, 6, 7]),
        ("issue=4", [4]),
        (f"since={(START + timedelta(seconds=3)).isoformat().replace('+', '%2B')}", [3, 4, 5, 6, 7]),
        ("until=2026-11-20T00:00:03Z", [1, 2]),
        ("type=PATCH_RECEIVED&actor=bob&subject=folder:m/0", [6]),
        ("after=5", [6, 7]),
    ],
)
@pytest.mark.parametrize("limit", [1, 2, 100])
async def test_filters(api, seven, query, numbers, limit):
    async with api() as call:
        if "after" in query:
            _, said = await call("GET", f"/api/patches/events?repository=acme/shop&{query}")
            assert [one["number"] for one in said["events"]] == numbers
            return
        found = await pages(call, f"/api/patches/events?repository=acme/shop&{query}", limit)
        assert [one["number"] for page in found for one in page] == numbers


async def test_a_filter_that_finds_little_gives_a_cursor_after_so_many_rows(api, seven, monkeypatch):
    monkeypatch.setattr(inputs, "MOST_SCANNED", 2)
    monkeypatch.setattr(inputs, "ROWS", 3)
    async with api() as call:
        assert [
            [one["number"] for one in page]
            for page in await pages(call, "/api/patches/events?repository=acme/shop&actor=bob", 1)
        ] == [[], [], [5], [6], [7]]


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("", "repository"), ("repository=acme", "repository"), ("colour=1", "colour"), ("type=x", "type"), ("issue=x", "issue"), ("issue=-1", "issue"),
        ("issue=1&issue=1", "issue"), ("since=yesterday", "since"), ("until=2026-11-20T00:00:00", "until"), ("since=%22", "since"), ("since=1", "since"),
        ("after=-1", "after"), ("after=9999999999999999999", "after"), ("after=%D9%A1", "after"), ("limit=0", "limit"), ("limit=1001", "limit"), ("subject=", "subject"),
    ],
)  # fmt: skip
async def test_a_bad_filter_is_named(api, query, name):
    async with api() as call:
        whole = query if not query or query.startswith("repository") else f"repository=acme/shop&{query}"
        status, said = await call("GET", f"/api/patches/events?{whole}")
        assert (status, said["error"], said["filter"]) == (400, "bad-filter", name)
        assert name in said["message"]


# --- reports


async def test_reports_in_pages_and_one_by_one(api, store):
    stored = Reports(store)
    for number in range(1, 6):
        await stored.put(
            report(number, "acme/shop", id=f"r{number}", outcome=("open", "merged")[number % 2], folder=f"f{number}")
        )
    await stored.put(report(1, "else/where", id="away"))
    async with api() as call:
        for limit in (1, 2, 5, 100):
            found = await pages(call, "/api/delivery-reports?repository=acme/SHOP", limit)
            assert [one["id"] for page in found for one in page] == ["r1", "r2", "r3", "r4", "r5"]
            found = await pages(call, "/api/delivery-reports?repository=acme/shop&outcome=merged", limit)
            assert [one["id"] for page in found for one in page] == ["r1", "r3", "r5"]
        for query, ids in (("pull=4", ["r4"]), ("issue=1&folder=f2", ["r2"]), ("migration=none", [])):
            _, said = await call("GET", f"/api/delivery-reports?repository=acme/shop&{query}")
            assert [one["id"] for one in said["reports"]] == ids
        status, said = await call("GET", "/api/delivery-reports/r3")
        assert (status, said) == (200, (await stored.get("r3")).model_dump(mode="json"))
        for name in ("none", "away", "%00", "x" * 300):
            status, said = await call("GET", f"/api/delivery-reports/{name}")
            assert (status, said["error"]) == (404, "no-report")
        status, said = await call("GET", "/api/delivery-reports?repository=acme/shop&outcome=eaten")
        assert (status, said["filter"]) == (400, "outcome")


# --- apply


async def test_apply_hands_over_what_was_asked_and_who_asks(api):
    asked = []

    async def apply(request, name):
        asked.append((request, name))
        return ApplyAnswer(
            status="applied", id="b1", repository="acme/shop", branch=request.branch, commit=OID, paths=("a",)
        )

    async with api(apply=apply) as call:
        status, said = await call(
            "POST", "/api/patches/apply", {**ASKED, "base": OID, "mode": "dry-run", "replay": False, "issue": 3}
        )
        assert (status, said["status"], said["commit"], said["paths"]) == (200, "applied", OID, ["a"])
        ((request, name),) = asked
        assert (name, request.base, request.mode, request.replay, request.issue, request.batch.operations[0].op) == (
            "ci",
            OID,
            "dry-run",
            False,
            3,
            "delete",
        )
        status, said = await call(
            "POST",
            "/api/patches/apply",
            {"repository": "acme/shop", "branch": "a/b-c.d", "payload": "--- a\n+++ b\n", "format": "diff"},
        )
        assert (status, asked[-1][0].payload, asked[-1][0].batch) == (200, "--- a\n+++ b\n", None)
        jsonschema_rs.validator_for(json.loads((schemas.FOLDER / "apply-answer.json").read_text())).validate(said)


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ("applied", 200),
        ("already-applied", 200),
        ("nothing-to-do", 200),
        ("dry-run", 200),
        ("valid", 200),
        ("accepted", 202),
    ],
)
async def test_every_status_has_its_code(api, answer, code):
    async def apply(_request, _name):
        return ApplyAnswer(status=answer, id="b1", repository="acme/shop", branch="main")

    async with api(apply=apply) as call:
        status, said = await call("POST", "/api/patches/apply", ASKED)
        assert (status, said["status"]) == (code, answer)


async def test_refusals_and_the_world_are_told_apart(api):
    other = Refusal("unknown-revision", Place(operation=3), {"revision": "x\udcff"})

    async def refuses(_request, _name):
        raise Refusal("unknown-revision", Place("a\udcff.ts", 3, operation=1), {"revision": "main"}, also=(other,))

    async def fails(_request, _name):
        raise WorldError("a secret of the network")

    async def breaks(_request, _name):
        raise RuntimeError("a secret of ours")

    async with api(apply=refuses) as call:
        status, said = await call("POST", "/api/patches/apply", ASKED)
        assert (status, said["error"], [one["place"].get("operation") for one in said["refused"]]) == (
            422,
            "unknown-revision",
            [1, 3],
        )
        assert "Next:" in said["message"]
        assert said["refused"][0]["place"] == {"file": "a\udcff.ts", "line": 3, "operation": 1}
    async with api(apply=fails) as call:
        status, said = await call("POST", "/api/patches/apply", ASKED)
        assert (status, said["error"]) == (503, "unavailable")
        assert "secret" not in json.dumps(said)
    async with api(apply=breaks) as call:
        status, said = await call("POST", "/api/patches/apply", ASKED)
        assert (status, said["error"]) == (500, "internal-error")
        assert "secret" not in json.dumps(said)
    async with api() as call:
        assert (await call("POST", "/api/patches/apply", ASKED))[0] == 404


@pytest.mark.parametrize(
    "change",
    [
        {"batch": None}, {"payload": "x"}, {"batch": {"version": 2}}, {"batch": {**BATCH, "operations": []}}, {"mode": "force"}, {"base": "abc"}, {"more": 1},
        {"format": "yaml"}, {"repository": "x"}, {"branch": ""}, {"branch": "a b"}, {"branch": "a..b"}, {"branch": "-a"}, {"branch": "a.lock"}, {"branch": "/a"},
        {"branch": "a/"}, {"branch": "refs/heads/main"}, {"branch": "a@{1}"}, {"branch": "a\x00"}, {"branch": "@"}, {"branch": "a/.b"}, {"branch": "a//b"},
    ],
)  # fmt: skip
async def test_a_request_that_is_wrong_never_reaches_the_work(api, change):
    async def never(_request, _name):
        raise AssertionError

    async with api(apply=never) as call:
        status, said = await call("POST", "/api/patches/apply", {**ASKED, **change})
        assert (status, said["error"]) == (400, "bad-body"), said


async def test_a_key_that_is_there_twice_is_refused_wherever_it_stands(api):
    async def never(_request, _name):
        raise AssertionError

    operation = '{"op": "append", "path": "a", "path": "b", "text": "x"}'
    inside = json.dumps({**ASKED, "batch": {"version": 1, "operations": ["HERE"]}}).replace('"HERE"', operation)
    outside = json.dumps(ASKED)[:-1] + ', "branch": "other"}'
    async with api(apply=never) as call:
        for body, key in ((inside, "path"), (outside, "branch")):
            status, said = await call("POST", "/api/patches/apply", data=body.encode())
            assert (status, said["error"], said["faults"][0]["where"]) == (400, "bad-body", key)


async def test_large_batches_take_turns(api):
    working, most = 0, 0

    async def apply(request, _name):
        nonlocal working, most
        working += 1
        most = max(most, working)
        await asyncio.sleep(0.05)
        working -= 1
        return ApplyAnswer(
            status="applied", id="b1", repository="acme/shop", branch="main", notes=(str(len(request.payload)),)
        )

    async with api(apply=apply) as call:
        large = {"repository": "acme/shop", "branch": "main", "payload": "x" * (2 << 20)}
        answers = await asyncio.gather(*(call("POST", "/api/patches/apply", large) for _ in range(6)))
        assert {(status, said["notes"][0]) for status, said in answers} == {(200, str(2 << 20))}
        assert most <= inputs.LARGE_AT_ONCE
        status, said = await call("POST", "/api/patches/apply", data=b" " * ((32 << 20) + 1))
        assert (status, said["error"]) == (413, "too-large")


# --- schemas


async def test_schemas_are_public_and_cached(api):
    async with api() as call:
        status, said = await call("GET", "/api/schemas", token=None)
        assert status == 200
        names = {one["name"] for one in said["schemas"]}
        assert {
            "patch-batch",
            "patch-event",
            "refusal",
            "manifest",
            "delivery-report",
            "apply-request",
            "apply-answer",
        } <= names
        for one in said["schemas"]:
            status, schema = await call("GET", one["url"], token=None)
            assert (status, call.headers["Content-Type"]) == (200, "application/schema+json")
            assert "max-age" in call.headers["Cache-Control"]
            jsonschema_rs.meta.validate(schema)
            etag = call.headers["ETag"]
            assert await call("GET", one["url"], token=None, headers={"If-None-Match": etag}) == (304, None)
        assert (await call("GET", one["url"], token=None, headers={"If-None-Match": '"other"'}))[0] == 200
        for name in ("none", "..%2f..%2fconfig", ""):
            assert (await call("GET", f"/api/schemas/{name}.json", token=None))[0] == 404


def test_a_refusal_reads_back_as_its_contract():
    from bot.cli.outcome import refusal_json

    plain = refusal_json(
        Refusal(
            "unknown-revision",
            Place("a", 1),
            {"revision": "x"},
            also=(Refusal("unknown-revision", values={"revision": "y"}),),
        )
    )
    assert Refused.model_validate_json(json.dumps(plain)).plain() == plain


async def test_the_clock_is_the_servers(api):
    async with api(clock=lambda: datetime(2027, 1, 1, tzinfo=UTC)) as call:
        _, said = await call("POST", "/api/patches/events", SAID)
        assert said["events"][0]["event"]["at"] == "2027-01-01T00:00:00Z" != NOW.isoformat()
