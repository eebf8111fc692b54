"""``/status``: looks again, and says in a line how things stand."""

from __future__ import annotations

from collections import Counter

from bot.planning.folders import decide
from bot.workflows.migrations.at_order import migration_at
from bot.workflows.migrations.migration import facts_of, labelled, on_hold
from bot.workflows.orders.order_records import OrderRecord
from bot.workflows.orders.orders import Order
from templates import render


async def tell_status(order: Order) -> OrderRecord:
    """The present state in a line; the migration or pull request is looked at again after it.

    Raises ``Refusal`` where a migration's manifest is at fault, ``WorldError``.
    """
    if order.pull is not None:
        undone = {each.undoes for each in order.records if each.state == "rolled-back"}
        standing = [each for each in order.records if each.state == "applied" and each.commit not in undone]
        text = render(
            "comments/orders/status-pull.md",
            pull=order.pull,
            head=order.scene.head(order.pull.head.ref) or order.pull.head.sha,
            hold=on_hold(order.pull.labels),
            patches=len(standing),
        )
        return order.record("done", text=text)
    states: dict[str, int] = {}
    name = ""
    if labelled(order.issue):
        migration = await migration_at(order)
        name = migration.name
        states = dict(Counter(decision.state for decision in decide(facts_of(migration)).values()))
    text = render(
        "comments/orders/status-issue.md",
        issue=order.issue,
        name=name,
        states=states,
        hold=on_hold(order.issue.labels),
    )
    return order.record("done", text=text)
