"""Bodies within GitHub's limits: a list that is too long is cut at a whole entry, and says how many it left out."""

from __future__ import annotations

from typing import Any, Final

from bot.contracts.certificate import Certificate
from templates import render

# GitHub: comments 262,144 bytes, pull request bodies 65,536 characters, check texts 65,535; over-long updates can be
# dropped silently, so everything stays well under the smallest (FACTS.md).
MAX_BODY: Final = 60_000
_LIMITS: Final = (1_000, 400, 150, 50, 15, 0)


def certificate_text(template: str, certificate: Certificate, **values: Any) -> str:
    """Renders a template that shows a certificate's lists, each cut to the longest length at which the whole fits."""
    text = ""
    for shown in _LIMITS:
        text = render(template, certificate=certificate, shown=shown, **values)
        if len(text.encode("utf-8", "replace")) <= MAX_BODY:
            return text
    return text[:MAX_BODY]


def rows_text(template: str, rows: list[Any], **values: Any) -> str:
    """Renders a template with as many rows as fit; it is told how many were left out."""
    shown = len(rows)
    while True:
        text = render(template, rows=rows[:shown], left=len(rows) - shown, **values)
        if len(text.encode("utf-8", "replace")) <= MAX_BODY or shown == 0:
            return text
        shown = shown * 3 // 4
