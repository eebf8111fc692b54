"""Questions to the graph as a whole: circles, the critical path, what hangs behind a task, and layers.

An edge is "waits for": a task for its open blockers, an epic for its open children, and a child for what its epic waits
for. What is closed has no edges. All answers are the same in whatever order the graph was read; none of this calls
itself, so that a chain may be of any length.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from bot.planning.tasks.model import Graph
from bot.planning.tasks.net import Net, chain, heights, net, shortest_circle, spelled
from bot.planning.tasks.net import behind as behind_of
from bot.planning.tasks.relations import Relations, relations

OWN_CIRCLES: Final = 64
"""In a circle of so many, each is shown one through itself; in a larger one all are shown the same."""


def find_cycles(graph: Graph) -> tuple[tuple[int, ...], ...]:
    """Each group of tasks that wait for each other as one cycle, a shortest one through its smallest number: the first
    waits for the second, and so on; the last waits for the first. A self reference is one of length 1. Ordered.
    """
    found = relations(graph)
    return circles_of(found, net(found))


def would_cycle(graph: Graph, waits: int, on: int) -> tuple[int, ...]:
    """The cycle that "``waits`` depends on ``on``" would make, ``waits`` first; empty: none. Both count as open.

    A shortest one. Where children would wait for ``on`` since their epic ``waits`` does, the epic stands for them.
    """
    if waits == on:
        return (waits,)
    if waits not in graph or on not in graph:
        return ()
    return _way_back(graph, waits, on)


def critical_path(graph: Graph, durations: Mapping[int, float] | None = None) -> tuple[int, ...]:
    """The longest chain of open tasks, first what is to be done first: by count, or by expected seconds.

    A task without an expected duration counts as the median of the others, an epic then as none.
    """
    found = relations(graph)
    made = net(found)
    return chain(made, heights(made, weights(found, made, durations)))


def behind(graph: Graph) -> Mapping[int, int]:
    """For each open task, how many open tasks wait for it, over others too; exact."""
    made = net(relations(graph))
    return dict(zip(made.numbers[: made.real], behind_of(made), strict=False))


def layers(graph: Graph) -> tuple[tuple[int, ...], ...]:
    """The open tasks in layers: the first waits for nothing, each other one for something of the layer before it.

    A circle is in one layer as a whole.
    """
    made = net(relations(graph))
    level = [0] * len(made.numbers)
    found: list[list[int]] = []
    for group in made.groups:
        members = set(group)
        # A gate stands between an epic's children and what it waits for, and is no layer of its own.
        below = [
            level[other] + (other < made.real)
            for vertex in group
            for other in made.waits[vertex]
            if other not in members
        ]
        here = max(below, default=0)
        for vertex in group:
            level[vertex] = here
            if made.counted[vertex]:
                found.extend([] for _ in range(here + 1 - len(found)))
                found[here].append(made.numbers[vertex])
    return tuple(tuple(sorted(some)) for some in found if some)


def circles_of(found: Relations, made: Net) -> tuple[tuple[int, ...], ...]:
    """The cycles of a net, as :func:`find_cycles` tells them."""
    circles = [shortest_circle(made, circle[0]) for circle in made.circles]
    on_circle = {made.numbers[vertex] for vertex in made.circle if vertex < made.real}
    circles += [(number,) for number, each in found.waits.items() if each.itself and number not in on_circle]
    return tuple(sorted(circles))


def circles_by_task(made: Net) -> dict[int, tuple[int, ...]]:
    """For each task on a circle, one that is spelled out; also for an epic through whose gate it goes."""
    found: dict[int, tuple[int, ...]] = {}
    for circle in made.circles:
        common = shortest_circle(made, circle[0])
        for vertex in circle:
            number = made.numbers[vertex]
            if vertex >= made.real:
                found.setdefault(number, common)
            else:
                own = number not in common and len(circle) <= OWN_CIRCLES
                found[number] = shortest_circle(made, vertex) if own else common
    return found


def weights(found: Relations, made: Net, durations: Mapping[int, float] | None) -> list[float]:
    """What each vertex counts on a chain."""
    if not durations:
        return [1.0 if counted else 0.0 for counted in made.counted]
    usual = statistics.median(durations.values())
    children = found.family.children
    return [
        durations.get(number, 0.0 if number in children else usual) if counted else 0.0
        for number, counted in zip(made.numbers, made.counted, strict=True)
    ]


def _way_back(graph: Graph, waits: int, on: int) -> tuple[int, ...]:
    closed = {number: replace(graph[number], closed="") for number in (waits, on) if graph[number].closed}
    found = relations(Graph({**graph.tasks, **closed}) if closed else graph)
    made = net(found)
    family = found.family
    inherited = not family.below(on, waits)
    start = found.open.index(on)
    before = {start: start}
    edge = [start]
    while edge:
        following: list[int] = []
        for vertex in edge:
            number = made.numbers[vertex]
            if vertex < made.real and (number == waits or (inherited and family.below(number, waits))):
                way = [vertex]
                while way[-1] != start:
                    way.append(before[way[-1]])
                spelling = spelled(made, way[::-1])
                return (waits, *(each for each in spelling if each != waits))
            for other in made.waits[vertex]:
                if other not in before:
                    before[other] = vertex
                    following.append(other)
        edge = following
    return ()
