"""What holds for every graph: by hypothesis, against brute force, and for what hostile people file."""

import itertools
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.contracts.task import Lane, PathLimit, TaskSettings
from bot.planning.tasks.decide import decide
from bot.planning.tasks.graph import behind, critical_path, find_cycles, layers, would_cycle
from bot.planning.tasks.model import Graph, Task
from bot.planning.tasks.overlap import area, areas_meet
from tests.fuzz import fuzzed
from tests.planning.tasks.cast import NOW

LANES = {"a": Lane(priority=2, max_open=1), "b": Lane(priority=1), "c": Lane(max_open=2)}
GLOBS = ["a/**", "a/b", "b/*", "**", "c", "{a,c}/x", "*/y"]
PATHS = ["a/b", "a/x", "b/y", "c", "d"]


@st.composite
def graphs(draw, most=9, acyclic=False):
    size = draw(st.integers(1, most))
    tasks = {}
    for number in range(1, size + 1):
        pull = draw(st.sampled_from(["none", "none", "none", "draft", "open", "merged", "closed"]))
        others = st.integers(1, number - 1 if acyclic else size + 2)
        named = number > 1 or not acyclic
        tasks[number] = Task(
            number,
            closed=draw(st.sampled_from(["", "", "", "completed", "not-planned"])),
            outside=draw(st.integers(0, 9)) == 0,
            subsumed_by=draw(st.none() | others) if named and draw(st.integers(0, 4)) == 0 else None,
            lane=draw(st.sampled_from(["", "a", "b", "c", "x"])),
            priority=draw(st.sampled_from(["critical", "high", "medium", "low"])),
            paths=tuple(draw(st.lists(st.sampled_from(GLOBS), max_size=2))),
            # A branch is looked at while its pull request is open.
            touched=tuple(draw(st.lists(st.sampled_from(PATHS), max_size=2))) if pull in {"draft", "open"} else (),
            blocked_by=tuple(draw(st.lists(others, max_size=3))) if named else (),
            parent=draw(st.none() | st.none() | others) if named and not acyclic else None,
            pull=pull,
            started=draw(st.none() | st.integers(0, 3).map(lambda hours: NOW - timedelta(hours=hours))),
            on_hold=draw(st.integers(0, 5)) == 0,
            pilot=draw(st.integers(0, 9)) == 0,
            ordered=draw(st.integers(0, 5)) == 0,
            retry=draw(st.booleans()),
            faults=("bad-form",) if draw(st.integers(0, 9)) == 0 else (),
        )
    return Graph(tasks)


SETTINGS = st.builds(
    TaskSettings,
    lanes=st.just(LANES),
    default_lane=st.sampled_from([None, "a"]),
    autopilot=st.booleans() | st.just(True),
    max_open=st.integers(0, 4),
    max_starts_per_hour=st.integers(0, 3),
    paths=st.sampled_from([(), (PathLimit(paths=("a/**",)),), (PathLimit(paths=("**",), max_open=2),)]),
)
STARTS = st.lists(st.integers(0, 90).map(lambda minutes: NOW - timedelta(minutes=minutes)), max_size=3)


def running(task):
    return not task.closed and not task.outside and task.pull in {"draft", "open"}


def started(planned):
    return [number for number, each in planned.decisions.items() if each.action == "start"]


def applied(graph, planned):
    return Graph({**graph.tasks, **{n: replace(graph[n], pull="draft", started=NOW) for n in started(planned)}})


def codes(decision):
    return {reason.code for reason in decision.because}


@given(graphs(), SETTINGS, STARTS)
@fuzzed(133)
def test_nothing_starts_that_must_not(graph, settings, starts):
    planned = decide(graph, settings, NOW, starts)
    for number in started(planned):
        task = graph[number]
        assert not task.closed
        assert not task.outside
        assert not task.on_hold
        assert not task.faults
        assert task.pull not in {"draft", "open"}
        assert task.ordered or (task.pull == "none" and settings.autopilot) or (task.pull == "closed" and task.retry)
        assert all(blocker in graph and graph[blocker].closed for blocker in task.blocked_by)
        assert not [each for each in graph.tasks.values() if each.parent == number and not each.closed]
        epic, seen = task.parent, {number}
        while epic in graph and epic not in seen:
            seen.add(epic)
            above = graph[epic]
            assert above.closed or not [
                n for n in above.blocked_by if n not in graph or (not graph[n].closed and n not in seen)
            ]
            epic = above.parent


@given(graphs(), SETTINGS, STARTS)
@fuzzed(133)
def test_limits_hold_after_what_starts_by_itself(graph, settings, starts):
    planned = decide(graph, settings, NOW, starts)
    mine = [number for number in started(planned) if not graph[number].ordered]
    after = [task for task in applied(graph, planned).tasks.values() if running(task)]
    if not mine:
        return
    if settings.max_open:
        assert len(after) <= settings.max_open
    lanes = Counter(task.lane or settings.default_lane or "" for task in after)
    for number in mine:
        lane = graph[number].lane or settings.default_lane or ""
        if lane in LANES and LANES[lane].max_open:
            assert lanes[lane] <= LANES[lane].max_open
    for limit in settings.paths:
        where = area(limit.paths)
        if any(areas_meet(where, area(graph[number].paths)) for number in mine):
            assert sum(areas_meet(where, area(task.paths, task.touched)) for task in after) <= limit.max_open
    if settings.max_starts_per_hour:
        recent = [start for start in starts if start > NOW - timedelta(hours=1)]
        assert len(recent) + len(mine) <= settings.max_starts_per_hour
    if any(task.pilot and not task.closed and not task.outside for task in graph.tasks.values()):
        assert all(graph[number].pilot for number in mine)


@given(graphs(), SETTINGS)
@fuzzed(133)
def test_what_overlaps_never_both_starts(graph, settings):
    starting = started(decide(graph, settings, NOW))
    for one, other in itertools.combinations(starting, 2):
        if not (graph[one].ordered and graph[other].ordered):
            assert not areas_meet(area(graph[one].paths), area(graph[other].paths))


@given(graphs(), SETTINGS, STARTS, st.randoms(use_true_random=False))
@fuzzed(100)
def test_the_order_of_reading_changes_nothing(graph, settings, starts, chance):
    numbers = list(graph.tasks)
    chance.shuffle(numbers)
    shuffled = {}
    for number in numbers:
        blockers = list(graph[number].blocked_by)
        chance.shuffle(blockers)
        shuffled[number] = replace(graph[number], blocked_by=tuple(blockers))
    assert decide(Graph(shuffled), settings, NOW, starts[::-1]) == decide(graph, settings, NOW, starts)


@given(graphs(), SETTINGS)
@fuzzed(100)
def test_whatever_does_not_go_on_says_why(graph, settings):
    planned = decide(graph, settings, NOW)
    assert set(planned.decisions) == {number for number, task in graph.tasks.items() if not task.outside}
    for number, each in planned.decisions.items():
        if each.state in {"ready", "blocked"} and each.action == "none":
            assert each.because, number
        assert (each.state in {"done", "subsumed", "deprecated"}) is bool(graph[number].closed)
        if each.action == "start":
            assert each.state == "ready"
    mentioned = [choice.number for choice in planned.next]
    assert len(mentioned) == len(set(mentioned))
    assert set(started(planned)) <= set(mentioned)
    assert all(planned.decisions[number].state == "ready" for number in mentioned)


@given(graphs(), SETTINGS)
@fuzzed(100)
def test_what_was_started_is_not_started_again(graph, settings):
    planned = decide(graph, settings, NOW)
    again = decide(applied(graph, planned), settings, NOW, [NOW] * len(started(planned)))
    assert not set(started(planned)) & set(started(again))
    # The first decision has given all that the limits leave.
    assert not started(again)


@given(graphs(), SETTINGS)
@fuzzed(100)
def test_turns_and_waiting_never_hold_each_other(graph, settings):
    """Whoever goes second waits for its turn, all wait for their blockers: without cycles this is no circle."""
    planned = decide(graph, settings, NOW)
    if planned.cycles:
        return
    left = {number: set() for number, task in graph.tasks.items() if not task.closed}
    for number, each in planned.decisions.items():
        for reason in each.because:
            if reason.code in {"waits-for", "epic-waits", "children", "goes-second", "paths-taken"}:
                left[number] |= {other for other in reason.numbers if other in left}
    for number in started(planned):
        left[number] = {n for n in left[number] if n in left}
    while True:
        free = {number for number, others in left.items() if not others & left.keys()}
        if not free:
            break
        left = {number: others for number, others in left.items() if number not in free}
    assert not left


def epics(graph, number):
    """All epics above a task."""
    found, epic = [], graph[number].parent
    while epic in graph and epic not in found and epic != number:
        found.append(epic)
        epic = graph[epic].parent
    return found


def edges(graph):
    """Who waits for whom, as the sentences say it, without a thought of speed."""
    tasks = graph.tasks

    def end(number, seen=()):
        task = tasks.get(number)
        if task is None or number in seen:
            return None
        if not task.closed:
            return number
        return None if task.subsumed_by is None else end(task.subsumed_by, (*seen, number))

    found = {number: set() for number, task in tasks.items() if not task.closed}
    for number in found:
        own = {end(blocker) for blocker in tasks[number].blocked_by} - {None, number}
        found[number] |= own | {n for n in found if tasks[n].parent == number and n != number}
        for epic in epics(graph, number):
            if not tasks[epic].closed:
                handed = {end(each) for each in tasks[epic].blocked_by if each != epic} - {None, epic}
                found[number] |= {each for each in handed if epic not in epics(graph, each)}
    return found


def reachable(found, start):
    seen, work = set(), [start]
    while work:
        for each in found[work.pop()]:
            if each not in seen:
                seen.add(each)
                work.append(each)
    return seen


def no_circle_of_epics(graph):
    for number in graph.tasks:
        seen, at = set(), number
        while at in graph and graph[at].parent is not None:
            if at in seen:
                return False
            seen.add(at)
            at = graph[at].parent
    return True


@given(graphs().filter(no_circle_of_epics))
@fuzzed(166)
def test_cycles_against_brute_force(graph):
    found = edges(graph)
    reach = {number: reachable(found, number) for number in found}
    groups = {frozenset(n for n in reach if n in reach[m] and m in reach[n]) for m in reach if m in reach[m]}
    itself = {n for n, t in graph.tasks.items() if not t.closed and n in t.blocked_by and n not in reach[n]}
    cycles = find_cycles(graph)
    assert list(cycles) == sorted(cycles)
    assert {cycle[0] for cycle in cycles} == {min(group) for group in groups} | itself
    for cycle in cycles:
        if len(cycle) > 1:
            # An epic may stand for its gate: then its child waits for what follows.
            links = [(one, other) for one, other in zip(cycle, (*cycle[1:], cycle[0]), strict=True)]
            assert all(other in found[one] or graph[one].parent is not None for one, other in links)


@given(graphs().filter(no_circle_of_epics), st.integers(1, 9), st.integers(1, 9))
@fuzzed(166)
def test_would_cycle_against_brute_force(graph, waits, on):
    if waits not in graph or on not in graph or waits == on:
        return
    opened = {n: replace(t, closed="") if n in {waits, on} else t for n, t in graph.tasks.items()}
    # What is asked about is not there yet, neither by itself nor by way of what ``on`` took over.
    kept = tuple(n for n in opened[waits].blocked_by if n in opened and n != on and not opened[n].closed)
    task = replace(opened[waits], blocked_by=kept)
    graph = Graph({**opened, waits: task})
    cycle = would_cycle(graph, waits, on)
    with_it = edges(Graph({**graph.tasks, waits: replace(task, blocked_by=(*task.blocked_by, on))}))
    heirs = {n for n in with_it if waits in epics(graph, n)} if waits not in epics(graph, on) else set()
    new = {(n, on) for n in {waits, *heirs}}
    expected = any(one in reachable(with_it, other) for one, other in new if other in with_it)
    assert bool(cycle) is expected
    if cycle:
        assert cycle[:2] == (waits, on)
        assert len(set(cycle)) == len(cycle)


@given(graphs(acyclic=True))
@fuzzed(100)
def test_chains_layers_and_what_hangs_behind_against_brute_force(graph):
    found = edges(graph)
    own = {number for number in found if not graph[number].outside}
    counts = {number: len({n for n in own if number in reachable(found, n)}) for number in found}
    assert behind(graph) == counts

    def longest(number):
        return (number in own) + max(map(longest, found[number]), default=0)

    path = critical_path(graph)
    assert len(path) == max(map(longest, own), default=0)
    assert all(other in reachable(found, one) for other, one in itertools.pairwise(path))
    level = {number: at for at, numbers in enumerate(layers(graph)) for number in numbers}
    assert set(level) == own
    for number, others in found.items():
        assert all(level[other] < level[number] for other in others & own if number in own)


SIZE = 10_000
HOSTILE = {
    "chain": {n: Task(n, blocked_by=(n - 1,) if n > 1 else ()) for n in range(1, SIZE)},
    "ring": {n: Task(n, blocked_by=(n % SIZE + 1,)) for n in range(1, SIZE + 1)},
    "tower": {n: Task(n, parent=n + 1) for n in range(1, SIZE)},
    "tower that waits": {n: Task(n, parent=n + 1, blocked_by=(-n,)) for n in range(1, SIZE)},
    "ring of epics": {n: Task(n, parent=n % SIZE + 1) for n in range(1, SIZE + 1)},
    "tower that waits for its foot": {n: Task(n, parent=n + 1, blocked_by=(1,)) for n in range(1, SIZE)},
    "subsumed for ever": {n: Task(n, closed="not-planned", subsumed_by=n % SIZE + 1) for n in range(1, SIZE)}
    | {SIZE: Task(SIZE, blocked_by=tuple(range(1, SIZE)))},
    "all wait for one": {n: Task(n, blocked_by=(1,) if n > 1 else ()) for n in range(1, SIZE)},
    "one waits for all": {n: Task(n, blocked_by=tuple(range(2, SIZE)) if n == 1 else ()) for n in range(1, SIZE)},
    "all at work on everything": {n: Task(n, pull="draft", touched=("a",), paths=("**",)) for n in range(1, SIZE)},
    "all want everything": {n: Task(n, paths=("**/*.py",)) for n in range(1, SIZE)},
    "selves": {n: Task(n, blocked_by=(n, n + SIZE), parent=n, subsumed_by=n) for n in range(1, SIZE)},
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_graphs_end_soon(name):
    graph = Graph(HOSTILE[name])
    decide(graph, TaskSettings(max_open=0), NOW)
    find_cycles(graph)
    critical_path(graph)
    behind(graph)
    layers(graph)
    would_cycle(graph, 1, SIZE - 1)
