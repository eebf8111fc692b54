"""An epic takes tasks over: the edits, case by case, and what is refused."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import Refusal
from bot.planning.tasks.decide import decide
from bot.planning.tasks.graph import behind, find_cycles
from bot.planning.tasks.model import Graph
from bot.planning.tasks.subsume import subsume
from tests.fuzz import fuzzed
from tests.planning.tasks.cast import NOW, graph, settings
from tests.planning.tasks.test_properties import edges, graphs, reachable

EDITS = [
    # tasks, what 9 subsumes, links that go, links that come
    ("1; 9", [1], [], []),
    ("1; 2 <1; 9", [1], [(2, 1)], [(2, 9)]),
    ("1; 2 <1,9; 9", [1], [(2, 1)], []),
    ("1; 2 <1; 3 <2; 9", [1], [(2, 1)], [(2, 9)]),
    ("1; 2; 3 <1,2; 9", [2, 1, 2], [(3, 1), (3, 2)], [(3, 9)]),
    ("1; 2 <1; 9", [1, 2], [], []),
    ("1; 9 <1", [1], [(9, 1)], []),
    ("1 <2; 2; 9", [1], [], [(9, 2)]),
    ("1 <2; 2; 9 <2", [1], [], []),
    ("1 <2; 2 <3; 3; 9", [1, 2], [], [(9, 3)]),
    ("1 <9; 9", [1], [], []),
    ("1 <2; 2 done; 9", [1], [], []),
    ("1 <2; 2 dropped; 9", [1], [], [(9, 2)]),
    ("1 <2; 2 out; 9", [1], [], [(9, 2)]),
    ("1 <7; 9", [1], [], []),
    ("1 <2; 2 ^9; 9", [1], [], []),
    ("1; 2 <1 done; 9", [1], [], []),
    ("1; 2 <1 out; 9", [1], [], []),
    ("1; 2 <1 draft; 9", [1], [(2, 1)], [(2, 9)]),
    ("1; 2 ^1; 9", [1, 2], [], []),
    ("1; 2 ^1 done; 9", [1], [], []),
    ("1 closed; 9 draft", [1], [], []),
]

REFUSED = [
    ("1; 9", [9], ["subsume-self"]),
    ("1; 9", [7], ["subsume-unknown"]),
    ("1; 9 out", [1], ["subsume-unknown"]),
    ("1 out; 9", [1], ["subsume-unknown"]),
    ("1", [1], ["subsume-unknown"]),
    ("1 done; 9", [1], ["subsume-closed"]),
    ("1; 9 dropped", [1], ["subsume-closed"]),
    ("1 draft; 2 open; 9", [1, 2], ["subsume-begun", "subsume-begun"]),
    ("1; 2 ^1; 9", [1], ["subsume-epic"]),
    ("1; 9 ^1", [1], ["subsume-epic"]),
    ("1 draft; 2 done; 9", [9, 2, 7, 1], ["subsume-self", "subsume-begun", "subsume-closed", "subsume-unknown"]),
    ("1; 2 <1; 9 <2", [1], ["subsume-cycle"]),
    ("1 <2; 2 <9; 9", [1], ["subsume-cycle"]),
    ("1; 2 <1 ^9; 9", [1], ["subsume-cycle"]),
    ("1; 2 <1; 3 <2; 4 ^9 <3; 9", [1], ["subsume-cycle"]),
    ("1 <2; 2 <4; 4 ^9; 9", [1], ["subsume-cycle"]),
]


@pytest.mark.parametrize(("text", "numbers", "remove", "add"), EDITS)
def test_edits(text, numbers, remove, add):
    plan = subsume(graph(text), 9, numbers)
    assert (list(plan.remove), list(plan.add)) == (remove, add)
    assert (plan.epic, plan.numbers) == (9, tuple(sorted(set(numbers))))


@pytest.mark.parametrize(("text", "numbers", "codes"), REFUSED)
def test_refusals(text, numbers, codes):
    with pytest.raises(Refusal) as caught:
        subsume(graph(text), 9, numbers)
    assert [each.code for each in caught.value.all] == codes


def test_the_cycle_is_spelled_out():
    with pytest.raises(Refusal) as caught:
        subsume(graph("1; 2 <1; 3 <2; 9 <3"), 9, [1])
    assert caught.value.values == {"epic": 9, "cycle": [2, 9, 3]}
    with pytest.raises(Refusal) as caught:
        subsume(graph("1; 2 ^1; 3 ^1 done; 9"), 9, [1])
    assert caught.value.values == {"issue": 1, "children": [2]}


def carried_out(tasks, plan):
    found = dict(tasks.tasks)
    for number in plan.numbers:
        found[number] = replace(found[number], closed="not-planned", subsumed_by=plan.epic)
    for number, other in plan.remove:
        found[number] = replace(found[number], blocked_by=tuple(n for n in found[number].blocked_by if n != other))
    for number, other in plan.add:
        found[number] = replace(found[number], blocked_by=(*found[number].blocked_by, other))
    return Graph(found)


@given(graphs(acyclic=True), st.data())
@fuzzed(200)
def test_nobody_is_forgotten_and_no_cycle_is_made(tasks, data):
    epic = data.draw(st.sampled_from(sorted(tasks.tasks)))
    numbers = data.draw(st.lists(st.sampled_from(sorted(tasks.tasks)), min_size=1, max_size=3))
    try:
        plan = subsume(tasks, epic, numbers)
    except Refusal:
        return
    after = carried_out(tasks, plan)
    assert find_cycles(after) == find_cycles(tasks) == ()
    before, then = edges(tasks), edges(after)
    for number, others in before.items():
        if number in plan.numbers or tasks[number].outside:
            continue
        for other in others:
            # What was waited for is waited for still; the epic stands for what it took over.
            wanted = epic if other in plan.numbers else other
            assert number == epic == wanted or wanted in reachable(then, number)
    for number in plan.numbers:
        for other in before[number] - set(plan.numbers) - {epic}:
            assert other in reachable(then, epic)
    assert all(
        each.state == "subsumed" for n, each in decide(after, settings(), NOW).decisions.items() if n in plan.numbers
    )
    assert set(behind(after)) == set(behind(tasks)) - set(plan.numbers)
