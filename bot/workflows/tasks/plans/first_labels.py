"""The labels that a new issue gets in the request that makes it: those that the reconcile would put on."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from difflib import get_close_matches

from bot.contracts.task import PlannedTask, State, TaskPlan, TaskSettings
from bot.errors import Place, Refusal
from bot.planning.tasks.decide import decide
from bot.planning.tasks.plan_files.as_graph import graph_of
from bot.planning.tasks.plan_files.changes import FINISHED
from bot.workflows import names


def check_lanes(plan: TaskPlan, settings: TaskSettings, file: str | None) -> None:
    """Raises ``Refusal`` (``task-lane-unknown``) for lanes that the repository does not have, where it has some."""
    known = sorted(settings.lanes)
    found = []
    for task in plan.tasks:
        if known and task.lane and task.lane not in settings.lanes and task.state not in FINISHED:
            nearest = "".join(get_close_matches(task.lane, known, 1))
            values = {"lane": task.lane, "known": known, "nearest": nearest}
            found.append(Refusal("task-lane-unknown", Place(file, task.line, key=task.id), values))
    if found:
        raise Refusal(found[0].code, found[0].place, found[0].values, tuple(found[1:]))


def first_states(plan: TaskPlan, closed: Collection[str], now: datetime) -> dict[str, State]:
    """By id, where each task will stand while none of them has begun; ``closed`` are those whose issue is."""

    def begun(task: PlannedTask) -> State:
        if task.state in FINISHED:
            return task.state
        return "done" if task.id in closed else "ready"

    # One that the plan dropped gets no issue: what waits for it is held by a label, not by GitHub's graph.
    dropped = {task.id for task in plan.tasks if task.state == "deprecated"}
    made = graph_of(
        [
            task.model_copy(
                update={
                    "state": begun(task),
                    "depends_on": tuple(name for name in task.depends_on if name not in dropped),
                }
            )
            for task in plan.tasks
        ]
    )
    planned = decide(made.graph, TaskSettings(autopilot=False, max_open=0), now)
    return {made.id(number): each.state for number, each in planned.decisions.items()}


def wait_for_dropped(plan: TaskPlan) -> dict[str, tuple[str, ...]]:
    """The tasks of a plan that wait, or whose epic waits, for one that it dropped, with these: nothing frees them."""
    tasks = {task.id: task for task in plan.tasks}
    found = {}
    for task in plan.tasks:
        waits: dict[str, None] = {}
        at: PlannedTask | None = task
        while at is not None:
            waits |= dict.fromkeys(name for name in at.depends_on if tasks[name].state == "deprecated")
            at = tasks.get(at.parent or "")
        if waits and task.state not in FINISHED:
            found[task.id] = tuple(waits)
    return found


def labels_of(task: PlannedTask, state: State, settings: TaskSettings, *, held: bool = False) -> list[str]:
    """The labels of a new issue. One that the plan puts off, though nothing blocks it, is on hold, or is ``held``."""
    lane = task.lane if task.lane and (task.lane in settings.lanes or not settings.lanes) else settings.default_lane
    found = [names.TASK_LABEL, f"{names.STATUS}{state}"]
    if lane:
        found.append(f"{names.LANE}{lane}")
    if priority := priority_label(task):
        found.append(priority)
    if held or (task.state == "blocked" and state != "blocked"):
        found.append(names.HOLD_LABEL)
    return found


def priority_label(task: PlannedTask) -> str:
    """The label of a task's priority; ``""`` for a medium one."""
    return "" if task.priority == "medium" else f"{names.PRIORITY}{task.priority}"
