"""Retries, limits, doubts and redirects, against real HTTP."""

import asyncio
import dataclasses
import socket
import time
from datetime import UTC, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from bot.errors import WorldError
from bot.github import transport
from bot.github.app import App
from bot.github.errors import (
    AnswerError,
    BrokenError,
    ForbiddenError,
    GoneError,
    InvalidError,
    LimitedError,
    MovedError,
    NotFoundError,
    QueryError,
    UncertainError,
    UnreachableError,
)

NOW = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
REPO = {"id": 1, "full_name": "o/r", "default_branch": "main"}
COMMENT = {"id": 5, "body": "hi", "user": {"login": "a"}, "created_at": NOW.isoformat(), "updated_at": NOW.isoformat()}


async def test_every_request_carries_version_agent_accept_and_token(script, repo):
    script.on("GET", "/repos/o/r", REPO)
    assert (await repo.repository()).full_name == "o/r"
    (call,) = script.calls()
    headers = {name.lower(): value for name, value in call.headers.items()}
    assert headers["x-github-api-version"] == "2022-11-28"
    assert headers["user-agent"] == "graftsman"
    assert headers["accept"] == "application/vnd.github+json"
    assert headers["authorization"] == "token ghs_secret"


@pytest.mark.parametrize("fault", ["drop", 500, 502, 503, "hang"])
async def test_a_read_is_tried_again(script, repo, fault):
    script.on("GET", "/repos/o/r", fault, REPO)
    assert (await repo.repository()).id == 1
    assert len(script.calls()) == 2


@pytest.mark.parametrize("fault", ["drop", 502])
async def test_an_update_is_tried_again_since_it_says_how_things_should_be(script, repo, fault):
    script.on("PATCH", "/repos/o/r/issues/comments/5", fault, COMMENT)
    await repo.update_comment(5, "hi")
    assert len(script.calls("PATCH")) == 2


@pytest.mark.parametrize("fault", ["drop", 500, 502, "hang"])
async def test_a_create_that_may_have_run_is_never_sent_again(script, repo, fault):
    script.on("POST", "/repos/o/r/issues/1/comments", fault, COMMENT)
    with pytest.raises(UncertainError):
        await repo.create_comment(1, "hi")
    assert len(script.calls("POST")) == 1


@pytest.mark.parametrize(
    "refusal",
    [
        (403, {"message": "You have exceeded a secondary rate limit."}, {"retry-after": "0"}),
        (403, {"message": "You have exceeded a secondary rate limit."}),
        (429, {"message": "Too many"}, {"retry-after": "0"}),
        (422, {"message": "Validation Failed", "errors": [{"message": "was submitted too quickly"}]}),
    ],
)
async def test_a_create_that_a_limit_refused_certainly_did_not_run(script, repo, refusal):
    script.on("POST", "/repos/o/r/issues/1/comments", refusal, COMMENT)
    assert (await repo.create_comment(1, "hi")).id == 5
    assert len(script.calls("POST")) == 2


async def test_a_create_without_a_connection_is_tried_again(script, settings, session):
    # Nobody listens at first; the token is fetched from the real server.
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    app = App(dataclasses.replace(settings, graphql_url=f"http://127.0.0.1:{port}/graphql"), session)
    with capture_logs() as lines, pytest.raises(UnreachableError):
        await app.repository(7, "o/r").graphql("mutation { x }", {})
    assert len([line for line in lines if "trying again" in line["event"]]) == transport.MAX_TRIES["lost"]


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (404, NotFoundError),
        (410, GoneError),
        (403, ForbiddenError),
        (401, ForbiddenError),
        (422, InvalidError),
        (500, BrokenError),
        (520, BrokenError),
        (301, MovedError),
        ((200, b"<html>"), AnswerError),
        ((200, {"id": "x"}), AnswerError),
        ((200, b"{"), AnswerError),
    ],
)
async def test_failures_become_errors_of_the_world(script, repo, answer, error):
    script.on("GET", "/repos/o/r", answer)
    with pytest.raises(error) as caught:
        await repo.repository()
    assert isinstance(caught.value, WorldError)
    assert "ghs_secret" not in str(caught.value)


async def test_the_list_of_errors_is_kept(script, repo):
    errors = [{"resource": "Label", "code": "already_exists", "field": "name"}]
    script.on("POST", "/repos/o/r/pulls", (422, {"message": "Validation Failed", "errors": errors}))
    with pytest.raises(InvalidError) as caught:
        await repo.create_pull(head="a", base="b", title="t", body="b")
    assert caught.value.errors == errors
    assert caught.value.has("already_exists")
    assert caught.value.path == "/repos/o/r/pulls"


async def test_a_secondary_limit_holds_everything_back_and_doubles(script, app, repo):
    limit = (403, {"message": "You have exceeded a secondary rate limit. Please wait a few minutes"})
    script.on("GET", "/repos/o/r", limit, limit, REPO)
    began = time.monotonic()
    await repo.repository()
    # 60 and 120 of GitHub's seconds, scaled by 0.01.
    assert 1.8 <= time.monotonic() - began < 60
    assert app.counters.requests["GET", "limited"] == 2
    assert app.counters.waited["a back-off that GitHub asked for"] >= 1700


async def test_retry_after_is_obeyed_in_real_seconds(script, repo):
    script.on("GET", "/repos/o/r", (429, {"message": "slow"}, {"retry-after": "1"}), REPO)
    began = time.monotonic()
    await repo.repository()
    assert time.monotonic() - began >= 1


async def test_the_primary_limit_waits_for_its_reset_by_githubs_own_clock(script, settings, session):
    # At full scale: a back-off of our own would last a minute.
    repo = App(dataclasses.replace(settings, scale=1.0), session).repository(7, "o/r")
    from email.utils import format_datetime

    there = datetime.now(UTC).replace(microsecond=0) - timedelta(days=400)
    headers = {
        "date": format_datetime(there, usegmt=True),
        "x-ratelimit-remaining": "0",
        "x-ratelimit-limit": "5000",
        "x-ratelimit-reset": str(int(there.timestamp()) + 1),
        "x-ratelimit-resource": "core",
    }
    script.on("GET", "/repos/o/r", (403, {"message": "API rate limit exceeded for installation"}, headers), REPO)
    began = time.monotonic()
    await repo.repository()
    assert 1 <= time.monotonic() - began < 60


async def test_a_limit_that_does_not_end_is_an_error(script, repo):
    script.on("GET", "/repos/o/r", (429, {"message": "slow"}, {"retry-after": "0"}))
    with pytest.raises(LimitedError):
        await repo.repository()
    assert len(script.calls()) == transport.MAX_TRIES["limited"] + 1


async def test_while_one_waits_out_a_limit_all_wait(script, app, repo):
    script.on("GET", "/repos/o/r", (429, {"message": "slow"}, {"retry-after": "1"}), REPO)
    script.on("GET", "/repos/o/r/issues/comments/9", COMMENT)
    script.on("GET", "/repos/o/r/labels", [])
    began = time.monotonic()
    first = asyncio.create_task(repo.repository())
    while not app.counters.requests["GET", "limited"]:
        await asyncio.sleep(0.01)
    await repo.labels()
    assert time.monotonic() - began >= 1
    await first


async def test_a_404_right_after_our_own_create_is_a_replica_that_lags(script, repo):
    pull = {
        "number": 3, "title": "t", "state": "open", "created_at": NOW.isoformat(),
        "head": {"ref": "a", "sha": "1" * 40}, "base": {"ref": "b", "sha": "2" * 40},
        "url": f"{script.url}/repos/o/r/pulls/3", "issue_url": f"{script.url}/repos/o/r/issues/3",
    }  # fmt: skip
    script.on("POST", "/repos/o/r/pulls", pull)
    script.on("GET", "/repos/o/r/pulls/3", 404, 404, pull)
    script.on("POST", "/repos/o/r/issues/3/labels", 404, (200, []))
    await repo.create_pull(head="a", base="b", title="t", body="")
    assert (await repo.pull(3)).number == 3
    await repo.add_labels(3, ["x"])
    script.on("GET", "/repos/o/r/pulls/33", 404)
    with pytest.raises(NotFoundError):
        await repo.pull(33)
    assert len(script.calls("GET", "/repos/o/r/pulls/33")) == 1, "only what we made"


async def test_a_renamed_repository_is_followed_for_reads_only(script, repo):
    moved = (301, {"message": "Moved Permanently"}, {"location": f"{script.url}/repositories/1"})
    script.on("GET", "/repos/o/r", moved)
    script.on("GET", "/repositories/1", REPO)
    assert (await repo.repository()).id == 1
    script.on("POST", "/repos/o/r/issues/1/comments", (307, {"message": "Moved"}, {"location": f"{script.url}/x"}))
    with pytest.raises(MovedError):
        await repo.create_comment(1, "hi")
    assert script.calls(path="/x") == []


@pytest.mark.parametrize("location", ["http://127.0.0.1:9/repos/o/r", "https://evil.example/", "//evil.example/x"])
async def test_a_token_never_leaves_for_another_host(script, repo, location):
    script.on("GET", "/repos/o/r", (302, {}, {"location": location}))
    with pytest.raises(MovedError, match="another host"):
        await repo.repository()


async def test_a_next_page_on_another_host_is_not_fetched(script, repo):
    script.on("GET", "/repos/o/r/labels", (200, [{"name": "a"}], {"link": '<https://evil.example/p2>; rel="next"'}))
    with pytest.raises(MovedError):
        await repo.labels()


async def test_redirects_in_a_circle_end(script, repo):
    script.on("GET", "/repos/o/r", (302, {}, {"location": "/repos/o/r"}))
    with pytest.raises(MovedError):
        await repo.repository()


async def test_graphql_goes_the_same_way(script, repo):
    script.on("POST", "/graphql", "drop", 502, (200, {"data": {"x": 1}}))
    assert await repo.graphql("query($a: Int) { x }", {"a": 1}) == {"x": 1}
    assert script.calls()[-1].json == {"query": "query($a: Int) { x }", "variables": {"a": 1}}
    assert script.calls()[-1].headers["Authorization"] == "token ghs_secret"


@pytest.mark.parametrize("fault", ["drop", 502])
async def test_a_mutation_that_may_have_run_is_never_sent_again(script, repo, fault):
    script.on("POST", "/graphql", fault, (200, {"data": {}}))
    with pytest.raises(UncertainError):
        await repo.graphql("# hello\nmutation { x }", {})
    assert len(script.calls()) == 1


@pytest.mark.parametrize(
    ("kind", "error"), [("NOT_FOUND", NotFoundError), ("FORBIDDEN", ForbiddenError), ("OTHER", QueryError)]
)
async def test_graphql_errors_are_errors_of_the_world(script, repo, kind, error):
    script.on("POST", "/graphql", (200, {"data": None, "errors": [{"type": kind, "message": "no"}]}))
    with pytest.raises(error):
        await repo.graphql("{ x }", {})


async def test_graphqls_own_limit_is_a_limit(script, repo):
    limit = (200, {"errors": [{"type": "RATE_LIMITED", "message": "API rate limit exceeded"}]}, {"retry-after": "0"})
    script.on("POST", "/graphql", limit, (200, {"data": {"x": 1}}))
    assert await repo.graphql("{ x }", {}) == {"x": 1}


async def test_an_etag_spares_the_body_and_the_next_page_is_remembered(script, repo):
    second = {"link": f'<{script.url}/repos/o/r/labels?page=2>; rel="next"', "etag": '"one"'}

    def answer(seen):
        if seen.query.get("page") == "2":
            return 200, [{"name": "b"}], {}
        if seen.headers.get("If-None-Match") == '"one"':
            return 304, None, {}
        return 200, [{"name": "a"}], second

    script.on("GET", "/repos/o/r/labels", answer)
    assert await repo.labels() == ["a", "b"]
    assert await repo.labels() == ["a", "b"]
    assert [call.headers.get("If-None-Match") for call in script.calls()] == [None, None, '"one"', None]


async def test_counters_count_every_request_by_method_and_outcome(script, app, repo):
    script.on("GET", "/repos/o/r", "hang", 500, REPO)
    await repo.repository()
    assert app.counters.requests["GET", "lost"] == 1
    assert app.counters.requests["GET", "broken"] == 1
    assert app.counters.requests["GET", "ok"] == 2, "the App itself and the repository"
    assert app.counters.total("POST") == 1, "the token"


async def test_githubs_clock_is_the_date_header(script, repo):
    from email.utils import format_datetime

    there = datetime(2031, 1, 2, 3, 4, 5, tzinfo=UTC)
    script.on("GET", "/repos/o/r", (200, REPO, {"date": format_datetime(there, usegmt=True)}))
    assert there <= await repo.now() <= there + timedelta(seconds=5)
    await repo.now()
    assert len(script.calls()) == 1
