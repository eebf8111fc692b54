"""When tasks are expected to be finished: worked out by hand, and what holds for every graph."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.planning.tasks.decide import decide
from bot.planning.tasks.forecast import Span, Took, expected, forecast
from bot.planning.tasks.model import Graph, Task
from tests.fuzz import fuzzed
from tests.planning.tasks.cast import NOW, graph, settings
from tests.planning.tasks.test_properties import SETTINGS, SIZE, graphs

HOUR = 3600.0


def took(*hours, lane=""):
    return [Took(lane, "medium", each * HOUR) for each in hours]


SEEN = took(10, 10, 10)


def told(text, seen=SEEN, **members):
    """Hours from now until each is finished, ``low-likely-high`` where these differ."""
    tasks, rules = graph(text), settings(**members)
    found = forecast(tasks, rules, seen, NOW, decide(tasks, rules, NOW))
    return {number: hours(each) for number, each in found.tasks.items()}, hours(found.whole), found.stuck


def hours(finish):
    if finish is None:
        return None
    some = [(each - NOW) / timedelta(hours=1) for each in (finish.low, finish.likely, finish.high)]
    return "-".join(f"{each:g}" for each in dict.fromkeys(some))


CASES = [
    # settings, tasks, hours by number, the whole, and whom a person must help
    ({}, "1", {1: "10"}, "10", ()),
    ({}, "1 done", {}, None, ()),
    ({}, "1; 2", {1: "10", 2: "10"}, "10", ()),
    ({}, "1; 2 <1; 3 <2", {1: "10", 2: "20", 3: "30"}, "30", ()),
    ({"max_open": 1}, "1; 2 high; 3 low", {1: "20", 2: "10", 3: "30"}, "30", ()),
    ({"max_open": 1}, "1 draft begun:4; 2", {1: "6", 2: "16"}, "16", ()),
    ({"max_open": 1}, "1; 2; 3 <2", {1: "20", 2: "10", 3: "30"}, "30", ()),
    ({"lanes": {"a": {"max_open": 1}}}, "1 lane:a; 2 lane:a; 3", {1: "10", 2: "20", 3: "10"}, "20", ()),
    ({}, "1 open begun:40", {1: "0"}, "0", ()),
    ({}, "1 draft <2; 2", {1: "10", 2: "10"}, "10", ()),
    ({"max_open": 1}, "1 draft <2; 2", {}, None, (1, 2)),
    ({}, "1 hold; 2 <1; 3", {3: "10"}, "10", (1, 2)),
    ({}, "1 draft hold; 2 <1", {}, None, (1, 2)),
    ({}, "1 fault; 2 closed; 3 merged; 4 <7; 5 dropped; 6 <5", {}, None, (1, 2, 3, 4, 6)),
    ({}, "1 <2; 2 <1; 3", {3: "10"}, "10", (1, 2)),
    ({}, "1 out; 2 <1", {}, None, (2,)),
    ({"autopilot": False}, "1", {1: "10"}, "10", ()),
    # epics take no time, and room for none
    ({"max_open": 1}, "1 ^9; 2 ^9; 9; 3 <9", {1: "10", 2: "20", 3: "30", 9: "20"}, "30", ()),
    ({}, "1 ^9; 2 ^9 >9; 9", {1: "10", 9: "20"}, "20", ()),
    ({}, "1; 2 ^9; 9 <1", {1: "10", 2: "20", 9: "20"}, "20", ()),
    ({}, "2 ^9; 9 <7; 3", {3: "10"}, "10", (2, 9)),
    ({}, "1 ^9 done; 9", {9: "0"}, "0", ()),
]


@pytest.mark.parametrize(("members", "text", "tasks", "whole", "stuck"), CASES)
def test_schedules(members, text, tasks, whole, stuck):
    assert told(text, **members) == (tasks, whole, stuck)


def test_fewer_than_three_say_nothing():
    tasks, rules = graph("1; 2 <1"), settings()
    planned = decide(tasks, rules, NOW)
    for seen in ([], took(1), took(1, 2)):
        found = forecast(tasks, rules, seen, NOW, planned)
        assert not found.known
        assert (found.tasks, found.whole, found.stuck, found.seen) == ({}, None, (), len(seen))
    assert forecast(tasks, rules, took(1, 2, 3), NOW, planned).known


def test_a_lane_is_as_its_own_and_else_as_all():
    seen = took(1, 2, 3, 4, 5, lane="a") + took(100, 100, lane="b")
    found = expected(graph("1 lane:a; 2 lane:b; 3; 4 done; 5 out"), settings(), seen)
    assert found[1] == Span(2 * HOUR, 3 * HOUR, 4 * HOUR)
    assert found[2] == found[3] == Span(2.5 * HOUR, 4 * HOUR, 52.5 * HOUR)
    assert set(found) == {1, 2, 3}
    assert expected(graph("1"), settings(default_lane="a"), seen)[1] == Span(2 * HOUR, 3 * HOUR, 4 * HOUR)
    assert expected(graph("1"), settings(), seen[:2]) == {}


def test_the_range_is_told():
    assert told("1; 2 <1", took(1, 2, 3, 4, 5)) == ({1: "2-3-4", 2: "4-6-8"}, "4-6-8", ())


@given(graphs(), SETTINGS, st.lists(st.integers(0, 9), min_size=3, max_size=6))
@fuzzed(100)
def test_every_open_task_is_forecast_or_stuck_and_none_before_what_it_waits_for(tasks, rules, seen):
    planned = decide(tasks, rules, NOW)
    found = forecast(tasks, rules, took(*seen), NOW, planned)
    assert set(found.tasks) | set(found.stuck) == {n for n, t in tasks.tasks.items() if not t.closed and not t.outside}
    assert not set(found.tasks) & set(found.stuck)
    for number, each in found.tasks.items():
        assert NOW <= each.low <= each.likely <= each.high
        for reason in planned.decisions[number].because:
            if reason.code in {"waits-for", "children"}:
                assert all(found.tasks[other].likely <= each.likely for other in reason.numbers)
    if found.tasks:
        assert found.whole.likely == max(each.likely for each in found.tasks.values())


def test_long_chains():
    tasks = Graph({n: Task(n, blocked_by=(n - 1,) if n > 1 else (), parent=n + 1) for n in range(1, SIZE)})
    rules = settings()
    found = forecast(tasks, rules, SEEN, NOW, decide(tasks, rules, NOW))
    assert len(found.tasks) == SIZE - 1
