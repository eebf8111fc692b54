"""Plain counts of what was asked of GitHub and what came of it, for metrics."""

from __future__ import annotations

from collections import Counter


class Counters:
    """Counts since the process began. Reading never blocks; nothing is ever reset."""

    def __init__(self) -> None:
        self.requests: Counter[tuple[str, str]] = Counter()
        """By method and outcome (``ok``, ``not-modified``, ``limited``, ``lost``, ...): every request sent."""
        self.waited: Counter[str] = Counter()
        """Whole milliseconds of waiting, by the limit that asked for it."""

    def sent(self, method: str, outcome: str) -> None:
        """Counts one request that was sent, or could not be."""
        self.requests[method, outcome] += 1

    def rested(self, reason: str, seconds: float) -> None:
        """Counts time that was spent waiting for a limit."""
        self.waited[reason] += round(seconds * 1000)

    def total(self, method: str | None = None) -> int:
        """How many requests were sent, of one method or of all."""
        return sum(count for (each, _), count in self.requests.items() if method in {None, each})
