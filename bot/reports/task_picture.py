"""A picture of tasks as Mermaid: the state by colour, the critical path with thick lines, epics as boxes around."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bot.contracts.task import State

STYLES: Final[Mapping[State, str]] = {
    "ready": "fill:#dafbe1,color:#1f2328,stroke:#1a7f37",
    "blocked": "fill:#ffebe9,color:#1f2328,stroke:#cf222e",
    "in-progress": "fill:#ddf4ff,color:#1f2328,stroke:#0969da",
    "in-review": "fill:#0969da,color:#fff,stroke:#0969da",
    "done": "fill:#1a7f37,color:#fff,stroke:#1a7f37",
    "subsumed": "fill:#fbefff,color:#1f2328,stroke:#8250df",
    "deprecated": "fill:#d0d7de,color:#1f2328,stroke:#6e7781",
}
CRITICAL: Final = "stroke:#9a6700,stroke-width:4px"
MAX_EDGES: Final = 400
"""GitHub's renderer stops at 500."""
LABEL: Final = 40


@dataclass(frozen=True, slots=True)
class Drawn:
    """One task to be drawn."""

    number: int
    title: str
    state: State
    epic: int | None = None


def task_picture(tasks: Sequence[Drawn], edges: Sequence[tuple[int, int]], critical: Sequence[int] = ()) -> str | None:
    """A flowchart. ``edges``: (blocker, waiting); those of tasks that are not drawn are left out.

    ``None`` where there is nothing to draw, or more lines than GitHub draws.
    """
    there = {task.number: task for task in tasks}
    lines = [(one, other) for one, other in edges if one in there and other in there]
    if not tasks or len(lines) > MAX_EDGES:
        return None
    parts: dict[int, list[Drawn]] = {}
    for task in tasks:
        if task.epic in there and task.epic != task.number:
            parts.setdefault(task.epic or 0, []).append(task)
    # An epic inside another one is drawn as a task: nested boxes are hard to read.
    boxes = {epic for epic in parts if there[epic].epic not in there}
    inside = {part.number for epic in boxes for part in parts[epic]}
    text = ["flowchart LR"]
    for epic in sorted(boxes):
        text.append(f'  subgraph e{epic}["{_label(there[epic])}"]')
        text += [_node(part, "    ") for part in parts[epic]]
        text.append("  end")
    text += [_node(task, "  ") for task in tasks if task.number not in inside and task.number not in boxes]
    own = {(part.number, epic) for epic in boxes for part in parts[epic]}  # a line into the box around it draws nothing
    lines = [(one, other) for one, other in lines if not {(one, other), (other, one)} & own]
    thick = set(itertools.pairwise(critical))
    for one, other in lines:
        arrow = "==>" if (one, other) in thick else "-->"
        text.append(f"  {_id(one, boxes)} {arrow} {_id(other, boxes)}")
    used = sorted({task.state for task in tasks if task.number not in boxes})
    text += [f"  classDef {_class(state)} {STYLES[state]}" for state in used]
    strokes = {epic: STYLES[there[epic].state].rpartition(",")[2] for epic in boxes}
    text += [f"  style e{epic} fill:none,{strokes[epic]}" for epic in sorted(boxes)]
    marked = [_id(number, boxes) for number in critical if number in there]
    if len(marked) > 1:
        text += [f"  style {each} {CRITICAL}" for each in marked]
    return "\n".join(text)


def _id(number: int, boxes: set[int]) -> str:
    return f"{'e' if number in boxes else 't'}{number}"


def _class(state: State) -> str:
    return state.replace("-", "_")


def _node(task: Drawn, indent: str) -> str:
    return f'{indent}t{task.number}["{_label(task)}"]:::{_class(task.state)}'


def _label(task: Drawn) -> str:
    # No character of a title means anything to Mermaid, HTML or Markdown.
    title = re.sub(r"[^\w .,/-]", "_", " ".join(task.title.split()))
    return f"#{task.number} {title[:LABEL].rstrip()}"
