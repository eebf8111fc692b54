"""``/cancel``: gives up a pull request of Graftsman's, or a whole migration. Branches are left, so nothing is lost."""

from __future__ import annotations

from bot.contracts.github import Pull
from bot.errors import Refusal
from bot.workflows import names
from bot.workflows.migrations.migration import labelled
from bot.workflows.migrations.records import load_record
from bot.workflows.orders.follow_up import folder_of
from bot.workflows.orders.order_records import OrderRecord
from bot.workflows.orders.orders import Order
from templates import render


async def cancel(order: Order) -> OrderRecord:
    """Closes what is open, unmerged. Safe to run again. Raises ``Refusal``, ``WorldError``.

    The manifest is not read: a migration can be given up whose manifest cannot be read.
    """
    if order.pull is not None:
        return await _pull(order, order.pull)
    record = await load_record(order.scene.ctx, order.scene.github.full_name, order.issue.number)
    pulls = await _open(order)
    if not (pulls or labelled(order.issue) or (record is not None and record.name)):
        raise Refusal("no-migration", values={"number": order.issue.number})
    github = order.scene.github
    for pull in pulls:
        await github.update_pull(pull.number, state="closed")
    if labelled(order.issue):
        await github.remove_label(order.issue.number, names.MIGRATION_LABEL)
    if order.issue.state == "open":
        await github.update_issue(order.issue.number, state="closed", state_reason="not_planned")
    numbers = [pull.number for pull in pulls]
    return order.record("done", text=render("comments/orders/cancel.md", pulls=numbers, whole=True))


async def _open(order: Order) -> list[Pull]:
    """The open pull requests of this issue's migration, by number."""
    github = order.scene.github
    listed = await github.pulls(state="open")
    mine = [pull for pull in listed if (folder_of(pull, github) or (0, ""))[0] == order.issue.number]
    return sorted(mine, key=lambda pull: pull.number)


async def _pull(order: Order, pull: Pull) -> OrderRecord:
    github = order.scene.github
    own = pull.head.repo is not None and pull.head.repo.full_name.lower() == github.full_name.lower()
    if pull.user != github.bot_login or not own or not pull.head.ref.startswith(names.BRANCHES):
        raise Refusal("not-ours", values={"pull": pull.number, "by": pull.user})
    if pull.merged_at is not None:
        raise Refusal("pull-closed", values={"pull": pull.number})
    if pull.state == "open":
        await github.update_pull(pull.number, state="closed")
    return order.record("done", text=render("comments/orders/cancel.md", pulls=[pull.number], whole=False))
