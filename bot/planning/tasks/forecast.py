"""When tasks will be finished, from how long finished ones took: a list schedule over the graph under its limits.

Limits are those on how many are open at once; windows, starts per hour and paths are left out, so that a forecast says
how fast it can go, not when somebody is at work. What a person must solve first has no forecast, nor has what waits
for it.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from bot.contracts.task import Priority, TaskSettings
from bot.planning.tasks.graph import weights
from bot.planning.tasks.limits import utc
from bot.planning.tasks.model import Graph, Planned, Reason
from bot.planning.tasks.net import heights, net
from bot.planning.tasks.relations import relations
from bot.planning.tasks.schedule import Work, schedule
from bot.planning.tasks.starting import rank

LEAST: Final = 3
"""From so many durations on something is said at all."""
PASSING: Final = frozenset(
    {
        "waits-for", "subsumed-dependency", "epic-waits", "children", "goes-second", "paths-taken",
        "autopilot-off", "window", "pilot", "limit-open", "limit-lane", "limit-path", "limit-hour",
    }
)  # fmt: skip
"""Reasons that pass by themselves, or with a word that is given as a matter of course."""


@dataclass(frozen=True, slots=True)
class Took:
    """How long a finished task took from its start on."""

    lane: str
    priority: Priority
    seconds: float


@dataclass(frozen=True, slots=True)
class Span:
    """Seconds: of a quarter of what was seen at most, of half of it, of three quarters."""

    low: float
    likely: float
    high: float


@dataclass(frozen=True, slots=True)
class Finish:
    """When something is expected to be finished."""

    low: datetime
    likely: datetime
    high: datetime


@dataclass(frozen=True)
class Forecast:
    """When each open task is expected to be finished, and all of them."""

    seen: int
    """From so many durations; with fewer than ``LEAST`` nothing is known."""
    tasks: Mapping[int, Finish] = field(default_factory=dict)
    whole: Finish | None = None
    """When the last one is that has a forecast; ``None``: nothing is known, or nothing is left."""
    stuck: tuple[int, ...] = ()
    """Those that cannot be told: a person must act first, on them or on what they wait for."""

    @property
    def known(self) -> bool:
        """Whether anything is known."""
        return self.seen >= LEAST


def expected(graph: Graph, settings: TaskSettings, took: Sequence[Took]) -> dict[int, Span]:
    """How long each open task is expected to take: as its lane does, else as all do; not there: unknown."""
    by_lane: dict[str, list[float]] = {}
    for each in took:
        by_lane.setdefault(each.lane or settings.default_lane or "", []).append(max(0.0, each.seconds))
    spans = {lane: _span(seconds) for lane, seconds in by_lane.items() if len(seconds) >= LEAST}
    every = [seconds for some in by_lane.values() for seconds in some]
    overall = _span(every) if len(every) >= LEAST else None
    found: dict[int, Span] = {}
    for number, task in graph.tasks.items():
        span = spans.get(task.lane or settings.default_lane or "", overall)
        if span is not None and not task.closed and not task.outside:
            found[number] = span
    return found


def _span(seconds: Sequence[float]) -> Span:
    return Span(*statistics.quantiles(seconds, n=4, method="inclusive"))


def forecast(graph: Graph, settings: TaskSettings, took: Sequence[Took], now: datetime, planned: Planned) -> Forecast:
    """The forecast for a graph and what was decided of it. Three schedules are made:
    with short, usual and long tasks. ``took`` is in any order. Raises nothing.
    """
    spans = expected(graph, settings, took)
    if len(took) < LEAST:
        return Forecast(len(took))
    found = relations(graph)
    made = net(found)
    likely = {number: span.likely for number, span in spans.items()}
    height = heights(made, weights(found, made, likely))
    ranks = {
        vertex: rank(graph[made.numbers[vertex]], settings, height[vertex], 0)
        for vertex in range(made.real)
        if made.counted[vertex]
    }
    start = utc(now)
    work = Work(graph, settings, found, made, ranks, start, _stuck(graph, planned))
    ends = [
        schedule(work, {number: getattr(span, name) for number, span in spans.items()})
        for name in ("low", "likely", "high")
    ]
    tasks = {
        number: _finish(start, [each[vertex] for each in ends])
        for vertex, number in enumerate(made.numbers[: made.real])
        if made.counted[vertex] and all(vertex in each for each in ends)
    }
    stuck = tuple(n for v, n in enumerate(made.numbers[: made.real]) if made.counted[v] and n not in tasks)
    whole = None
    if tasks:
        whole = Finish(*(max(getattr(each, name) for each in tasks.values()) for name in ("low", "likely", "high")))
    return Forecast(len(took), tasks, whole, stuck)


def _finish(now: datetime, ends: Sequence[float]) -> Finish:
    # A schedule of shorter tasks may end later than one of longer ones; a range is told in order all the same.
    low, likely, high = (now + timedelta(seconds=seconds) for seconds in (min(ends), ends[1], max(ends)))
    return Finish(low, likely, high)


def _stuck(graph: Graph, planned: Planned) -> frozenset[int]:
    """Whom a person must help first."""

    def helpless(reason: Reason) -> bool:
        if reason.code == "epic-waits":
            return any(number not in graph or bool(graph[number].closed) for number in reason.numbers)
        return reason.code not in PASSING

    return frozenset(
        number
        for number, each in planned.decisions.items()
        if each.action != "start" and any(map(helpless, each.because))
    )
