"""``/assign LANE``: moves a task to another lane, and to whom it belongs there."""

from __future__ import annotations

from bot.workflows import names
from bot.workflows.landing.apply_patch import task_pull
from bot.workflows.orders.order_records import OrderRecord
from bot.workflows.orders.orders import Order
from bot.workflows.tasks.lanes import hand_over
from templates import render


def lane_named(order: Order) -> str | None:
    """The lane that an order names as its only word; ``None`` where it names people."""
    words = order.written.arguments
    lane = words[0].lower().removeprefix(names.LANE) if len(words) == 1 else ""
    return lane if lane in order.scene.settings.tasks.lanes else None


async def assign_lane(order: Order, number: int, lane: str) -> OrderRecord:
    """Moves the task: its label, and its owner on issue and pull request. Raises ``WorldError``."""
    github, lanes = order.scene.github, order.scene.settings.tasks.lanes
    issue = order.issue if order.pull is None else await github.issue(number)
    label = f"{names.LANE}{lane}"
    before = [each for each in issue.labels if each.lower().startswith(names.LANE) and each.lower() != label]
    if label not in {each.lower() for each in issue.labels}:
        await github.add_labels(number, (label,))
    for each in before:
        await github.remove_label(number, each)
    people = await hand_over(github, issue, await task_pull(order.scene, number), lanes, lane, ordered=True)
    return order.record("done", text=render("comments/orders/assign-lane.md", lane=lane, logins=people))
