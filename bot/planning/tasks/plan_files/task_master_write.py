"""Writes a plan as task-master's ``tasks.json``: afresh, or into a file, which keeps all else it holds."""

from __future__ import annotations

import json
import re
from collections.abc import Container, Mapping
from typing import Any, Final

from bot.contracts.task import PlannedTask, TaskPlan
from bot.planning.tasks.faults import Faults
from bot.planning.tasks.plan_files.entries import Entry
from bot.planning.tasks.plan_files.task_master import (
    MASTER,
    Found,
    find_tasks,
    is_beside,
    priority_of,
    read_entries,
    status_of,
    tag_of,
    wrong,
)
from bot.source.documents import Document

_INDENT: Final = re.compile(rb"[\r\n]([ \t]+)\S")
_FINISHED: Final = frozenset({"done", "subsumed", "deprecated"})


def write_fresh(plan: TaskPlan) -> bytes:
    """A new file, with the tag ``master``. A sub-task's id begins with its epic's there."""
    plan = with_own_ids(plan, {})
    whole: dict[str, Any] = {MASTER: {"tasks": []}}
    _put(whole[MASTER]["tasks"], {}, plan, plan.tasks)
    return dumped(whole, b"  ", b"\n")


def write_into(plan: TaskPlan, data: bytes, document: Document, tag: str | None) -> bytes:
    """The file with what the plan says of title, status, priority and dependencies of its tasks; new ones are added.

    Tasks that the plan does not have, other members, their order and other tags stay. The same bytes, where nothing
    differs. Raises ``Refusal``: ``plan-tag-unknown``, ``wrong-type``.
    """
    tag = tag_of(document, tag)
    whole = document.value
    found = list(find_tasks(document, tag, Faults()))
    before = {entry.id: entry for entry in read_entries(document, tag, Faults())}
    changed = False
    places: dict[str, dict[str, Any]] = {}
    for each in found:
        places.setdefault(each.id, _at(whole, each))
    plan = with_own_ids(plan, places)
    done = _finished(plan)
    mine = {task.id: task for task in plan.tasks}
    known = {*places, *mine}
    for each in found:
        task = mine.get(each.id)
        if task is None or each.id not in before:
            continue
        waits = any(name not in done for name in task.depends_on)
        for name, value in _differences(document, task, each, before[each.id], known, waits=waits):
            places[each.id][name] = value
            changed = True
    new = [task for task in plan.tasks if task.id not in places]
    if new:
        tasks = whole["tasks"] if tag is None else whole[tag]["tasks"]
        _put(tasks, places, plan, new)
    if not (changed or new):
        return data
    indent = _INDENT.search(data)
    return dumped(whole, indent[1] if indent else b"", data[len(data.rstrip()) :])


def with_own_ids(plan: TaskPlan, there: Container[str]) -> TaskPlan:
    """The plan with ids as the format has them: ``epic.task``. Those that are there already stay."""
    names: dict[str, str] = {}
    for task in _parents_first({task.id: task for task in plan.tasks}):
        within = names.get(task.parent or "", task.parent)
        own = task.id.removeprefix(f"{task.parent}.")
        names[task.id] = task.id if within is None or task.id in there else f"{within}.{own}"
    tasks = [
        task.model_copy(
            update={
                "id": names[task.id],
                "parent": names.get(task.parent or "", task.parent),
                "depends_on": tuple(names.get(name, name) for name in task.depends_on),
            }
        )
        for task in plan.tasks
    ]
    return plan.model_copy(update={"tasks": tuple(tasks)})


def _finished(plan: TaskPlan) -> frozenset[str]:
    return frozenset(task.id for task in plan.tasks if task.state in _FINISHED)


def _at(whole: Any, found: Found) -> dict[str, Any]:
    for part in found.path:
        whole = whole[part]
    made: dict[str, Any] = whole
    return made


def _differences(
    document: Document, task: PlannedTask, found: Found, before: Entry, known: Container[str], *, waits: bool
) -> list[tuple[str, Any]]:
    """Members to set, where they mean something else now."""
    made: list[tuple[str, Any]] = []
    if task.title != before.title:
        made.append(("title", task.title))
    status = found.value.get("status")
    if (wanted := status_of(task.state, status, waits=waits)) != status and (status or wanted != "pending"):
        made.append(("status", wanted))
    said = found.value.get("priority")
    if (priority := priority_of(task.priority, said)) != said and (said or priority != "medium"):
        made.append(("priority", priority))
    raw = found.value.get("dependencies") or ()
    kept = {name: each for (name, _), each in zip(before.depends_on, raw, strict=False)}
    beside, elsewhere = _waits_for(task, known, kept)
    # A new sub-task may have the number by which this one waits for a task elsewhere.
    if set(task.depends_on) != {name for name, _ in before.depends_on} or not kept.keys().isdisjoint(elsewhere):
        made.append(("dependencies", beside))
        if (more := _more(document, found, [_number(name) for name in elsewhere])) is not None:
            made.append(("metadata", more))
    return made


def _more(document: Document, found: Found, elsewhere: list[int | str]) -> dict[str, Any] | None:
    """``metadata`` with what is waited for elsewhere; ``None`` where that asks for no change.

    Raises ``Refusal`` (``wrong-type``) rather than take away what a person keeps there.
    """
    more = found.value.get("metadata")
    given = more.get("dependencies") if isinstance(more, dict) else None
    if not elsewhere and not isinstance(given, list):
        return None
    faults, path = Faults(), (*found.path, "metadata")
    if more is not None and not isinstance(more, dict):
        wrong(faults, document, path, "a mapping", more)
    elif given is not None and not isinstance(given, list):
        wrong(faults, document, (*path, "dependencies"), "a list", given)
    faults.stop()
    rest = {name: each for name, each in (more or {}).items() if name != "dependencies"}
    return rest | ({"dependencies": elsewhere} if elsewhere else {})


def _waits_for(task: PlannedTask, known: Container[str], kept: Mapping[str, Any]) -> tuple[list[int | str], list[str]]:
    """What a task waits for as ``dependencies``, and what would be read there as a sub-task beside it."""
    hidden = [
        name
        for name in task.depends_on
        # Its own number as text is read as the task that is called so.
        if is_beside(name, task.parent, known) and not (name in kept and f"{task.parent}.{name}" == task.id)
    ]
    return [kept.get(name, _number(name)) for name in task.depends_on if name not in hidden], hidden


def _put(top: list[Any], places: dict[str, dict[str, Any]], plan: TaskPlan, tasks: Any) -> None:
    """Adds tasks where they belong: into the list of their epic, or at the top."""
    done = _finished(plan)
    known = {*places, *(task.id for task in plan.tasks)}
    waiting = {task.id: task for task in tasks}
    for task in _parents_first(waiting):
        places[task.id] = _value(task, known, waits=any(name not in done for name in task.depends_on))
        parent = places.get(task.parent or "")
        if parent is None:
            top.append(places[task.id])
        else:
            parent.setdefault("subtasks", []).append(places[task.id])


def _parents_first(tasks: Mapping[str, PlannedTask]) -> list[PlannedTask]:
    made: dict[str, PlannedTask] = {}
    for task in tasks.values():
        way = []
        at: PlannedTask | None = task
        while at is not None and at.id not in made and at not in way:
            way.append(at)
            at = tasks.get(at.parent or "")
        made |= {each.id: each for each in reversed(way)}
    return list(made.values())


def _value(task: PlannedTask, known: Container[str], *, waits: bool) -> dict[str, Any]:
    own = task.id.removeprefix(f"{task.parent}.") if task.parent else task.id
    value: dict[str, Any] = {"id": _number(own) if "." not in own else own, "title": task.title}
    value["description"] = task.goal
    value["status"] = status_of(task.state, None, waits=waits)
    value["dependencies"], hidden = _waits_for(task, known, {})
    elsewhere = [_number(name) for name in hidden]
    value["priority"] = task.priority
    if task.verification:
        value["testStrategy"] = task.verification
    if task.acceptance:
        value["acceptanceCriteria"] = "\n".join(
            f"- [{'x' if at in task.ticked else ' '}] {text}" for at, text in enumerate(task.acceptance)
        )
    more = {"lane": task.lane, "paths": list(task.paths), "spec": task.spec, "dependencies": elsewhere}
    if any(more.values()):
        value["metadata"] = {name: each for name, each in more.items() if each}
    return value


def _number(name: str) -> int | str:
    return int(name) if re.fullmatch(r"0|[1-9][0-9]{0,14}", name) else name


def dumped(value: object, indent: bytes, end: bytes) -> bytes:
    """JSON as people indent it."""
    text = json.dumps(value, indent=indent.decode() or None, ensure_ascii=False)
    return text.encode("utf-8", "replace") + end
