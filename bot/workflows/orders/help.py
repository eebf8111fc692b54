"""``/help``: what whoever asks may order here, and who may order the rest."""

from __future__ import annotations

from bot.workflows.orders.order_records import OrderRecord
from bot.workflows.orders.orders import Command, Order
from templates import render


async def show_help(order: Order) -> OrderRecord:
    """The answer, from the registry that drives dispatch. Raises ``WorldError``."""
    here = [each for each in order.commands.values() if each.stands_on(pull=order.pull is not None)]
    mine: list[Command] = []
    others: list[tuple[Command, str]] = []
    for command in here:
        if await order.rights.may(command):
            mine.append(command)
        else:
            others.append((command, order.rights.who(command)))
    text = render("comments/orders/help.md", who=order.comment.user, mine=mine, others=others)
    return order.record("answered", text=text)
