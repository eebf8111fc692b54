"""Commands that mean one thing on a migration and another on a task: what they stand on decides."""

from __future__ import annotations

from bot.workflows import names
from bot.workflows.migrations.next import tell_next
from bot.workflows.migrations.retry import retry
from bot.workflows.orders.assign import assign
from bot.workflows.orders.follow_up import folder_of
from bot.workflows.orders.order_records import OrderRecord
from bot.workflows.orders.orders import Order
from bot.workflows.tasks.assign_order import assign_lane, lane_named
from bot.workflows.tasks.at_order import task_at
from bot.workflows.tasks.next_order import tell_next_task
from bot.workflows.tasks.start_order import retry_task


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


async def assign_of(order: Order) -> OrderRecord:
    """``/assign``: moves a task to the lane that is named, else assigns people."""
    number, lane = task_at(order), lane_named(order)
    if number is not None and lane is not None:
        return await assign_lane(order, number, lane)
    return await assign(order)
