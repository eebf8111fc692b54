"""Flowcharts and rows of states as SVG: the part of Mermaid that the bot writes, laid out in layers.

Anything else stays a code block.
"""

from __future__ import annotations

import itertools

from bot.playground.pages.html import Safe, el
from bot.playground.pages.mermaid_layout import LETTER, LINE, MARGIN, Layout, lay_out
from bot.playground.pages.mermaid_read import Edge, Graph, Style, layers, parse

FILL, COLOR = "#eaeef2", "#1f2328"
_MARKS = {"==>": "edge thick", "-.->": "edge dotted"}


def _curve(graph: Graph, layout: Layout, number: int) -> Safe:
    d, path, half = "", layout.paths[number], layout.height / 2
    for one, other in itertools.pairwise(path):
        (x, y), (to_x, to_y) = layout.places[one], layout.places[other]
        tip = 7 if other in graph.nodes else 0
        if graph.down:
            y, to_y = y + (half if one in graph.nodes else 0), to_y - (half + tip if tip else 0)
            turn = (y + to_y) / 2
            d += f"M{x:.0f} {y:.0f}C{x:.0f} {turn:.0f} {to_x:.0f} {turn:.0f} {to_x:.0f} {to_y:.0f}"
        else:
            x, to_x = x + layout.width(one) / 2, to_x - layout.width(other) / 2 - tip
            turn = (x + to_x) / 2
            d += f"M{x:.0f} {y:.0f}C{turn:.0f} {y:.0f} {turn:.0f} {to_y:.0f} {to_x:.0f} {to_y:.0f}"
    kind, style = _MARKS.get(graph.edges[number].arrow, "edge"), graph.links.get(number, Style())
    return el("path", d=d, class_=kind, marker_end="url(#arrow)", **_stroke(style))


def _stroke(style: Style) -> dict[str, object]:
    return {"stroke": style.stroke or None, "stroke_width": f"{style.width:g}" if style.width else None}


def _box(graph: Graph, layout: Layout, name: str) -> Safe:
    node, (x, y) = graph.nodes[name], layout.places[name]
    style, lines = graph.classes.get(node.kind, Style()), layout.labels[name]
    width, top = layout.width(name), y - LINE * (len(lines) - 1) / 2 + 5
    rect = el(
        "rect", x=f"{x - width / 2:.0f}", y=f"{y - layout.height / 2:.0f}", width=f"{width:.0f}",
        height=f"{layout.height:.0f}", rx=6, fill=style.fill or FILL, **_stroke(style),
    )  # fmt: skip
    place = {"text_anchor": "middle", "fill": style.color or COLOR}
    if len(lines) == 1:
        words = el("text", lines[0], x=f"{x:.0f}", y=f"{top:.0f}", **place)
    else:
        parts = [el("tspan", line, x=f"{x:.0f}", y=f"{top + LINE * at:.0f}") for at, line in enumerate(lines)]
        words = el("text", parts, **place)
    label = " ".join(node.label.split())
    return el("g", el("title", f"{label}: {node.kind}" if node.kind else label), rect, words)


def _frame(graph: Graph, layout: Layout, group: str) -> Safe:
    x, y, width, height = (round(part) for part in layout.frames[group])
    title = el("text", graph.groups[group], x=x + 10, y=y + 18, class_="legend")
    return el("g", el("rect", x=x, y=y, width=width, height=height, rx=6, class_="group"), title)


def _legend(graph: Graph, y: float) -> tuple[Safe, float]:
    """What the colours say, in words."""
    parts: list[Safe] = []
    x = float(MARGIN)
    for kind in dict.fromkeys(node.kind for node in graph.nodes.values() if node.kind in graph.classes):
        fill = graph.classes[kind].fill or FILL
        parts.append(el("rect", x=f"{x:.0f}", y=f"{y:.0f}", width=12, height=12, rx=3, fill=fill))
        parts.append(el("text", kind, x=f"{x + 18:.0f}", y=f"{y + 11:.0f}", class_="legend"))
        x += 18 + len(kind) * LETTER + 20
    return Safe("".join(parts)), x


def _told(graph: Graph, edge: Edge) -> str:
    one, other = (" ".join(graph.nodes[name].label.split()) for name in (edge.before, edge.after))
    return f"{one} before {other}"


def draw(text: str) -> Safe | None:
    """A flowchart as inline SVG, or ``None`` where it is not one we can draw."""
    graph = parse(text)
    layer = graph and layers(graph)
    if not graph or not layer:
        return None
    layout = lay_out(graph, layer)
    width, height = layout.size
    legend, needed = _legend(graph, height + 6)
    width, height = max(width, needed), height + (30 if legend else 0)
    tip = el("path", d="M0 0L8 4L0 8z", class_="tip")
    marker = el(
        "marker", tip, id="arrow", viewBox="0 0 8 8", refX=4, refY=4, markerWidth=12, markerHeight=12,
        markerUnits="userSpaceOnUse", orient="auto",
    )  # fmt: skip
    return el(
        "svg",
        el("defs", marker),
        [_frame(graph, layout, group) for group in layout.frames],
        [_curve(graph, layout, number) for number in range(len(graph.edges))],
        [_box(graph, layout, name) for name in graph.nodes],
        legend,
        viewBox=f"0 0 {width:.0f} {height:.0f}",
        width=f"{width:.0f}",
        height=f"{height:.0f}",
        class_="flowchart",
        role="img",
        aria_label=f"Flowchart: {', '.join(_told(graph, edge) for edge in graph.edges[:50])}",
    )
