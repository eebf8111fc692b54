"""task-master's ``tasks.json``: ``{"tasks": […]}``, or one such list for each tag, ``{"master": {"tasks": […]}}``.

A task has ``id``, ``title``, ``description``, ``details``, ``testStrategy``, ``status``, ``priority``, ``dependencies``
and ``subtasks``, which are tasks with an id of their own within it (``3.1`` from outside). Members that are not named
here are let be. ``metadata``, which the format gives to its users, may hold ``lane``, ``paths``, ``spec`` and more
``dependencies``, by full ids.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from bot.contracts.task import Priority, State
from bot.errors import Place, Refusal
from bot.planning.tasks.faults import Faults
from bot.planning.tasks.plan_files.entries import DEEPEST, MOST_TASKS, Entry
from bot.planning.tasks.text.form_fields import WORDS
from bot.source.documents import Document
from bot.source.nodes import Path, key_path, shown

MASTER: Final = "master"
"""The tag that is read where there are several and none is named."""
STATES: Final[dict[str, State]] = {
    "pending": "ready", "todo": "ready", "blocked": "blocked", "deferred": "blocked", "in-progress": "in-progress",
    "review": "in-review", "done": "done", "completed": "done", "cancelled": "deprecated", "canceled": "deprecated",
}  # fmt: skip
"""``deferred`` is put off: nothing may start it, so it counts as blocked."""
_ITEM: Final = re.compile(r"[ \t]*(?:[-*+]|[0-9]{1,9}[.)])?[ \t]*(?:\[([ xX])\][ \t]+)?(.*)")


@dataclass(frozen=True, slots=True)
class Found:
    """One task as the file has it: its full id, its value, and where that is."""

    id: str
    value: Mapping[str, Any]
    path: Path
    parent: str | None


def is_task_master(value: object) -> bool:
    """Whether a document looks like one."""
    return isinstance(value, dict) and (isinstance(value.get("tasks"), list) or bool(_tags(value)))


def _tags(value: Mapping[str, Any]) -> list[str]:
    return [tag for tag, each in value.items() if isinstance(each, dict) and isinstance(each.get("tasks"), list)]


def tag_of(document: Document, tag: str | None) -> str | None:
    """The tag whose tasks are meant; ``None`` where there are no tags.

    Raises ``Refusal('plan-tag-unknown')`` for one that there is not, and where several could be meant.
    """
    value = document.value
    tags = _tags(value)
    if tag is None and (isinstance(value.get("tasks"), list) or not tags):
        return None
    wanted = tag or (MASTER if MASTER in tags or len(tags) != 1 else tags[0])
    if wanted not in tags:
        raise Refusal(
            "plan-tag-unknown", document.place(()), {"tag": shown(tag or ""), "known": [shown(t) for t in tags]}
        )
    return wanted


def find_tasks(document: Document, tag: str | None, faults: Faults) -> Iterator[Found]:
    """Every task and sub-task that has an id, parents first, in the order of the file."""
    value = document.value
    start: Path = ("tasks",) if tag is None else (tag, "tasks")
    tasks = value["tasks"] if tag is None else value[tag]["tasks"]
    return _walk(document, tasks, start, None, faults, 0)


def _walk(
    document: Document, tasks: list[Any], path: Path, parent: str | None, faults: Faults, depth: int
) -> Iterator[Found]:
    ids = [_id(task.get("id")) if isinstance(task, dict) else None for task in tasks]
    for at, (task, name) in enumerate(zip(tasks[: MOST_TASKS + 1], ids, strict=False)):
        here = (*path, at)
        if not isinstance(task, dict):
            wrong(faults, document, here, "a mapping", task)
            continue
        if name is None:
            if "id" in task:
                wrong(faults, document, (*here, "id"), "text or a whole number", task["id"])
            else:
                faults.add("missing-key", document.place(here), key=key_path((*here, "id")), name="id")
            continue
        full = name if parent is None or name.startswith(f"{parent}.") else f"{parent}.{name}"
        yield Found(full, task, here, parent)
        below = task.get("subtasks")
        if isinstance(below, list) and depth < DEEPEST + 1:
            yield from _walk(document, below, (*here, "subtasks"), full, faults, depth + 1)
        elif below is not None and not isinstance(below, list):
            wrong(faults, document, (*here, "subtasks"), "a list", below)


def _id(value: object) -> str | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value.strip() if isinstance(value, str) and value.strip() else None


def read_entries(document: Document, tag: str | None, faults: Faults) -> list[Entry]:
    """The tasks of one tag; what is wrong with them is noted."""
    found = list(find_tasks(document, tag, faults))
    ids = frozenset(each.id for each in found)
    return [_entry(document, each, ids, faults) for each in found]


def _entry(document: Document, found: Found, ids: frozenset[str], faults: Faults) -> Entry:
    value = found.value

    def text(name: str) -> str:
        given = value.get(name)
        if given is not None and not isinstance(given, str):
            wrong(faults, document, (*found.path, name), "text", given)
        return given.strip() if isinstance(given, str) else ""

    def one_of(name: str, words: Mapping[str, Any], default: str) -> Any:
        said = text(name).lower().replace("_", "-").replace(" ", "-") or default
        if said not in words:
            expected = ", ".join(words)
            place = document.place((*found.path, name))
            faults.add("bad-value", place, key=place.key, value=shown(text(name)), expected=expected)
        return words.get(said, words[default])

    title = " ".join(text("title").split())
    if not title:
        faults.add("missing-key", document.place(found.path), key=key_path((*found.path, "title")), name="title")
    entry = Entry(found.id, title, document.place(found.path), parent=found.parent)
    entry.goal = "\n\n".join(part for part in (text("description"), text("details")) if part)
    entry.verification = text("testStrategy")
    entry.state = one_of("status", STATES, "pending")
    entry.priority = one_of("priority", WORDS, "medium")
    entry.acceptance = list(_acceptance(value.get("acceptanceCriteria")))
    entry.depends_on = list(_dependencies(document, found, ids, faults))
    _metadata(document, found, entry)
    return entry


def _acceptance(value: object) -> Iterator[tuple[str, bool]]:
    lines = value.split("\n") if isinstance(value, str) else value if isinstance(value, list) else []
    for line in lines:
        item = _ITEM.match(line) if isinstance(line, str) else None
        if item and item[2].strip():
            yield " ".join(item[2].split()), item[1] in {"x", "X"}


def _dependencies(document: Document, found: Found, ids: frozenset[str], faults: Faults) -> Iterator[tuple[str, Place]]:
    """Within a sub-task what holds no dot is one beside it, where there is such a one, as task-master itself reads it.

    (Its ``find-next-task.js``; its newer files hold text for numbers.) What ``metadata`` names comes last.
    """
    path = (*found.path, "dependencies")
    given = found.value.get("dependencies")
    if given is not None and not isinstance(given, list):
        wrong(faults, document, path, "a list", given)
    for at, each in enumerate(given if isinstance(given, list) else ()):
        name = _id(each)
        if name is None:
            wrong(faults, document, (*path, at), "text or a whole number", each)
            continue
        itself = isinstance(each, str) and f"{found.parent}.{name}" == found.id and name in ids
        if is_beside(name, found.parent, ids) and not itself:
            name = f"{found.parent}.{name}"
        yield name, document.place((*path, at))
    yield from _more_dependencies(document, found)


def is_beside(name: str, parent: str | None, ids: Container[str]) -> bool:
    """Whether a dependency that is written so within a sub-task of ``parent`` is read as the sub-task beside it."""
    return parent is not None and "." not in name and f"{parent}.{name}" in ids


def _more_dependencies(document: Document, found: Found) -> Iterator[tuple[str, Place]]:
    more = found.value.get("metadata")
    given = more.get("dependencies") if isinstance(more, dict) else None
    for at, each in enumerate(given if isinstance(given, list) else ()):
        if (name := _id(each)) is not None:
            yield name, document.place((*found.path, "metadata", "dependencies", at))


def _metadata(document: Document, found: Found, entry: Entry) -> None:
    """What ``metadata`` says in our words; what it holds otherwise is nobody's business."""
    more = found.value.get("metadata")
    if not isinstance(more, dict):
        return
    at = (*found.path, "metadata")
    if isinstance(more.get("lane"), str) and more["lane"]:
        entry.lane = (more["lane"], document.place((*at, "lane")))
    if isinstance(more.get("spec"), str) and more["spec"]:
        entry.spec = (more["spec"], document.place((*at, "spec")))
    if isinstance(more.get("paths"), list):
        paths = [(path, document.place((*at, "paths", n))) for n, path in enumerate(more["paths"])]
        entry.paths = [each for each in paths if isinstance(each[0], str)]


def wrong(faults: Faults, document: Document, path: Path, expected: str, value: object) -> None:
    """Notes that a member is not what it should be, with what it is."""
    kinds = {dict: "a mapping", list: "a list", str: "text", bool: "true or false", type(None): "nothing"}
    place = document.place(path)
    faults.add("wrong-type", place, key=key_path(path), expected=expected, got=kinds.get(type(value), "a number"))


def status_of(state: State, before: str | None, *, waits: bool) -> str:
    """The status to write for a state. ``before`` is what the file says now: it stays where it means the same.

    ``waits``: a dependency of it is not done, so that ``pending`` says enough of a blocked one.
    """
    said = (before or "").lower().replace("_", "-")
    if STATES.get(said) == state or (said == "pending" and state == "blocked" and waits):
        return before or said
    if state == "blocked":
        return "pending" if waits else "blocked"
    return {"ready": "pending", "in-review": "review", "subsumed": "cancelled", "deprecated": "cancelled"}.get(
        state, state
    )


def priority_of(priority: Priority, before: str | None) -> str:
    """The priority to write; what the file says stays where it means the same."""
    return before if before is not None and WORDS.get(before.lower()) == priority else priority
