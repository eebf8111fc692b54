"""``/next`` on a task, or where there is no migration: which task to take, with the reasons."""

from __future__ import annotations

from bot.workflows import names
from bot.workflows.orders.order_records import OrderRecord
from bot.workflows.orders.orders import Order
from bot.workflows.tasks.at_order import tasks_now
from bot.workflows.tasks.reasons import reason_text
from templates import render


async def tell_next_task(order: Order) -> OrderRecord:
    """The answer; a lane's name asks for that lane alone. Raises ``WorldError``."""
    looked = await tasks_now(order.scene)
    tasks = {number: looked.graph[number] for number in looked.world.issues}
    known = {*order.scene.settings.tasks.lanes, *(task.lane for task in tasks.values() if task.lane)}
    said = [word.lower().removeprefix(names.LANE) for word in order.written.arguments]
    lanes = known.intersection(said)
    choices = [
        (choice, tasks[choice.number].title, " ".join(reason_text(each) for each in choice.because))
        for choice in looked.planned.next
        if not lanes or tasks[choice.number].lane in lanes
    ]
    left = sum(1 for task in tasks.values() if not task.closed and (not lanes or task.lane in lanes))
    unknown = [word for word in said if word not in known]
    values = {"choices": choices, "left": left, "lanes": lanes, "unknown": unknown[:10], "known": sorted(known)[:50]}
    return order.record("answered", text=render("comments/orders/next-task.md", **values))
