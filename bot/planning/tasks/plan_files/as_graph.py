"""A plan as a graph: what the pure functions over a repository's tasks say of a plan that is only a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.contracts.task import PlannedTask
from bot.planning.tasks.graph import circles_of
from bot.planning.tasks.model import Closed, Graph, PullState, Task
from bot.planning.tasks.net import net
from bot.planning.tasks.relations import relations

_CLOSED: dict[str, Closed] = {"done": "completed", "subsumed": "completed", "deprecated": "not-planned"}
_PULLS: dict[str, PullState] = {"in-progress": "draft", "in-review": "open", "done": "merged"}


@dataclass(frozen=True)
class PlanGraph:
    """The graph, with numbers for ids: from 1, in the order of the plan."""

    graph: Graph
    ids: tuple[str, ...]

    def id(self, number: int) -> str:
        """The id of a number."""
        return self.ids[number - 1]


def graph_of(tasks: Sequence[PlannedTask]) -> PlanGraph:
    """The graph of a plan's tasks. One that is blocked by nothing in the plan counts as held."""
    numbers = {task.id: number for number, task in enumerate(tasks, 1)}
    open_ids = {task.id for task in tasks if task.state not in _CLOSED}
    made = {}
    for task in tasks:
        waits = any(name in open_ids for name in task.depends_on)
        made[numbers[task.id]] = Task(
            number=numbers[task.id],
            title=task.title,
            closed=_CLOSED.get(task.state, ""),
            lane=task.lane,
            priority=task.priority,
            paths=task.paths,
            blocked_by=tuple(numbers[name] for name in task.depends_on if name in numbers),
            parent=numbers.get(task.parent or ""),
            pull=_PULLS.get(task.state, "none"),
            on_hold=task.state == "blocked" and not waits,
        )
    return PlanGraph(Graph(made), tuple(numbers))


def circles(tasks: Sequence[PlannedTask]) -> list[tuple[str, ...]]:
    """Circles of waiting among what is open, with what epics hand down to their sub-tasks."""
    made = graph_of(tasks)
    found = relations(made.graph)
    return [tuple(made.id(number) for number in circle) for circle in circles_of(found, net(found))]
