"""``/start`` and ``/retry`` on a task: it starts now, whatever limit holds it; what blocks it still does."""

from __future__ import annotations

from bot.errors import Refusal
from bot.workflows import names
from bot.workflows.landing.apply_patch import task_pull
from bot.workflows.orders.order_records import OrderRecord
from bot.workflows.orders.orders import Order
from bot.workflows.tasks.at_order import book_of, needs_task, task_at
from bot.workflows.tasks.book import IDLE
from bot.workflows.tasks.ordered import can_retry, start_by_order
from templates import render


async def start_task(order: Order) -> OrderRecord:
    """Orders the start of a task; an open issue that is none becomes one.

    Raises ``Refusal``: ``issue-closed``, ``edited-by-another``, ``task-begun``; ``WorldError``.
    """
    order.own_words()
    number, github = order.issue.number, order.scene.github
    if order.issue.state != "open":
        raise Refusal("issue-closed", values={"issue": number})
    if has_migration(order):
        raise Refusal("no-task", values={"number": number})
    there = task_at(order) is not None
    text = render("comments/orders/start.md", there=there)
    pull = await task_pull(order.scene, number)
    if pull is not None:
        told = await order.scene.ctx.ledger.of_order(github.full_name, order.key)
        if any(event.type == "ORDER_CARRIED_OUT" for event in told):  # and a kill came before that was noted
            return order.record("done", text=text)
        raise Refusal("task-begun", values={"issue": number, "pull": pull.number})
    # Said before the label: with the label alone nobody would know who asked for it.
    await order.tell("ORDER_CARRIED_OUT", state="done", said=text, seen=order.comment.created_at.isoformat())
    await start_by_order(order.scene, await book_of(order.scene), number)
    if not there:
        await github.add_labels(number, (names.TASK_LABEL,))
    return order.record("done", text=text)


def has_migration(order: Order) -> bool:
    """Whether the issue is a migration's."""
    return names.MIGRATION_LABEL in {label.lower() for label in order.issue.labels}


async def retry_task(order: Order) -> OrderRecord:
    """Another pull request for a task whose last one was closed, or whose branch GitHub did not take.

    Raises ``Refusal`` (``no-task``, ``issue-closed``), ``WorldError``.
    """
    number, scene = needs_task(order), order.scene
    issue = order.issue if order.pull is None else await scene.github.issue(number)
    if issue.state != "open":
        raise Refusal("issue-closed", values={"issue": number})
    book = await book_of(scene)
    again = await task_pull(scene, number) is None and can_retry(book, number)
    if again:
        await start_by_order(scene, book, number)
    text = render("comments/orders/retry-task.md", again=again)
    return order.record("done", text=text, told={} if again else IDLE)
