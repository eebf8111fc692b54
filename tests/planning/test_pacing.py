"""The pacing obeys GitHub's limits wherever GitHub's own windows lie, and the forecast walks through the same pacing."""

import heapq
import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.planning import pacing
from bot.planning.pacing import Forecast, Pace, Window, Writes, forecast

KINDS = st.sampled_from(["read", "write", "create"])


def drive(pace, requests, start=0.0):
    """Sends requests as the client does (writes in series, reads side by side).

    A request is (kind, latency, where in the latency GitHub sees it, from 0 to 1). Returns (kind, start, seen).
    """
    now, sent, ends, writing = start, [], [], None
    for number, (kind, latency, share) in enumerate(requests):
        while True:
            while ends and ends[0][0] <= now:
                at, _, ended = heapq.heappop(ends)
                pace.end(ended, at)
            if kind != "read" and writing is not None and writing > now:
                now = writing
                continue
            wait = pace.wait(kind, now)
            if wait <= 0:
                break
            now += wait if not ends else min(wait, max(ends[0][0] - now, 1e-6))
        pace.begin(kind, now)
        heapq.heappush(ends, (now + latency, number, kind))
        if kind != "read":
            writing = now + latency
        sent.append((kind, now, now + latency * share))
    return sent


def most(times, seconds):
    """The most weight in any stretch of so many seconds (half open)."""
    times, best, first, total = sorted(times), 0, 0, 0
    for at, weight in times:
        total += weight
        while times[first][0] <= at - seconds:
            total -= times[first][1]
            first += 1
        best = max(best, total)
    return best


LATENCY = st.floats(0, 8)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(KINDS, LATENCY, st.floats(0, 1)), max_size=400), st.sampled_from([1.0, 0.02]))
def test_no_limit_is_ever_passed(requests, scale):
    requests = [(kind, latency * scale, share) for kind, latency, share in requests]
    sent = drive(Pace(scale), requests)
    seen = [(at, pacing.POINTS[kind]) for kind, _, at in sent]
    creations = [(at, 1) for kind, _, at in sent if kind == "create"]
    assert most(seen, 60 * scale * 0.999) <= 900
    assert most(creations, 60 * scale * 0.999) <= 80
    assert most(creations, 3600 * scale * 0.999) <= 500
    writes = [at for kind, at, _ in sent if kind != "read"]
    assert all(b - a >= scale * 0.999 for a, b in itertools.pairwise(writes))


def test_five_hundred_creations_fill_the_hour_and_the_next_waits():
    sent = drive(Pace(), [("create", 0.25, 1.0)] * 501)
    assert sent[499][1] == pytest.approx(499.0)
    assert sent[500][1] == pytest.approx(3600.25)


def test_reads_fill_the_minute_but_for_what_is_kept_for_haste():
    sent = drive(Pace(), [("read", 0.0, 0.0)] * 841)
    assert sent[839][1] == 0.0
    assert sent[840][1] == 60.0


def test_what_is_urgent_uses_what_was_kept_and_no_more():
    pace = Pace()
    for _ in range(840):
        pace.begin("read", 0.0)
        pace.end("read", 0.0)
    assert pace.wait("read", 0.0) == 60.0
    for _ in range(60):
        assert pace.wait("read", 0.0, urgent=True) == 0.0
        pace.begin("read", 0.0)
        pace.end("read", 0.0)
    assert pace.wait("read", 0.0, urgent=True) == 60.0


def test_the_window_counts_from_the_end_of_a_request():
    window = Window(1, 60.0)
    window.begin(1)
    assert window.wait(1, 10.0) == 60.0
    window.end(1, 30.0)
    assert window.wait(1, 89.0) == 1.0
    assert window.wait(1, 90.0) == 0.0


def test_pushes_are_counted_for_each_repository_alone():
    pace = Pace()
    for _ in range(6):
        assert pace.wait("push", 5.0, repository="o/a") == 0
        pace.begin("push", 5.0, repository="o/a")
        pace.end("push", 5.0, repository="O/A")
    assert pace.wait("push", 15.0, repository="o/a") == 50.0
    assert pace.wait("push", 15.0, repository="o/b") == 0
    assert pace.wait("read", 15.0) == 0


def test_back_off_doubles_until_something_succeeds():
    pace = Pace()
    assert pace.limited(0.0) == 60
    assert pace.limited(1.0) == 59, "requests that were under way together are one strike"
    assert pace.wait("read", 1.0) == 59
    assert pace.limited(60.0) == 120
    assert pace.limited(200.0) == 240
    pace.succeeded()
    assert pace.limited(1000.0) == 60


def test_back_off_is_bounded():
    pace, now = Pace(), 0.0
    for _ in range(40):
        now += pace.limited(now)
    assert pace.limited(now) == 3600


def test_headers_come_before_our_own_back_off_and_are_real_seconds():
    pace = Pace(0.02)
    assert pace.limited(0.0, retry_after=7.0, reset_in=100.0) == 7
    assert pace.limited(10.0, reset_in=100.0) == 100
    assert pace.limited(200.0) == pytest.approx(1.2)


def test_no_header_can_stop_us_for_more_than_an_hour():
    pace = Pace()
    assert pace.limited(0.0, retry_after=1e9) == 3660
    pace.answered(0.0, remaining=0, reset_in=1e9)
    assert pace.wait("read", 3660.0) == 0


def test_a_shorter_answer_never_shortens_a_back_off():
    pace = Pace()
    pace.limited(0.0, retry_after=50.0)
    pace.limited(1.0, retry_after=2.0)
    assert pace.hold("create", 1.0).reason == "a back-off that GitHub asked for"
    assert pace.wait("create", 1.0) == 49


def test_the_primary_limit_holds_until_its_reset_for_its_own_resource():
    pace = Pace()
    pace.answered(0.0, remaining=2, reset_in=100.0)
    pace.begin("read", 1.0)
    pace.begin("read", 1.0)
    assert pace.wait("read", 1.0) == 99
    assert pace.hold("read", 1.0).reason == "the hourly request limit"
    assert pace.wait("read", 1.0, resource="graphql") == 0
    assert pace.wait("read", 100.0) == 0


def test_an_overtaken_answer_does_not_raise_what_remains_but_a_new_window_does():
    pace = Pace()
    pace.answered(0.0, remaining=0, reset_in=100.0)
    pace.answered(0.5, remaining=3, reset_in=100.0)
    assert pace.wait("read", 1.0) > 0
    pace.answered(101.0, remaining=4999, reset_in=3600.0)
    assert pace.wait("read", 102.0) == 0


@pytest.mark.parametrize("scale", [0, -1, 1.5])
def test_a_scale_outside_its_range_is_a_bug(scale):
    with pytest.raises(ValueError, match="scale"):
        Pace(scale)


def test_the_forecast_of_two_hundred_folders_is_bound_by_creations():
    # 600 creations open 200 folders: 500 in the first 666 s, then the hour has to pass, then 100 more.
    made = forecast(200)
    assert made.bound_by == "500 creations an hour"
    assert (made.requests, made.creations, made.pushes) == (1400, 1000, 1)
    assert made.opening_seconds == pytest.approx(3600 + 133, abs=2)
    assert made.seconds > made.opening_seconds


def test_the_forecast_of_few_folders_is_bound_by_the_pause_between_writes():
    assert forecast(5, deciding=Writes(0, 0)).seconds == 19.0
    assert forecast(5).bound_by == "one write a second"


def test_nothing_to_do_takes_no_time():
    assert forecast(0) == Forecast(0.0, 0.0, 0, 0, 0, "nothing")


def test_many_pushes_bind():
    made = forecast(1, opening=Writes(0, 0), deciding=Writes(0, 0), pushes=14)
    assert (made.seconds, made.bound_by) == (120.0, "6 pushes a minute")


def test_one_write_a_second_never_reaches_the_primary_limit_so_the_forecast_leaves_it_out():
    assert pacing.HOUR / pacing.BETWEEN_WRITES < pacing.REQUESTS_AN_HOUR


@given(st.integers(0, 300), st.sampled_from([1.0, 0.5, 0.02]))
@settings(max_examples=30, deadline=None)
def test_the_forecast_grows_with_the_folders_and_scales(folders, scale):
    made = forecast(folders, scale=scale)
    assert made.seconds <= forecast(folders + 1, scale=scale).seconds
    assert made.seconds == pytest.approx(forecast(folders).seconds * scale)
    assert made.opening_seconds <= made.seconds


def test_negative_counts_are_a_bug():
    with pytest.raises(ValueError, match="negative"):
        forecast(-1)
