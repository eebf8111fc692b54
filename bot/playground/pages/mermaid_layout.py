"""Where the nodes of a picture go: in layers along the reading direction, each group in a lane of its own."""

from __future__ import annotations

import itertools
import textwrap
from dataclasses import dataclass, field

from bot.playground.pages.mermaid_read import Graph

LETTER, LINE, HEIGHT, GAP_X, GAP_Y, MARGIN = 7.6, 17, 34, 64, 18, 12
WRAP, LINES = 32, 3
"""Letters of a line of a label, and lines of one."""
TITLE, PAD = 26, 10
"""Room above the nodes of a group for its title, and around them."""


@dataclass
class Layout:
    """``places`` has the middle of each node and of the stand-ins of long edges; ``paths`` what each edge passes."""

    labels: dict[str, list[str]]
    height: float
    places: dict[str, tuple[float, float]] = field(default_factory=dict)
    paths: list[list[str]] = field(default_factory=list)
    frames: dict[str, tuple[float, float, float, float]] = field(default_factory=dict)
    """For each group x, y, width and height."""
    size: tuple[float, float] = (0.0, 0.0)

    def width(self, name: str) -> float:
        """The width of a node; 0 for a stand-in."""
        lines = self.labels.get(name)
        return max(map(len, lines)) * LETTER + 28 if lines else 0.0


def lay_out(graph: Graph, layer: dict[str, int]) -> Layout:
    """Places everything; ``layer`` says how far along each node is."""
    labels = {name: _lines(node.label) for name, node in graph.nodes.items()}
    layout = Layout(labels, HEIGHT + LINE * (max(map(len, labels.values())) - 1))
    lanes = {group: at for at, group in enumerate([*graph.groups, ""])}
    lane = {name: lanes[node.group] for name, node in graph.nodes.items()}
    rows: list[list[str]] = [[] for _ in range(max(layer.values()) + 1)]
    for name, at in layer.items():
        rows[at].append(name)
    links: list[tuple[str, str]] = []
    for number, edge in enumerate(graph.edges):
        # An edge that passes a layer has a stand-in there, whose name begins with a blank: it needs room, too.
        passed = range(layer[edge.before] + 1, layer[edge.after])
        path = [edge.before, *(f" {number}.{at}" for at in passed), edge.after]
        inside = graph.nodes[edge.before].group == graph.nodes[edge.after].group
        for at, name in zip(passed, path[1:-1], strict=True):
            rows[at].append(name)
            lane[name] = lane[edge.before] if inside else lanes[""]
        links += itertools.pairwise(path)
        layout.paths.append(path)
    _untangle(rows, links, lane)
    _place(graph, layout, rows, lane)
    return layout


def _lines(label: str) -> list[str]:
    lines = [part for line in label.split("\n") for part in textwrap.wrap(line, WRAP) or [""]]
    return lines if len(lines) <= LINES else [*lines[: LINES - 1], f"{lines[LINES - 1]}…"]


def _untangle(rows: list[list[str]], links: list[tuple[str, str]], lane: dict[str, int]) -> None:
    """Orders every layer by lane, and within it by the mean place of the neighbours, forth and back a few times."""
    before: dict[str, list[str]] = {}
    after: dict[str, list[str]] = {}
    for one, other in links:
        before.setdefault(other, []).append(one)
        after.setdefault(one, []).append(other)
    place = {name: float(at) for row in rows for at, name in enumerate(row)}
    for near, ordered in [(before, rows), (after, rows[::-1])] * 4:
        for row in ordered:
            mean = {n: sum(place[m] for m in near[n]) / len(near[n]) if n in near else place[n] for n in row}
            row.sort(key=lambda name, mean=mean: (lane[name], mean[name]))  # type: ignore[misc]
            place.update({name: at - len(row) / 2 for at, name in enumerate(row)})


def _place(graph: Graph, layout: Layout, rows: list[list[str]], lane: dict[str, int]) -> None:
    down, groups = graph.down, [*graph.groups, ""]

    def across(name: str) -> float:
        return (layout.width(name) if down else layout.height if name in layout.labels else 0.0) + GAP_Y

    lengths = [max(sum(across(name) for name in row if lane[name] == at) for row in rows) for at in range(len(groups))]
    if down:  # a title needs its room
        lengths = [
            max(length, len(graph.groups.get(group, "")) * LETTER)
            for group, length in zip(groups, lengths, strict=True)
        ]
    lines = [layout.height if down else max(layout.width(name) for name in row) for row in rows]
    along = MARGIN + (TITLE + PAD if down and graph.groups else PAD if graph.groups else 0.0)
    starts = [along + sum(lines[:at]) + GAP_X * at for at in range(len(rows))]
    edge = float(MARGIN)
    for at, group in enumerate(groups):
        top = edge + ((PAD if down else TITLE) if group else 0)
        for row, start, line in zip(rows, starts, lines, strict=True):
            mine = [name for name in row if lane[name] == at]
            y = top + (lengths[at] - sum(map(across, mine))) / 2
            for name in mine:
                middle, far = y + across(name) / 2, start + line / 2
                layout.places[name] = (middle, far) if down else (far, middle)
                y += across(name)
        edge = top + lengths[at] + (PAD if group else 0)
        if group:
            _frame(graph, layout, group)
            edge += PAD
    far = starts[-1] + lines[-1] + MARGIN + (PAD if graph.groups else 0)
    far = max([far, *(x + width + MARGIN for x, _, width, _ in layout.frames.values() if not down)])
    layout.size = (edge + MARGIN, far) if down else (far, edge + MARGIN)


def _frame(graph: Graph, layout: Layout, group: str) -> None:
    """The frame around the nodes of a group, with room for its title."""
    mine = [(layout.places[name], layout.width(name)) for name, node in graph.nodes.items() if node.group == group]
    if not mine:
        return
    left, right = min(x - width / 2 for (x, _), width in mine), max(x + width / 2 for (x, _), width in mine)
    tops = [y for (_, y), _ in mine]
    top, bottom = min(tops) - layout.height / 2 - TITLE, max(tops) + layout.height / 2 + PAD
    width = max(right - left + 2 * PAD, len(graph.groups[group]) * LETTER + 2 * PAD)
    layout.frames[group] = (left - PAD, top, width, bottom - top)
