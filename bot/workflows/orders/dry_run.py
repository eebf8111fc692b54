"""``/dry-run``: what ``/migrate`` or ``/apply`` would do, without a label, an object or a push."""

from __future__ import annotations

import asyncio

from bot.errors import Place, Refusal
from bot.workflows.bodies import rows_text
from bot.workflows.landing.apply_patch import PAYLOAD_NAME, ask_of, payload_of
from bot.workflows.landing.land import look
from bot.workflows.migrations.at_order import read_migration
from bot.workflows.migrations.plan_approval import plan_approvals
from bot.workflows.migrations.proof import count
from bot.workflows.migrations.records import MigrationRecord
from bot.workflows.orders.order_records import OrderRecord
from bot.workflows.orders.orders import Order

MOST = 15_000
"""Bytes of the answer."""


async def dry_run(order: Order) -> OrderRecord:
    """The answer: of the comment's patch where it holds one, else of the manifest that the issue names.

    Raises ``Refusal`` as the real command would, ``WorldError``.
    """
    if order.written.blocks:
        return await _patch(order)
    if order.pull is not None:
        raise Refusal("no-patch", Place(PAYLOAD_NAME, order.written.line))
    return await _migration(order)


async def _patch(order: Order) -> OrderRecord:
    ask = await ask_of(order, await payload_of(order))
    landed = await asyncio.to_thread(look, order.scene, ask)
    files = landed.applied.files if landed.applied is not None else ()
    text = rows_text(
        "comments/orders/dry-run-patch.md",
        list(files),
        limit=MOST,
        landed=landed,
        branch=ask.branch,
        new=ask.new,
        files=len(files),
        added=sum(each.added for each in files),
        removed=sum(each.removed for each in files),
    )
    return order.record("answered", text=text)


async def _migration(order: Order) -> OrderRecord:
    migration = await read_migration(order, order.issue, MigrationRecord(fresh=False))
    await count(migration)
    rows = [(head, migration.record.folders[head.id]) for head in migration.plan.folders]
    counts = [record.counts for _, record in rows if record.counts is not None]
    text = rows_text(
        "comments/orders/dry-run.md",
        rows,
        limit=MOST,
        name=migration.name,
        manifest=migration.path,
        approval=await plan_approvals(migration),
        total=len(rows),
        refused=sum(1 for _, record in rows if record.refusal),
        files=sum(each.files for each in counts),
        rewrites=sum(each.rewrites for each in counts),
        warnings=sum(each.warnings for each in counts),
    )
    return order.record("answered", text=text)
