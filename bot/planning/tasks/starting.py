"""What starts now: the best first, as long as the limits let it, and no two that touch the same paths."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.contracts.task import PRIORITIES, TaskSettings
from bot.planning.tasks.limits import Limits, utc
from bot.planning.tasks.model import Graph, Reason, Task
from bot.planning.tasks.net import Net
from bot.planning.tasks.overlap import NOWHERE, Area, Areas, area
from bot.planning.tasks.turns import EXAMPLES, MOST_NAMED, lane_priority

Rank = tuple[int, int, float, int, float, int]


@dataclass(frozen=True)
class Starts:
    """What starts, and why the other candidates do not."""

    ranked: tuple[int, ...]
    """All candidates, best first."""
    starting: frozenset[int]
    held: Mapping[int, tuple[Reason, ...]]
    """Each that does not start, with every limit that holds it and the paths that are taken."""
    taken: Mapping[int, Reason]
    """Each whose paths others work on; also an ordered one that starts all the same."""
    where: Mapping[int, Area]


def rank(task: Task, settings: TaskSettings, height: float, behind: int) -> Rank:
    """The smaller, the better: lane, priority, what hangs behind it, age, number."""
    created = utc(task.created).timestamp() if task.created is not None else float("inf")
    return (
        -lane_priority(task, settings), PRIORITIES.index(task.priority), -height, -behind, created, task.number
    )  # fmt: skip


def choose(
    graph: Graph,
    settings: TaskSettings,
    candidates: Iterable[tuple[Rank, int]],
    running: Sequence[Task],
    waiting: Waiting,
    moment: tuple[datetime, Sequence[datetime]],
) -> Starts:
    """Goes over the candidates, ordered ones first, then over what did not start once more: a limit that only the
    last start has reached holds the earlier ones, too.
    """
    limits = Limits(settings, running, [n for n, task in graph.tasks.items() if task.pilot and not _gone(task)])
    limits.at(*moment)
    taken = Areas()
    for task in running:
        taken.add(task.number, area(task.paths, task.touched))
    ranked = [number for _, number in sorted(candidates)]
    where = {number: area(graph[number].paths) if graph[number].paths else NOWHERE for number in ranked}
    starting: set[int] = set()
    for number in sorted(ranked, key=lambda each: not graph[each].ordered):
        task = graph[number]
        if limits.holding(task, where[number]):
            continue
        if task.ordered or not where[number] or not _taken(taken, where[number], number, waiting):
            starting.add(number)
            limits.count(task, where[number], by_itself=not task.ordered)
            taken.add(number, where[number])
    held: dict[int, tuple[Reason, ...]] = {}
    occupied: dict[int, Reason] = {}
    for number in ranked:
        task = graph[number]
        if number not in starting or task.ordered:
            others = _taken(taken, where[number], number, waiting) if where[number] else {}
            if others:
                occupied[number] = paths_taken(others)
        if number not in starting:
            reasons = limits.holding(task, where[number])
            held[number] = (*reasons, *((occupied[number],) if number in occupied else ()))
    return Starts(tuple(ranked), frozenset(starting), held, occupied, where)


def paths_taken(others: Mapping[int, str]) -> Reason:
    """The reason for a task whose paths others work on."""
    numbers = sorted(others)
    words = dict.fromkeys(others[number] for number in numbers)
    return Reason("paths-taken", tuple(numbers), tuple(words)[:EXAMPLES])


def _gone(task: Task) -> bool:
    return bool(task.closed) or task.outside


def _taken(taken: Areas, where: Area, number: int, waiting: Waiting) -> dict[int, str]:
    """Who is at work there, without those that wait for this very task: to wait for them would be for ever."""
    return taken.meeting(where, MOST_NAMED, lambda other: other == number or waiting.for_task(other, number))


class Waiting:
    """Which tasks wait for which others, as for blockers so for their turn; looked up only where it is asked for."""

    def __init__(self, made: Net, turns: Mapping[int, Reason]) -> None:
        self._net = made
        self._at = {number: vertex for vertex, number in enumerate(made.numbers[: made.real])}
        self._turns = {self._at[number]: [self._at[first] for first in each.numbers] for number, each in turns.items()}
        self._found: dict[int, set[int]] = {}

    def for_task(self, number: int, other: int) -> bool:
        """Whether a task waits for another one, over others too."""
        vertex = self._at[number]
        if not self._net.waits[vertex] and vertex not in self._turns:
            return False
        if number not in self._found:
            self._found[number] = self._all(vertex)
        return self._at[other] in self._found[number]

    def _all(self, vertex: int) -> set[int]:
        seen: set[int] = set()
        work = [vertex]
        while work:
            at = work.pop()
            for each in (*self._net.waits[at], *self._turns.get(at, ())):
                if each not in seen:
                    seen.add(each)
                    work.append(each)
        return seen
