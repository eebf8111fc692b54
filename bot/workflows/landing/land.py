"""Landing a batch on a branch: applied or replayed onto the present head, one commit, one push with a lease.

Wholly and exactly, or a ``Refusal`` and nothing is changed. What a kill left half done is found again by the run's
trailer on the branch.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

from bot.contracts.patch import PatchBatch
from bot.errors import Place, Refusal, WorldError
from bot.git.messages import with_trailers
from bot.git.refs import RefUpdate
from bot.git.repository import CommitInfo
from bot.git.writer import ObjectWriter
from bot.patching.apply import Applied, apply
from bot.patching.batch import batch_id
from bot.patching.replay import replay
from bot.workflows import names
from bot.workflows.ledger import push_with_notes
from bot.workflows.patches import patch_commit
from bot.workflows.scene import RepositoryScene, trailers_of
from templates import render

MOST_COMMITS = 1000
"""So many commits of a branch are searched for one of ours."""

Convert = Callable[[CommitInfo], PatchBatch]
"""Makes the batch for one base; ``Refusal`` where it does not fit there."""


@dataclass(frozen=True, slots=True)
class Ask:
    """What is to land, and where."""

    order: str
    run: str
    issue: int | None
    branch: str
    head: str
    """The branch's present head; for a branch that is to be made, the commit that it starts from."""
    bases: tuple[str, ...]
    """The heads that the author may have seen, the newest last. Those that it fits must lead to the same tree."""
    convert: Convert
    new: bool = False
    """Whether the branch is to be made."""
    undoes: str | None = None
    """The commit that the batch takes back."""
    undone: str | None = None
    """The id of the batch that this commit had applied."""
    since: str = ""
    """Where what the branch brings begins; left out: the default branch's head."""


@dataclass(frozen=True, slots=True)
class Landed:
    """What became of it. Without ``commit`` there was nothing to do: the head holds all of it already."""

    id: str
    batch: PatchBatch
    applied: Applied | None
    commit: str | None
    base: str
    """The head that it was applied to."""
    tree: str
    replayed_from: str | None = None
    earlier: bool = False
    """Another order with the same batch had landed it before."""
    pushed: bool = False
    """This very order had pushed it before a kill, or was repeated."""

    @property
    def operations(self) -> int:
        """How many operations the batch has."""
        return len(self.batch.operations)

    @property
    def reason(self) -> str:
        """Why, in its author's words."""
        return (self.batch.reason or "").strip()


def look(scene: RepositoryScene, ask: Ask) -> Landed:
    """What would land, without writing an object. Raises ``Refusal``."""
    return _compute(scene, ask, write=False)


async def land(scene: RepositoryScene, ask: Ask, *, before_push: Callable[[Landed], Awaitable[None]]) -> Landed:
    """Lands it; ``before_push`` is told what will be pushed, so that its words ride along in the notes.

    Raises ``Refusal`` (``head-unclear`` and ``push-refused`` among them), ``WorldError``.
    """
    landed = await asyncio.to_thread(_compute, scene, ask, write=True)
    await before_push(landed)
    if landed.commit is None or landed.earlier or landed.pushed:
        return landed
    update = RefUpdate(f"refs/heads/{ask.branch}", landed.commit, None if ask.new else ask.head)
    outcome = (await push_with_notes(scene.ctx, scene.github, scene.mirror, [update], head=scene.default.oid))[
        update.name
    ]
    if outcome.ok:
        scene.refs = {**scene.refs, update.name: landed.commit}
        return landed
    if outcome.reason in {"denied", "rejected"}:
        raise Refusal("push-refused", Place(), {"branch": ask.branch, "detail": outcome.detail[:500]})
    raise WorldError("the branch moved while it was being pushed")  # the next try replays onto what is there then


def _compute(scene: RepositoryScene, ask: Ask, *, write: bool) -> Landed:
    repository = scene.mirror.repository
    head = repository.commit_info(ask.head)
    before = _landed_before(scene, ask)
    if before is not None:
        return before
    landed = _agreed(scene, ask, head)
    if not write or landed.applied is None or landed.commit is not None:
        return landed
    with repository.writer() as writer:
        tree = writer.apply(head.tree, landed.applied.edits)
        made = _commit(scene, ask, landed, head, tree, writer)
        writer.flush()
    return replace(landed, commit=made, tree=tree)


def _landed_before(scene: RepositoryScene, ask: Ask) -> Landed | None:
    """What this very order landed, computed anew on its commit's parent, with all there is to say of it.

    Trailers can be forged: a commit counts only when it holds exactly what the order makes there.
    """
    done = by_run(scene, ask.head, ask.run, since=ask.since)
    if done is None or len(done.parents) != 1:
        return None
    repository = scene.mirror.repository
    parent = repository.commit_info(done.parents[0])
    seen = tuple(base for base in ask.bases if repository.is_ancestor(base, parent.oid))
    try:
        landed = _agreed(scene, replace(ask, head=parent.oid, bases=seen or (parent.oid,)), parent)
    except Refusal:
        return None
    if landed.tree != done.tree:
        return None
    kind, _, told = done.trailers[names.SOURCE_TRAILER].rpartition("sha256:")
    return replace(landed, id=told if kind else landed.id, commit=done.oid, pushed=True)


def _agreed(scene: RepositoryScene, ask: Ask, head: CommitInfo) -> Landed:
    """What comes of it, whichever of the heads its author saw.

    Where it does not fit one of them, that is not the one that its author saw: a patch is held against the text.
    """
    found: list[Landed] = []
    refusals: list[Refusal] = []
    for base in dict.fromkeys(ask.bases):
        try:
            found.append(_on(scene, ask, scene.mirror.repository.commit_info(base), head))
        except Refusal as refusal:
            refusals.append(refusal)
    if not found:
        raise next((each for each in refusals if each.code == "replay-collides"), refusals[-1])
    if len({landed.tree for landed in found}) != 1:
        raise Refusal("head-unclear", Place(), {"heads": [base[:12] for base in ask.bases]})
    return found[-1]  # the newest of the heads is the last


def _on(scene: RepositoryScene, ask: Ask, seen: CommitInfo, head: CommitInfo) -> Landed:
    """What comes of it when its author saw this head."""
    repository = scene.mirror.repository
    batch = ask.convert(seen)
    base = _base(scene, ask, batch, seen, head)
    identity = batch_id(batch)
    earlier = by_batch(scene, ask, identity)
    if earlier is not None:
        parent = repository.commit_info(earlier.parents[0])
        if _makes(scene, batch, base, parent) == earlier.tree:  # else its trailer is forged
            return Landed(identity, batch, None, earlier.oid, parent.oid, earlier.tree, earlier=True)
    tree, applied = _tree(scene, batch, base, head)
    came_from = base.oid if base.oid != head.oid else None
    return Landed(identity, batch, applied, None, head.oid, tree, came_from)


def _tree(scene: RepositoryScene, batch: PatchBatch, base: CommitInfo, head: CommitInfo) -> tuple[str, Applied | None]:
    """The tree that a batch made for ``base`` leads to on ``head``, and what it does there, if anything."""
    repository = scene.mirror.repository
    before, onto = repository.tree(base.tree), repository.tree(head.tree)
    left: PatchBatch | None = batch
    if base.oid != head.oid:
        left = replay(before, onto, batch, head.oid, scene.policy).batch
    applied = apply(onto, left, scene.policy) if left is not None else None
    if applied is None or not applied.edits:
        return head.tree, None
    with repository.writer() as writer:  # nothing of it is flushed: only the tree's oid is wanted
        return writer.apply(head.tree, applied.edits), applied


def _makes(scene: RepositoryScene, batch: PatchBatch, base: CommitInfo, parent: CommitInfo) -> str | None:
    """The tree that a batch makes on a commit's parent, if it fits there."""
    seen = base if batch.base or scene.mirror.repository.is_ancestor(base.oid, parent.oid) else parent
    try:
        return _tree(scene, batch, seen, parent)[0]
    except Refusal:
        return None


def _base(scene: RepositoryScene, ask: Ask, batch: PatchBatch, seen: CommitInfo, head: CommitInfo) -> CommitInfo:
    """The commit that a batch's coordinates refer to: its own base, which must be in the branch's history."""
    if not batch.base or batch.base == seen.oid:
        return seen
    repository = scene.mirror.repository
    try:
        base = repository.commit_info(batch.base)
    except KeyError:
        base = None
    # What is taken back may have come by a squash, which left its commit out of the history.
    if base is None or (ask.undoes is None and not repository.is_ancestor(base.oid, head.oid)):
        raise Refusal("base-unknown", Place(key="base"), {"base": batch.base[:12], "head": head.oid[:12]})
    return base


def _commit(scene: RepositoryScene, ask: Ask, landed: Landed, head: CommitInfo, tree: str, writer: ObjectWriter) -> str:
    extra = trailers_of(ask.run, ask.issue)
    if ask.undoes is None and landed.applied is not None:
        return patch_commit(writer, head, tree, landed.batch, landed.applied, author=scene.ctx.bot, extra=extra)
    lines = {names.SOURCE_TRAILER: f"rollback#{ask.undoes}", names.BASE_TRAILER: head.oid, **extra}
    message = render("commits/rollback.txt", subject=landed.reason or "a patch", commit=ask.undoes)
    return writer.commit(tree, [head.oid], with_trailers(message, lines), scene.ctx.bot, head.time)


def by_run(scene: RepositoryScene, head: str, run: str, *, since: str = "") -> CommitInfo | None:
    """The commit on a branch that says it was made by this run."""
    found = our_commits(scene, head, since=since)
    return next((each for each in found if each.trailers.get(names.RUN_TRAILER) == run), None)


def by_batch(scene: RepositoryScene, ask: Ask, identity: str) -> CommitInfo | None:
    """The commit on a branch that says it holds this batch, and was not taken back since."""
    source = names.batch_trailer(identity)
    undone: set[str] = set()
    for commit in our_commits(scene, ask.head, since=ask.since):
        told = commit.trailers[names.SOURCE_TRAILER]
        if told.startswith("rollback#"):
            undone.add(told.removeprefix("rollback#"))
        elif told == source and commit.oid not in undone and len(commit.parents) == 1:
            return commit
    return None


def our_commits(scene: RepositoryScene, head: str, *, since: str = "") -> Sequence[CommitInfo]:
    """The bot's own commits on a branch that the default branch (or ``since``) does not have, newest first."""
    log = scene.mirror.repository.log(f"{since or scene.default.oid}..{head}", MOST_COMMITS)
    return [commit for commit in log if scene.ours(commit) and names.SOURCE_TRAILER in commit.trailers]
