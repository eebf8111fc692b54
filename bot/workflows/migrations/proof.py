"""Computing folders: plan, tree, commit, certificate, in a thread, with all new objects in one pack."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from bot.contracts.certificate import Certificate
from bot.errors import Refusal
from bot.git.repository import CommitInfo
from bot.git.writer import ObjectWriter
from bot.migration.plan import FolderHead, Plan
from bot.reports.delivery import Counts
from bot.workflows import names
from bot.workflows.migrate import FolderResult, folder_commit, touched
from bot.workflows.migrations.migration import Migration, load_plan, made_commit, read_file, run_of
from bot.workflows.migrations.records import FolderRecord
from bot.workflows.replay.told import Moved
from templates import explain_all


@dataclass(frozen=True, slots=True)
class Computed:
    """One folder's commit with its proof, and what stands on top of it."""

    head: FolderHead
    commit: str
    base: CommitInfo
    certificate: Certificate
    top: str | None = None
    """The branch's head, where other commits stand on ours."""
    came_from: str | None = None
    """The head that this replays."""
    moves: tuple[Moved, ...] = ()
    """The bot's own patch commits on top that were replayed."""

    @property
    def tip(self) -> str:
        """What the branch is to be, or is."""
        return self.top or self.commit


async def count(migration: Migration) -> None:
    """Counts every folder that the record does not know, for the plan; writes no object.

    What has a branch already is counted on the base that its commit names, and its commit is recorded: a kill between
    the push and the record, or a lost database, loses neither.
    """
    missing = [head for head in migration.plan.folders if not _known(migration, head)]
    if missing:
        await asyncio.to_thread(_count, migration, missing)


def _known(migration: Migration, head: FolderHead) -> bool:
    record = migration.record.folders.get(head.id)
    pull = migration.pulls.get(migration.branch(head.id))
    if record is not None and pull is not None and pull.merged_at is not None:
        return True  # what was delivered stays what it was, however its entry is edited
    if record is None or record.digest != head.digest:
        return False
    # What has a commit was counted on that commit's base; what has none must fit the base as it is now.
    return record.head is not None or record.base == migration.scene.base.oid


def _count(migration: Migration, heads: Sequence[FolderHead]) -> None:
    for head in heads:
        before, counted = migration.record.folders.get(head.id), _counted(migration, head)
        if before is not None:  # what was said on its pull request is still said there
            counted.replay, counted.say = before.replay, before.say
        migration.record.folders[head.id] = counted


def _counted(migration: Migration, head: FolderHead) -> FolderRecord:
    made = made_commit(migration, head)
    standing = migration.standings.get(head.id)
    if made is None and standing is not None and standing.digest == head.digest:
        made = standing.ours
    base = migration.scene.base if made is None else migration.scene.mirror.repository.commit_info(made.parents[0])
    record = FolderRecord(
        digest=head.digest,
        base=base.oid,
        source=head.source,
        destination=head.destination,
        mode=head.mode,
        depends_on=head.depends_on,
        head=None if made is None else made.oid,
    )
    try:
        certificate = (migration.plan if made is None else _plan_on(migration, base)).folder(head.id).certificate
    except Refusal as refusal:
        record.known, record.refusal = "refused", explain_all(refusal)
    else:
        record.counts = Counts.of(certificate)
        record.known = "nothing-to-do" if certificate.status == "nothing-to-do" else None
    return record


async def compute(migration: Migration, folders: Sequence[str]) -> list[Computed]:
    """Computes these folders' commits on the present base and writes them as one pack. Skips what has nothing to do."""
    return await asyncio.to_thread(_compute, migration, folders)


def _compute(migration: Migration, folders: Sequence[str]) -> list[Computed]:
    scene = migration.scene
    wanted = set(folders)
    made = []
    with scene.mirror.repository.writer() as writer:
        for head in migration.plan.folders:
            if head.id not in wanted:
                continue
            computed = commit_folder(migration, writer, head)
            if computed is not None:
                made.append(computed)
        writer.flush()
    return made


def commit_folder(migration: Migration, writer: ObjectWriter, head: FolderHead) -> Computed | None:
    """One folder's commit on the present base, not flushed; ``None`` where there is nothing to do. ``Refusal``."""
    scene = migration.scene
    folder = migration.plan.folder(head.id)
    if folder.certificate.status == "nothing-to-do":
        return None
    tree = writer.apply(scene.base.tree, folder.edits)
    certificate = folder.certificate.model_copy(update={"result_tree": tree})
    result = FolderResult(head.id, tree, certificate, touched(folder.edits))
    commit = folder_commit(
        writer,
        scene.base,
        result,
        author=scene.ctx.bot,
        source=names.source_trailer(migration.path, migration.name, head.id, head.digest),
        extra={names.ISSUE_TRAILER: f"#{scene.issue.number}", names.RUN_TRAILER: run_of(migration)},
    )
    return Computed(head, commit, scene.base, certificate)


async def is_told(migration: Migration, folder: str, commit: str) -> bool:
    """Whether we made a commit: the ledger is told so before it is pushed. A name and trailers can be forged."""
    scene = migration.scene
    about = names.subject(migration.name, folder)
    events = await scene.ctx.ledger.events(scene.github.full_name, subject=about)
    return any(each.commit == commit and each.type == "PATCH_VALIDATED" for each in events)


async def recompute(migration: Migration, head: FolderHead, commit: str) -> Computed | None:
    """The proof of a branch that is there already, computed again on the base that its commit names.

    ``None`` for a commit that is not ours: it holds something else, and the ledger does not tell of it.
    """
    computed, same = await asyncio.to_thread(_recompute, migration, head, commit)
    return computed if same or await is_told(migration, head.id, commit) else None


def _recompute(migration: Migration, head: FolderHead, commit: str) -> tuple[Computed, bool]:
    repository = migration.scene.mirror.repository
    info = repository.commit_info(commit)
    base = repository.commit_info(info.parents[0])
    folder = _plan_on(migration, base).folder(head.id)
    with repository.writer() as writer:  # nothing of it is flushed: only the tree's oid is wanted
        same = writer.apply(base.tree, folder.edits) == info.tree
    certificate = folder.certificate.model_copy(update={"result_tree": info.tree})
    return Computed(head, commit, base, certificate), same


def _plan_on(migration: Migration, base: CommitInfo) -> Plan:
    scene = migration.scene
    if base.oid not in scene.plans:
        tree = scene.mirror.repository.tree(base.tree)
        # The manifest as that base has it is the one that was computed with: a later one may name what was not there.
        data = read_file(tree, migration.path)
        scene.plans[base.oid] = load_plan(tree, migration.path, migration.manifest_data if data is None else data)[1]
    return scene.plans[base.oid]
