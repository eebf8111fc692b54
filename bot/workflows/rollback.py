"""Taking a folder back on a local repository: the computed inverse of its commit, on top of later work."""

from __future__ import annotations

import contextlib
import tempfile
from dataclasses import dataclass
from pathlib import Path

from bot.errors import Place, Refusal
from bot.git.messages import with_trailers
from bot.git.refs import RefUpdate
from bot.git.repository import CommitInfo, Repository
from bot.migration.inverse import inverse
from bot.migration.names import is_identifier
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

    ``what`` is ``MIGRATION/FOLDER`` or a revision. Raises ``Refusal``: ``rollback-collides`` with the files that were
    changed since, ``nothing-to-roll-back``, ``rollback-not-found``, ``branch-has-commits``.
    """
    opened = Repository.open(repository)
    onto = opened.commit_info(opened.resolve(base))
    commit = _find(opened, what, onto)
    parts = what.split("/")
    named = len(parts) == 2 and all(is_identifier(part) for part in parts)
    subject = what if named else f"commit-{commit.oid[:12]}"
    before = opened.tree(opened.commit_info(commit.parents[0]).tree)
    edits = inverse(before, opened.tree(commit.tree), opened.tree(onto.tree))
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
        if now is not None and now != head and not is_ours(opened, now, LOCAL):
            raise Refusal("branch-has-commits", Place(), {"branch": branch, "commit": now[:12]})
        if now != head and ref in opened.checked_out():
            raise Refusal("branch-checked-out", Place(), {"branch": branch})
        writer.flush()
    if now != head:
        opened.update_refs([RefUpdate(ref, head, now)])
    return Rollback(subject, commit.oid, onto.oid, tree, touched(edits), branch, head)


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
        raise Refusal("rollback-not-found", Place(), {"what": what}) from None
    if len(commit.parents) != 1:
        raise Refusal("rollback-not-found", Place(), {"what": what})
    return commit
