"""``/status``, ``/explain`` and ``/report`` on a task, and ``/cancel`` on its issue."""

from __future__ import annotations

from typing import Final

from bot.workflows.landing.apply_patch import task_pull
from bot.workflows.landing.deliver_patches import report_so_far
from bot.workflows.orders.order_records import OrderRecord
from bot.workflows.orders.orders import Order
from bot.workflows.tasks.at_order import tasks_now
from bot.workflows.tasks.finish import delivered, measured
from bot.workflows.tasks.reasons import reason_text
from bot.workflows.tasks.reconcile_tasks import Looked
from bot.workflows.tasks.say import UNSAID, faults_of, report_text
from templates import render

_OTHERS: Final = frozenset({"waits-for", "children", "epic-waits", "paths-taken", "goes-second", "pilot", "limit-path"})
"""Reasons that name the tasks which stand in the way."""


async def tell_task_status(order: Order, number: int) -> OrderRecord:
    """The state of the task in a line, with every reason; it is looked at again after it. Raises ``WorldError``."""
    looked = await tasks_now(order.scene, ask=(number,))
    return order.record("done", text=f"looked again: {_standing(looked, number)}")


async def explain_task(order: Order, number: int) -> OrderRecord:
    """Why the task does not go on, and whose the tasks are that stand in its way. Raises ``WorldError``."""
    looked = await tasks_now(order.scene, ask=(number,))
    made, world = looked.decided(number), looked.world
    others = dict.fromkeys(one for reason in made.because if reason.code in _OTHERS for one in reason.numbers)
    rows = [
        (world.issues[one], looked.decided(one).state, world.pulls.get(one))
        for one in others
        if one in world.issues and not looked.graph[one].closed
    ]
    text = render(
        "comments/orders/explain-task.md",
        standing=_standing(looked, number),
        rows=rows,
        pull=world.pulls.get(number),
    )
    return order.record("answered", text=text)


def _standing(looked: Looked, number: int) -> str:
    made, pull = looked.decided(number), looked.world.pulls.get(number)
    return render(
        "comments/orders/status-task.md",
        number=number,
        state=made.state,
        starts=made.action == "start",
        pull=pull,
        faults=len(faults_of(looked.world, number)),
        reasons=[reason_text(each) for each in made.because if each.code not in UNSAID],
    ).strip()


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
