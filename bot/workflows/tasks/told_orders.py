"""``/status`` and ``/report`` on a task, and ``/cancel`` on its issue."""

from __future__ import annotations

from bot.workflows.landing.apply_patch import task_pull
from bot.workflows.landing.deliver_patches import report_so_far
from bot.workflows.orders.order_records import OrderRecord
from bot.workflows.orders.orders import Order
from bot.workflows.tasks.at_order import tasks_now
from bot.workflows.tasks.finish import delivered, measured
from bot.workflows.tasks.reasons import reason_text
from bot.workflows.tasks.say import UNSAID, faults_of, report_text
from templates import render


async def tell_task_status(order: Order, number: int) -> OrderRecord:
    """The state of the task in a line, with every reason; it is looked at again after it. Raises ``WorldError``."""
    looked = await tasks_now(order.scene, ask=(number,))
    made, pull = looked.decided(number), looked.world.pulls.get(number)
    text = render(
        "comments/orders/status-task.md",
        number=number,
        state=made.state,
        starts=made.action == "start",
        pull=pull,
        faults=len(faults_of(looked.world, number)),
        reasons=[reason_text(each) for each in made.because if each.code not in UNSAID],
    )
    return order.record("done", text=text)


async def report_task(order: Order, number: int) -> OrderRecord:
    """The report so far; on a pull request with patches their own is made or refreshed, too. Raises ``WorldError``."""
    if order.pull is not None:
        await report_so_far(order.scene, order.pull)
    looked = await tasks_now(order.scene)
    world, pull = looked.world, looked.world.pulls.get(number)
    task = await measured(world, number, looked.decided(number).state, looked.graph)
    told = report_text(task, await delivered(world, task, pull) if pull is not None else None)
    text = render("comments/orders/report-task.md", number=number, state=task.state, table=told)
    return order.record("answered", text=text)


async def cancel_task(order: Order, number: int) -> OrderRecord:
    """Closes the task as not planned, and its pull request unmerged; that of a person is theirs to close.

    Safe to run again. Raises ``WorldError``.
    """
    github = order.scene.github
    pull = await task_pull(order.scene, number)
    mine = pull if pull is not None and pull.user == github.bot_login else None
    if mine is not None:
        await github.update_pull(mine.number, state="closed")
    if order.issue.state == "open":
        await github.update_issue(number, state="closed", state_reason="not_planned")
    return order.record("done", text=render("comments/orders/cancel-task.md", pull=mine))
