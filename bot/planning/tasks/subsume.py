"""An epic takes tasks over: which links go, which come, and when it is refused. Nothing is changed here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from bot.errors import Place, Refusal
from bot.planning.tasks.graph import circles_by_task
from bot.planning.tasks.model import Graph, Task
from bot.planning.tasks.net import net
from bot.planning.tasks.relations import relations
from bot.planning.tasks.standing import RUNNING

Link = tuple[int, int]
"""The first waits for the second."""


@dataclass(frozen=True, slots=True)
class Subsumed:
    """The edits that hand everything over. A subsumed task keeps its own links: it is closed, and waits no more."""

    epic: int
    numbers: tuple[int, ...]
    """Which are closed as subsumed, sorted."""
    remove: tuple[Link, ...] = ()
    add: tuple[Link, ...] = ()


def subsume(graph: Graph, epic: int, numbers: Sequence[int]) -> Subsumed:
    """Whoever waited for one of the tasks waits for the epic; the epic waits for what they waited for.

    Raises ``Refusal`` with all that is wrong: ``subsume-self``, ``subsume-unknown``, ``subsume-closed``,
    ``subsume-begun``, ``subsume-epic`` (one that still has open children), ``subsume-cycle``.
    """
    taken = tuple(sorted(set(numbers)))
    faults = list(_faults(graph, epic, taken))
    if faults:
        raise Refusal(faults[0].code, faults[0].place, faults[0].values, tuple(faults[1:]))
    plan = _plan(graph, epic, taken)
    cycle = circles_by_task(net(relations(_after(graph, plan)))).get(epic)
    if cycle is not None:
        raise Refusal("subsume-cycle", Place(), {"epic": epic, "cycle": list(cycle)})
    return plan


def _faults(graph: Graph, epic: int, taken: Sequence[int]) -> Iterable[Refusal]:
    if epic in taken:
        yield Refusal("subsume-self", Place(), {"issue": epic})
    for number in dict.fromkeys((epic, *taken)):
        if number not in graph or graph[number].outside:
            yield Refusal("subsume-unknown", Place(), {"issue": number})
            continue
        task = graph[number]
        if task.closed:
            yield Refusal("subsume-closed", Place(), {"issue": number})
        elif number != epic and task.pull in RUNNING:
            yield Refusal("subsume-begun", Place(), {"issue": number})
    for number in taken:
        left = sorted(each for each, task in graph.tasks.items() if _left_with(task, number, taken))
        if number != epic and left:
            yield Refusal("subsume-epic", Place(), {"issue": number, "children": left})


def _left_with(task: Task, parent: int, taken: Sequence[int]) -> bool:
    """Whether an open child would be left with a closed epic."""
    return task.parent == parent and not task.closed and task.number not in taken


def _plan(graph: Graph, epic: int, taken: Sequence[int]) -> Subsumed:
    inside = frozenset(taken)
    remove: set[Link] = set()
    add: set[Link] = set()
    for number, task in graph.tasks.items():
        if number in inside or task.closed or task.outside:
            continue
        named = inside.intersection(task.blocked_by)
        remove |= {(number, each) for each in named}
        if named and number != epic and epic not in task.blocked_by:
            add.add((number, epic))
    known = frozenset(graph[epic].blocked_by) | inside | {epic}
    for number in taken:
        for blocker in graph[number].blocked_by:
            if blocker not in known and blocker in graph and _still_counts(graph, blocker, epic):
                add.add((epic, blocker))
    return Subsumed(epic, tuple(taken), tuple(sorted(remove)), tuple(sorted(add)))


def _still_counts(graph: Graph, blocker: int, epic: int) -> bool:
    """What is done blocks nobody; one closed as not planned still asks a person; and for its children an epic waits
    anyway.
    """
    task = graph[blocker]
    return task.closed != "completed" and epic not in {task.subsumed_by, task.parent}


def _after(graph: Graph, plan: Subsumed) -> Graph:
    """The graph as it will be."""
    tasks = dict(graph.tasks)
    for number in plan.numbers:
        tasks[number] = replace(tasks[number], closed="not-planned", subsumed_by=plan.epic)
    for number, other in plan.remove:
        kept = tuple(each for each in tasks[number].blocked_by if each != other)
        tasks[number] = replace(tasks[number], blocked_by=kept)
    for number, other in plan.add:
        tasks[number] = replace(tasks[number], blocked_by=(*tasks[number].blocked_by, other))
    return Graph(tasks)
