"""The branches of a migration's open pull requests: computed anew when the base moved and what they touch changed.

Cost follows what changed: of a branch whose commit would still do what it does, nothing is written or pushed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.errors import Refusal
from bot.git.repository import CommitInfo, Repository
from bot.migration.plan import FolderHead
from bot.patching.merge import Side
from bot.patching.trees import Difference, differences
from bot.planning.folders import Waits
from bot.workflows import names
from bot.workflows.migrate import is_ours
from bot.workflows.migrations.migration import Migration, Standing, source_digest
from bot.workflows.migrations.proof import Computed, commit_folder, is_told
from bot.workflows.migrations.records import ReplayRecord, Said
from bot.workflows.replay.said import collision_text, done_text, waits_text
from bot.workflows.replay.stack import Stack, above, put_back
from bot.workflows.replay.told import Told, moved, tell_before, told_of
from bot.workflows.status_comment import room, show
from templates import explain_all


@dataclass(frozen=True, slots=True)
class Left:
    """A branch that was left as it was, and what is said of it on its pull request."""

    folder: str
    reason: Waits
    refusal: Refusal | None = None
    stack: Stack | None = None


async def stand(migration: Migration) -> None:
    """Finds how the branches of open pull requests are made up: our commit, which the ledger tells of, and the rest."""
    found = await asyncio.to_thread(_stand, migration)
    for folder, standing in found.items():
        settled = not standing.top and standing.ours.parents[0] == migration.scene.base.oid
        # Who forges our name must not have it thrown away, with all that is in it.
        if settled or await is_told(migration, folder, standing.ours.oid):
            migration.standings[folder] = standing


def _stand(migration: Migration) -> dict[str, Standing]:
    found = {}
    for head in migration.heads:
        pull = migration.pulls.get(migration.branch(head.id))
        remote = migration.remote_head(head.id)
        if pull is not None and pull.state == "open" and remote is not None:
            standing = _standing(migration, head, remote)
            if standing is not None:
                found[head.id] = standing
    return found


def _standing(migration: Migration, head: FolderHead, remote: str) -> Standing | None:
    scene = migration.scene
    repository, bot = scene.mirror.repository, scene.ctx.bot
    start = names.source_trailer(migration.path, migration.name, head.id, "")

    def digest(commit: CommitInfo) -> str | None:
        ours = is_ours(repository, commit.oid, bot)
        return source_digest(commit, start, scene.issue.number) if ours else None

    made = above(repository, remote, lambda commit: digest(commit) is not None)
    if made is None:
        return None
    ours, top = made
    if top and repository.is_ancestor(ours.oid, scene.base.oid):
        return None  # it is in the base already: what is on top of it there is not this branch's
    return Standing(remote, ours, digest(ours) or "", top)


async def judge(migration: Migration) -> None:
    """Finds the folders whose commit would do something else on the present base than it did on its own."""
    wanted = []
    for head in migration.plan.folders:
        standing = migration.standings.get(head.id)
        if standing is None or standing.digest != head.digest:
            continue  # what its entry says is not what it holds: the decision knows that by itself
        stale = standing.ours.parents[0] != migration.scene.base.oid
        if stale and migration.record.folders[head.id].judged != _key(migration, head, standing):
            wanted.append(head)
    if wanted:
        migration.moved |= await asyncio.to_thread(_moved, migration, wanted)


def _key(migration: Migration, head: FolderHead, standing: Standing) -> str:
    return f"{migration.scene.base.oid}/{standing.ours.oid}/{head.digest}"


def _moved(migration: Migration, heads: Sequence[FolderHead]) -> set[str]:
    scene = migration.scene
    repository = scene.mirror.repository
    found = set()
    with repository.writer() as writer:
        for head in heads:
            standing = migration.standings[head.id]
            try:
                tree = writer.apply(scene.base.tree, migration.plan.folder(head.id).edits)
            except Refusal:
                found.add(head.id)
                continue
            now = differences(repository.tree(scene.base.tree), writer.tree(tree))
            if now == _did(repository, standing.ours):
                migration.record.folders[head.id].judged = _key(migration, head, standing)
            else:
                found.add(head.id)
            writer.discard()  # only asked: what is to stay is computed by the replay
    return found


def _did(repository: Repository, commit: CommitInfo) -> list[Difference]:
    """What a commit changed: path, what stood there, what stands there now."""
    before = repository.commit_info(commit.parents[0])
    return differences(repository.tree(before.tree), repository.tree(commit.tree))


async def replay(migration: Migration, folders: Iterable[str]) -> list[Computed]:
    """Computes these branches anew on the present base, with what stands on them on top; nothing is pushed yet.

    What cannot be is left as it was, and said on its pull request. Raises ``WorldError``.
    """
    wanted = [head for head in migration.plan.folders if head.id in set(folders)]
    if not wanted:
        return []
    scene = migration.scene
    tops = [commit for head in wanted for commit in migration.standings[head.id].top]
    told = await told_of(scene.ctx, scene.github.full_name, scene.mirror.repository, tops)
    done, left = await asyncio.to_thread(_replay, migration, wanted, told)
    for each in left:
        await _leave(migration, each)
    for computed in done:
        await tell_before(scene.ctx, scene.github.full_name, computed.moves, scene.now)
    return done


def _replay(
    migration: Migration, heads: Sequence[FolderHead], told: Mapping[str, Told]
) -> tuple[list[Computed], list[Left]]:
    done: list[Computed] = []
    left: list[Left] = []
    scene = migration.scene
    repository = scene.mirror.repository
    with repository.writer() as writer:
        for head in heads:
            try:
                computed = commit_folder(migration, writer, head)
            except Refusal as refusal:
                left.append(Left(head.id, "refused", refusal))
                continue
            if computed is None:
                left.append(Left(head.id, "nothing-left"))
                continue
            stack = put_back(
                repository,
                writer,
                migration.standings[head.id].top,
                Stack(computed.commit, computed.certificate.result_tree or ""),
                when=scene.base.time,
                base=scene.base.oid,
                bot=scene.ctx.bot,
                told=told,
                favour=favoured(migration, head.id),
            )
            if stack.collision is not None:
                left.append(Left(head.id, "collides", stack=stack))
            else:
                done.append(_computed(migration, computed, stack, told))
        writer.flush()
    return done, left


def favoured(migration: Migration, folder: str) -> Side | None:
    """Whose version a person ordered to stand where commits collide."""
    way = migration.ways.get(folder)
    return None if way is None or way == "again" else way


def _computed(migration: Migration, computed: Computed, stack: Stack, told: Mapping[str, Told]) -> Computed:
    folder = computed.head.id
    standing = migration.standings[folder]
    text = done_text(stack, standing.head, migration.scene.base.oid, way=favoured(migration, folder))
    # Kept before the push: what was dropped is said also when a kill comes in between.
    migration.record.folders[folder].say = Said(tip=stack.tip, text=text) if text else None
    top = stack.tip if stack.kept else None
    return replace(computed, top=top, came_from=standing.head, moves=tuple(moved(told, stack.kept)))


async def _leave(migration: Migration, left: Left) -> None:
    scene = migration.scene
    standing = migration.standings[left.folder]
    pull = migration.pulls[migration.branch(left.folder)]
    limit = await room(scene.ctx, scene.github.full_name, pull.number, "replay")
    if left.stack is not None and left.stack.collision is not None:
        text = collision_text(left.stack.collision, scene.base.oid, limit=limit)
    else:
        why = explain_all(left.refusal) if left.refusal is not None else ""
        text = waits_text(left.reason, scene.base.oid, why)
    await keep_left(migration, left.folder, left.reason, standing.head, text)


async def keep_left(migration: Migration, folder: str, reason: Waits, head: str, text: str) -> None:
    """Remembers that a branch is left as it was on this base, and says why on its pull request."""
    scene = migration.scene
    digest = next(each.digest for each in migration.plan.folders if each.id == folder)
    pull = migration.pulls[migration.branch(folder)]
    await show(scene.ctx, scene.github, pull.number, "replay", text)
    record = migration.record.folders[folder]
    record.replay = ReplayRecord(base=scene.base.oid, head=head, digest=digest, reason=reason)
    migration.ways.pop(folder, None)


async def pushed(migration: Migration, computed: Computed) -> None:
    """Takes note that a branch is now what was computed."""
    folder = computed.head.id
    migration.moved.discard(folder)
    migration.ways.pop(folder, None)
    if migration.standings.get(folder) is not None:
        found = await asyncio.to_thread(_standing, migration, computed.head, computed.tip)
        if found is not None:
            migration.standings[folder] = found


async def clear(migration: Migration) -> None:
    """Takes away what was said of branches that wait no more: they moved, or their pull request is decided."""
    scene = migration.scene
    digests = {head.id: head.digest for head in migration.plan.folders}
    for folder, record in migration.record.folders.items():
        pull = migration.pulls.get(migration.branch(folder))
        if record.replay is None or pull is None:
            continue
        held = record.replay.is_of(scene.base.oid, migration.remote_head(folder), digests.get(folder, ""))
        if held and pull.state == "open" and _still_waits(migration, folder):
            continue
        if record.say is None or record.say.tip != migration.remote_head(folder):
            await show(scene.ctx, scene.github, pull.number, "replay", "")
        record.replay = None


def _still_waits(migration: Migration, folder: str) -> bool:
    standing = migration.standings.get(folder)
    head = next((each for each in migration.plan.folders if each.id == folder), None)
    return standing is not None and head is not None and (folder in migration.moved or standing.digest != head.digest)
