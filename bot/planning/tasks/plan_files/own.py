"""Plans in our own JSON (``bot.contracts.task.TaskPlan``), and the generated index of specs as a plan."""

from __future__ import annotations

import json
from typing import Any

from bot.contracts.spec import SpecIndex
from bot.contracts.task import PlannedTask, TaskPlan
from bot.errors import Place
from bot.planning.tasks.plan_files.entries import Entry
from bot.source.documents import Document, fit
from bot.source.nodes import Path


def is_own(value: object) -> bool:
    """Whether a document says that it is one of ours: tasks, with the version of the format or the plan's name."""
    return isinstance(value, dict) and "tasks" in value and bool({"version", "plan"} & value.keys())


def is_spec_index(value: object) -> bool:
    """Whether a document is the index that is generated from specs."""
    return isinstance(value, dict) and isinstance(value.get("specs"), list) and "tasks" not in value


def read_own(document: Document) -> tuple[str, list[Entry]]:
    """The name that the plan gives itself (or ``""``) and its tasks. Raises ``Refusal`` as ``documents.fit`` does."""
    plan = fit(document, TaskPlan)
    name = plan.plan if "plan" in document.value else ""
    return name, [_entry(document, task, ("tasks", at)) for at, task in enumerate(plan.tasks)]


def _entry(document: Document, task: PlannedTask, path: Path) -> Entry:
    def at(name: str, index: int | None = None) -> Place:
        return document.place((*path, name) if index is None else (*path, name, index))

    entry = Entry(task.id, " ".join(task.title.split()), document.place(path))
    entry.goal, entry.verification = task.goal, task.verification
    entry.acceptance = [(text, number in task.ticked) for number, text in enumerate(task.acceptance)]
    entry.paths = [(pattern, at("paths", number)) for number, pattern in enumerate(task.paths)]
    entry.depends_on = [(name, at("depends_on", number)) for number, name in enumerate(task.depends_on)]
    entry.lane = (task.lane, at("lane")) if task.lane else None
    entry.spec = (task.spec, at("spec")) if task.spec else None
    entry.priority, entry.parent, entry.state = task.priority, task.parent, task.state
    return entry


def read_spec_index(document: Document) -> list[Entry]:
    """A task for each spec: it is done when all of its requirements are. Raises as :func:`read_own` does."""
    entries = []
    for at, spec in enumerate(fit(document, SpecIndex).specs):
        path: Path = ("specs", at)
        entry = Entry(spec.id, " ".join(spec.title.split()), document.place(path))
        entry.spec = (spec.path, document.place((*path, "path")))
        entry.paths = [(glob, document.place((*path, "covers", number))) for number, glob in enumerate(spec.covers)]
        entry.acceptance = [(f"{each.id}: {each.text}".strip(), each.done) for each in spec.requirements]
        if entry.acceptance and all(done for _, done in entry.acceptance):
            entry.state = "done"
        entries.append(entry)
    return entries


def write_own(plan: TaskPlan) -> bytes:
    """The plan as JSON: members that say nothing are left out, lines of a file too."""
    value: dict[str, Any] = {"version": 1, "plan": plan.plan, "tasks": []}
    for task in plan.tasks:
        value["tasks"].append(task.model_dump(mode="json", by_alias=True, exclude_defaults=True, exclude={"line"}))
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode("utf-8", "replace")
