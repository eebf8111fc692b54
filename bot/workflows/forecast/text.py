"""The merge forecast as the dashboard shows it: a picture, the order with its reasons, and the pairs."""

from __future__ import annotations

from typing import Final

from bot.reports.mermaid import Colliding, conflict_graph
from bot.workflows.forecast.read import MergeForecast
from templates import render

MOST_TEXT: Final = 15_000
"""Bytes that it takes of the dashboard at most."""
_LIMITS: Final = (100, 50, 25, 10, 5, 0)


def forecast_text(forecast: MergeForecast, *, limit: int = MOST_TEXT) -> str:
    """The part of the dashboard, in Markdown, within ``limit`` bytes; empty where no pull request is open."""
    if not forecast.pulls:
        return ""
    steps = [(step, forecast.pulls[step.key], forecast.behind.get(step.key, ())) for step in forecast.order.steps]
    pairs = sorted(forecast.collisions, key=lambda each: (-each.places, each.one, each.other))
    picture = _picture(forecast)
    text = ""
    for drawn, shown in [*((picture, each) for each in _LIMITS), (None, 0)]:
        text = render(
            "comments/forecast-dashboard.md",
            base=forecast.base,
            steps=steps,
            pairs=pairs,
            by_hand=forecast.order.by_hand,
            exact=forecast.order.exact,
            left_out=len(forecast.left_out),
            picture=drawn,
            shown=shown,
        )
        if len(text.encode("utf-8", "replace")) <= limit:
            break
    return text


def _picture(forecast: MergeForecast) -> str | None:
    nodes = [
        Colliding(
            step.key,
            forecast.pulls[step.key].title,
            "refused" if step.because == "behind" else "waiting" if step.by_hand else "open",
        )
        for step in forecast.order.steps
        if step.after or step.before
    ]
    places = {each.key: at for at, each in enumerate(forecast.order.steps)}
    edges = [sorted((each.one, each.other), key=places.__getitem__) for each in forecast.collisions]
    return conflict_graph(nodes, [(first, second) for first, second in edges])
