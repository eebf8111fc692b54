"""What the status comment tells of orders: the newest first, the words of the newest comment's open."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bot.workflows.bodies import MAX_BODY, rows_text
from bot.workflows.orders.order_records import OrderRecord, of_one_comment

LEAST_ROOM: Final = 3_000
"""Bytes that the rows keep: what words of the newest orders do not fit beside them are left out."""


def orders_text(records: Sequence[OrderRecord], *, limit: int = MAX_BODY) -> str:
    """The part of the status comment, in Markdown, of at most ``limit`` bytes as far as rows can be left out."""
    newest = list(reversed(records))
    undone = {record.undoes for record in records if record.state == "rolled-back" and record.undoes}
    return rows_text("comments/orders.md", newest, limit=limit, undone=undone, told=_told(newest, limit - LEAST_ROOM))


def _told(newest: Sequence[OrderRecord], room: int) -> list[OrderRecord]:
    """Of those whose words are told, the ones that there is room for."""
    told: list[OrderRecord] = []
    for record in of_one_comment(newest):
        size = len(record.text.encode("utf-8", "replace"))
        if size <= room:
            told.append(record)
            room -= size
        elif not told:
            told.append(record.model_copy(update={"text": "", "remarks": ()}))
    return told
