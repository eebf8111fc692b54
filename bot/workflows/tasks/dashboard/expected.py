"""The forecast on the dashboard: when tasks will be finished, from how long finished ones took."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import Final

from bot.contracts.task import TaskSettings
from bot.planning.tasks.board.useful import OVER, ranked
from bot.planning.tasks.forecast import LEAST, Took, forecast
from bot.planning.tasks.model import Graph, Planned
from bot.workflows.tasks.dashboard.board import Board
from templates import render

MOST: Final = 8
"""So many tasks are named."""


def foresee(board: Board, graph: Graph, planned: Planned, settings: TaskSettings, now: datetime) -> None:
    """Makes the board's forecast where something has changed since it was made, or a day has gone by.

    Made at every look it would say something else each time, and the page would be written for nothing else.
    """
    of = _digest(board, graph, planned, settings, now)
    if of == board.forecast_of:
        return
    took = [
        Took(graph[n].lane, graph[n].priority, seconds) if n in graph else Took("", "medium", seconds)
        for n, seconds in board.took
    ]
    found = forecast(graph, settings, took, now, planned)
    named = [number for number in ranked(graph, planned) if number in found.tasks][:MOST]
    board.forecast_of = of
    board.forecast = render(
        "dashboard/forecast.md",
        found=found,
        least=LEAST,
        left=sum(made.state not in OVER for made in planned.decisions.values()),
        rows=[(number, graph[number].title[:50], found.tasks[number]) for number in named],
    ).strip()


def _digest(board: Board, graph: Graph, planned: Planned, settings: TaskSettings, now: datetime) -> str:
    tasks = [
        (n, made.state, made.action, [each.code for each in made.because], graph[n].blocked_by, graph[n].lane)
        for n, made in sorted(planned.decisions.items())
    ]
    lanes = {name: (lane.priority, lane.max_open) for name, lane in settings.lanes.items()}
    whole = [tasks, board.took, settings.max_open, lanes, now.date().isoformat()]
    return hashlib.sha256(json.dumps(whole).encode()).hexdigest()
