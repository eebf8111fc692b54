"""The graph as a whole, by examples; ``test_properties`` has what holds for all."""

import pytest

from bot.planning.tasks.graph import behind, critical_path, find_cycles, layers, would_cycle
from tests.planning.tasks.cast import graph


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1; 2 <1; 3 <2; 4 <1", {1: 3, 2: 1, 3: 0, 4: 0}),
        ("1; 2 <1 done; 3 <2", {1: 0, 3: 0}),
        ("1; 2 <1 out; 3 <2", {1: 1, 2: 1, 3: 0}),
        ("1 ^9; 9; 2 <9", {1: 2, 2: 0, 9: 1}),
        ("1; 2 ^9; 9 <1", {1: 2, 2: 1, 9: 0}),
        # on a circle each waits for all others, and not for itself
        ("1 <2; 2 <1; 3 <2", {1: 2, 2: 2, 3: 0}),
        ("1 <2,4; 2 <3; 3 <1; 4", {1: 2, 2: 2, 3: 2, 4: 3}),
        ("1 <1", {1: 0}),
    ],
)
def test_what_hangs_behind(text, expected):
    assert behind(graph(text)) == expected


@pytest.mark.parametrize(
    ("text", "durations", "expected"),
    [
        ("", None, ()),
        ("1 done", None, ()),
        ("3; 2; 1 <3", None, (3, 1)),
        ("1; 2 <1; 3; 4 <3", None, (1, 2)),
        ("1; 2 <1; 3; 4 <3", {3: 9.0, 1: 1.0}, (3, 4)),
        # a task without a duration counts as the median
        ("1; 2 <1; 3", {3: 15.0, 1: 10.0, 7: 10.0}, (1, 2)),
        # an epic takes no time of its own
        ("1 ^9; 9; 2; 3 <2", {1: 10.0, 2: 6.0, 3: 6.0}, (2, 3)),
        ("1 <2; 2 <1; 3 <2; 4; 5 <4", None, (1, 2, 3)),
        ("1 out; 2 <1; 3; 4 <3", None, (3, 4)),
    ],
)
def test_the_critical_path(text, durations, expected):
    assert critical_path(graph(text), durations) == expected


def test_layers():
    assert layers(graph("1; 2 <1; 3 <1,2; 4; 5 done; 6 <5")) == ((1, 4, 6), (2,), (3,))
    assert layers(graph("1; 2 ^9; 9 <1")) == ((1,), (2,), (9,))
    assert layers(graph("1 <2; 2 <1; 3 <1")) == ((1, 2), (3,))
    assert layers(graph("")) == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1; 2 <1", ()),
        ("1 <1", ((1,),)),
        ("3 <1; 1 <2; 2 <3", ((1, 2, 3),)),
        # a shortest one through the smallest number
        ("1 <2; 2 <3; 3 <4,1; 4 <1,2", ((1, 2, 3),)),
        ("1 <2; 2 <1; 5 <6; 6 <5,1; 8 <8", ((1, 2), (5, 6), (8,))),
        ("1 ^2; 2 ^1", ((1, 2),)),
        ("1 ^2; 2 <1", ()),
        ("1 ^2 <2; 2", ((1, 2),)),
        ("1 ^2 <2 done; 2", ()),
    ],
)
def test_cycles(text, expected):
    assert find_cycles(graph(text)) == expected


@pytest.mark.parametrize(
    ("text", "waits", "on", "expected"),
    [
        ("1; 2", 1, 2, ()),
        ("1; 2 <1", 1, 2, (1, 2)),
        ("1; 2 <1; 3 <2", 1, 3, (1, 3, 2)),
        ("1; 2 <1; 3 <2,1", 1, 3, (1, 3)),
        ("1", 1, 1, (1,)),
        ("1", 1, 7, ()),
        ("1", 7, 1, ()),
        # an epic waits for its children anyway, and they not for it
        ("1 ^9; 9", 9, 1, ()),
        ("1 ^9; 9", 1, 9, (1, 9)),
        # a child waits for what its epic waits for
        ("1 ^9; 9; 2 <1", 9, 2, (9, 2, 1)),
        ("1 ^9; 9; 2", 9, 2, ()),
        ("1 ^8; 8 ^9; 9; 2 <1", 9, 2, (9, 2, 1)),
        ("1 ^9; 9 <2; 2", 2, 1, (2, 1, 9)),
        # what is closed between them breaks it; the two themselves count as open
        ("1; 2 <1 done; 3 <2", 1, 3, ()),
        ("1 done; 2 <1", 1, 2, (1, 2)),
    ],
)
def test_would_it_be_a_cycle(text, waits, on, expected):
    assert would_cycle(graph(text), waits, on) == expected
