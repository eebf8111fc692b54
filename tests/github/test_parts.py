"""The parts that need no server: answers, kinds, the ETag cache, the gate."""

import asyncio
import itertools
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.github.answers import Answer, Verdict, quota, retry_after, verdict
from bot.github.cache import EtagCache
from bot.github.counters import Counters
from bot.github.gate import Gate
from bot.github.kinds import kind_of, mutates
from bot.planning.pacing import Pace


@pytest.mark.parametrize(
    ("method", "path", "kind"),
    [
        ("GET", "/repos/{owner}/{repo}", "read"),
        ("POST", "/repos/{owner}/{repo}/pulls", "create"),
        ("POST", "/repos/{owner}/{repo}/check-runs", "create"),
        ("POST", "/repos/{owner}/{repo}/issues/{number}/comments", "create"),
        ("POST", "/repos/{owner}/{repo}/labels", "create"),
        ("POST", "/repos/{owner}/{repo}/issues/{number}/labels", "write"),
        ("POST", "/app/installations/{id}/access_tokens", "write"),
        ("PATCH", "/repos/{owner}/{repo}/pulls/{number}", "write"),
        ("DELETE", "/x", "write"),
    ],
)
def test_kinds(method, path, kind):
    assert kind_of(method, path) == kind


@pytest.mark.parametrize(
    ("query", "changes"),
    [
        ("{ x }", False),
        ("query Q { mutations }", False),
        ("# mutation\n{ x }", False),
        ("mutation { x }", True),
        ("fragment F on X { a } mutation M { x }", True),
        ("\n  mutation($a: Int) { x }", True),
    ],
)
def test_mutations_are_told_from_queries(query, changes):
    assert mutates(query) is changes


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        (Answer(403, {}, b'{"message": "Resource not accessible by integration"}'), Verdict.REFUSED),
        (Answer(403, {"retry-after": "3"}), Verdict.LIMITED),
        (Answer(403, {"x-ratelimit-remaining": "0"}), Verdict.LIMITED),
        (Answer(403, {"x-ratelimit-remaining": "10"}), Verdict.REFUSED),
        (Answer(403, {}, b'{"message": "You have triggered an abuse detection mechanism."}'), Verdict.LIMITED),
        (Answer(429, {}), Verdict.LIMITED),
        (Answer(200, {}, b'{"data": {"text": "\\"RATE_LIMIT"}}'), Verdict.OK),
        (Answer(200, {}, b'{"body": "x \\"RATE_LIMITED\\"", "errors": null}'), Verdict.OK),
        (Answer(202, {}), Verdict.OK),
        (Answer(304, {}), Verdict.NOT_MODIFIED),
        (Answer(503, {"retry-after": "3"}), Verdict.BROKEN),
    ],
)
def test_verdicts(answer, found):
    assert verdict(answer) is found


@pytest.mark.parametrize("reset", ["nan", "inf", "-inf", "1e400"])
def test_a_reset_that_is_no_time_is_not_believed(reset):
    assert quota(Answer(200, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": reset})) is None


def test_retry_after_may_be_a_date():
    assert retry_after(Answer(503, {"retry-after": "9" * 400})) is None
    date = {"date": "Sat, 21 Nov 2026 08:00:00 GMT"}
    assert retry_after(Answer(503, {"retry-after": "Sat, 21 Nov 2026 08:00:30 GMT", **date})) == 30
    assert retry_after(Answer(503, {"retry-after": "soon"})) is None
    assert retry_after(Answer(503, {"retry-after": "-5"})) == 0


@given(
    st.dictionaries(st.sampled_from(["x-ratelimit-remaining", "x-ratelimit-reset", "date", "retry-after"]), st.text())
)
def test_no_header_can_break_the_reading_of_limits(headers):
    answer = Answer(403, headers)
    verdict(answer)
    quota(answer)
    retry_after(answer)


@given(st.binary())
def test_no_body_can_break_the_reading_of_an_answer(body):
    for status in (200, 403, 422, 500):
        verdict(Answer(status, {}, body))
        _ = Answer(status, {}, body).message


def test_the_etag_cache_is_bounded_in_bytes_and_shares_no_object():
    cache = EtagCache(1000)
    data = {"list": ["x" * 100]}
    for number in range(50):
        cache[f"u{number}"] = ("etag", None, data, None)
        assert cache.size <= 1000
    assert 0 < len(cache) < 10
    _, _, kept, _ = cache["u49"]
    kept["list"].append("changed")
    assert cache["u49"] == ("etag", None, data, None)
    with pytest.raises(KeyError):
        _ = cache["u0"]


def test_what_is_too_large_for_the_cache_is_not_kept_and_evicts_the_old_one_only():
    cache = EtagCache(300)
    cache["a"] = ("e", None, "small", None)
    cache["b"] = ("e", None, "small", None)
    cache["a"] = ("e2", None, "x" * 400, None)
    assert list(cache) == ["b"]


async def test_writes_go_in_series_and_a_second_apart_while_reads_go_on():
    gate = Gate(Pace(0.1), Counters())
    log, under_way = [], 0

    async def act(kind):
        nonlocal under_way
        async with gate.turn(kind):
            if kind != "read":
                under_way += 1
                assert under_way == 1
                log.append(time.monotonic())
            await asyncio.sleep(0.15)  # longer than the pause between the starts
            if kind != "read":
                under_way -= 1

    await asyncio.gather(*(act("create") for _ in range(4)), *(act("read") for _ in range(20)))
    gaps = [b - a for a, b in itertools.pairwise(log)]
    assert all(gap >= 0.099 for gap in gaps)


async def test_a_full_window_of_creations_keeps_no_other_write_from_going_on():
    gate = Gate(Pace(0.001), Counters())
    now = gate.clock()
    for _ in range(500):
        gate.pace.begin("create", now)
        gate.pace.end("create", now)
    waiting = asyncio.create_task(_one(gate, "create"))
    await asyncio.sleep(0.2)
    assert [(each.kind, each.reason) for each in gate.waiting] == [("create", "500 creations an hour")]
    await asyncio.wait_for(_one(gate, "write"), 0.5)
    assert not waiting.done()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert gate.waiting == ()


async def _one(gate, kind):
    async with gate.turn(kind):
        pass


async def test_a_failed_request_frees_its_turn():
    gate = Gate(Pace(0.01), Counters())
    with pytest.raises(OSError, match="x"):
        async with gate.turn("create"):
            raise OSError("x")
    await asyncio.wait_for(_one(gate, "create"), 1)
