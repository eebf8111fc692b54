"""The graph of tasks: what is decided, the critical path and the cycles of ten thousand tasks; and their forecast."""

from __future__ import annotations

import gc
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.contracts.task import PRIORITIES, Lane, TaskSettings
from bot.planning.tasks.decide import decide
from bot.planning.tasks.graph import critical_path, find_cycles
from bot.planning.tasks.model import Graph, Task
from tests.bench.measures import Row, Scale, Tick

TASKS, LINKS = 10_000, 50_000
SECONDS = 0.2
NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
SETTINGS = TaskSettings(lanes={"architecture": Lane(priority=5, max_open=3), "implementation": Lane()})


def graph() -> Graph:
    """Tasks in two lanes, an epic for each hundred, some under way; always the same one."""
    chance = random.Random(5)
    links: dict[int, set[int]] = {number: set() for number in range(1, TASKS + 1)}
    count = 0
    while count < LINKS:
        # Epics are the last hundred, so that no link goes from a child to an epic behind it.
        on, waits = sorted(chance.sample(range(1, TASKS - 99), 2))
        if on not in links[waits]:
            links[waits].add(on)
            count += 1
    tasks = {
        number: Task(
            number,
            title=f"Task {number}",
            created=NOW - timedelta(hours=TASKS - number),
            lane=chance.choice(("architecture", "implementation")),
            priority=chance.choice(PRIORITIES),
            paths=(f"src/{number % 400}/**", f"docs/{number % 900}.md"),
            blocked_by=tuple(sorted(waits)),
            parent=TASKS - number % 100 if number <= TASKS - 100 and number % 2 else None,
        )
        for number, waits in links.items()
    }
    free = [number for number, task in tasks.items() if not task.blocked_by][:5]
    for number in free:
        tasks[number] = replace(tasks[number], pull="draft", started=NOW, touched=(f"src/{number}/a.py",))
    return Graph(tasks)


def tasks(scale: Scale, folder: Path, tick: Tick) -> Iterator[Row]:
    """Each from the same graph, from nothing: no part of one is kept for the next. The fastest turn counts."""
    found = graph()
    closed = min(found.tasks)
    circle = {closed: replace(found[closed], blocked_by=(TASKS - 200,))}
    broken = Graph({**found.tasks, **circle})
    measured: tuple[tuple[str, Callable[[], object]], ...] = (
        ("What is next, and what becomes of each", lambda: decide(found, SETTINGS, NOW)),
        ("The critical path", lambda: critical_path(found)),
        ("The cycles", lambda: find_cycles(found)),
        ("The cycles where there is one", lambda: find_cycles(broken)),
    )
    if not decide(found, SETTINGS, NOW).next or find_cycles(found):
        raise RuntimeError("the graph is not what it should be")
    for name, work in measured:
        best = min(_once(work) for _ in range(scale.repeats))
        tick()
        yield Row(
            f"{name}: {TASKS:,} tasks, {LINKS:,} dependencies",
            f"{best * 1000:.0f} ms",
            "",
            "",
            f"under {SECONDS * 1000:.0f} ms",
            best < SECONDS,
        )


def _once(work: Callable[[], object]) -> float:
    gc.collect()
    gc.disable()  # as timeit does: what else the process holds is not what is measured
    try:
        start = time.perf_counter()
        work()
        return time.perf_counter() - start
    finally:
        gc.enable()


MEASURES: tuple[tuple[Callable[[Scale, Path, Tick], Iterator[Row]], int], ...] = ((tasks, 4),)
"""Each with the number of its steps."""
