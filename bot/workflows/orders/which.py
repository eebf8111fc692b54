"""Commands that mean one thing on a migration and another on a task: what they stand on decides."""

from __future__ import annotations

from bot.workflows import names
from bot.workflows.gates.orders import explain
from bot.workflows.gates.pull_scene import issue_or_none
from bot.workflows.migrations.next import tell_next
from bot.workflows.migrations.retry import retry
from bot.workflows.orders.assign import assign
from bot.workflows.orders.cancel import cancel
from bot.workflows.orders.follow_up import folder_of
from bot.workflows.orders.order_records import OrderRecord
from bot.workflows.orders.orders import Order
from bot.workflows.orders.report import report_now
from bot.workflows.orders.status import tell_status
from bot.workflows.tasks.assign_order import assign_lane, lane_named
from bot.workflows.tasks.at_order import task_at
from bot.workflows.tasks.next_order import tell_next_task
from bot.workflows.tasks.start_order import retry_task
from bot.workflows.tasks.told_orders import cancel_task, explain_task, report_task, tell_task_status
from bot.workflows.tasks.world import has_label


def of_migration(order: Order) -> bool:
    """Whether an order is about a migration: on its issue, or on the pull request of a folder."""
    if order.pull is not None:
        return folder_of(order.pull, order.scene.github) is not None
    return names.MIGRATION_LABEL in {label.lower() for label in order.issue.labels}


async def next_of(order: Order) -> OrderRecord:
    """``/next``: of the migration, else of the tasks."""
    return await (tell_next(order) if of_migration(order) else tell_next_task(order))


async def retry_of(order: Order) -> OrderRecord:
    """``/retry``: of the task, else of the migration or pull request."""
    return await (retry(order) if task_at(order) is None or of_migration(order) else retry_task(order))


async def status_of(order: Order) -> OrderRecord:
    """``/status``: of the task, else of the migration, issue or pull request."""
    number = await _task(order)
    return await (tell_status(order) if number is None else tell_task_status(order, number))


async def explain_of(order: Order) -> OrderRecord:
    """``/explain``: of the task on its issue, else of the migration or pull request."""
    number = task_at(order) if order.pull is None and not of_migration(order) else None
    return await (explain(order) if number is None else explain_task(order, number))


async def report_of(order: Order) -> OrderRecord:
    """``/report``: of the task, else of the migration or pull request."""
    number = await _task(order)
    return await (report_now(order) if number is None else report_task(order, number))


async def cancel_of(order: Order) -> OrderRecord:
    """``/cancel``: of the task on its issue, else of the migration or pull request."""
    number = task_at(order) if order.pull is None and not of_migration(order) else None
    return await (cancel(order) if number is None else cancel_task(order, number))


async def _task(order: Order) -> int | None:
    """The task that an order is about, where its issue is one still."""
    number = None if of_migration(order) else task_at(order)
    if number is None or order.pull is None:
        return number
    issue = await issue_or_none(order.scene.github, number)
    return number if issue is not None and has_label(issue.labels, names.TASK_LABEL) else None


async def assign_of(order: Order) -> OrderRecord:
    """``/assign``: moves a task to the lane that is named, else assigns people."""
    number, (lane, people) = task_at(order), lane_named(order)
    if number is not None and lane is not None:
        return await assign_lane(order, number, lane, people)
    return await assign(order)
