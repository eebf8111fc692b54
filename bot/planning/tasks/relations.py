"""Who waits for whom: what each open task names, followed to where that work is now, and what epics hand down.

An epic waits for its open children. A child waits for what its epic waits for, over all epics above it, except for
what is itself below that epic: an epic that is blocked by its own child says nothing new.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from bot.contracts.task import State
from bot.planning.tasks.model import Graph, Task

MOST_NAMED: Final = 100
"""So many numbers are handed down from epics at most: enough to read, and a tower of epics stays linear."""

Whereabouts = Literal["open", "done", "dropped", "unknown"]


class Waits(NamedTuple):
    """What one open task names as its blockers, sorted out. All numbers are sorted.

    A tuple, since there is one for each task, and these are made in half the time.
    """

    open: tuple[int, ...] = ()
    """Open ones; for a subsumed one the epic that took it over."""
    unknown: tuple[int, ...] = ()
    dropped: tuple[int, ...] = ()
    """Closed as not planned, and nobody took them over."""
    subsumed: tuple[tuple[int, int], ...] = ()
    """A blocker that still stands there, and the open epic that it is waited for instead."""
    itself: bool = False


NOTHING: Final = Waits()


@dataclass(frozen=True, slots=True)
class Handed:
    """What the children of an epic wait for since it does, nearest epic first; ``dropped`` yields to an order."""

    waits: tuple[int, ...] = ()
    dropped: tuple[int, ...] = ()


EMPTY: Final = Handed()


@dataclass(frozen=True)
class Family:
    """Epics and their children."""

    children: Mapping[int, tuple[int, ...]]
    order: tuple[int, ...]
    """Whoever has an epic or is one, each epic before its children; a circle of epics is cut open somewhere."""
    epic: Mapping[int, int]
    """The epic of a child, without the links that were cut."""
    span: Mapping[int, tuple[int, int]]
    """Where in ``order`` a number and all that is below it stand: from, and behind the last."""

    def below(self, number: int, epic: int) -> bool:
        """Whether a task is part of an epic, directly or not."""
        at, within = self.span.get(number), self.span.get(epic)
        return at is not None and within is not None and within[0] < at[0] < within[1]


@dataclass(frozen=True)
class Relations:
    """The relations of all open tasks of a graph."""

    graph: Graph
    open: tuple[int, ...]
    """The numbers of all that is open, those outside too, sorted."""
    waits: Mapping[int, Waits]
    """Of those that wait for anything."""
    family: Family
    handed: Mapping[int, Handed]
    """What an epic (also a closed one) hands down to its children; not there: nothing."""
    blockers: Mapping[int, tuple[int, ...]]
    """Of an epic: the open ones that it hands down itself."""

    def from_epics(self, number: int) -> Handed:
        """What a task waits for since its epics do."""
        epic = self.family.epic.get(number)
        return EMPTY if epic is None else self.handed.get(epic, EMPTY)


def closed_state(task: Task) -> State:
    """The state of a closed task."""
    if task.subsumed_by is not None:
        return "subsumed"
    return "done" if task.closed == "completed" else "deprecated"


def relations(graph: Graph) -> Relations:
    """Follows every link once: linear in tasks and links, and independent of their order."""
    tasks = graph.tasks
    numbers = tuple(sorted(number for number, task in tasks.items() if not task.closed))
    found: dict[int, tuple[Whereabouts, int]] = {}
    waits: dict[int, Waits] = {}
    opened = frozenset(numbers)
    for number in numbers:
        task = tasks[number]
        names = frozenset(task.blocked_by)
        if task.parent == number or not names <= opened or number in names:
            waits[number] = _waits(tasks, task, found)
        elif names:
            waits[number] = Waits(tuple(sorted(names)))
    family = _family(tasks)
    handed: dict[int, Handed] = {}
    blockers: dict[int, tuple[int, ...]] = {}
    for number in family.order:
        if number not in family.children:
            continue
        epic = family.epic.get(number)
        above = EMPTY if epic is None else handed.get(epic, EMPTY)
        mine = waits.get(number)
        if mine is not None:
            own = tuple(each for each in mine.open if not family.below(each, number))
            if own:
                blockers[number] = own
            above = _handed(own + mine.unknown, () if tasks[number].ordered else mine.dropped, above)
        if above is not EMPTY:
            handed[number] = above
    return Relations(graph, numbers, waits, family, handed, blockers)


def _handed(waits: tuple[int, ...], dropped: tuple[int, ...], above: Handed) -> Handed:
    if not waits and not dropped:
        return above
    return Handed(
        tuple(dict.fromkeys(waits + above.waits))[:MOST_NAMED],
        tuple(dict.fromkeys(dropped + above.dropped))[:MOST_NAMED],
    )


def _waits(tasks: Mapping[int, Task], task: Task, found: dict[int, tuple[Whereabouts, int]]) -> Waits:
    number = task.number
    opened: set[int] = set()
    unknown: list[int] = []
    dropped: list[int] = []
    subsumed: list[tuple[int, int]] = []
    itself = task.parent == number
    for blocker in task.blocked_by:
        if blocker == number:
            itself = True
            continue
        where = found.get(blocker) or _whereabouts(tasks, blocker, found)
        if where[0] == "open":
            # An epic that names what it took over itself does not wait: that is its own work now.
            if where[1] != number:
                opened.add(where[1])
                if where[1] != blocker:
                    subsumed.append((blocker, where[1]))
        elif where[0] == "unknown":
            unknown.append(blocker)
        elif where[0] == "dropped":
            dropped.append(blocker)
    return Waits(
        tuple(sorted(opened)),
        tuple(sorted(set(unknown))) if unknown else (),
        tuple(sorted(set(dropped))) if dropped else (),
        tuple(sorted(set(subsumed))) if subsumed else (),
        itself,
    )


def _whereabouts(
    tasks: Mapping[int, Task], blocker: int, found: dict[int, tuple[Whereabouts, int]]
) -> tuple[Whereabouts, int]:
    """Where the work of a blocker is: over the epics that took it over, to an open one or to an end."""
    task = tasks.get(blocker)
    if task is None:
        found[blocker] = ("unknown", blocker)
        return found[blocker]
    trail: dict[int, Task] = {}
    while task is not None and task.closed and task.number not in trail:
        trail[task.number] = task
        if task.subsumed_by is None:
            break
        task = tasks.get(task.subsumed_by)
    if task is not None and not task.closed:
        end: tuple[Whereabouts, int] = ("open", task.number)
        found[task.number] = end
    else:
        done = task is not None and task.subsumed_by is None and task.closed == "completed"
        end = ("done" if done else "dropped", blocker)
    for number in trail:
        found[number] = end
    return end


def _family(tasks: Mapping[int, Task]) -> Family:
    below: dict[int, list[int]] = {}
    for number, task in tasks.items():
        if task.parent is not None and task.parent != number and task.parent in tasks:
            below.setdefault(task.parent, []).append(number)
    children = {number: tuple(sorted(some)) for number, some in below.items()}
    members = sorted({*children, *(child for some in children.values() for child in some)})
    roots = [number for number in members if (tasks[number].parent not in tasks or tasks[number].parent == number)]
    order: list[int] = []
    epic: dict[int, int] = {}
    span: dict[int, tuple[int, int]] = {}
    # Whoever no root leads to is in or below a circle of epics; the smallest number left cuts it open.
    for root in (*roots, *members):
        if root in span:
            continue
        stack = [(root, 0)]
        while stack:
            number, entered = stack.pop()
            if entered:
                span[number] = (span[number][0], len(order))
                continue
            if number in span:
                continue
            span[number] = (len(order), 0)
            order.append(number)
            stack.append((number, 1))
            for child in reversed(children.get(number, ())):
                if child not in span:
                    epic[child] = number
                    stack.append((child, 0))
    return Family(children, tuple(order), epic, span)
