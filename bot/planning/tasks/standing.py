"""Where each open task stands: its state, what blocks it, and whether it may be begun at all. Limits come later."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bot.contracts.task import State
from bot.planning.tasks.model import Decision, Reason, Task
from bot.planning.tasks.relations import NOTHING, Relations, closed_state

RUNNING: Final[Mapping[str, State]] = {"draft": "in-progress", "open": "in-review"}
"""The state of an open task by its pull request, while that is open."""
BEGUN: Final = frozenset({"in-progress", "in-review", "done"})
"""An epic is in progress when one of its children is one of these."""
HOLD: Final = Reason("hold")
NAMED: Final = 100
"""So many open children a reason names."""


@dataclass(frozen=True)
class Standings:
    """The open tasks before limits."""

    decisions: dict[int, Decision]
    startable: set[int]
    """Those in whose way only limits and taken paths can be."""


def standings(found: Relations, circles: Mapping[int, tuple[int, ...]]) -> Standings:
    """Of all open tasks here. ``circles``: by number, the circle that it is on, spelled out."""
    tasks = found.graph.tasks
    took_over = {task.subsumed_by for task in tasks.values() if task.subsumed_by is not None and task.closed}
    family = found.family
    made = Standings({}, set())
    for number in reversed(family.order):
        task = tasks[number]
        children = family.children.get(number)
        if children and not task.closed and not task.outside:
            made.decisions[number] = _epic(found, task, circles, made, number in took_over)
    for number in found.open:
        task = tasks[number]
        if number not in made.decisions and not task.outside:
            made.decisions[number] = _single(task, blocking(found, task, circles), made)
    return made


def blocking(found: Relations, task: Task, circles: Mapping[int, tuple[int, ...]]) -> list[Reason]:
    """What blocks a task, whatever its state."""
    number = task.number
    reasons: list[Reason] = []
    if task.faults:
        reasons.append(Reason("faults", (), task.faults))
    waits = found.waits.get(number, NOTHING)
    if waits is not NOTHING:
        if waits.itself:
            reasons.append(Reason("self-dependency", (number,)))
        if waits.unknown:
            reasons.append(Reason("unknown-dependency", waits.unknown))
        if waits.dropped and not task.ordered:
            reasons.append(Reason("dropped-dependency", waits.dropped))
        if waits.open:
            reasons.append(Reason("waits-for", waits.open))
        if waits.subsumed:
            reasons += [Reason("subsumed-dependency", pair) for pair in waits.subsumed]
    if task.parent is not None:
        handed = found.from_epics(number)
        further = handed.waits if task.ordered else handed.waits + handed.dropped
        if further:
            reasons.append(Reason("epic-waits", tuple(sorted(set(further)))))
    if number in circles:
        reasons.append(Reason("cycle", circles[number]))
    return reasons


def _single(task: Task, reasons: list[Reason], made: Standings | None = None) -> Decision:
    """A task that is no epic, or an epic that is left with its own work. ``made`` hears if it may start."""
    running = RUNNING.get(task.pull)
    if running is not None:
        return Decision(running, "none", (*reasons, HOLD) if task.on_hold else tuple(reasons))
    state: State = "blocked" if reasons else "ready"
    startable = not reasons
    if task.on_hold:
        reasons.append(HOLD)
        startable = False
    if task.pull == "merged":
        reasons.append(Reason("merged-and-reopened"))
        startable = startable and task.ordered
    elif task.pull == "closed" and not (task.ordered or task.retry):
        reasons.append(Reason("pull-closed"))
        startable = False
    if startable and made is not None:
        made.startable.add(task.number)
    return Decision(state, "none", tuple(reasons))


def _epic(
    found: Relations, task: Task, circles: Mapping[int, tuple[int, ...]], made: Standings, took_over: bool
) -> Decision:
    """An epic never starts while a child is open, and closes behind its children unless it has work of its own."""
    tasks = found.graph.tasks
    reasons = blocking(found, task, circles)
    children = [tasks[child] for child in found.family.children[task.number]]
    waiting = tuple(child.number for child in children if not child.closed)
    if not waiting and took_over:
        return _single(task, reasons, made)
    states = {_state(child, made) for child in children}
    single = _single(task, reasons)
    state = single.state
    if states & BEGUN and (state == "ready" or (state == "blocked" and task.number not in circles)):
        state = "in-progress"
    if waiting:
        return Decision(state, "none", (*single.because, Reason("children", waiting[:NAMED])))
    if "done" not in states:
        return Decision(
            state, "none", (*single.because, Reason("no-child-left", tuple(c.number for c in children[:NAMED])))
        )
    # While it is blocked, held or begun, somebody's word on the epic itself is still open: it is not closed over that.
    closes = single.state == "ready" and not task.on_hold and task.pull == "none"
    return Decision(state, "close-epic" if closes else "none", single.because)


def _state(child: Task, made: Standings) -> State:
    if child.closed:
        return closed_state(child)
    if child.number in made.decisions:
        return made.decisions[child.number].state
    return RUNNING.get(child.pull, "ready")
