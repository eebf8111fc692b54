"""Reading Mermaid: the flowcharts and rows of states that the bot writes. Anything else is not understood."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

NODES, EDGES = 300, 600
_ID = r"[A-Za-z0-9_]+(?:-[A-Za-z0-9_]+)*"
_SHAPES = r'\[\["[^"]*"\]\]|\(\["[^"]*"\]\)|\(\("[^"]*"\)\)|\{\{"[^"]*"\}\}|\["[^"]*"\]|\("[^"]*"\)|\{"[^"]*"\}'
_NODE = re.compile(rf"({_ID})({_SHAPES}|\[[^\[\]()\"|<>]*\])?(?::::({_ID}))?")
_ARROW = re.compile(r"\s*(-->|==>|-\.->)\s*")
_STATE = re.compile(rf'state "([^"]*)" as ({_ID})')
_GIVEN = re.compile(rf"class ({_ID}(?:,{_ID})*) ({_ID})")
_CLASS = re.compile(rf"classDef ({_ID}(?:,{_ID})*) (.+)")
_LINK = re.compile(r"linkStyle (default|\d{1,4}(?:, ?\d{1,4})*) (.+)")
_GROUP = re.compile(rf'subgraph (?:({_ID}) ?\[(?:"([^"]*)"|([^\[\]"]*))\]|"([^"]*)"|([^\[\]"]+))')
_DIRECTION = re.compile(r"direction (?:LR|RL|TB|TD|BT)")
_COLOR = re.compile(r"#(?:[0-9a-fA-F]{3}){1,2}")
_WIDTH = re.compile(r"(\d{1,2}(?:\.\d)?)(?:px)?")
_ENTITY = re.compile(r"#(?:(\d{1,6})|([a-z]{2,5}));")
_NAMES = {"quot": '"', "amp": "&", "lt": "<", "gt": ">", "nbsp": " "}
_BREAK = re.compile(r"<br ?/?>")


@dataclass(frozen=True)
class Style:
    """How a class of nodes, or an edge, looks. Empty: as the pages have it."""

    fill: str = ""
    color: str = ""
    stroke: str = ""
    width: float = 0.0


@dataclass(frozen=True)
class Node:
    """A node: its label (lines part by ``\\n``), its class, and the group that it is in (empty for none)."""

    label: str
    kind: str = ""
    group: str = ""


@dataclass(frozen=True)
class Edge:
    """An edge, with its arrow: ``-->``, ``==>`` (thick) or ``-.->``."""

    before: str
    after: str
    arrow: str = "-->"


@dataclass
class Graph:
    """What a picture says. ``groups`` has the title of each subgraph; ``links`` the style of some edges by place."""

    down: bool = False
    nodes: dict[str, Node] = field(default_factory=dict)
    edges: list[Edge] = field(default_factory=list)
    classes: dict[str, Style] = field(default_factory=dict)
    groups: dict[str, str] = field(default_factory=dict)
    links: dict[int, Style] = field(default_factory=dict)


class _Unknown(Exception):
    """Something that is not understood here."""


def parse(text: str) -> Graph | None:
    """Reads a flowchart or a state diagram; ``None`` for anything that is not understood."""
    lines = [line.strip().removesuffix(";") for line in text.strip().split("\n")]
    head = re.fullmatch(r"(?:flowchart|graph) (LR|TD|TB)", lines[0])
    if head is None and lines[:2] != ["stateDiagram-v2", "direction LR"]:
        return None
    graph = Graph(down=head is not None and head[1] != "LR")
    try:
        if head is None:
            _states(graph, lines[2:])
        else:
            _flowchart(graph, lines[1:])
    except _Unknown:
        return None
    fits = graph.nodes and len(graph.nodes) <= NODES and len(graph.edges) <= EDGES
    return graph if fits else None


def _states(graph: Graph, lines: list[str]) -> None:
    for line in filter(None, lines):
        if state := _STATE.fullmatch(line):
            graph.nodes[state[2]] = Node(_words(state[1]))
        elif not _styled(graph, line):
            _chain(graph, line, "")


def _flowchart(graph: Graph, lines: list[str]) -> None:
    group, links = "", []
    for line in lines:
        if not line or line.startswith("%%") or _DIRECTION.fullmatch(line):
            continue
        if opened := _GROUP.fullmatch(line):
            if group:  # one within another
                raise _Unknown
            title = next(part for part in (*opened.groups()[1:], opened[1]) if part is not None)
            group = opened[1] or title
            graph.groups[group] = _words(title)
        elif line == "end":
            if not group:
                raise _Unknown
            group = ""
        elif link := _LINK.fullmatch(line):
            links.append((link[1], _style(link[2])))
        elif not _styled(graph, line):
            _chain(graph, line, group)
    if group:
        raise _Unknown
    for which, style in links:
        places = range(len(graph.edges)) if which == "default" else [int(part) for part in which.split(",")]
        graph.links |= dict.fromkeys(places, style)


def _styled(graph: Graph, line: str) -> bool:
    """Reads the line when it is about classes."""
    if style := _CLASS.fullmatch(line):
        graph.classes |= dict.fromkeys(style[1].split(","), _style(style[2]))
        return True
    given = _GIVEN.fullmatch(line)
    for name in given[1].split(",") if given else ():
        old = graph.nodes.get(name, Node(name))
        graph.nodes[name] = Node(old.label, given[2] if given else "", old.group)
    return given is not None


def _style(text: str) -> Style:
    pairs = dict(part.strip().split(":", 1) for part in text.split(",") if ":" in part)
    colors = {name: pairs.get(name, "").strip() for name in ("fill", "color", "stroke")}
    width = pairs.get("stroke-width", "0").strip()
    if any(value and not _COLOR.fullmatch(value) for value in colors.values()) or not (wide := _WIDTH.fullmatch(width)):
        raise _Unknown
    return Style(**colors, width=float(wide[1]))


def _chain(graph: Graph, line: str, group: str) -> None:
    """Reads ``a``, ``a["label"]:::class`` or ``a --> b ==> c``."""
    names, arrows = [], []
    for at, part in enumerate(_ARROW.split(line)):
        if at % 2:
            arrows.append(part)
        else:
            names.append(_node(graph, part, group))
    graph.edges += [Edge(*ends, arrow) for ends, arrow in zip(itertools.pairwise(names), arrows, strict=True)]


def _node(graph: Graph, text: str, group: str) -> str:
    found = _NODE.fullmatch(text)
    if found is None:
        raise _Unknown
    name, old = found[1], graph.nodes.get(found[1])
    label = _words(_quoted(found[2])) if found[2] else old.label if old else name
    kind = found[3] or (old.kind if old else "")
    graph.nodes[name] = Node(label, kind, (old.group if old else "") or group)
    return name


def _quoted(shape: str) -> str:
    """What stands in a shape's quotes, or in its brackets."""
    return shape[shape.index('"') + 1 : shape.rindex('"')] if '"' in shape else shape[1:-1]


def _words(label: str) -> str:
    return _ENTITY.sub(_entity, _BREAK.sub("\n", label))


def _entity(found: re.Match[str]) -> str:
    if found[2]:
        return _NAMES.get(found[2], found[0])
    return chr(int(found[1])) if int(found[1]) < 0x110000 else found[0]


def layers(graph: Graph) -> dict[str, int] | None:
    """The longest way to each node from a start; ``None`` when there is a circle.

    Nodes that have no edge are spread over the layers of their group: they come before and after nothing.
    """
    after: dict[str, list[str]] = {name: [] for name in graph.nodes}
    waiting = dict.fromkeys(graph.nodes, 0)
    for edge in graph.edges:
        after[edge.before].append(edge.after)
        waiting[edge.after] += 1
    linked = {end for edge in graph.edges for end in (edge.before, edge.after)}
    layer = dict.fromkeys(graph.nodes, 0)
    ready = [name for name, count in waiting.items() if count == 0]
    for name in ready:
        for other in after[name]:
            layer[other] = max(layer[other], layer[name] + 1)
            waiting[other] -= 1
            if waiting[other] == 0:
                ready.append(other)
    if len(ready) < len(graph.nodes):
        return None
    layer.update(_spread(graph, layer, linked))
    return layer


def _spread(graph: Graph, layer: dict[str, int], linked: set[str]) -> Iterator[tuple[str, int]]:
    count = max(layer.values()) + 1
    full: dict[str, list[int]] = {}
    for name, node in graph.nodes.items():
        taken = full.setdefault(node.group, [0] * count)
        taken[layer[name]] += name in linked
    for name, node in graph.nodes.items():
        if name not in linked:
            taken = full[node.group]
            place = taken.index(min(taken))
            taken[place] += 1
            yield name, place
