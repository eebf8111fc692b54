"""Flowcharts and rows of states as SVG: the part of Mermaid that the bot writes, laid out in layers.

Anything else stays a code block.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, field

from bot.playground.pages.html import Safe, el

NODES, EDGES = 300, 600
_ID = r"[A-Za-z0-9_-]+"
_NODE = re.compile(rf'({_ID})\["([^"]*)"\](?::::({_ID}))?')
_EDGE = re.compile(rf"({_ID}) (?:-->|==>|-\.->) ({_ID})")
_STATE = re.compile(rf'state "([^"]*)" as ({_ID})')
_GIVEN = re.compile(rf"class ({_ID}) ({_ID})")
_CLASS = re.compile(rf"classDef ({_ID}) (.+)")
_COLOR = re.compile(r"#(?:[0-9a-fA-F]{3}){1,2}")
LETTER, HEIGHT, GAP_X, GAP_Y, MARGIN = 7.6, 34, 64, 18, 12


@dataclass
class Graph:
    """What a flowchart says: label and class of each node, edges, and the two colours of each class."""

    down: bool = False
    nodes: dict[str, tuple[str, str]] = field(default_factory=dict)
    edges: list[tuple[str, str]] = field(default_factory=list)
    classes: dict[str, tuple[str, str]] = field(default_factory=dict)


def parse(text: str) -> Graph | None:
    """Reads a flowchart or a state diagram; ``None`` for anything that is not understood."""
    lines = [line.strip() for line in text.strip().split("\n")]
    head = re.fullmatch(r"(?:flowchart|graph) (LR|TD|TB)", lines[0])
    if head is None and lines[:2] != ["stateDiagram-v2", "direction LR"]:
        return None
    graph = Graph(down=head is not None and head[1] != "LR")
    for line in filter(None, lines[1 if head is not None else 2 :]):
        if head is None and (state := _STATE.fullmatch(line)):
            graph.nodes[state[2]] = (state[1], "")
        elif head is None and (given := _GIVEN.fullmatch(line)) and given[1] in graph.nodes:
            graph.nodes[given[1]] = (graph.nodes[given[1]][0], given[2])
        elif node := _NODE.fullmatch(line):
            graph.nodes[node[1]] = (node[2], node[3] or "")
        elif edge := _EDGE.fullmatch(line):
            graph.edges.append((edge[1], edge[2]))
        elif style := _CLASS.fullmatch(line):
            pairs = dict(part.split(":", 1) for part in style[2].split(",") if ":" in part)
            fill, color = pairs.get("fill", "#eaeef2"), pairs.get("color", "#1f2328")
            if not _COLOR.fullmatch(fill) or not _COLOR.fullmatch(color):
                return None
            graph.classes[style[1]] = (fill, color)
        else:
            return None
    for end in (end for edge in graph.edges for end in edge):
        graph.nodes.setdefault(end, (end, ""))
    fits = graph.nodes and len(graph.nodes) <= NODES and len(graph.edges) <= EDGES
    return graph if fits else None


def _layers(graph: Graph) -> dict[str, int] | None:
    """The longest way to each node from a start; ``None`` when there is a circle."""
    waiting = {name: sum(edge[1] == name for edge in graph.edges) for name in graph.nodes}
    layer = dict.fromkeys(graph.nodes, 0)
    ready = [name for name, count in waiting.items() if count == 0]
    for name in ready:
        for before, after in graph.edges:
            if before == name:
                layer[after] = max(layer[after], layer[name] + 1)
                waiting[after] -= 1
                if waiting[after] == 0:
                    ready.append(after)
    return layer if len(ready) == len(graph.nodes) else None


@dataclass
class _Layout:
    rows: list[list[str]]
    """For each layer its nodes; an edge that passes a layer has a stand-in there, whose name begins with a blank."""
    links: list[tuple[str, str]]
    paths: list[list[str]]


def _rows(graph: Graph, layer: dict[str, int]) -> _Layout:
    rows: list[list[str]] = [[] for _ in range(max(layer.values()) + 1)]
    for name, at in layer.items():
        rows[at].append(name)
    layout = _Layout(rows, [], [])
    for number, (before, after) in enumerate(graph.edges):
        path = [before, *(f" {number}.{at}" for at in range(layer[before] + 1, layer[after])), after]
        for at, name in enumerate(path[1:-1], layer[before] + 1):
            rows[at].append(name)
        layout.links += itertools.pairwise(path)
        layout.paths.append(path)
    _untangle(layout)
    return layout


def _untangle(layout: _Layout) -> None:
    """Orders every layer by the mean place of its neighbours, forth and back a few times."""
    before: dict[str, list[str]] = {}
    after: dict[str, list[str]] = {}
    for one, other in layout.links:
        before.setdefault(other, []).append(one)
        after.setdefault(one, []).append(other)
    place = {name: float(at) for row in layout.rows for at, name in enumerate(row)}
    for near, rows in [(before, layout.rows), (after, layout.rows[::-1])] * 4:
        for row in rows:
            mean = {n: sum(place[m] for m in near[n]) / len(near[n]) if n in near else place[n] for n in row}
            row.sort(key=mean.__getitem__)
            place.update({name: at - len(row) / 2 for at, name in enumerate(row)})


def _width(graph: Graph, name: str) -> float:
    return len(graph.nodes[name][0]) * LETTER + 28 if name in graph.nodes else 0.0


def _places(graph: Graph, layout: _Layout) -> tuple[dict[str, tuple[float, float]], float, float]:
    """The middle of each node, and the size of the picture."""
    widths = [max(_width(graph, name) for name in row) for row in layout.rows]
    if graph.down:
        lengths = [sum(_width(graph, name) + GAP_Y for name in row) for row in layout.rows]
    else:
        lengths = [len(row) * (HEIGHT + GAP_Y) for row in layout.rows]
    longest = max(lengths)
    places = {}
    x = float(MARGIN)
    for row, width, length in zip(layout.rows, widths, lengths, strict=True):
        y = MARGIN + (longest - length) / 2
        for name in row:
            step = (_width(graph, name) if graph.down else HEIGHT) + GAP_Y
            places[name] = (y + step / 2, x + HEIGHT / 2) if graph.down else (x + width / 2, y + step / 2)
            y += step
        x += (HEIGHT if graph.down else width) + GAP_X
    far = x - GAP_X + MARGIN
    across = longest + 2 * MARGIN
    return places, *((across, far) if graph.down else (far, across))


def _curve(graph: Graph, places: dict[str, tuple[float, float]], path: list[str]) -> Safe:
    d = ""
    for one, other in itertools.pairwise(path):
        (x, y), (to_x, to_y) = places[one], places[other]
        if graph.down:
            y, to_y = (
                y + (HEIGHT / 2 if one in graph.nodes else 0),
                to_y - (HEIGHT / 2 + 5 if other in graph.nodes else 0),
            )
            turn = (y + to_y) / 2
            d += f"M{x:.0f} {y:.0f}C{x:.0f} {turn:.0f} {to_x:.0f} {turn:.0f} {to_x:.0f} {to_y:.0f}"
        else:
            x, to_x = x + _width(graph, one) / 2, to_x - _width(graph, other) / 2 - (5 if other in graph.nodes else 0)
            turn = (x + to_x) / 2
            d += f"M{x:.0f} {y:.0f}C{turn:.0f} {y:.0f} {turn:.0f} {to_y:.0f} {to_x:.0f} {to_y:.0f}"
    return el("path", d=d, class_="edge", marker_end="url(#arrow)")


def _box(graph: Graph, name: str, at: tuple[float, float]) -> Safe:
    label, kind = graph.nodes[name]
    fill, color = graph.classes.get(kind, ("#eaeef2", "#1f2328"))
    width = _width(graph, name)
    shape = {"x": f"{at[0] - width / 2:.0f}", "y": f"{at[1] - HEIGHT / 2:.0f}", "rx": 6, "fill": fill}
    words = el("text", label, x=f"{at[0]:.0f}", y=f"{at[1] + 5:.0f}", text_anchor="middle", fill=color)
    title = el("title", f"{label}: {kind}" if kind else label)
    return el("g", title, el("rect", width=f"{width:.0f}", height=HEIGHT, **shape), words)


def _legend(graph: Graph, y: float) -> tuple[Safe, float]:
    """What the colours say, in words."""
    parts: list[Safe] = []
    x = float(MARGIN)
    for kind in dict.fromkeys(kind for _, kind in graph.nodes.values() if kind in graph.classes):
        parts.append(el("rect", x=f"{x:.0f}", y=f"{y:.0f}", width=12, height=12, rx=3, fill=graph.classes[kind][0]))
        parts.append(el("text", kind, x=f"{x + 18:.0f}", y=f"{y + 11:.0f}", class_="legend"))
        x += 18 + len(kind) * LETTER + 20
    return Safe("".join(parts)), x


def draw(text: str) -> Safe | None:
    """A flowchart as inline SVG, or ``None`` where it is not one we can draw."""
    graph = parse(text)
    layer = graph and _layers(graph)
    if not graph or not layer:
        return None
    layout = _rows(graph, layer)
    places, width, height = _places(graph, layout)
    legend, needed = _legend(graph, height + 6)
    width, height = max(width, needed), height + (30 if legend else 0)
    tip = el("path", d="M0 0L8 4L0 8z", class_="tip")
    marker = el(
        "marker", tip, id="arrow", viewBox="0 0 8 8", refX=4, refY=4, markerWidth=8, markerHeight=8, orient="auto"
    )
    told = ", ".join(f"{graph.nodes[one][0]} before {graph.nodes[other][0]}" for one, other in graph.edges[:50])
    return el(
        "svg",
        el("defs", marker),
        [_curve(graph, places, path) for path in layout.paths],
        [_box(graph, name, places[name]) for name in graph.nodes],
        legend,
        viewBox=f"0 0 {width:.0f} {height:.0f}",
        width=f"{width:.0f}",
        height=f"{height:.0f}",
        class_="flowchart",
        role="img",
        aria_label=f"Flowchart: {told}",
    )
