"""Whether a review is recent enough. One rule for every spec, whoever asks for it."""

from __future__ import annotations

from datetime import date
from typing import Final, Literal

Freshness = Literal["fresh", "no-review", "future-review", "stale-review"]
TOLERANCE_DAYS: Final = 1
"""The author's time zone may be ahead of GitHub's date."""


def freshness(reviewed: date | None, today: date, max_age_days: int) -> Freshness:
    """What a review's day is worth on ``today``."""
    if reviewed is None:
        return "no-review"
    age = (today - reviewed).days
    if age < -TOLERANCE_DAYS:
        return "future-review"
    return "fresh" if age <= max_age_days else "stale-review"
