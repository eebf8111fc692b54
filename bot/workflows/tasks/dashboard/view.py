"""The text of the dashboard, within GitHub's limits: each section has its room, and says what it left out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from bot.contracts.github import Issue, Pull
from bot.contracts.task import TaskSettings, Window
from bot.planning.tasks.board.ticks import Act
from bot.planning.tasks.board.useful import (
    OVER,
    blockers,
    counts,
    drawn,
    epics,
    progress,
    ranked,
    useful,
)
from bot.planning.tasks.model import Graph, Planned, Reason
from bot.reports.mermaid import TaskNode, task_graph
from bot.workflows import names
from bot.workflows.bodies import MAX_BODY
from bot.workflows.tasks.book import effective
from bot.workflows.tasks.dashboard.acts import LIMIT
from bot.workflows.tasks.dashboard.board import Board
from bot.workflows.tasks.dashboard.find import MARKER
from bot.workflows.tasks.pull import END
from bot.workflows.tasks.reasons import reason_text
from bot.workflows.tasks.world import TaskWorld, by_id, has_label
from templates import render

LEAST: Final = 20_000
"""Bytes that are ours, whatever people write below."""
SHARES: Final[Mapping[str, int]] = {
    "summary": 2, "picture": 18, "next": 5, "boxes": 15, "table": 25, "waits": 9, "limits": 4, "forecast": 7, "ticks": 5
}  # fmt: skip
"""Of a hundred parts of the room that the merge forecast leaves, each section has so many at most."""
MERGING: Final = 15_000
"""Bytes of the merge forecast that are shown, where it has more it is left out."""
SHOWN: Final = (300, 200, 120, 80, 50, 30, 20, 12, 6, 3, 1, 0)
NODES: Final = (80, 60, 45, 30, 20, 10)
TITLE: Final = 80
MOST_NAMED: Final = 5
"""So many others one reason names."""
MOST_REASONS: Final = 3


@dataclass(frozen=True)
class Shown:
    """What a dashboard is made of."""

    graph: Graph
    planned: Planned
    settings: TaskSettings
    """With the limits that were raised."""
    raised: int = 0
    """By how much the limit of open tasks was raised."""
    issues: Mapping[int, Issue] = field(default_factory=dict)
    """Every issue that is known, by number."""
    pulls: Mapping[int, Pull] = field(default_factory=dict)
    """The newest pull request of each task."""
    replayable: bool = False
    """Whether Graftsman has open branches that may be made anew."""
    board: Board = field(default_factory=Board)
    merging: str = ""
    """The merge forecast, in Markdown."""


def shown_of(world: TaskWorld, graph: Graph, planned: Planned, board: Board, merging: str = "") -> Shown:
    """What there is to show."""
    mine = [pull for pull in world.open_pulls if pull.user == world.scene.github.bot_login]
    free = [pull for pull in mine if not has_label(pull.labels, names.HOLD_LABEL)]
    return Shown(
        graph,
        planned,
        effective(world.settings, world.book),
        world.book.raised.get(LIMIT, 0) if world.settings.max_open else 0,
        by_id(world),
        world.pulls,
        any(names.task_of_branch(pull.head.ref) is None for pull in free),
        board,
        merging,
    )


def dashboard_text(shown: Shown, below: str = "") -> str:
    """The whole body. ``below`` is what people wrote below our part; it is kept as far as there is room."""
    room = max(LEAST, MAX_BODY - _bytes(below) - 1_000)
    merging = shown.merging.strip()
    if _bytes(merging) > min(MERGING, room // 3):
        merging = ""
    left = room - _bytes(merging)
    sections = {name: make(shown, left * SHARES[name] // 100).strip() for name, make in _SECTIONS.items()}
    text = render("dashboard/dashboard.md", marker=MARKER, end=END, merging=merging, sections=sections).rstrip("\n")
    return text + _cut(below.rstrip(), MAX_BODY - _bytes(text))


def _cut(text: str, room: int) -> str:
    if _bytes(text) <= room:
        return text
    return text.encode("utf-8", "replace")[: max(0, room)].decode("utf-8", "ignore")


def _bytes(text: str) -> int:
    return len(text.encode("utf-8", "replace"))


def _fitting(template: str, limit: int, values: Callable[[int], dict[str, Any]], steps: Sequence[int] = SHOWN) -> str:
    """Renders with as much as fits; nothing at all where not even the least does."""
    for most in steps:
        text = render(template, **values(most))
        if _bytes(text) <= limit:
            return text
    return ""


def _summary(shown: Shown, limit: int) -> str:
    done, whole = progress(shown.planned)
    values = {"counts": counts(shown.planned), "done": done, "whole": whole}
    return _fitting("dashboard/summary.md", limit, lambda _: values)


def _picture(shown: Shown, limit: int) -> str:
    graph, planned = shown.graph, shown.planned
    above = epics(graph)

    def values(most: int) -> dict[str, Any]:
        chosen = drawn(graph, planned, most)
        nodes = [_node(shown, number, above.get(number)) for number in chosen]
        picture = task_graph(nodes, [str(number) for number in planned.critical])
        return {"picture": picture, "left": len(planned.decisions) - len(chosen)}

    return _fitting("dashboard/picture.md", limit, values, NODES)


def _node(shown: Shown, number: int, epic: int | None) -> TaskNode:
    task = shown.graph[number]
    waits = tuple(str(on) for on in task.blocked_by)
    title = task.title[:40]
    return TaskNode(
        str(number), title, shown.planned.decisions[number].state, waits, None if epic is None else str(epic)
    )


def _next(shown: Shown, limit: int) -> str:
    def values(most: int) -> dict[str, Any]:
        most = min(most, 10)
        rows = [
            (each.number, _title(shown, each.number), _reasons(each.because))
            for each in shown.planned.next[:most]
        ]  # fmt: skip
        return {"rows": rows, "left": len(shown.planned.next) - len(rows)}

    return _fitting("dashboard/next.md", limit, values)


def _boxes(shown: Shown, limit: int) -> str:
    boxes = useful(shown.graph, shown.planned, shown.settings, shown.raised, open_pulls=shown.replayable)
    groups = (boxes.starts, boxes.retries, boxes.holds, boxes.others)

    def values(most: int) -> dict[str, Any]:
        kept = [group[:most] for group in groups[:3]] + [groups[3]]
        lines = [act.line(_words(shown, act)) for group in kept for act in group]
        return {"lines": lines, "left": boxes.left + sum(map(len, groups)) - len(lines)}

    return _fitting("dashboard/boxes.md", limit, values)


def _words(shown: Shown, act: Act) -> str:
    title = _title(shown, act.number)[:50] if act.number else ""
    values = {
        "act": act,
        "title": title,
        "limit": shown.settings.max_open,
        "usual": shown.settings.max_open - shown.raised,
    }
    return render("dashboard/act.md", **values).strip()


def _table(shown: Shown, limit: int) -> str:
    order = ranked(shown.graph, shown.planned)
    lanes = shown.settings.lanes
    names_of = sorted(lanes, key=lambda lane: (-lanes[lane].priority, lane))

    def values(most: int) -> dict[str, Any]:
        chosen = frozenset(order[:most])
        found: dict[str, list[int]] = {lane: [] for lane in [*names_of, ""]}
        for number in order:
            lane = shown.graph[number].lane
            found[lane if lane in lanes else ""].append(number)
        rows = [
            (lane, [_row(shown, n) for n in numbers if n in chosen], sum(n not in chosen for n in numbers))
            for lane, numbers in found.items()
            if numbers
        ]
        return {"lanes": rows, "alone": not lanes}

    return _fitting("dashboard/table.md", limit, values)


def _row(shown: Shown, number: int) -> dict[str, Any]:
    task, made = shown.graph[number], shown.planned.decisions[number]
    pull = shown.pulls.get(number)
    return {
        "number": number,
        "title": _title(shown, number),
        "state": made.state,
        "priority": task.priority,
        "people": shown.issues[number].assignees,
        "pull": pull.number if pull is not None else None,
        "why": "" if made.state in OVER else _reasons(made.because),
        "critical": number in shown.planned.critical and len(shown.planned.critical) > 1,
    }


def _waits(shown: Shown, limit: int) -> str:
    found = blockers(shown.graph, shown.planned)

    def values(most: int) -> dict[str, Any]:
        rows = []
        for each in found[: min(most, 50)]:
            made = shown.planned.decisions.get(each.number)
            issue = shown.issues.get(each.number)
            rows.append(
                {
                    "number": each.number,
                    "title": _title(shown, each.number),
                    "state": made.state if made is not None else "",
                    "people": issue.assignees if issue is not None else (),
                    "waiting": each.waiting[:MOST_NAMED],
                    "more": max(0, len(each.waiting) - MOST_NAMED),
                }
            )
        return {"rows": rows, "left": len(found) - len(rows)}

    return _fitting("dashboard/waits.md", limit, values)


def _limits(shown: Shown, limit: int) -> str:
    settings = shown.settings
    tasks = [shown.graph[number] for number in sorted(shown.planned.decisions)]
    running = [task for task in tasks if not task.closed and task.pull in {"draft", "open"}]
    lanes = [
        (lane, sum(task.lane == lane for task in running), told.max_open)
        for lane, told in settings.lanes.items()
        if told.max_open
    ]
    values = {
        "open": len(running),
        "most": settings.max_open,
        "raised": shown.raised,
        "per_hour": settings.max_starts_per_hour,
        "windows": [_window(each) for each in settings.windows],
        "pilots": [task.number for task in tasks if task.pilot and not task.closed][:10],
        "autopilot": settings.autopilot,
    }
    return _fitting(
        "dashboard/limits.md", limit, lambda most: {**values, "lanes": lanes[:most], "paths": settings.paths[:most]}
    )


def _window(window: Window) -> tuple[str, str, str]:
    return " ".join(window.days), window.from_, window.to


def _forecast(shown: Shown, limit: int) -> str:
    text = shown.board.forecast
    return text if _bytes(text) <= limit else ""


def _ticks(shown: Shown, limit: int) -> str:
    ticks = list(reversed(shown.board.ticks))
    rows = [(each, Act(each.kind, each.number)) for each in ticks]
    told = [(tick, render("dashboard/act-name.md", act=act).strip()) for tick, act in rows]
    return _fitting("dashboard/ticks.md", limit, lambda most: {"ticks": told[:most]})


def _title(shown: Shown, number: int) -> str:
    return shown.graph[number].title[:TITLE]


def _reasons(reasons: Iterable[Reason]) -> str:
    told = [reason_text(each, most=_named(each)) for each in list(reasons)[:MOST_REASONS]]
    return " ".join(told)


def _named(reason: Reason) -> int:
    return 20 if reason.code == "cycle" else MOST_NAMED


_SECTIONS: Final[Mapping[str, Callable[[Shown, int], str]]] = {
    "summary": _summary,
    "picture": _picture,
    "next": _next,
    "boxes": _boxes,
    "table": _table,
    "waits": _waits,
    "limits": _limits,
    "forecast": _forecast,
    "ticks": _ticks,
}
