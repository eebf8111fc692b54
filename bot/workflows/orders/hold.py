"""``/hold`` and ``/unhold``: a label by which Graftsman leaves an issue or pull request as it is."""

from __future__ import annotations

from bot.errors import Refusal
from bot.workflows import names
from bot.workflows.migrations.migration import labelled, on_hold
from bot.workflows.orders.order_records import OrderRecord
from bot.workflows.orders.orders import Order
from bot.workflows.tasks.world import has_label
from templates import render


async def hold(order: Order) -> OrderRecord:
    """Puts the label on. Raises ``Refusal`` (``no-migration``) on an issue that is none, ``WorldError``."""
    there = _there(order)
    if not there:
        await order.scene.github.add_labels(order.issue.number, (names.HOLD_LABEL,))
    return _said(order, "hold", there)


async def unhold(order: Order) -> OrderRecord:
    """Takes the label off. Raises as :func:`hold`."""
    there = _there(order)
    if there:
        await order.scene.github.remove_label(order.issue.number, names.HOLD_LABEL)
    return _said(order, "unhold", there)


def _there(order: Order) -> bool:
    if order.pull is None and not (labelled(order.issue) or has_label(order.issue.labels, names.TASK_LABEL)):
        raise Refusal("no-migration", values={"number": order.issue.number})
    return on_hold(order.issue.labels if order.pull is None else order.pull.labels)


def _said(order: Order, which: str, there: bool) -> OrderRecord:
    task = has_label(order.issue.labels, names.TASK_LABEL)
    text = render(f"comments/orders/{which}.md", pull=order.pull is not None, task=task, there=there)
    return order.record("done", text=text)
