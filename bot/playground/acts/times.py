"""Times that callers send."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.playground.problems import unprocessable


def moment(text: str | None) -> datetime | None:
    """Reads an ISO 8601 time. Raises a 422 ``Problem``."""
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        raise unprocessable(f"Invalid time: {text!r}") from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
