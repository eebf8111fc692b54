"""``/replay``: a person has a branch of Graftsman's made anew on the base, and says whose version wins a collision."""

from __future__ import annotations

from typing import Final

from bot.contracts.github import Pull
from bot.errors import Refusal
from bot.workflows import names
from bot.workflows.migrations.migration import Way
from bot.workflows.migrations.opened import folder_of, migration_of
from bot.workflows.migrations.reconcile_migration import paused_by, reconcile_opened
from bot.workflows.orders.heads import bound_head
from bot.workflows.orders.order_records import OrderRecord
from bot.workflows.orders.orders import Order
from bot.workflows.replay.patches import Replayed, is_patch_pull, replay_patch_pulls
from bot.workflows.scene import RepositoryScene
from templates import render

WAYS: Final[dict[str, Way]] = {"": "again", "ours": "ours", "theirs": "theirs"}


async def replay_order(order: Order) -> OrderRecord:
    """Carries out one ``/replay [ours|theirs] [@oid]`` on a pull request that Graftsman opened.

    Raises ``Refusal``: ``replay-unknown-way``, ``replay-not-ours``, ``fork-pull``, ``pull-closed``, ``replay-held``,
    ``head-moved``, ``replay-paused``, ``replay-waits`` (what is in the way is shown); and ``WorldError``.
    """
    scene, pull = order.scene, order.pull
    written = " ".join(order.written.arguments).lower()
    if written not in WAYS:
        raise Refusal("replay-unknown-way", values={"way": written[:100]})
    if pull is None:
        raise Refusal("replay-not-ours", values={"number": order.issue.number})
    head = _head(scene, pull)
    folder = folder_of(scene, pull)
    if folder is None and not is_patch_pull(scene, pull):
        raise Refusal("replay-not-ours", values={"number": pull.number})
    if await _done_before(order, head):  # and a kill came before it was noted
        return _record(order, head)
    if names.HOLD_LABEL in {label.lower() for label in pull.labels}:
        raise Refusal("replay-held", values={"pull": pull.number})
    await bound_head(order)
    replayed = await (_patch(order, pull, WAYS[written]) if folder is None else _folder(order, *folder, WAYS[written]))
    if replayed.waits is not None:
        raise Refusal("replay-waits", values={"reason": replayed.waits})
    return order.record("nothing-to-do") if replayed.tip is None else _record(order, replayed.tip)


def _record(order: Order, tip: str) -> OrderRecord:
    return order.record("done", commit=tip, text=render("comments/orders/replay.md", tip=tip))


def _head(scene: RepositoryScene, pull: Pull) -> str:
    if pull.head.repo is None or pull.head.repo.full_name.lower() != scene.github.full_name.lower():
        raise Refusal("fork-pull", values={"pull": pull.number})
    head = scene.head(pull.head.ref)
    if pull.state != "open" or head is None:
        raise Refusal("pull-closed", values={"pull": pull.number})
    return head


async def _done_before(order: Order, head: str) -> bool:
    """Whether this very order made this head: it tells the ledger so before it pushes."""
    events = await order.scene.ctx.ledger.of_order(order.scene.github.full_name, order.key)
    return any(event.details.get("tip") == head for event in events)


async def _patch(order: Order, pull: Pull, way: Way) -> Replayed:
    ways = {pull.number: None if way == "again" else way}
    done = await replay_patch_pulls(order.scene, [pull], ways, order=order.key)
    return done.get(pull.number, Replayed())


async def _folder(order: Order, issue: int, folder: str, way: Way) -> Replayed:
    """A look at the whole migration, in which this folder is replayed as ordered."""
    scene = order.scene
    migration = await migration_of(scene, issue)
    if migration is None or migration.remote_head(folder) is None:
        raise Refusal("replay-not-ours", values={"number": order.issue.number})
    if paused_by(migration.scene.issue):
        raise Refusal("replay-paused", values={"issue": issue})
    before = migration.remote_head(folder)
    migration.ways[folder], migration.order = way, order.key
    await reconcile_opened(migration)
    scene.refs = migration.scene.refs
    tip = migration.remote_head(folder)
    if tip != before:
        return Replayed(tip=tip)
    record = migration.record.folders.get(folder)
    return Replayed(waits=record.replay.reason if record is not None and record.replay is not None else None)
