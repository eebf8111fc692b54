"""``/assign``: assigns people to an issue or pull request, the one who says it where nobody is named."""

from __future__ import annotations

import re
from typing import Final

from bot.errors import Refusal
from bot.planning.rights import at_least
from bot.workflows.orders.order_records import OrderRecord
from bot.workflows.orders.orders import Order
from templates import render

MOST: Final = 10
"""GitHub takes so many assignees."""
_LOGIN: Final = re.compile(r"@?[A-Za-z0-9](?:[A-Za-z0-9_-]{0,99})")


async def assign(order: Order) -> OrderRecord:
    """Assigns. Raises ``Refusal`` (``not-assignable``) naming each who has no access here, ``WorldError``."""
    logins = await assignable(order, order.written.arguments) or (order.comment.user,)
    await order.scene.github.assign(order.issue.number, logins)
    return order.record("done", text=render("comments/orders/assign.md", logins=logins))


async def assignable(order: Order, words: tuple[str, ...]) -> tuple[str, ...]:
    """The people that these words of an order name. Raises ``Refusal`` (``not-assignable``), ``WorldError``."""
    # A login of seven letters from a to f and more is read as the head of a branch.
    words = (*words, *((order.written.head,) if order.written.head else ()))
    logins = tuple(dict.fromkeys(word.removeprefix("@") for word in words))
    strangers = [each for each in logins if not _LOGIN.fullmatch(each)]
    for login in logins[: MOST + 1]:
        if login not in strangers and not at_least(await order.scene.github.permission(login), "read"):
            strangers.append(login)
    if strangers or len(logins) > MOST:
        lanes = list(order.scene.settings.tasks.lanes)
        raise Refusal(
            "not-assignable",
            values={"strangers": strangers[:50], "count": len(logins), "most": MOST, "lanes": lanes[:50]},
        )
    return logins
