"""A plan while it is read: tasks with the places of what they say, and the checks that hold for every format."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Final, TypeVar

from bot.contracts.task import PlannedTask, Priority, State, TaskPlan
from bot.errors import Place
from bot.planning.tasks.faults import MOST, Faults
from bot.planning.tasks.plan_files.as_graph import circles
from bot.planning.tasks.plan_files.cycles import cycles_of
from bot.planning.tasks.text.form_fields import LONGEST_BOX, MOST_BOXES, MOST_DEPENDENCIES, MOST_PATHS, safe_glob
from bot.source.nodes import shown
from bot.source.paths import check_path

T = TypeVar("T")
MOST_TASKS: Final = 5_000
MOST_CHILDREN: Final = 100
"""Sub-issues of one issue (FACTS.md)."""
DEEPEST: Final = 8
"""Levels of sub-issues that GitHub takes."""
LONGEST_TITLE: Final = 256
"""Characters of an issue's title."""
LONGEST_TEXT: Final = 20_000
"""Characters of a goal or a verification: both and the acceptance fit into one body."""
MOST_COMPARED: Final = 2_000
"""So many ids are looked at for one that was probably meant."""
_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/#:@-]{0,199}")
"""What a hidden marker can hold."""
_LANE: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")


@dataclass(slots=True)
class Entry:
    """One task of a plan as its file says it; nothing is checked yet. A dependency has its own place."""

    id: str
    title: str
    place: Place
    goal: str = ""
    acceptance: list[tuple[str, bool]] = field(default_factory=list)
    paths: list[tuple[str, Place]] = field(default_factory=list)
    lane: tuple[str, Place] | None = None
    priority: Priority = "medium"
    depends_on: list[tuple[str, Place]] = field(default_factory=list)
    parent: str | None = None
    spec: tuple[str, Place] | None = None
    verification: str = ""
    state: State = "ready"


def finish(entries: Sequence[Entry], plan: str, faults: Faults) -> TaskPlan:
    """The plan of these tasks.

    Raises ``Refusal``, the first fault by line with the others in ``also``: those noted in ``faults``, and
    ``plan-too-many``, ``plan-bad-id``, ``plan-repeated-id``, ``plan-unknown-dependency``, ``plan-unknown-parent``,
    ``plan-waits-for-itself``, ``plan-cycle``, ``plan-too-deep``, ``task-too-long``, ``task-too-many``,
    ``task-lane-unknown``, ``bad-glob``, ``unsafe-path``.
    """
    if len(entries) > MOST_TASKS:
        place = entries[MOST_TASKS].place
        faults.add("plan-too-many", place, what="tasks", of="this plan", count=len(entries), most=MOST_TASKS)
        faults.stop()
    known = _ids(entries, faults)
    tasks = [_task(entry, faults) for entry in entries]
    _relations(entries, known, faults)
    if not faults.found:
        _families(entries, known, faults)
    if not faults.found:
        _cycles(entries, faults)
    faults.stop()
    made = TaskPlan(plan=plan, tasks=tuple(each for each in tasks if each is not None))
    _tell_circles(circles(made.tasks), entries, faults)
    faults.stop()
    return made


def plan_name(file: str) -> str:
    """The name of a plan: its file's, without folders and ending."""
    stem = file.rpartition("/")[2]
    stem = stem.rpartition(".")[0] or stem
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", stem).strip("-._")[:100]
    return name or "tasks"


def _ids(entries: Sequence[Entry], faults: Faults) -> dict[str, Entry]:
    known: dict[str, Entry] = {}
    folded: dict[str, Entry] = {}
    for entry in entries:
        if not _ID.fullmatch(entry.id) or "--" in entry.id:
            faults.add("plan-bad-id", entry.place, id=shown(entry.id))
        first = folded.setdefault(entry.id.casefold(), entry)
        if first is not entry:
            faults.add("plan-repeated-id", entry.place, id=shown(entry.id), line=first.place.line or 1)
        known.setdefault(entry.id, entry)
    return known


def _task(entry: Entry, faults: Faults) -> PlannedTask | None:
    before = len(faults.found)
    for what, size, most in (
        ("title", len(entry.title), LONGEST_TITLE),
        ("goal", len(entry.goal), LONGEST_TEXT),
        ("verification", len(entry.verification), LONGEST_TEXT),
        ("acceptance", max((len(text) for text, _ in entry.acceptance), default=0), LONGEST_BOX),
    ):
        if size > most:
            faults.add("task-too-long", entry.place, what=what, size=size, most=most)
    for what, size, most in (
        ("acceptance", len(entry.acceptance), MOST_BOXES),
        ("paths", len(entry.paths), MOST_PATHS),
        ("dependencies", len(entry.depends_on), MOST_DEPENDENCIES),
    ):
        if size > most:
            faults.add("task-too-many", entry.place, what=what, count=size, most=most)
    paths = []
    for pattern, place in entry.paths[:MOST_PATHS]:
        with faults.noting():
            paths.append(safe_glob(pattern, place))
    if entry.lane and not _LANE.fullmatch(entry.lane[0]):
        faults.add("task-lane-unknown", entry.lane[1], lane=shown(entry.lane[0]), known=[], nearest="")
    if entry.spec:
        with faults.noting():
            check_path(*entry.spec)
    if len(faults.found) > before or not entry.title or not 0 < len(entry.id) <= 200:
        return None
    return PlannedTask(
        id=entry.id,
        title=entry.title,
        goal=entry.goal,
        acceptance=tuple(text for text, _ in entry.acceptance),
        ticked=tuple(at for at, (_, ticked) in enumerate(entry.acceptance) if ticked),
        paths=tuple(dict.fromkeys(paths)),
        lane=entry.lane[0] if entry.lane else "",
        priority=entry.priority,
        depends_on=tuple(dict.fromkeys(name for name, _ in entry.depends_on)),
        parent=entry.parent,
        spec=entry.spec[0] if entry.spec else "",
        verification=entry.verification,
        state=entry.state,
        line=entry.place.line,
    )


def _relations(entries: Sequence[Entry], known: Mapping[str, Entry], faults: Faults) -> None:
    """What is named must be there, and be another one."""
    for entry in entries:
        if len(faults.found) > MOST:  # more are not told, and looking for near ones costs
            return
        for name, place in entry.depends_on:
            if name == entry.id:
                faults.add("plan-waits-for-itself", place, task=shown(entry.id))
            elif name not in known:
                nearest = nearest_of(name, entries)
                faults.add(
                    "plan-unknown-dependency", place, task=shown(entry.id), dependency=shown(name), nearest=nearest
                )
        if entry.parent is not None and entry.parent not in known:
            nearest = nearest_of(entry.parent, entries)
            faults.add(
                "plan-unknown-parent", entry.place, task=shown(entry.id), parent=shown(entry.parent), nearest=nearest
            )


def nearest_of(name: str, entries: Sequence[Entry]) -> str:
    """The id that was probably meant, or that of the task with such a title; ``""`` when none is near."""
    some = entries[:MOST_COMPARED]
    ids = [entry.id for entry in some]
    if near := get_close_matches(name[:80], ids, 1):
        return near[0]
    titles = {entry.title.lower()[:80]: entry.id for entry in some}
    return "".join(titles[title] for title in get_close_matches(name.lower()[:80], titles, 1))


def _families(entries: Sequence[Entry], known: Mapping[str, Entry], faults: Faults) -> None:
    parents = {entry.id: entry.parent for entry in entries}
    for cycle in cycles_of({name: [parent] if parent else [] for name, parent in parents.items()}):
        faults.add("plan-cycle", known[cycle[0]].place, cycle=[shown(name) for name in cycle])
    if faults.found:
        return
    children: dict[str, int] = {}
    depths: dict[str, int] = {}
    for entry in entries:
        if entry.parent is not None:
            children[entry.parent] = children.get(entry.parent, 0) + 1
        if _depth(entry.id, parents, depths) > DEEPEST:
            faults.add("plan-too-deep", entry.place, task=shown(entry.id), most=DEEPEST)
    for name, count in children.items():
        if count > MOST_CHILDREN:
            faults.add(
                "plan-too-many", known[name].place, what="sub-tasks", of=shown(name), count=count, most=MOST_CHILDREN
            )


def _depth(name: str, parents: Mapping[str, str | None], depths: dict[str, int]) -> int:
    """How many levels are above a task; each is walked once."""
    way = []
    at: str | None = name
    while at is not None and at not in depths:
        way.append(at)
        at = parents[at]
    depth = depths[at] if at is not None else -1
    for each in reversed(way):
        depth += 1
        depths[each] = depth
    return depths[name]


def _cycles(entries: Sequence[Entry], faults: Faults) -> None:
    """Circles of dependencies, also among what is finished; those with epics in them are told once all else fits."""
    waits = {entry.id: [name for name, _ in entry.depends_on] for entry in entries}
    _tell_circles(cycles_of(waits), entries, faults)


def _tell_circles(found: Sequence[Sequence[str]], entries: Sequence[Entry], faults: Faults) -> None:
    """Each at the first dependency of it that somebody wrote down."""
    places = dict(_places(entries)) if found else {}
    for cycle in found:
        pairs = zip(cycle, (*cycle[1:], cycle[0]), strict=True)
        own = next(entry.place for entry in entries if entry.id == cycle[0])
        place = next((places[pair] for pair in pairs if pair in places), own)
        faults.add("plan-cycle", place, cycle=[shown(name) for name in cycle])


def _places(entries: Sequence[Entry]) -> Iterator[tuple[tuple[str, str], Place]]:
    for entry in entries:
        for name, place in entry.depends_on:
            yield (entry.id, name), place
