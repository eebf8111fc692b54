"""``/rollback``: takes a batch back by its computed inverse, on top of later work, or says which lines collide.

On an open pull request it is a commit on its branch; of a merged one, a pull request of its own.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace

from bot.contracts.github import Pull
from bot.contracts.patch import PatchBatch
from bot.errors import Refusal
from bot.git.repository import CommitInfo
from bot.patching.trees import between_trees
from bot.workflows import names
from bot.workflows.landing.apply_patch import landed_record
from bot.workflows.landing.carry_patch import Asker, carry_out
from bot.workflows.landing.land import MOST_COMMITS, Ask, Landed
from bot.workflows.landing.patch_pull import open_pull
from bot.workflows.migrations.opened import certify_head
from bot.workflows.orders.order_records import OrderRecord
from bot.workflows.orders.orders import Order
from bot.workflows.scene import RepositoryScene

PREFIX = names.batch_trailer("")
LEAST = 7
"""So many digits name a batch or a commit, at least."""


async def rollback_patch(order: Order) -> OrderRecord:
    """Carries out one ``/rollback [batch or commit]``; without one, the newest batch that still stands.

    Raises ``Refusal``: ``rollback-not-found``, ``replay-collides`` with both versions, and others.
    """
    scene, pull = order.scene, order.pull
    if pull is None:
        raise Refusal("rollback-not-found", values={"what": f"#{order.issue.number}"})
    wanted = order.written.head or (order.written.arguments[0] if order.written.arguments else "").lower()
    ask, commit = await _ask(order, pull, wanted)
    asker = Asker(order.comment.user, "rollback", order.issue.number, names.batch_subject(ask.undone or ""))
    asker = replace(asker, editor=order.rights.editor)
    if pull.merged_at is None:
        asker = replace(asker, pull=pull.number)
    else:
        asker = replace(asker, opens=lambda landed: _open(order, ask, landed, commit))
    carried = await carry_out(scene, ask, asker)
    if pull.merged_at is None and carried.landed.commit is not None:
        await certify_head(scene, pull)
    record = landed_record(order, carried.landed, undoes=commit.oid, pull=carried.opened)
    more = {"batch": ask.undone or record.batch}
    if carried.landed.commit is not None:
        more["state"] = "rolled-back"
    return record.model_copy(update=more)


async def _open(order: Order, ask: Ask, landed: Landed, commit: CommitInfo) -> int:
    return await open_pull(
        order.scene, ask.branch, landed, order.issue, order.run, asked_by=order.comment.user, undoes=commit.oid
    )


async def _ask(order: Order, pull: Pull, wanted: str) -> tuple[Ask, CommitInfo]:
    scene = order.scene
    if pull.head.repo is None or pull.head.repo.full_name.lower() != scene.github.full_name.lower():
        raise Refusal("fork-pull", values={"pull": pull.number})
    head = scene.head(pull.head.ref)
    if pull.merged_at is not None:
        return await _of_merged(order, pull, wanted)
    if pull.state != "open" or head is None:
        raise Refusal("pull-closed", values={"pull": pull.number})
    commit = await find_batch(scene, f"{scene.default.oid}..{head}", wanted, order.run)
    return _inverse(scene, order, commit, pull.head.ref, head), commit


async def _of_merged(order: Order, pull: Pull, wanted: str) -> tuple[Ask, CommitInfo]:
    """What a merged pull request brought is taken back on the default branch, by a pull request of its own."""
    scene = order.scene
    refspec = f"+refs/pull/{pull.number}/head:refs/graftsman/pulls/{pull.number}"
    await asyncio.to_thread(scene.mirror.fetch, await scene.github.git_credential(), (refspec,))
    commit = await find_batch(scene, f"{_before(scene, pull)}..{pull.head.sha}", wanted, order.run)
    identity = commit.trailers[names.SOURCE_TRAILER].removeprefix(PREFIX)
    branch = f"{names.BRANCHES}rollback/patch-{identity[:12]}"
    there = scene.head(branch)
    ask = _inverse(scene, order, commit, branch, there or scene.default.oid)
    return replace(ask, new=there is None), commit


def _before(scene: RepositoryScene, pull: Pull) -> str:
    """The default branch right before a pull request was merged: what that had is not the pull request's."""
    merge = pull.merge_commit_sha
    if merge is not None and scene.mirror.repository.has(merge):
        return next(iter(scene.mirror.repository.commit_info(merge).parents), pull.base.sha)
    return pull.base.sha


async def find_batch(scene: RepositoryScene, revisions: str, wanted: str, run: str) -> CommitInfo:
    """The commit of a batch that is to be taken back: the newest that stands, or the one that is named.

    ``wanted`` is the beginning of a batch's id or of a commit's oid. A commit counts when the ledger tells of it: one
    that merely looks like ours is nobody's batch. Raises ``Refusal``: ``rollback-not-found``, ``rollback-ambiguous``.
    """
    log = await asyncio.to_thread(lambda: list(scene.mirror.repository.log(revisions, MOST_COMMITS)))
    undone: dict[str, str] = {}
    found: list[CommitInfo] = []
    for commit in log:
        told = commit.trailers.get(names.SOURCE_TRAILER, "")
        if not scene.ours(commit) or len(commit.parents) != 1:
            continue
        if not await scene.ctx.ledger.tells_of(scene.github.full_name, commit.oid):
            continue
        if told.startswith("rollback#"):
            undone[told.removeprefix("rollback#")] = commit.trailers.get(names.RUN_TRAILER, "")
        elif told.startswith(PREFIX) and undone.get(commit.oid, run) == run and _is_named(commit, wanted):
            found.append(commit)
    if not found:
        raise Refusal("rollback-not-found", values={"what": wanted or "a batch"})
    if wanted and len({commit.trailers[names.SOURCE_TRAILER] for commit in found}) > 1:
        raise Refusal("rollback-ambiguous", values={"what": wanted, "commits": [each.oid[:12] for each in found[:20]]})
    return found[0]


def _is_named(commit: CommitInfo, wanted: str) -> bool:
    batch = commit.trailers[names.SOURCE_TRAILER].removeprefix(PREFIX)
    return not wanted or (len(wanted) >= LEAST and (commit.oid.startswith(wanted) or batch.startswith(wanted)))


def _inverse(scene: RepositoryScene, order: Order, commit: CommitInfo, branch: str, head: str) -> Ask:
    repository = scene.mirror.repository
    identity = commit.trailers[names.SOURCE_TRAILER].removeprefix(PREFIX)

    def convert(_seen: CommitInfo) -> PatchBatch:
        parent = repository.commit_info(commit.parents[0])
        undo = between_trees(repository.tree(commit.tree), repository.tree(parent.tree))
        return PatchBatch(version=1, base=commit.oid, reason=f"batch {identity[:12]}", operations=undo)

    return Ask(
        order.key, order.run, order.issue.number, branch, head, (head,), convert, undoes=commit.oid, undone=identity
    )
