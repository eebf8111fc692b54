"""GitHub's clock: wall time, with GitHub's durations (a minute, an hour) scaled down for tests."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta


class Clock:
    """Times are the real ones, so that clients may compare them; ``scale`` shortens every window and lifetime.

    With a scale of 0.02 a minute of a limit lasts 1.2 s, and a token of an hour lives 72 s.
    """

    def __init__(self, scale: float = 1.0) -> None:
        self.scale = scale
        self._ahead = 0.0

    def advance(self, seconds: float) -> None:
        """Puts this clock ahead of the machine's by so many more (unscaled) seconds."""
        self._ahead += seconds

    def time(self) -> float:
        """Seconds since the epoch."""
        return time.time() + self._ahead

    def now(self) -> datetime:
        """The time as GitHub gives it: UTC, whole seconds."""
        return datetime.fromtimestamp(int(self.time()), UTC)

    def span(self, seconds: float) -> float:
        """How many real seconds so many of GitHub's last."""
        return seconds * self.scale

    def after(self, seconds: float) -> datetime:
        """The time in so many of GitHub's seconds, to the next whole one."""
        return datetime.fromtimestamp(int(self.time() + self.span(seconds)) + 1, UTC)

    def ago(self, days: float) -> datetime:
        """The time so many real days back."""
        return self.now() - timedelta(days=days)


def stamp(at: datetime) -> str:
    """``2026-11-21T08:47:55Z``."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def stamp_or_none(at: datetime | None) -> str | None:
    """The same, for what may not have happened yet."""
    return None if at is None else stamp(at)
