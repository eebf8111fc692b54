"""What the status comment tells of orders: the newest first, the words of the newest one open."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bot.workflows.bodies import MAX_BODY, rows_text
from bot.workflows.orders.order_records import OrderRecord

LEAST_ROOM: Final = 3_000
"""Bytes below which the words of the newest order are left out."""


def orders_text(records: Sequence[OrderRecord], *, limit: int = MAX_BODY) -> str:
    """The part of the status comment, in Markdown, of at most ``limit`` bytes as far as rows can be left out."""
    newest = list(reversed(records))
    undone = {record.undoes for record in records if record.state == "rolled-back" and record.undoes}
    first = newest[0] if newest else None
    if first is not None and len(first.text.encode("utf-8", "replace")) > limit - LEAST_ROOM:
        first = first.model_copy(update={"text": "", "remarks": ()})
    return rows_text("comments/orders.md", newest, limit=limit, undone=undone, newest=first)
