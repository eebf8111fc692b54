"""Pictures as Mermaid, which GitHub draws in comments. Labels from people are quoted and stripped of markup."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass

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


def conflict_graph(nodes: Sequence[Colliding], edges: Sequence[tuple[int, int, int]]) -> str | None:
    """A Mermaid flowchart of what collides: from what goes first to what goes second, with the number of places.

    ``None`` when nothing collides, or when the graph would be too large to draw.
    """
    if not edges or len(nodes) > MAX_NODES or len(edges) > MAX_EDGES:
        return None
    drawn = {node.number for node in nodes}
    lines = ["flowchart LR"]
    lines += [f'  p{node.number}["#35;{node.number} {_label(node.title)}"]:::{node.state}' for node in nodes]
    lines += [
        f"  p{first} -->|{places}| p{second}" for first, second, places in edges if first in drawn and second in drawn
    ]
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
