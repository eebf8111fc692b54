"""What follows a replay once its branch is pushed: old checks end, the ledger and the pull request say what moved."""

from __future__ import annotations

from typing import Final

from bot.workflows import names
from bot.workflows.gates.check_runs import conclude
from bot.workflows.landing.patch_report import check
from bot.workflows.migrations.migration import Migration
from bot.workflows.migrations.proof import Computed
from bot.workflows.orders.order_records import load_orders
from bot.workflows.replay.told import follow, tell_after
from bot.workflows.status_comment import show

CHECKS: Final = (names.CERTIFICATE_CHECK, names.SPEC_CHECK)


def replay_details(computed: Computed, order: str = "") -> dict[str, str]:
    """What the ledger's events say of a replay, beside what they say of every commit. ``order``: who asked for it."""
    if computed.came_from is None:
        return {}
    details = {"command": "replay", "from": computed.came_from, "tip": computed.tip}
    return {**details, "order": order} if order else details


async def tell_replayed(migration: Migration, computed: Computed, number: int) -> None:
    """Tells the ledger of the patches on top under their new oids, and the pull request of what was put back."""
    scene = migration.scene
    await tell_after(scene.ctx, scene.github.full_name, computed.moves, scene.now)
    await follow(scene.ctx, scene.github, number, computed.moves)
    if computed.moves:
        new = {each.new for each in computed.moves}
        for each in await load_orders(scene.ctx, scene.github.full_name, number):
            if each.commit in new:
                await check(scene, each)
        await show(scene.ctx, scene.github, number)
    record = migration.record.folders.get(computed.head.id)
    if record is not None and record.say is not None and record.say.tip == computed.tip:
        await show(scene.ctx, scene.github, number, "replay", record.say.text)


async def end_unfinished(migration: Migration, folder: str, tip: str) -> None:
    """Ends the checks that a kill left in progress on heads that are not the branch's any more: none hangs for ever."""
    scene = migration.scene
    started = await scene.ctx.intents.many(f"{scene.prefix}{folder}/graftsman/")
    for key, intent in started.items():
        name, _, sha = key.removeprefix(f"{scene.prefix}{folder}/").rpartition("/")
        if name not in CHECKS or intent.state != "started" or sha == tip:
            continue
        mine = f"{scene.issue.number}:{migration.name}/{folder}"
        await conclude(scene.github, sha, (name,), head=tip, external_id=mine)
        await scene.ctx.intents.finish(key, {})
