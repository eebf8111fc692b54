"""``/plan``: a migration's plan with its digest; on a folder's pull request, its entry and how to prove it."""

from __future__ import annotations

from bot.workflows.bodies import rows_text
from bot.workflows.migrations.at_order import folder_at, migration_at
from bot.workflows.migrations.migration import Migration, made_commit
from bot.workflows.migrations.plan_approval import plan_approvals
from bot.workflows.orders.order_records import OrderRecord
from bot.workflows.orders.orders import Order
from templates import render

MOST = 15_000
"""Bytes of the answer."""


async def show_plan(order: Order) -> OrderRecord:
    """The answer. Raises ``Refusal`` (``no-migration``, and what is wrong with the manifest), ``WorldError``."""
    migration = await migration_at(order)
    folder = folder_at(order)
    if folder is not None:
        return order.record("answered", text=_entry(migration, folder))
    approval = await plan_approvals(migration)
    text = rows_text(
        "comments/orders/plan.md",
        list(migration.heads),
        limit=MOST,
        name=migration.name,
        manifest=migration.path,
        approval=approval,
    )
    return order.record("answered", text=text)


def _entry(migration: Migration, folder: str) -> str:
    head = next((each for each in migration.heads if each.id == folder), None)
    made = made_commit(migration, head) if head is not None else None
    base = made.parents[0] if made is not None else migration.scene.base.oid
    return render(
        "comments/orders/plan-folder.md",
        folder=folder,
        head=head,
        base=base,
        manifest=migration.path,
        issue=migration.scene.issue.number,
        name=migration.name,
    )
