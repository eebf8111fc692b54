"""Bodies within GitHub's limits: a list that is too long is cut at a whole entry, and says how many it left out."""

from __future__ import annotations

from typing import Any, Final

from bot.contracts.certificate import Certificate
from bot.errors import Refusal
from templates import explain, explain_plain, fence, render

# GitHub: comments 262,144 bytes, pull request bodies 65,536 characters, check texts 65,535; over-long updates can be
# dropped silently, so everything stays well under the smallest (FACTS.md).
MAX_BODY: Final = 60_000
MAX_REFUSAL: Final = 20_000
"""Bytes that the words of one refusal take, wherever they stand."""
_LIMITS: Final = (1_000, 400, 150, 50, 15, 0)


def certificate_text(template: str, certificate: Certificate, **values: Any) -> str:
    """Renders a template that shows a certificate's lists, each cut to the longest length at which the whole fits."""
    text = ""
    for shown in _LIMITS:
        text = render(template, certificate=certificate, shown=shown, **values)
        if len(text.encode("utf-8", "replace")) <= MAX_BODY:
            return text
    return text[:MAX_BODY]


def rows_text(template: str, rows: list[Any], *, limit: int = MAX_BODY, **values: Any) -> str:
    """Renders a template with as many rows as fit into ``limit`` bytes; it is told how many were left out."""
    shown = len(rows)
    while True:
        text = render(template, rows=rows[:shown], left=len(rows) - shown, **values)
        if len(text.encode("utf-8", "replace")) <= limit or shown == 0:
            return text
        shown = shown * 3 // 4


def refusal_text(refusal: Refusal) -> str:
    """All refusals found in one input, as far as there is room: each whole, and how many were left out."""
    told: list[str] = []
    room = MAX_REFUSAL
    for each in refusal.all:
        one = Refusal(each.code, each.place, each.values)
        text = explain(one)
        if _bytes(text) > MAX_REFUSAL // 2:  # one that quotes very much: its beginning, as plain text
            text = f"{fence(explain_plain(one)[:2000])}\n\nCode: `{each.code}`"
        if room < _bytes(text):
            break
        room -= _bytes(text)
        told.append(text)
    if left := len(refusal.all) - len(told):
        told.append(f"… and {left:,} more.")
    return "\n\n---\n\n".join(told)


def fitting(template: str, rows: tuple[Any, ...], **values: Any) -> str:
    """Renders a template that shows ``shown`` rows of a list and says itself how many it left out."""
    text = ""
    for shown in (200, 50, 10, 0):
        text = render(template, rows=rows, shown=shown, **values)
        if _bytes(text) <= MAX_BODY:
            return text
    return text[:MAX_BODY]


def _bytes(text: str) -> int:
    return len(text.encode("utf-8", "replace"))
