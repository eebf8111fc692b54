"""What becomes of every task of a repository: one pure function over the graph."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from bot.contracts.task import TaskSettings
from bot.planning.tasks.choices import choices
from bot.planning.tasks.graph import circles_by_task, circles_of, weights
from bot.planning.tasks.model import Decision, Graph, Planned, Reason
from bot.planning.tasks.net import behind, chain, heights, net
from bot.planning.tasks.relations import closed_state, relations
from bot.planning.tasks.standing import RUNNING, standings
from bot.planning.tasks.starting import Waiting, choose, rank
from bot.planning.tasks.turns import second

CLOSED: Final[Mapping[str, Decision]] = {state: Decision(state) for state in ("done", "subsumed", "deprecated")}


def decide(
    graph: Graph,
    settings: TaskSettings,
    now: datetime,
    starts: Sequence[datetime] = (),
    *,
    durations: Mapping[int, float] | None = None,
) -> Planned:
    """The state of each task, what to do about it now, and why; what to take next; circles and the critical path.

    ``starts`` says when tasks were started by themselves, ``durations`` how many seconds a task is expected to take:
    then the critical path is the longest in time, else in tasks. Tasks from outside get no decision. The same graph
    gives the same plan in whatever order it was read. Raises nothing.
    """
    found = relations(graph)
    made = net(found)
    stand = standings(found, circles_by_task(made))
    height = heights(made, weights(found, made, durations))
    at = {number: vertex for vertex, number in enumerate(made.numbers[: made.real])}
    counts = behind(made, [at[number] for number in stand.startable])
    running = [task for task in map(graph.tasks.__getitem__, found.open) if task.pull in RUNNING and not task.outside]
    candidates = [
        (rank(graph[number], settings, height[at[number]], counts[at[number]]), number) for number in stand.startable
    ]
    turns = second(running, settings, made)
    chosen = choose(graph, settings, candidates, running, Waiting(made, turns), (now, starts))
    decisions = {
        number: CLOSED[closed_state(task)] if task.closed else stand.decisions[number]
        for number, task in sorted(graph.tasks.items())
        if not task.outside
    }
    for number in chosen.starting:
        decisions[number] = Decision("ready", "start", decisions[number].because)
    for number, reasons in chosen.held.items():
        decisions[number] = _with(decisions[number], reasons)
    for number, turn in turns.items():
        decisions[number] = _with(decisions[number], (turn,))
    return Planned(
        decisions, choices(found, made, chosen, now, height, counts), chain(made, height), circles_of(found, made)
    )


def _with(decision: Decision, reasons: tuple[Reason, ...]) -> Decision:
    return decision._replace(because=decision.because + reasons)
