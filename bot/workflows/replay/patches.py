"""The pull requests of patches and tasks: their commits are put on the new base when it changed what they touch.

All of one repository in one push. A branch that a person moved meanwhile is not overwritten (a lease on what was
fetched); a replay is recognised afterwards by its commits' trailers, so that a kill loses none of what follows it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.contracts.github import Pull
from bot.errors import Place, Refusal, WorldError
from bot.git.refs import RefUpdate
from bot.git.repository import CommitInfo, Repository
from bot.git.transfer import Outcome
from bot.patching.ground import Ground
from bot.patching.merge import Side
from bot.patching.trees import differences
from bot.planning.folders import Waits
from bot.reports.markers import marker_of
from bot.workflows import names
from bot.workflows.ledger import push_with_notes
from bot.workflows.replay.said import collision_text, done_text, waits_text
from bot.workflows.replay.settle import say_later, settle
from bot.workflows.replay.stack import Stack, above, put_back
from bot.workflows.replay.told import Moved, Told, moved, tell_before, told_of
from bot.workflows.scene import RepositoryScene
from bot.workflows.status_comment import room, show
from templates import explain

STARTS = (f"{names.BRANCHES}patch/", f"{names.BRANCHES}rollback/")
"""Where the branches of patches begin that Graftsman itself has named."""
Way = Side | None
"""Whose version stands where commits collide."""


@dataclass(frozen=True, slots=True)
class Branch:
    """One such pull request's branch: where it left the base, and its own commits, oldest first."""

    pull: Pull
    head: str
    fork: CommitInfo
    commits: tuple[CommitInfo, ...]


@dataclass(frozen=True, slots=True)
class Made:
    """A branch made anew, not yet pushed, or what is in its way."""

    branch: Branch
    stack: Stack
    moves: tuple[Moved, ...] = ()
    waits: Waits | None = None


@dataclass(frozen=True, slots=True)
class Replayed:
    """What became of one pull request: its new head, or why it was left as it was; neither where nothing was due."""

    tip: str | None = None
    waits: Waits | None = None


def is_patch_pull(scene: RepositoryScene, pull: Pull) -> bool:
    """Whether Graftsman opened a pull request for patches or a task, on a branch that it named, into the default
    branch.
    """
    marker = marker_of(pull.body) if pull.user == scene.github.bot_login else None
    here = pull.head.repo is not None and pull.head.repo.full_name.lower() == scene.github.full_name.lower()
    patch = marker is not None and marker.kind == "patch" and pull.head.ref.startswith(STARTS)
    task = marker is not None and marker.kind == "task" and names.task_of_branch(pull.head.ref) is not None
    return (patch or task) and here and pull.base.ref == scene.repository.default_branch


async def replay_patch_pulls(
    scene: RepositoryScene, pulls: Sequence[Pull], ways: Mapping[int, Way] | None = None, *, order: str = ""
) -> dict[int, Replayed]:
    """Replays those of these open pull requests that need it, in one push. Gives what became of each.

    ``ways``: those that a person ordered to replay, by ``order``. Raises ``WorldError``: nothing is lost then.
    """
    ways = ways or {}
    due = [pull for pull in pulls if is_patch_pull(scene, pull) and await _is_due(scene, pull, ways)]
    branches = await asyncio.to_thread(_branches, scene, due)
    for branch in branches:
        await settle(scene, branch.pull, branch.head, branch.commits)
    stale = await asyncio.to_thread(_stale, scene, branches)
    if not stale:
        return {}
    tops = [commit for branch in stale for commit in branch.commits]
    told = await told_of(scene.ctx, scene.github.full_name, scene.mirror.repository, tops)
    made = await asyncio.to_thread(_make, scene, stale, told, ways)
    done: dict[int, Replayed] = {}
    for each in made:
        if each.waits is not None:
            await _leave(scene, each, each.waits)
            done[each.branch.pull.number] = Replayed(waits=each.waits)
    ready = [each for each in made if each.waits is None]
    for each in ready:
        await _announce(scene, each, ways.get(each.branch.pull.number), order)
    return done | await _push(scene, ready)


def _key(scene: RepositoryScene, number: int) -> str:
    return f"replay:{scene.github.full_name.lower()}!{number}"


async def _is_due(scene: RepositoryScene, pull: Pull, ways: Mapping[int, Way]) -> bool:
    """Whether to look at a pull request: nobody holds it, and not the very same was tried before."""
    if names.HOLD_LABEL in {label.lower() for label in pull.labels}:
        return False
    head = scene.head(pull.head.ref)
    tried = await scene.ctx.memory.get(_key(scene, pull.number)) or {}
    same = (tried.get("base"), tried.get("head")) == (scene.default.oid, head)
    return head is not None and (not same or pull.number in ways)


def _branches(scene: RepositoryScene, pulls: Sequence[Pull]) -> list[Branch]:
    repository, base = scene.mirror.repository, scene.default.oid
    found = []
    for pull in pulls:
        head = scene.head(pull.head.ref)
        if head is None:
            continue
        made = above(repository, head, lambda commit: repository.is_ancestor(commit.oid, base))
        if made is not None and made[1]:
            found.append(Branch(pull, head, made[0], made[1]))
    return found


def _stale(scene: RepositoryScene, branches: Sequence[Branch]) -> list[Branch]:
    """The branches whose commits touch what the base changed since it was last brought into them."""
    repository = scene.mirror.repository
    now = Ground(repository.tree(scene.default.tree))
    found = []
    for branch in branches:
        last = repository.merge_base(branch.head, scene.default.oid)
        if last is None or last == scene.default.oid:
            continue
        then = Ground(repository.tree(repository.commit_info(last).tree))
        paths = {path for commit in branch.commits for path in _touched(repository, commit)}
        if any(then.find(path) != now.find(path) for path in paths):
            found.append(branch)
    return found


def _touched(repository: Repository, commit: CommitInfo) -> list[str]:
    if len(commit.parents) != 1:
        return []
    trees = [repository.tree(repository.commit_info(oid).tree) for oid in (commit.parents[0], commit.oid)]
    return [each.path for each in differences(*trees)]


def _starts(scene: RepositoryScene, branch: Branch) -> set[str]:
    """The empty commits of ours that a task's branch starts with: their trailers go on speaking for them."""
    number = names.task_of_branch(branch.pull.head.ref)
    source = names.task_source(number) if number is not None else None
    return {
        commit.oid
        for commit in branch.commits
        if source is not None
        and scene.ours(commit)
        and commit.trailers.get(names.SOURCE_TRAILER) == source
        and len(commit.parents) == 1
        and scene.mirror.repository.commit_info(commit.parents[0]).tree == commit.tree
    }


def _make(
    scene: RepositoryScene, branches: Sequence[Branch], told: Mapping[str, Told], ways: Mapping[int, Way]
) -> list[Made]:
    repository, base = scene.mirror.repository, scene.default
    made = []
    with repository.writer() as writer:
        for branch in branches:
            onto = Stack(base.oid, base.tree)
            favour = ways.get(branch.pull.number)
            stack = put_back(
                repository, writer, branch.commits, onto,
                when=base.time, base=base.oid, bot=scene.ctx.bot, told={*told, *_starts(scene, branch)}, favour=favour,
            )  # fmt: skip
            waits: Waits | None = "collides" if stack.collision is not None else None
            if waits is None and not any(old.oid not in _starts(scene, branch) for old, _ in stack.kept):
                waits = "nothing-left"
            made.append(Made(branch, stack, tuple(moved(told, stack.kept)), waits))
        writer.flush()
    return made


async def _leave(scene: RepositoryScene, made: Made, waits: Waits, why: str = "") -> None:
    """Says why a branch was left as it was, and does not try the very same again."""
    number = made.branch.pull.number
    if made.stack.collision is not None:
        limit = await room(scene.ctx, scene.github.full_name, number, "replay")
        text = collision_text(made.stack.collision, scene.default.oid, limit=limit)
    else:
        text = waits_text(waits, scene.default.oid, why)
    await show(scene.ctx, scene.github, number, "replay", text)
    tried = {"base": scene.default.oid, "head": made.branch.head}
    await scene.ctx.memory.set(_key(scene, number), tried)


async def _announce(scene: RepositoryScene, made: Made, way: Way, order: str) -> None:
    """What is recorded before the push, so that it rides along and is found after a kill."""
    branch, tip = made.branch, made.stack.tip
    await tell_before(scene.ctx, scene.github.full_name, made.moves, scene.now)
    marker = marker_of(branch.pull.body)
    batch = marker.fields.get("batch", "") if marker is not None else ""
    task = names.task_of_branch(branch.pull.head.ref)
    source = names.batch_subject(batch) if task is None else names.task_subject(task)
    await scene.record(
        "PROCESSING_STARTED",
        issue=branch.pull.number,
        subject=made.moves[0].told.event.subject if made.moves else source,
        order=order or f"replay-{tip}",
        actor=scene.github.bot_login,
        base=scene.default.oid,
        pull=branch.pull.number,
        details={"command": "replay", "from": branch.head, "tip": tip},
    )
    text = done_text(made.stack, branch.head, scene.default.oid, way=way)
    await say_later(scene, branch.pull.number, tip, text)


async def _push(scene: RepositoryScene, made: Sequence[Made]) -> dict[int, Replayed]:
    """One push of all; what GitHub's rules forbid is left out, and the rest goes again."""
    if not made:
        return {}
    done: dict[int, Replayed] = {}
    outcomes = await _one_push(scene, made)
    barred = [each for each in made if outcomes[_ref(each)].reason in {"denied", "rejected"}]
    for each in barred:
        values = {"branch": each.branch.pull.head.ref, "detail": outcomes[_ref(each)].detail[:500]}
        await _leave(scene, each, "push-refused", explain(Refusal("push-refused", Place(), values)))
        done[each.branch.pull.number] = Replayed(waits="push-refused")
    rest = [each for each in made if each not in barred]
    if barred and rest:
        outcomes = await _one_push(scene, rest)
    if any(not outcomes[_ref(each)].ok for each in rest):
        raise WorldError("a branch moved while it was being pushed")  # the next look finds what is there then
    for each in rest:
        made_of = [scene.mirror.repository.commit_info(new) for _, new in each.stack.kept]
        await settle(scene, each.branch.pull, each.stack.tip, made_of)
        done[each.branch.pull.number] = Replayed(tip=each.stack.tip)
    return done


def _ref(made: Made) -> str:
    return f"refs/heads/{made.branch.pull.head.ref}"


async def _one_push(scene: RepositoryScene, made: Sequence[Made]) -> dict[str, Outcome]:
    updates = [RefUpdate(_ref(each), each.stack.tip, each.branch.head) for each in made]
    outcomes = await push_with_notes(scene.ctx, scene.github, scene.mirror, updates, head=scene.default.oid)
    landed = {each.name: each.new for each in updates if each.new is not None and outcomes[each.name].ok}
    scene.refs = {**scene.refs, **landed}
    return outcomes
