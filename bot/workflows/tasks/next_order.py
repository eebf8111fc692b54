"""``/next`` on a task, or where there is no migration: which task to take, with the reasons."""

from __future__ import annotations

from bot.workflows.orders.order_records import OrderRecord
from bot.workflows.orders.orders import Order
from bot.workflows.tasks.at_order import tasks_now
from bot.workflows.tasks.reasons import reason_text
from templates import render


async def tell_next_task(order: Order) -> OrderRecord:
    """The answer; a lane's name asks for that lane alone. Raises ``WorldError``."""
    looked = await tasks_now(order.scene)
    lanes = {word.lower() for word in order.written.arguments} & set(order.scene.settings.tasks.lanes)
    choices = [
        (choice, looked.graph[choice.number].title, " ".join(reason_text(each) for each in choice.because))
        for choice in looked.planned.next
        if not lanes or looked.graph[choice.number].lane in lanes
    ]
    left = sum(1 for number in looked.world.issues if not looked.graph[number].closed)
    return order.record("answered", text=render("comments/orders/next-task.md", choices=choices, left=left))
