"""``/migrate``: starts a migration as the label does; whoever ordered it is the one who started it."""

from __future__ import annotations

from bot.errors import Refusal
from bot.planning.forms import manifest_path
from bot.workflows import names
from bot.workflows.migrations.migration import labelled
from bot.workflows.orders.order_records import OrderRecord
from bot.workflows.orders.orders import Order
from templates import render


async def start_migration(order: Order) -> OrderRecord:
    """Puts the label on. Raises ``Refusal``: ``issue-closed``, ``edited-by-another``, or no manifest is named."""
    order.own_words()
    if order.issue.state != "open":
        raise Refusal("issue-closed", values={"issue": order.issue.number})
    path = manifest_path(order.issue.body)
    there = labelled(order.issue)
    text = render("comments/orders/migrate.md", path=path, there=there)
    # Said before the label: with the label alone nobody would know who asked for it.
    seen = order.comment.created_at.isoformat()
    await order.tell("ORDER_CARRIED_OUT", state="done", said=text, seen=seen)
    if not there:
        await order.scene.github.add_labels(order.issue.number, (names.MIGRATION_LABEL,))
    return order.record("done", text=text)
