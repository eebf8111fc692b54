"""Pictures as Mermaid, which GitHub draws in comments. Labels from people are quoted and stripped of markup."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bot.contracts.task import State

# GitHub's renderer stops at 500 edges and 50,000 characters (Mermaid's maxEdges and maxTextSize); people stop earlier.
MAX_NODES = 120
MAX_EDGES = 400

_STYLES = {
    "merged": "fill:#1a7f37,color:#fff",
    "open": "fill:#0969da,color:#fff",
    "planned": "fill:#eaeef2,color:#1f2328",
    "waiting": "fill:#fff8c5,color:#1f2328",
    "held": "fill:#bf8700,color:#fff",
    "closed": "fill:#6e7781,color:#fff",
    "refused": "fill:#cf222e,color:#fff",
    "nothing-to-do": "fill:#d0d7de,color:#1f2328",
}


@dataclass(frozen=True, slots=True)
class Node:
    """A folder in the graph: its id, its state (a key of the styles) and what it depends on."""

    id: str
    state: str
    depends_on: tuple[str, ...] = ()


_TASKS = {
    "ready": "fill:#ddf4ff,color:#1f2328",
    "blocked": "fill:#fff8c5,color:#1f2328",
    "in-progress": "fill:#0969da,color:#fff",
    "in-review": "fill:#8250df,color:#fff",
    "done": "fill:#1a7f37,color:#fff",
    "subsumed": "fill:#d8b9e8,color:#1f2328",
    "deprecated": "fill:#6e7781,color:#fff",
}
_FINISHED = frozenset({"done", "subsumed", "deprecated"})


@dataclass(frozen=True, slots=True)
class TaskNode:
    """A task in the picture of a plan: what it is called, where it stands, what it waits for, and its epic."""

    id: str
    title: str
    state: State
    depends_on: tuple[str, ...] = ()
    parent: str | None = None


def _label(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9 ._/-]", "_", text)[:60]


def dependency_graph(nodes: Sequence[Node]) -> str | None:
    """A Mermaid flowchart of ``depends_on``; folders that depend on nothing and that nothing depends on are left out.

    ``None`` when no folder depends on another, or when the graph would be too large to draw.
    """
    linked = {name for node in nodes for name in node.depends_on} | {node.id for node in nodes if node.depends_on}
    drawn = [node for node in nodes if node.id in linked]
    edges = [(other, node.id) for node in drawn for other in node.depends_on]
    if not edges or len(drawn) > MAX_NODES or len(edges) > MAX_EDGES:
        return None
    numbers = {node.id: f"f{index}" for index, node in enumerate(drawn)}
    lines = ["flowchart LR"]
    lines += [f'  {numbers[node.id]}["{_label(node.id)}"]:::{node.state}' for node in drawn]
    lines += [f"  {numbers[before]} --> {numbers[after]}" for before, after in edges if before in numbers]
    used = sorted({node.state for node in drawn})
    lines += [f"  classDef {state} {_STYLES.get(state, _STYLES['planned'])}" for state in used]
    return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class Colliding:
    """A pull request that collides with another one: its number, its title and its state (a key of the styles)."""

    number: int
    title: str
    state: str


def conflict_graph(nodes: Sequence[Colliding], edges: Sequence[tuple[int, int]]) -> str | None:
    """A Mermaid flowchart of what collides: from what goes first to what goes second.

    ``None`` when nothing collides, or when the graph would be too large to draw.
    """
    if not edges or len(nodes) > MAX_NODES or len(edges) > MAX_EDGES:
        return None
    drawn = {node.number for node in nodes}
    lines = ["flowchart LR"]
    lines += [f'  p{node.number}["#35;{node.number} {_label(node.title)}"]:::{node.state}' for node in nodes]
    lines += [f"  p{first} --> p{second}" for first, second in edges if first in drawn and second in drawn]
    used = sorted({node.state for node in nodes})
    lines += [f"  classDef {state} {_STYLES.get(state, _STYLES['planned'])}" for state in used]
    return "\n".join(lines)


def state_diagram(states: Sequence[str], now: str) -> str:
    """A Mermaid state diagram of states in a row: those that were passed, where it stands, what is to come.

    Names are fixed words of ours; ``-`` stands for a space in what is shown.
    """
    at = list(states).index(now)
    ids = {state: state.replace("-", "_") for state in states}
    lines = ["stateDiagram-v2", "  direction LR"]
    lines += [f'  state "{_label(state.replace("-", " "))}" as {ids[state]}' for state in states]
    lines += [f"  {ids[one]} --> {ids[other]}" for one, other in itertools.pairwise(states)]
    for index, state in enumerate(states):
        kind = "merged" if index < at or (index == at == len(states) - 1) else "open" if index == at else "planned"
        lines.append(f"  class {ids[state]} {kind}")
    lines += [f"  classDef {kind} {_STYLES[kind]}" for kind in ("merged", "open", "planned")]
    return "\n".join(lines)


def task_graph(nodes: Sequence[TaskNode], critical: Sequence[str] = ()) -> str | None:
    """A Mermaid flowchart of a plan: state by colour, thick arrows along ``critical``, dotted ones from task to epic.

    What is too much to draw is left out: first what is finished, then sub-tasks, whose arrows become their uppermost
    epics'. ``None`` when it is still too much, or when there is nothing to draw.
    """
    left = _unfinished(nodes)
    tops = _tops(left)
    collapsed = [tops[each] for each in critical if each in tops]
    for drawn, way in ((nodes, critical), (left, critical), (_collapsed(left, tops), collapsed)):
        ids = {node.id for node in drawn}
        edges = [(other, node.id) for node in drawn for other in dict.fromkeys(node.depends_on) if other in ids]
        epics = [(node.id, node.parent) for node in drawn if node.parent in ids and node.parent is not None]
        if drawn and len(drawn) <= MAX_NODES and len(edges) + len(epics) <= MAX_EDGES:
            return _flowchart(drawn, edges, epics, set(itertools.pairwise(way)))
    return None


def _unfinished(nodes: Sequence[TaskNode]) -> list[TaskNode]:
    return [node for node in nodes if node.state not in _FINISHED]


def _tops(nodes: Sequence[TaskNode]) -> dict[str, str]:
    """The uppermost epic of each, or itself."""
    parents = {node.id: node.parent for node in nodes}
    tops: dict[str, str] = {}
    for node in nodes:
        way: dict[str, None] = {}
        at: str | None = node.id
        while at is not None and at in parents and at not in tops and at not in way:
            way[at] = None
            at = parents[at]
        top = tops.get(at or "", next(reversed(way), node.id))
        tops |= dict.fromkeys(way, top)
    return tops


def _collapsed(nodes: Sequence[TaskNode], tops: Mapping[str, str]) -> list[TaskNode]:
    """Uppermost epics and tasks without one, which wait for all that what is below them waits for."""
    waits: dict[str, dict[str, None]] = {}
    for node in nodes:
        others = [tops[other] for other in node.depends_on if other in tops]
        waits.setdefault(tops[node.id], {}).update((other, None) for other in others if other != tops[node.id])
    return [replace(node, depends_on=tuple(waits[node.id]), parent=None) for node in nodes if tops[node.id] == node.id]


def _flowchart(
    nodes: Sequence[TaskNode],
    edges: Sequence[tuple[str, str]],
    epics: Sequence[tuple[str, str]],
    critical: set[tuple[str, str]],
) -> str:
    names = {node.id: f"t{index}" for index, node in enumerate(nodes)}
    lines = ["flowchart LR"]
    lines += [f'  {names[node.id]}["{_task_label(node)}"]:::{node.state}' for node in nodes]
    lines += [f"  {names[one]} {'==>' if (one, other) in critical else '-->'} {names[other]}" for one, other in edges]
    lines += [f"  {names[one]} {'==>' if (one, other) in critical else '-.->'} {names[other]}" for one, other in epics]
    styles: Mapping[str, str] = _TASKS
    lines += [f"  classDef {state} {styles[state]}" for state in sorted({node.state for node in nodes})]
    return "\n".join(lines)


def _task_label(node: TaskNode) -> str:
    """Letters of any script, digits and a few marks: nothing that Mermaid, Markdown or HTML would read."""
    said = node.title if _bare(node.id) == _bare(node.title) else f"{node.id} {node.title}"
    text = " ".join(re.sub(r"[^\w ./-]", " ", said).split())
    return text if len(text) <= 60 else text[:59] + "…"


def _bare(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())
