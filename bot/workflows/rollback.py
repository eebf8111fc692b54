"""Taking a folder or a batch back on a local repository: the computed inverse of its commit, on top of later work."""

from __future__ import annotations

import contextlib
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

from bot.contracts.patch import PatchBatch
from bot.contracts.tree import Edit, Tree
from bot.errors import Place, Refusal
from bot.git.messages import with_trailers
from bot.git.refs import RefUpdate
from bot.git.repository import CommitInfo, Repository
from bot.migration.inverse import inverse
from bot.migration.names import is_identifier
from bot.patching.apply import apply
from bot.patching.policy import policy
from bot.patching.replay import replay
from bot.patching.trees import between_trees
from bot.workflows import names
from bot.workflows.migrate import LOCAL, is_ours, ours_and_below, refuse_in_the_way, touched
from templates import render


@dataclass(frozen=True, slots=True)
class Rollback:
    """What was taken back: of which commit, on which base, as which tree; ``branch`` is ``None`` in a dry run."""

    subject: str
    commit: str
    base: str
    tree: str
    paths: tuple[str, ...]
    branch: str | None
    head: str | None


def rollback_branch(repository: str | Path, what: str, base: str, *, dry_run: bool = False) -> Rollback:
    """Writes ``graftsman/rollback/...`` with the inverse of a folder's commit on ``base``. Moves no other ref.

    ``what`` is ``MIGRATION/FOLDER``, a revision, or the beginning of a batch's id. Raises ``Refusal``:
    ``rollback-collides`` with the files that were changed since, for a batch ``replay-collides`` with the lines;
    ``nothing-to-roll-back``, ``rollback-not-found``, ``branch-has-commits``.
    """
    opened = Repository.open(repository)
    onto = opened.commit_info(opened.resolve(base))
    commit = _find(opened, what, onto)
    parts = what.split("/")
    named = len(parts) == 2 and all(is_identifier(part) for part in parts)
    subject = what if named else f"commit-{commit.oid[:12]}"
    before = opened.tree(opened.commit_info(commit.parents[0]).tree)
    after, present = opened.tree(commit.tree), opened.tree(onto.tree)
    if _is_batch(commit):
        edits = _batch_inverse(before, after, present, commit, onto)
    else:
        edits = inverse(before, after, present)
    branch = f"{names.BRANCHES}rollback/{subject}"
    with contextlib.ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory())) if dry_run else None
        writer = stack.enter_context(opened.writer(scratch))
        tree = writer.apply(onto.tree, edits)
        if dry_run:
            return Rollback(subject, commit.oid, onto.oid, tree, touched(edits), None, None)
        lines = {names.SOURCE_TRAILER: f"rollback#{commit.oid}", names.BASE_TRAILER: onto.oid}
        message = with_trailers(render("commits/rollback.txt", subject=subject, commit=commit.oid), lines)
        head = writer.commit(tree, [onto.oid], message, LOCAL, onto.time)
        ref = f"refs/heads/{branch}"
        existing = ours_and_below(opened)
        refuse_in_the_way(existing, [ref])
        now = existing.get(ref)
        if now is not None and now != head and not is_ours(opened, now, LOCAL, rollback=True):
            raise Refusal("branch-has-commits", Place(), {"branch": branch, "commit": now[:12]})
        if now != head and ref in opened.checked_out():
            raise Refusal("branch-checked-out", Place(), {"branch": branch})
        writer.flush()
    if now != head:
        opened.update_refs([RefUpdate(ref, head, now)])
    return Rollback(subject, commit.oid, onto.oid, tree, touched(edits), branch, head)


def _is_batch(commit: CommitInfo) -> bool:
    return commit.trailers.get(names.SOURCE_TRAILER, "").startswith(names.batch_trailer(""))


def _batch_inverse(before: Tree, after: Tree, now: Tree, commit: CommitInfo, onto: CommitInfo) -> tuple[Edit, ...]:
    """What takes a batch back, line by line. It was let through once: no path is protected from being as before."""
    batch = PatchBatch(version=1, base=commit.oid, operations=between_trees(after, before))
    loose = policy(lifted=True, check_syntax=False)
    left = replay(after, now, batch, onto.oid, loose).batch
    if left is None:
        raise Refusal("nothing-to-roll-back", Place(), {})
    return apply(now, left, loose).edits


def _find(opened: Repository, what: str, onto: CommitInfo) -> CommitInfo:
    """The commit to take back: the newest of the history that names this folder, else its branch, else a revision."""
    if "/" in what:
        migration, _, folder = what.partition("/")
        entry = f"#{migration}/{folder} "
        for info in opened.log(onto.oid):
            if entry in info.trailers.get(names.SOURCE_TRAILER, "") and len(info.parents) == 1:
                return info
        ref = f"refs/heads/{names.folder_branch(migration, folder)}"
        if (found := opened.refs(ref).get(ref)) is not None:
            info = opened.commit_info(found)
            # Squashed without its trailers: the branch tells, as long as it holds the folder's commit and no more.
            if entry in info.trailers.get(names.SOURCE_TRAILER, "") and [*info.parents] == [
                info.trailers.get(names.BASE_TRAILER)
            ]:
                return info
    try:
        commit = opened.commit_info(opened.resolve(what))
    except Refusal:
        batch = _find_batch(opened, what, onto)
        if batch is None:
            raise Refusal("rollback-not-found", Place(), {"what": what}) from None
        return batch
    if len(commit.parents) != 1:
        raise Refusal("rollback-not-found", Place(), {"what": what})
    return commit


def _find_batch(opened: Repository, what: str, onto: CommitInfo) -> CommitInfo | None:
    """The newest commit of the history that holds the batch whose id begins so."""
    if not re.fullmatch(r"[0-9a-f]{7,64}", what):
        return None
    wanted = names.batch_trailer(what)
    log = (info for info in opened.log(onto.oid) if len(info.parents) == 1)
    return next((info for info in log if info.trailers.get(names.SOURCE_TRAILER, "").startswith(wanted)), None)
