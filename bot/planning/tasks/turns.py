"""Of tasks that are begun and changed the same paths: whose turn it is first."""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from typing import Final

from bot.contracts.task import TaskSettings
from bot.planning.tasks.limits import utc
from bot.planning.tasks.model import Reason, Task
from bot.planning.tasks.net import Net
from bot.planning.tasks.overlap import Areas, area

MOST_NAMED: Final = 20
"""So many that go first are named."""
EXAMPLES: Final = 3
"""So many paths are named that both are about."""


def lane_priority(task: Task, settings: TaskSettings) -> int:
    """The priority of a task's lane; of one that the settings do not know 0."""
    lane = settings.lanes.get(task.lane or settings.default_lane or "")
    return lane.priority if lane is not None else 0


def second(running: Sequence[Task], settings: TaskSettings, made: Net) -> dict[int, Reason]:
    """Who goes second, with the numbers of those that go first.

    Actual changes count; the globs only of a task that has changed nothing yet. The lane of higher priority goes first,
    then what was begun earlier, then the smaller number. But what a task waits for goes before it whatever its lane:
    else both would wait for each other for ever.
    """
    where = {task.number: area(() if task.touched else task.paths, task.touched) for task in running}
    if sum(map(bool, where.values())) <= 1:
        return {}
    areas = Areas()
    found: dict[int, Reason] = {}
    # Those before it in this order are in the index when a task is looked at.
    place: dict[int, int] = {}
    for number in _turns(running, settings, made):
        first = areas.meeting(where[number], MOST_NAMED)
        if first:
            words = dict.fromkeys(word for _, word in sorted(first.items()))
            found[number] = Reason("goes-second", tuple(sorted(first, key=place.__getitem__)), tuple(words)[:EXAMPLES])
        place[number] = len(place)
        areas.add(number, where[number])
    return found


def _turns(running: Sequence[Task], settings: TaskSettings, made: Net) -> list[int]:
    """All that is begun in one order: by lane, time and number as far as who waits for whom lets it.

    What is not begun is passed at once, so that it only carries on who waits for whom; who is on a circle comes last.
    """

    def key(task: Task) -> tuple[int, bool, float, int]:
        started = utc(task.started).timestamp() if task.started is not None else 0.0
        return (-lane_priority(task, settings), task.started is None, started, task.number)

    keys: Mapping[int, tuple[int, bool, float, int]] = {task.number: key(task) for task in running}
    left = [len(some) for some in made.waits]
    passed = [vertex for vertex, count in enumerate(left) if not count]
    heap: list[tuple[tuple[int, bool, float, int], int]] = []
    order: list[int] = []
    while passed or heap:
        if passed:
            vertex = passed.pop()
            number = made.numbers[vertex]
            if vertex < made.real and number in keys and left[vertex] == 0:
                left[vertex] = -1
                heapq.heappush(heap, (keys[number], vertex))
                continue
        else:
            _, vertex = heapq.heappop(heap)
            order.append(made.numbers[vertex])
        for other in made.dependants[vertex]:
            left[other] -= 1
            if not left[other]:
                passed.append(other)
    known = set(order)
    return order + sorted((number for number in keys if number not in known), key=lambda number: keys[number])
