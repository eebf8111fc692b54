"""Circles in who waits for whom, spelled out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

MOST_CYCLES: Final = 20
"""So many are told at once."""


def cycles_of(waits: Mapping[str, Sequence[str]]) -> list[tuple[str, ...]]:
    """Circles that share no task: the first waits for the second, and so on; the last waits for the first.

    What is named and not there waits for nothing. Deterministic; each begins with its task that comes first.
    """
    left = dict.fromkeys(waits)
    order = {name: at for at, name in enumerate(waits)}
    found: list[tuple[str, ...]] = []
    while len(found) < MOST_CYCLES:
        _peel(left, waits)
        if not left:
            break
        way: dict[str, int] = {}
        at = next(iter(left))
        while at not in way:
            way[at] = len(way)
            at = next(name for name in waits[at] if name in left)
        cycle = list(way)[way[at] :]
        first = min(range(len(cycle)), key=lambda index: order[cycle[index]])
        found.append((*cycle[first:], *cycle[:first]))
        for name in cycle:
            del left[name]
    return found


def _peel(left: dict[str, None], waits: Mapping[str, Sequence[str]]) -> None:
    """Takes out all that waits for nothing that is left."""
    counts = {name: sum(other in left for other in waits[name]) for name in left}
    back: dict[str, list[str]] = {}
    for name in left:
        for other in waits[name]:
            if other in left:
                back.setdefault(other, []).append(name)
    free = [name for name, count in counts.items() if count == 0]
    while free:
        name = free.pop()
        del left[name]
        for other in back.get(name, ()):
            counts[other] -= 1
            if counts[other] == 0:
                free.append(other)
