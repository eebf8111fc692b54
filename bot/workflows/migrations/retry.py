"""``/retry``: what was refused or closed is tried again, as if it had not been decided."""

from __future__ import annotations

from bot.errors import Refusal
from bot.planning.folders import decide
from bot.workflows.migrations.at_order import folder_at, migration_at
from bot.workflows.migrations.migration import Migration, facts_of
from bot.workflows.migrations.records import save_record
from bot.workflows.orders.follow_up import migration_of
from bot.workflows.orders.order_records import OrderRecord
from bot.workflows.orders.orders import Order
from templates import render

AGAIN = frozenset({"closed", "refused"})


async def retry(order: Order) -> OrderRecord:
    """Forgets what was decided of the folders; the reconcile that follows opens them anew.

    Raises ``Refusal``: ``unknown-folder``, ``no-migration``; ``WorldError``.
    """
    if order.pull is not None and migration_of(order) is None:
        return order.record("done", text=render("comments/orders/retry.md", folders=()))
    migration = await migration_at(order)
    wanted = folder_at(order) or next(iter(order.written.arguments), None)
    known = [head.id for head in migration.heads]
    if wanted is not None and wanted not in known:
        raise Refusal("unknown-folder", values={"folder": wanted, "known": known[:50]})
    decided = decide(facts_of(migration))
    folders = [name for name, made in decided.items() if made.state in AGAIN and wanted in {None, name}]
    for folder in folders:
        await _forget(migration, folder)
    scene = migration.scene
    if folders:
        await save_record(scene.ctx, scene.github.full_name, scene.issue.number, migration.record)
    return order.record("done", text=render("comments/orders/retry.md", folders=folders))


async def _forget(migration: Migration, folder: str) -> None:
    """The effects first and the record last: a kill between them leaves the folder decided, and it is asked again."""
    scene = migration.scene
    pull = migration.pulls.get(migration.branch(folder))
    if pull is not None:
        for effect in ("pull", "labels", "delivery-comment"):
            await scene.ctx.intents.forget(f"{scene.prefix}{folder}/{effect}")
        await scene.ctx.memory.delete(f"{scene.prefix}{folder}/delivered")
        migration.record.retried[folder] = pull.number
    migration.record.folders.pop(folder, None)
