"""What follows the replay of a patch's branch: ledger, orders, checks and status comment speak of the new commits.

Found again by the branch itself: a kill between the push and any of this loses nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.contracts.github import Pull
from bot.git.repository import CommitInfo
from bot.workflows import names
from bot.workflows.landing.deliver_patches import places
from bot.workflows.landing.patch_report import check
from bot.workflows.orders.order_records import load_orders
from bot.workflows.replay.told import follow, replayed_tops, tell_after
from bot.workflows.scene import RepositoryScene
from bot.workflows.status_comment import show


async def say_later(scene: RepositoryScene, number: int, tip: str, text: str) -> None:
    """Keeps what is to be said on a pull request once its branch is ``tip``."""
    await scene.ctx.memory.set(_key(scene, number), {"tip": tip, "text": text})


async def settle(scene: RepositoryScene, pull: Pull, head: str, commits: Sequence[CommitInfo]) -> None:
    """Does what follows a replay that made this head, unless it is done; nothing for a head that no replay made."""
    if not any(names.REPLAYED_TRAILER in commit.trailers for commit in commits):
        return
    ctx, github = scene.ctx, scene.github
    done = f"{github.full_name.lower()}!{pull.number}/replayed/{head}"
    if (await ctx.intents.get(done)).state == "done":
        return
    moves = await replayed_tops(ctx, github.full_name, scene.mirror.repository, commits)
    await tell_after(ctx, github.full_name, moves, scene.now)
    new = {each.new for each in moves}
    for number in sorted({*places(pull, github), pull.number}):
        await follow(ctx, github, number, moves)
        for record in await load_orders(ctx, github.full_name, number):
            if record.commit in new:
                await check(scene, record)
        await show(ctx, github, number)
    said = await ctx.memory.get(_key(scene, pull.number)) or {}
    if said.get("tip") == head:
        await show(ctx, github, pull.number, "replay", said["text"])
    await ctx.intents.finish(done, {})


def _key(scene: RepositoryScene, number: int) -> str:
    return f"replay-said:{scene.github.full_name.lower()}!{number}"
