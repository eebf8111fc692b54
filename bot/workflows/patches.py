"""Patch batches on a local repository: no GitHub, no network, no work tree. The entry for Python programs.

>>> from bot.workflows.patches import apply, commit, convert, move_branch
>>> batch = convert(diff, "auto", "path/to/repository", base)  # doctest: +SKIP
>>> apply("path/to/repository", base, batch)  # the tree's oid; no ref moves  # doctest: +SKIP

A refusal is one exception, :class:`bot.errors.Refusal`, with ``code``, ``path``, ``place`` and ``message``.
"""

from __future__ import annotations

import contextlib
import json
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from bot.contracts.patch import PatchBatch
from bot.contracts.tree import Tree
from bot.errors import Place, Refusal
from bot.git.messages import with_trailers
from bot.git.refs import RefUpdate
from bot.git.repository import CommitInfo, Repository
from bot.git.writer import ObjectWriter, Person
from bot.patching import bridges
from bot.patching import replay as replays
from bot.patching.apply import Applied
from bot.patching.apply import apply as apply_batch
from bot.patching.batch import batch_id, load_batch
from bot.patching.bridges import Format
from bot.patching.ground import Ground
from bot.patching.inverse import inverse as inverse_of
from bot.patching.near_paths import NearPaths
from bot.patching.policy import policy
from bot.workflows import names
from bot.workflows.migrate import LOCAL, ours_and_below, refuse_in_the_way
from templates import explain_plain, plain, render

Batch = PatchBatch | bytes | str | Mapping[str, Any]
"""A batch, or its JSON, or what its JSON says."""


@dataclass(frozen=True, slots=True)
class FileSummary:
    """What a batch does to one file. ``source`` is where it was, ``None`` for a new one; ``mode`` afterwards."""

    path: str
    source: str | None
    mode: str | None
    added: int
    removed: int


@dataclass(frozen=True, slots=True)
class PatchResult:
    """What a batch makes of a base. ``tree`` equals ``base_tree`` where there is nothing to do."""

    id: str
    base: str
    base_tree: str
    tree: str
    paths: tuple[str, ...]
    files: tuple[FileSummary, ...]
    notes: tuple[str, ...]
    """What a reviewer should look at: ``code path``."""
    replayed_from: str | None = None


def convert(payload: bytes | str, format: Format, repository: str | Path, base: str) -> PatchBatch:  # noqa: A002
    """Makes a batch of a unified diff, search/replace blocks, an apply_patch text, JSON, YAML, or an answer with one.

    ``format`` is ``auto``, ``diff``, ``search-replace``, ``apply-patch``, ``json`` or ``yaml``; ``base`` any revision.
    Raises ``Refusal``. (The pure form is ``bot.patching.bridges.convert``, which is handed ``read(path)``.)
    """
    with _worded():
        opened = Repository.open(repository)
        commit = opened.commit_info(opened.resolve(base))
        if isinstance(payload, str):
            payload = payload.encode("utf-8", "surrogatepass")
        return convert_on(opened.tree(commit.tree), payload, format, base=commit.oid, name="patch")


def apply(repository: str | Path, base: str, batch: Batch, *, lift_protection: bool = False) -> str:
    """Writes the objects that a batch makes on a base and gives the tree's oid. Moves no ref.

    Raises ``Refusal`` with everything that is wrong; not one object is written then.
    """
    return examine(repository, base, batch, lift_protection=lift_protection, dry_run=False).tree


def examine(
    repository: str | Path,
    base: str,
    batch: Batch,
    *,
    lift_protection: bool = False,
    check_syntax: bool = True,
    onto: str | None = None,
    dry_run: bool = True,
) -> PatchResult:
    """What a batch makes of a base, in full. With ``dry_run`` not one object is written; the oids are the same.

    ``onto`` replays the batch onto a newer revision first (``replayed_from`` then names the old base).
    """
    with _worded(), Local(repository, lift_protection=lift_protection, check_syntax=check_syntax) as local:
        return local.examine(base, batch, onto=onto, dry_run=dry_run)


def commit(
    repository: str | Path,
    base: str,
    batch: Batch,
    *,
    author: Person = LOCAL,
    lift_protection: bool = False,
) -> str:
    """Writes a commit of a batch on its base, with trailers, and gives its oid. Moves no ref.

    The same arguments give the same oid: its time is the base's own.
    """
    with _worded(), Local(repository, lift_protection=lift_protection) as local:
        return local.commit(base, batch, author=author)[0]


def move_branch(repository: str | Path, branch: str, commit: str, expected: str | None) -> None:
    """Moves (or makes, with ``expected`` of ``None``) a branch to a commit.

    Raises ``RefMoved`` when it is not where it was expected.
    """
    opened = Repository.open(repository)
    opened.update_refs([RefUpdate(f"refs/heads/{branch}", commit, expected)])


def replay(repository: str | Path, base: str, onto: str, batch: Batch) -> PatchBatch | None:
    """The batch that does on ``onto`` what it does on ``base``; ``None`` when all of it is there already.

    Raises ``Refusal('replay-collides')`` with both versions.
    """
    with _worded(), Local(repository) as local:
        before, after = local.info(base), local.info(onto)
        trees = local.opened.tree(before.tree), local.opened.tree(after.tree)
        return replays.replay(*trees, local.batch(batch, before), after.oid, local.policy).batch


def inverse(repository: str | Path, base: str, batch: Batch) -> PatchBatch | None:
    """The batch that undoes a batch which was applied to ``base``; ``None`` when that did nothing."""
    with _worded(), Local(repository) as local:
        info = local.info(base)
        tree = local.opened.tree(info.tree)
        return inverse_of(tree, apply_batch(tree, local.batch(batch, info), local.policy))


class Local:
    """One repository, opened once for many batches. Closes itself as a ``with`` block."""

    def __init__(self, repository: str | Path, *, lift_protection: bool = False, check_syntax: bool = True) -> None:
        self.opened = Repository.open(repository)
        self.policy = policy(lifted=lift_protection, check_syntax=check_syntax)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        """Nothing is held open."""

    def info(self, revision: str) -> CommitInfo:
        """The commit that a revision names. Raises ``Refusal('unknown-revision')``."""
        return self.opened.commit_info(self.opened.resolve(revision))

    def batch(self, batch: Batch, base: CommitInfo) -> PatchBatch:
        """The batch with its base filled in. Raises ``Refusal('base-differs')`` when it names another one."""
        read = read_batch(batch)
        if read.base and read.base != base.oid:
            raise Refusal("base-differs", Place(key="base"), {"given": read.base, "base": base.oid})
        return read

    def convert(
        self,
        payload: bytes,
        format: Format,  # noqa: A002
        base: CommitInfo,
        name: str,
        *,
        named: bool = True,
    ) -> PatchBatch:
        """See ``convert`` of the module; ``name`` is the payload's, for places.

        Unless the base was ``named`` by a person, the one that a native batch names itself goes before it.
        """
        tree = self.opened.tree(base.tree)
        made = convert_on(tree, payload, format, base=base.oid if named else "", name=name)
        return made if made.base else made.model_copy(update={"base": base.oid})

    def applied(self, base: CommitInfo, batch: PatchBatch, onto: str | None) -> tuple[Applied, CommitInfo] | None:
        """A batch applied to its base, or replayed onto a newer revision; ``None`` when it is there already."""
        tree = self.opened.tree(base.tree)
        if onto is None:
            return apply_batch(tree, batch, self.policy), base
        target = self.info(onto)
        after = self.opened.tree(target.tree)
        left = replays.replay(tree, after, batch, target.oid, self.policy).batch
        return None if left is None else (apply_batch(after, left, self.policy), target)

    def examine(self, base: str, batch: Batch, *, onto: str | None = None, dry_run: bool = True) -> PatchResult:
        """See ``examine`` of the module."""
        info = self.info(base)
        read = self.batch(batch, info)
        done = self.applied(info, read, onto)
        if done is None:
            target = self.info(onto or base)
            return PatchResult(batch_id(read), target.oid, target.tree, target.tree, (), (), (), info.oid)
        applied, target = done
        with self.writer(dry_run=dry_run) as writer:
            tree = writer.apply(target.tree, applied.edits)
            if not dry_run:
                writer.flush()
        came_from = info.oid if target.oid != info.oid else None
        return result_of(batch_id(read), applied, target, tree, came_from)

    def commit(
        self, base: str, batch: Batch, *, author: Person = LOCAL, onto: str | None = None
    ) -> tuple[str, PatchResult]:
        """Writes a commit of a batch, with trailers. Gives its oid, and what it holds."""
        info = self.info(base)
        read = self.batch(batch, info)
        done = self.applied(info, read, onto)
        if done is None or not done[0].edits:
            raise Refusal("nothing-to-commit")
        applied, target = done
        came_from = info.oid if target.oid != info.oid else None
        with self.writer(dry_run=False) as writer:
            tree = writer.apply(target.tree, applied.edits)
            made = patch_commit(writer, target, tree, read, applied, author=author)
            writer.flush()
        return made, result_of(batch_id(read), applied, target, tree, came_from)

    @contextlib.contextmanager
    def writer(self, *, dry_run: bool) -> Iterator[ObjectWriter]:
        """A writer; in a dry run what does not fit into memory waits in a folder that is dropped."""
        with contextlib.ExitStack() as stack:
            scratch = Path(stack.enter_context(tempfile.TemporaryDirectory())) if dry_run else None
            yield stack.enter_context(self.opened.writer(scratch))

    def start_branch(self, branch: str, made: str, base: str) -> str:
        """Moves ``branch`` from ``base`` to a commit, or makes it. Gives ``created``, ``updated`` or ``up-to-date``.

        Raises ``Refusal``: ``branch-has-commits`` when it is elsewhere, ``branch-checked-out``.
        """
        ref = f"refs/heads/{branch}"
        existing = self.opened.refs(ref) | ours_and_below(self.opened)
        refuse_in_the_way(existing, [ref])
        now = existing.get(ref)
        if now == made:
            return "up-to-date"
        if now is not None and now != base:
            raise Refusal("branch-has-commits", Place(), {"branch": branch, "commit": now[:12]})
        if ref in self.opened.checked_out():
            raise Refusal("branch-checked-out", Place(), {"branch": branch})
        self.opened.update_refs([RefUpdate(ref, made, now)])
        return "created" if now is None else "updated"


def convert_on(tree: Tree, payload: bytes, format: Format, *, base: str, name: str) -> PatchBatch:  # noqa: A002
    """A payload as a batch, its places found in a tree. ``base`` may be empty: the batch then names none itself."""
    ground = Ground(tree)
    return bridges.convert(
        payload,
        format,
        ground.read,
        base=base,
        name=name,
        executable=ground.executable,
        near=NearPaths(ground).find,
    )


def read_batch(batch: Batch) -> PatchBatch:
    """A batch from whatever form it comes in. Raises ``Refusal``."""
    if isinstance(batch, PatchBatch):
        return batch
    if isinstance(batch, Mapping):
        batch = json.dumps(batch)
    return load_batch(batch.encode("utf-8", "surrogatepass") if isinstance(batch, str) else batch, "json")


def result_of(
    identity: str, applied: Applied, base: CommitInfo, tree: str, replayed_from: str | None = None
) -> PatchResult:
    """What was applied, for a caller."""
    files = tuple(
        FileSummary(
            change.path,
            change.source,
            None if change.mode is None else f"{change.mode:o}",
            change.added,
            change.removed,
        )
        for change in applied.files
    )
    notes = tuple(f"{note.code} {note.path}" for note in applied.notes)
    return PatchResult(identity, base.oid, base.tree, tree, applied.paths, files, notes, replayed_from)


def patch_commit(
    writer: ObjectWriter,
    base: CommitInfo,
    tree: str,
    batch: PatchBatch,
    applied: Applied,
    *,
    author: Person,
    extra: Mapping[str, str] | None = None,
) -> str:
    """Writes the commit of a batch on ``base``. The same arguments give the same oid: its time is the base's own.

    ``batch`` is the one that was asked for; ``applied`` may be its replay.
    """
    subject, _, rest = (batch.reason or "").strip().partition("\n")
    message = render(
        "commits/patch.txt",
        subject=subject,
        rest=[_no_trailer(plain(line)) for line in rest.strip().splitlines()],
        paths=applied.paths,
        requester=batch.requester,
    )
    lines = {names.SOURCE_TRAILER: names.batch_trailer(batch_id(batch)), names.BASE_TRAILER: base.oid, **(extra or {})}
    return writer.commit(tree, [base.oid], with_trailers(message, lines), author, base.time)


def _no_trailer(line: str) -> str:
    """A line of somebody's reason that cannot be taken for a trailer of ours, or for somebody's signature."""
    return f"> {line}" if line.lower().startswith(("graftsman-", "signed-off-by")) else line


@contextlib.contextmanager
def _worded() -> Iterator[None]:
    """Fills in the sentence of a refusal that leaves for a program."""
    try:
        yield
    except Refusal as refusal:
        for each in refusal.all:
            each.message = explain_plain(Refusal(each.code, each.place, each.values))
        raise
