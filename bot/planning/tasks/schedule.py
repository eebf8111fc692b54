"""A list schedule: time passes over the graph, and the best task that is free starts when the limits leave room."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.contracts.task import TaskSettings
from bot.planning.tasks.limits import utc
from bot.planning.tasks.model import Graph, Task
from bot.planning.tasks.net import Net
from bot.planning.tasks.relations import Relations
from bot.planning.tasks.standing import RUNNING
from bot.planning.tasks.starting import Rank


@dataclass(frozen=True)
class Work:
    """What a schedule is made over."""

    graph: Graph
    settings: TaskSettings
    found: Relations
    made: Net
    ranks: Mapping[int, Rank]
    """By vertex; the smaller, the sooner."""
    now: datetime
    stuck: frozenset[int]
    """Numbers of those that neither start nor end."""


def schedule(work: Work, seconds: Mapping[int, float]) -> dict[int, float]:
    """When each vertex is finished, in seconds from now; those that never are, are not there."""
    return _Schedule(work, seconds).run()


class _Schedule:
    """One schedule."""

    def __init__(self, work: Work, seconds: Mapping[int, float]) -> None:
        self._work = work
        self._seconds = seconds
        self._left = [len(some) for some in work.made.waits]
        self._ends: dict[int, float] = {}
        self._events: list[tuple[float, int]] = []
        """When the work on a vertex is done; it is finished when nothing blocks it either."""
        self._worked: set[int] = set()
        self._begun: set[int] = set()
        self._free: dict[str, list[tuple[Rank, int]]] = {}
        """What may start, by lane."""
        self._lanes: Counter[str] = Counter()
        self._open = 0
        tasks = work.graph.tasks.values()
        self._took_over = {task.subsumed_by for task in tasks if task.closed and task.subsumed_by is not None}

    def run(self) -> dict[int, float]:
        """Lets time pass until nothing more happens."""
        for vertex in range(self._work.made.real):
            task = self._task(vertex)
            if task.pull in RUNNING and not task.outside:
                elapsed = 0.0 if task.started is None else (self._work.now - utc(task.started)).total_seconds()
                self._begin(vertex, 0.0, max(0.0, self._seconds[task.number] - elapsed))
        for vertex in [vertex for vertex, count in enumerate(self._left) if not count]:
            if self._offered(vertex):
                self._end(vertex, 0.0)
        self._start(0.0)
        while self._events:
            now, vertex = heapq.heappop(self._events)
            self._worked.add(vertex)
            if not self._left[vertex] and self._task(vertex).number not in self._work.stuck:
                self._end(vertex, now)
            self._start(now)
        return self._ends

    def _task(self, vertex: int) -> Task:
        return self._work.graph[self._work.made.numbers[vertex]]

    def _lane(self, vertex: int) -> str:
        return self._task(vertex).lane or self._work.settings.default_lane or ""

    def _begin(self, vertex: int, now: float, seconds: float) -> None:
        self._begun.add(vertex)
        self._open += 1
        self._lanes[self._lane(vertex)] += 1
        heapq.heappush(self._events, (now + seconds, vertex))

    def _offered(self, vertex: int) -> bool:
        """Takes a vertex that nothing blocks any more; whether it ends at once."""
        if vertex >= self._work.made.real:
            return True
        task = self._task(vertex)
        if task.outside or task.number in self._work.stuck:
            return False
        if vertex in self._begun:
            return vertex in self._worked
        if task.number in self._work.found.family.children and task.number not in self._took_over:
            # An epic closes behind its last child.
            return True
        heapq.heappush(self._free.setdefault(self._lane(vertex), []), (self._work.ranks[vertex], vertex))
        return False

    def _end(self, vertex: int, now: float) -> None:
        """A vertex is finished, and with it all that closes at once."""
        ended = [vertex]
        for each in ended:
            self._ends[each] = now
            if each in self._begun:
                self._open -= 1
                self._lanes[self._lane(each)] -= 1
            for other in self._work.made.dependants[each]:
                self._left[other] -= 1
                if not self._left[other] and self._offered(other):
                    ended.append(other)

    def _start(self, now: float) -> None:
        """Starts what the limits leave room for, best first."""
        most = self._work.settings.max_open
        while not most or self._open < most:
            lanes = [lane for lane, some in self._free.items() if some and self._room(lane)]
            if not lanes:
                return
            _, vertex = heapq.heappop(self._free[min(lanes, key=lambda lane: self._free[lane][0])])
            self._begin(vertex, now, self._seconds[self._task(vertex).number])

    def _room(self, lane: str) -> bool:
        known = self._work.settings.lanes.get(lane)
        return known is None or not known.max_open or self._lanes[lane] < known.max_open
