"""How long what is left takes, from how long tasks took so far. No clock: the same tasks give the same answer."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

FEWEST: Final = 3
"""So many finished tasks tell something."""


@dataclass(frozen=True, slots=True)
class Remaining:
    """What is left. Times are in seconds."""

    usual: int
    """The median of what finished tasks took."""
    most: int
    """What nine of ten took at most."""
    seen: int
    left: int
    """Tasks that are not done."""
    chain: int
    """How many of them go one after another."""
    at_once: int
    expected: int


def remaining(spans: Sequence[int], left: int, chain: int, at_once: int) -> Remaining | None:
    """What is left, by the usual time of one task; ``None`` where too few are finished to tell.

    No sooner than the longest chain one after another, and no sooner than all tasks, so many at once.
    """
    if len(spans) < FEWEST:
        return None
    ordered = sorted(spans)
    middle = len(ordered) // 2
    usual = ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) // 2
    most = ordered[min(len(ordered) - 1, math.ceil(len(ordered) * 0.9) - 1)]
    rounds = max(chain, math.ceil(left / max(1, at_once)))
    return Remaining(usual, most, len(spans), left, chain, max(1, at_once), rounds * usual)
