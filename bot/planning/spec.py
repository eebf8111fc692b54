"""The spec guard, as far as a migration needs it: the named spec exists, has front matter, and was reviewed lately."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Literal

from bot.errors import Refusal
from bot.source.documents import load

_FRONT = re.compile(rb"\A(?:\xef\xbb\xbf)?---[ \t]*\r?\n(.*?)^---[ \t]*\r?$", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the spec guard decided, and why. ``reason`` names a template in ``checks/spec/``."""

    conclusion: Literal["success", "failure", "neutral"]
    reason: Literal[
        "fresh", "not-named", "missing", "no-front-matter", "bad-front-matter", "no-review", "future", "stale"
    ]
    spec: str | None = None
    line: int | None = None
    reviewed: date | None = None
    age_days: int | None = None
    max_age_days: int = 30


def judge(spec: str | None, text: bytes | None, *, today: date, max_age_days: int, required: bool) -> Verdict:
    """Judges a manifest's ``spec``. ``text`` is the file on the base, ``None`` when absent; ``today`` is GitHub day."""
    if spec is None:
        return Verdict("failure" if required else "neutral", "not-named", max_age_days=max_age_days)

    def failed(
        reason: Literal["missing", "no-front-matter", "bad-front-matter", "no-review"], line: int = 1
    ) -> Verdict:
        return Verdict("failure", reason, spec, line, max_age_days=max_age_days)

    if text is None:
        return failed("missing")
    front = _FRONT.match(text)
    if front is None:
        return failed("no-front-matter")
    try:
        document = load(front[1], "yaml", spec)
    except Refusal as refusal:
        return failed("bad-front-matter", (refusal.place.line or 0) + 1)
    value = document.value.get("last_review") if isinstance(document.value, dict) else None
    if value is None:
        return failed("no-review")
    line = (document.place(("last_review",)).line or 0) + 1
    try:
        reviewed = date.fromisoformat(str(value)[:10])
    except ValueError:
        return failed("no-review", line)
    age = (today - reviewed).days
    if age < -1:  # a day of tolerance: the author's time zone may be ahead of GitHub's date
        return Verdict("failure", "future", spec, line, reviewed, age, max_age_days)
    fresh = age <= max_age_days
    return Verdict(
        "success" if fresh else "failure", "fresh" if fresh else "stale", spec, line, reviewed, age, max_age_days
    )
