"""``/report``: the delivery report as it stands now."""

from __future__ import annotations

from collections import Counter

from bot.contracts.github import Pull
from bot.errors import Refusal
from bot.planning.folders import decide
from bot.workflows.landing.deliver_patches import report_so_far
from bot.workflows.migrations.at_order import folder_at, migration_at
from bot.workflows.migrations.deliver import deliver
from bot.workflows.migrations.migration import facts_of
from bot.workflows.orders.order_records import OrderRecord
from bot.workflows.orders.orders import Order
from templates import render


async def report_now(order: Order) -> OrderRecord:
    """A pull request's report is made or refreshed; on a migration's issue the answer is the totals so far.

    Raises ``Refusal``: ``nothing-to-report``, ``no-migration``, ``unknown-folder``; ``WorldError``.
    """
    if order.pull is None:
        return await _totals(order)
    await _refresh(order, order.pull)
    return order.record("done", text=render("comments/orders/report-pull.md"))


async def _refresh(order: Order, pull: Pull) -> None:
    folder = folder_at(order)
    if folder is None:
        if not await report_so_far(order.scene, pull):
            raise Refusal("nothing-to-report", values={"pull": pull.number})
        return
    await deliver(await migration_at(order), folder, pull, asked=True)


async def _totals(order: Order) -> OrderRecord:
    migration = await migration_at(order)
    states = {name: made.state for name, made in decide(facts_of(migration)).items()}
    counted = {name: record.counts for name, record in migration.record.folders.items() if record.counts is not None}
    merged = [counted[name] for name, state in states.items() if state == "merged" and name in counted]
    text = render(
        "comments/orders/report.md",
        name=migration.name,
        total=len(states),
        states=dict(Counter(states.values())),
        files=sum(each.files for each in merged),
        moved=sum(each.moved for each in merged),
        changed=sum(each.changed for each in merged),
        importers=sum(each.importers for each in merged),
        rewrites=sum(each.rewrites for each in merged),
        warnings=sum(each.warnings for each in merged),
        all_files=sum(each.files for each in counted.values()),
    )
    return order.record("answered", text=text)
