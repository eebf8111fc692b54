"""The spec that a migration's manifest names: it exists, has front matter, and was reviewed lately."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from bot.errors import Refusal
from bot.planning.specs.freshness import freshness
from bot.planning.specs.read import front_document, review_day, split

Reason = Literal["fresh", "not-named", "missing", "no-front-matter", "bad-front-matter", "no-review", "future", "stale"]


@dataclass(frozen=True, slots=True)
class NamedVerdict:
    """What was decided, and why. ``reason`` names a template in ``checks/spec/``."""

    conclusion: Literal["success", "failure", "neutral"]
    reason: Reason
    spec: str | None = None
    line: int | None = None
    reviewed: date | None = None
    age_days: int | None = None
    max_age_days: int = 30


def judge_named(
    spec: str | None, text: bytes | None, *, today: date, max_age_days: int, required: bool
) -> NamedVerdict:
    """Judges a manifest's ``spec``. ``text`` is the file on the base, ``None`` when absent; ``today`` is GitHub's day.

    Asks for front matter and a fresh review, not for id, title or approval: those are asked of specs that cover paths.
    """
    if spec is None:
        return NamedVerdict("failure" if required else "neutral", "not-named", max_age_days=max_age_days)

    def failed(reason: Reason, line: int = 1) -> NamedVerdict:
        return NamedVerdict("failure", reason, spec, line, max_age_days=max_age_days)

    if text is None:
        return failed("missing")
    parts = split(text)
    if parts is None:
        return failed("no-front-matter")
    try:
        document = front_document(spec, parts)
    except Refusal as refusal:
        return failed("no-review" if refusal.code == "wrong-type" else "bad-front-matter", refusal.place.line or 1)
    value = document.value.get("last_review")
    if value is None:
        return failed("no-review")
    line = (document.place(("last_review",)).line or 0) + 1
    reviewed = review_day(value)
    state = freshness(reviewed, today, max_age_days)
    if reviewed is None or state == "no-review":
        return failed("no-review", line)
    reason: Reason = {"fresh": "fresh", "future-review": "future", "stale-review": "stale"}[state]  # type: ignore[assignment]
    conclusion: Literal["success", "failure"] = "success" if reason == "fresh" else "failure"
    return NamedVerdict(conclusion, reason, spec, line, reviewed, (today - reviewed).days, max_age_days)
