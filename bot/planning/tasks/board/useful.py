"""What the dashboard shows of a graph: which tasks first, what waits on which, and which boxes are of use."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bot.contracts.task import PRIORITIES, STATES, State, TaskSettings
from bot.planning.tasks.board.ticks import Act
from bot.planning.tasks.model import Decision, Graph, Planned

RUNNING: Final = frozenset({"in-progress", "in-review"})
OVER: Final = frozenset({"done", "subsumed", "deprecated"})
_ORDER: Final[tuple[State, ...]] = (
    "in-review", "in-progress", "ready", "blocked", "done", "subsumed", "deprecated"
)  # fmt: skip
START_HELPS: Final = frozenset({"not-asked", "edited-since", "merged-and-reopened", "dropped-dependency"})
"""Reasons that somebody's word takes away."""
RETRY_HELPS: Final = frozenset({"pull-closed", "push-refused"})
MOST_STARTS: Final = 12
MOST_RETRIES: Final = 10
MOST_HOLDS: Final = 15


def counts(planned: Planned) -> tuple[tuple[State, int], ...]:
    """How many tasks are in each state, those with none left out."""
    found = Counter(made.state for made in planned.decisions.values())
    return tuple((state, found[state]) for state in STATES if found[state])


def progress(planned: Planned) -> tuple[int, int]:
    """How many tasks are done, of how many that were not given up."""
    found = Counter(made.state for made in planned.decisions.values())
    done = found["done"] + found["subsumed"]
    return done, len(planned.decisions) - found["deprecated"]


def ranked(graph: Graph, planned: Planned) -> list[int]:
    """All tasks, those to be shown first at the front: under way, then what is next, then what waits, then what is
    over, the newest first.
    """
    following = {choice.number: at for at, choice in enumerate(planned.next)}
    critical = frozenset(planned.critical)

    def key(number: int) -> tuple[int, int, bool, int, int]:
        state = planned.decisions[number].state
        place = following.get(number, len(following))
        urgent = PRIORITIES.index(graph[number].priority)
        return (_ORDER.index(state), place, number not in critical, urgent, -number if state in OVER else number)

    return sorted(planned.decisions, key=key)


@dataclass(frozen=True, slots=True)
class Blocker:
    """What others wait for."""

    number: int
    waiting: tuple[int, ...]


def blockers(graph: Graph, planned: Planned) -> tuple[Blocker, ...]:
    """Each open issue that open tasks wait for, the one that most wait for first."""
    found: dict[int, list[int]] = {}
    for number, made in sorted(planned.decisions.items()):
        if made.state in OVER:
            continue
        for on in dict.fromkeys(graph[number].blocked_by):
            if on in graph and on != number and not graph[on].closed:
                found.setdefault(on, []).append(number)
    return tuple(Blocker(on, tuple(found[on])) for on in sorted(found, key=lambda on: (-len(found[on]), on)))


@dataclass(frozen=True, slots=True)
class Boxes:
    """The boxes that are of use now, and how many more there would be."""

    starts: tuple[Act, ...] = ()
    retries: tuple[Act, ...] = ()
    holds: tuple[Act, ...] = ()
    others: tuple[Act, ...] = ()
    left: int = 0


def useful(graph: Graph, planned: Planned, settings: TaskSettings, raised: int, *, open_pulls: bool) -> Boxes:
    """The boxes. ``raised``: by how much the limit of open tasks was raised."""
    starts = [choice.number for choice in planned.next if _could_start(graph, planned, choice.number)]
    starts += [
        number for number, made in sorted(planned.decisions.items())
        if made.state not in OVER | RUNNING and _because(made, START_HELPS) and number not in starts
        and not graph[number].ordered
    ]  # fmt: skip
    retries = [
        number for number, made in sorted(planned.decisions.items())
        if made.state not in OVER | RUNNING and _because(made, RETRY_HELPS) and not graph[number].ordered
    ]  # fmt: skip
    starts = [number for number in starts if number not in retries]
    open_tasks = [number for number in ranked(graph, planned) if planned.decisions[number].state not in OVER]
    open_tasks.sort(key=lambda number: not graph[number].on_hold)
    holds = [Act("unhold" if graph[number].on_hold else "hold", number) for number in open_tasks]
    others = [Act("replay")] if open_pulls and planned.decisions else []  # without tasks nobody looks at ticks
    if settings.max_open and planned.decisions:
        others += [Act("raise"), *([Act("lower")] if raised else [])]
    left = sum(max(0, len(each) - most) for each, most in (
        (starts, MOST_STARTS), (retries, MOST_RETRIES), (holds, MOST_HOLDS)
    ))  # fmt: skip
    return Boxes(
        tuple(Act("start", number) for number in starts[:MOST_STARTS]),
        tuple(Act("retry", number) for number in retries[:MOST_RETRIES]),
        tuple(holds[:MOST_HOLDS]),
        tuple(others),
        left,
    )


def _could_start(graph: Graph, planned: Planned, number: int) -> bool:
    made = planned.decisions[number]
    return made.action != "start" and not graph[number].ordered and made.state not in RUNNING


def _because(made: Decision, codes: frozenset[str]) -> bool:
    return any(reason.code in codes for reason in made.because)


def drawn(graph: Graph, planned: Planned, most: int) -> tuple[int, ...]:
    """The tasks that the picture shows: what is under way, the critical path from its beginning, then others with a
    neighbour; what is over only where there is room for all else.
    """
    edges = links(graph, frozenset(planned.decisions))
    linked = {number for edge in edges for number in edge} | {n for pair in epics(graph).items() for n in pair}
    chosen = [n for n in ranked(graph, planned) if n in linked or planned.decisions[n].state in RUNNING]
    critical = {number: at for at, number in enumerate(planned.critical)}

    def key(number: int) -> tuple[bool, bool, int]:
        state = planned.decisions[number].state
        return state in OVER, state not in RUNNING, critical.get(number, len(critical))

    return tuple(sorted(chosen, key=key)[:most])


def links(graph: Graph, among: frozenset[int]) -> tuple[tuple[int, int], ...]:
    """What waits for what, as (blocker, waiting), of these alone."""
    return tuple((on, n) for n in sorted(among) for on in dict.fromkeys(graph[n].blocked_by) if on in among and on != n)


def epics(graph: Graph) -> Mapping[int, int]:
    """The epic of each task that is part of one."""
    return {n: task.parent for n, task in graph.tasks.items() if task.parent is not None and task.parent in graph}
