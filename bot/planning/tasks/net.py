"""The graph as plain lists of numbers from 0, and one pass over it that everything else is read from.

Vertices are the open tasks in order of their numbers, and behind them one gate for each epic that hands down what it
waits for: its children wait for the gate, so that the links of an epic are not multiplied with its children.
Nothing here calls itself: a chain may be as long as memory is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bot.planning.tasks.relations import Relations

WIDTH: Final = 1 << 14
"""So many bits wide are the sets that count who waits: one pass for most graphs, bounded memory for all."""


@dataclass(frozen=True)
class Net:
    """Who waits for whom, by vertex."""

    numbers: tuple[int, ...]
    """The task's number; for a gate its epic's."""
    real: int
    """So many vertices are tasks; the others are gates."""
    counted: Sequence[bool]
    """Whether it is a task here: neither a gate nor from outside."""
    waits: Sequence[Sequence[int]]
    dependants: Sequence[Sequence[int]]
    order: tuple[int, ...]
    """All vertices, what is waited for first; those of one circle stand together."""
    circles: tuple[tuple[int, ...], ...]
    """Vertices that wait for each other, each group sorted."""
    circle: Mapping[int, int]
    """By vertex, which of ``circles`` it is in."""

    @property
    def groups(self) -> list[tuple[int, ...]]:
        """``order``, with each circle as one group."""
        found: list[tuple[int, ...]] = []
        for vertex in self.order:
            circle = self.circle.get(vertex)
            if circle is None:
                found.append((vertex,))
            elif self.circles[circle][0] == vertex:
                found.append(self.circles[circle])
        return found


def net(found: Relations) -> Net:
    """The net of a graph's relations."""
    numbers = list(found.open)
    at = {number: vertex for vertex, number in enumerate(numbers)}
    waits: list[list[int]] = [[] for _ in numbers]
    place = at.__getitem__
    for number, each in found.waits.items():
        waits[place(number)] = list(map(place, each.open))
    real = len(numbers)
    _family(found, numbers, at, waits)
    tasks = found.graph.tasks
    counted = [not tasks[number].outside for number in numbers[:real]] + [False] * (len(numbers) - real)
    dependants: list[list[int]] = [[] for _ in numbers]
    for vertex, some in enumerate(waits):
        for other in some:
            dependants[other].append(vertex)
    order, left = _free(waits, dependants)
    circles: list[tuple[int, ...]] = []
    if len(order) < len(numbers):
        for group in _components(waits, left):
            order += group
            if len(group) > 1:
                circles.append(tuple(group))
    circle = {vertex: index for index, group in enumerate(circles) for vertex in group}
    return Net(tuple(numbers), real, counted, waits, dependants, tuple(order), tuple(circles), circle)


def _family(found: Relations, numbers: list[int], at: Mapping[int, int], waits: list[list[int]]) -> None:
    """The links between epics and children, with the gates."""
    family = found.family
    gates: dict[int, int] = {}
    for number in family.order:
        vertex = at.get(number)
        epic = family.epic.get(number)
        above = None if epic is None else gates.get(epic)
        if vertex is not None and above is not None:
            waits[vertex].append(above)
        children = family.children.get(number)
        if not children:
            continue
        if vertex is not None:
            waits[vertex] = sorted({*waits[vertex], *(at[child] for child in children if child in at)} - {vertex})
        own = found.blockers.get(number)
        if own:
            gates[number] = len(numbers)
            numbers.append(number)
            waits.append([at[blocker] for blocker in own] + ([] if above is None else [above]))
        elif above is not None:
            gates[number] = above


def _free(waits: Sequence[Sequence[int]], dependants: Sequence[Sequence[int]]) -> tuple[list[int], list[int]]:
    """What is on no circle and behind none, what is waited for first; and for the others a number above 0."""
    left = [len(some) for some in waits]
    order = [vertex for vertex, count in enumerate(left) if not count]
    for vertex in order:
        for other in dependants[vertex]:
            left[other] -= 1
            if not left[other]:
                order.append(other)
    return order, left


def _components(waits: Sequence[Sequence[int]], left: Sequence[int]) -> list[list[int]]:
    """The strongly connected components of what is left (Tarjan), what is waited for first, each sorted."""
    index: dict[int, int] = {}
    low: dict[int, int] = {}
    held: set[int] = set()
    path: list[int] = []
    found: list[list[int]] = []
    for root in range(len(waits)):
        if not left[root] or root in index:
            continue
        work = [(root, 0)]
        while work:
            vertex, position = work.pop()
            if not position:
                index[vertex] = low[vertex] = len(index)
                path.append(vertex)
                held.add(vertex)
            down = False
            for step in range(position, len(waits[vertex])):
                other = waits[vertex][step]
                if not left[other]:
                    continue
                if other not in index:
                    work += ((vertex, step + 1), (other, 0))
                    down = True
                    break
                if other in held:
                    low[vertex] = min(low[vertex], index[other])
            if down:
                continue
            if low[vertex] == index[vertex]:
                at = _last(path, vertex)
                group = path[at:]
                del path[at:]
                held.difference_update(group)
                found.append(sorted(group))
            if work:
                above = work[-1][0]
                low[above] = min(low[above], low[vertex])
    return found


def _last(path: Sequence[int], vertex: int) -> int:
    at = len(path) - 1
    while path[at] != vertex:
        at -= 1
    return at


def shortest_circle(made: Net, vertex: int) -> tuple[int, ...]:
    """A shortest way from a vertex of a circle back to itself, as task numbers, beginning with its own.

    An epic stands for its gate: "waits, with its epic". Where the epic is on the way itself, the gate is left out.
    """
    inside = made.circles[made.circle[vertex]]
    members = set(inside)
    before: dict[int, int] = {}
    edge = [vertex]
    while vertex not in before:
        following: list[int] = []
        for each in edge:
            for other in made.waits[each]:
                if other in members and other not in before:
                    before[other] = each
                    following.append(other)
        edge = following
    way = [vertex]
    at = before[vertex]
    while at != vertex:
        way.append(at)
        at = before[at]
    # ``way`` is the start, then the others from the last to the first.
    return spelled(made, [vertex, *reversed(way[1:])])


def spelled(made: Net, way: Sequence[int]) -> tuple[int, ...]:
    """Task numbers of a way; a gate shows its epic unless that is on the way itself."""
    tasks = {made.numbers[vertex] for vertex in way if vertex < made.real}
    return tuple(made.numbers[vertex] for vertex in way if vertex < made.real or made.numbers[vertex] not in tasks)


def heights(made: Net, weights: Sequence[float]) -> list[float]:
    """The weight of the heaviest chain that begins at each vertex and goes on over what waits for it."""
    found = [0.0] * len(made.numbers)
    if not made.circles:
        dependants = made.dependants
        for vertex in reversed(made.order):
            best = 0.0
            for other in dependants[vertex]:
                if found[other] > best:  # noqa: PLR1730 - max() takes three times as long
                    best = found[other]
            found[vertex] = best + weights[vertex]
        return found
    for group in reversed(made.groups):
        members = set(group)
        best = max((found[o] for v in group for o in made.dependants[v] if o not in members), default=0.0)
        best += sum(weights[vertex] for vertex in group)
        for vertex in group:
            found[vertex] = best
    return found


def chain(made: Net, height: Sequence[float]) -> tuple[int, ...]:
    """The heaviest chain, as task numbers in order; of equals the one with the smaller numbers. A circle on it is
    passed as a whole.
    """
    starts = [vertex for vertex in range(made.real) if made.counted[vertex]]
    if not starts:
        return ()
    group = _group(made, max(starts, key=lambda vertex: (height[vertex], -vertex)))
    way: list[int] = []
    while True:
        way += group
        members = set(group)
        further = [other for vertex in group for other in made.dependants[vertex] if other not in members]
        if not further:
            break
        group = _group(made, max(further, key=lambda vertex: (height[vertex], -vertex)))
    return tuple(made.numbers[vertex] for vertex in way if made.counted[vertex])


def _group(made: Net, vertex: int) -> tuple[int, ...]:
    circle = made.circle.get(vertex)
    return (vertex,) if circle is None else made.circles[circle]


def behind(made: Net, wanted: Sequence[int] | None = None) -> list[int]:
    """How many tasks wait for each vertex of ``wanted``, over others too; exact. Without it, for all; else 0.

    Sets are the bits of whole numbers, ``WIDTH`` at once.
    """
    # What is waited for first comes first: the sets of those at the beginning stay short.
    some = made.order if wanted is None else wanted
    counts = [0] * len(made.numbers)
    groups = made.groups if made.circles else [(vertex,) for vertex in made.order]
    for start in range(0, len(some), WIDTH):
        part = some[start : start + WIDTH]
        for vertex, count in zip(part, _count(made, groups, part), strict=True):
            counts[vertex] = count
    return counts


def _count(made: Net, groups: Sequence[tuple[int, ...]], part: Sequence[int]) -> list[int]:
    """How many wait for each of these."""
    own = {vertex: 1 << place for place, vertex in enumerate(part)}
    waits, counted, tally = made.waits, made.counted, Tally()
    reach = [0] * len(made.numbers)
    """Each vertex itself and all that it waits for, as far as these are counted for."""
    for group in groups:
        found = 0
        if len(group) == 1:
            vertex = group[0]
            for other in waits[vertex]:
                found |= reach[other]
            if found and counted[vertex]:
                tally.add(found)
            reach[vertex] = found | own.get(vertex, 0)
            continue
        for vertex in group:
            found |= own.get(vertex, 0)
            for other in waits[vertex]:
                found |= reach[other]  # of those of the circle itself nothing is there yet
        for vertex in group:
            reach[vertex] = found
            if counted[vertex]:
                tally.add(found & ~own.get(vertex, 0))
    return tally.counts(len(part))


class Tally:
    """Counts how often each bit was set, of all bits at once: three numbers become two, sum and carry.

    (Carry-save adders, as Harley and Seal count bits.)
    """

    def __init__(self) -> None:
        self._levels: list[list[int]] = [[]]
        """By the power of two that its bits stand for, at most two numbers."""

    def add(self, bits: int) -> None:
        """Takes one number."""
        for waiting in self._levels:
            waiting.append(bits)
            if len(waiting) < 3:
                return
            one, other, third = waiting
            odd = one ^ other
            waiting[:] = (odd ^ third,)
            bits = (one & other) | (odd & third)
        self._levels.append([bits])

    def counts(self, width: int) -> list[int]:
        """How often each of so many bits was set, the lowest first."""
        found = [0] * width
        for level, waiting in enumerate(self._levels):
            for bits in waiting:
                for place, bit in enumerate(reversed(f"{bits:b}")):
                    if bit == "1":
                        found[place] += 1 << level
        return found
