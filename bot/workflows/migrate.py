"""The engine on a local repository: no GitHub, no network, no work tree.

>>> from bot.workflows.migrate import migrate
>>> result = migrate("path/to/repository", "main", manifest_text, "yaml", dry_run=True)  # doctest: +SKIP
"""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable, Iterable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from bot.contracts.certificate import Certificate
from bot.contracts.tree import Edit, Put, Remove, Write
from bot.errors import Place, Refusal
from bot.git.messages import with_trailers
from bot.git.refs import RefUpdate
from bot.git.repository import CommitInfo, Repository
from bot.git.writer import ObjectWriter, Person
from bot.migration.manifest import load_manifest
from bot.migration.plan import FolderHead, FolderPlan, Plan, plan
from bot.reports.delivery import Counts
from bot.workflows import names
from templates import render

LOCAL = Person("Graftsman", "graftsman@localhost")
Progress = Callable[[str, int], None]
"""Called with a folder's id, and how many folders there are in all, when that folder is planned and written."""


@dataclass(frozen=True, slots=True)
class FolderResult:
    """What became of one folder: its whole tree's oid, the paths written or removed, and the proof."""

    id: str
    tree: str
    """Oid of the base's tree with this folder's change alone; equal to the base's where there is nothing to do."""
    certificate: Certificate
    paths: tuple[str, ...]
    """Every path written or removed, sorted; a whole folder put or removed in one piece ends in ``/``."""


@dataclass(frozen=True, slots=True)
class MigrationResult:
    """What a manifest makes of a base."""

    migration: str
    base: str
    """Oid of the base commit."""
    base_tree: str
    tree: str
    """Oid of the base's tree with all folders applied together."""
    folders: tuple[FolderResult, ...]


def migrate(
    repository: str | Path,
    base: str,
    manifest: str | bytes,
    format: Literal["yaml", "json"] = "yaml",  # noqa: A002 - the word a caller expects
    *,
    name: str = "migration.yml",
    dry_run: bool = False,
    folders: Sequence[str] = (),
    progress: Progress | None = None,
) -> MigrationResult:
    """Computes every folder's tree, and one tree with all folders together. Moves no ref and needs no network.

    ``repository`` is a path, bare or not; its work tree is never touched. ``base`` is any revision. ``name`` is the
    manifest's file name: it names the migration when the manifest does not. ``folders`` limits the work to these ids.
    With ``dry_run`` not one object is written; oids and paths are the same.

    Raises ``Refusal`` for what is wrong with the input (nothing is then changed), ``WorldError`` when git fails.
    """
    opened = Repository.open(repository)
    commit = opened.commit_info(opened.resolve(base))
    data = manifest.encode("utf-8", "surrogatepass") if isinstance(manifest, str) else manifest
    planned = plan(opened.tree(commit.tree), load_manifest(data, format, name))
    chosen = choose(planned, folders)
    told = _telling(progress, len(chosen))
    with contextlib.ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory())) if dry_run else None
        writer = stack.enter_context(opened.writer(scratch))
        kept: list[Edit] = []
        results = tuple(_folder(writer, commit.tree, planned.folder(head.id), told, kept) for head in chosen)
        together = writer.apply(commit.tree, _together(planned, chosen, kept))
        if not dry_run:
            writer.flush()
    return MigrationResult(planned.name, commit.oid, commit.tree, together, results)


def choose(planned: Plan, folders: Sequence[str]) -> tuple[FolderHead, ...]:
    """The folders of a plan with these ids, in its order; all when none is named. ``Refusal`` for an unknown id."""
    known = [head.id for head in planned.folders]
    for wanted in folders:
        if wanted not in known:
            raise Refusal("unknown-folder", Place(), {"folder": wanted, "known": known[:20]})
    return tuple(head for head in planned.folders if not folders or head.id in folders)


def _together(planned: Plan, chosen: Sequence[FolderHead], kept: Sequence[Edit]) -> tuple[Edit, ...]:
    """All these folders at once; where none depends on another, what was kept of each is that already."""
    if planned.independent:
        return tuple(sorted(kept, key=lambda edit: edit.path))
    return planned.together([head.id for head in chosen])


def _telling(progress: Progress | None, total: int) -> Callable[[str], None]:
    return lambda folder: progress(folder, total) if progress is not None else None


def _folder(
    writer: ObjectWriter, base_tree: str, folder: FolderPlan, told: Callable[[str], None], kept: list[Edit]
) -> FolderResult:
    """Writes one folder's tree, and adds its edits to ``kept``, by oid: the bytes wait in the writer."""
    edits = [Put(e.path, e.mode, writer.blob(e.data)) if isinstance(e, Write) else e for e in folder.edits]
    tree = writer.apply(base_tree, edits)
    kept += edits
    told(folder.id)
    certificate = folder.certificate.model_copy(update={"result_tree": tree})
    return FolderResult(folder.id, tree, certificate, touched(folder.edits))


def touched(edits: Sequence[Edit]) -> tuple[str, ...]:
    """The paths that edits write or remove, sorted; a whole folder put in one piece ends in ``/``."""
    return tuple(
        sorted(
            {edit.path + "/" if not isinstance(edit, Remove) and edit.mode == 0o040000 else edit.path for edit in edits}
        )
    )


def folder_commit(
    writer: ObjectWriter,
    base: CommitInfo,
    result: FolderResult,
    *,
    author: Person,
    source: str,
    extra: dict[str, str] | None = None,
) -> str:
    """Writes one folder's commit on ``base``. The same arguments give the same oid: its time is the base's own."""
    certificate = result.certificate
    message = render(
        "commits/folder.txt",
        mode=certificate.mode,
        source=certificate.source,
        destination=certificate.destination,
        counts=Counts.of(certificate),
    )
    lines = {names.SOURCE_TRAILER: source, names.BASE_TRAILER: base.oid, **(extra or {})}
    return writer.commit(result.tree, [base.oid], with_trailers(message, lines), author, base.time)


@dataclass(frozen=True, slots=True)
class Branch:
    """One branch of a local migration."""

    folder: str
    name: str
    commit: str
    state: Literal["created", "updated", "up-to-date"]


def migrate_branches(
    repository: str | Path,
    base: str,
    manifest: bytes,
    format: Literal["yaml", "json"],  # noqa: A002
    *,
    name: str,
    folders: Sequence[str] = (),
    progress: Progress | None = None,
) -> tuple[MigrationResult, tuple[Branch, ...]]:
    """Like ``migrate``, and writes a branch with one commit for each folder that has something to do; all or none.

    Raises ``Refusal`` (``branch-has-commits``) when a branch of that name holds anything that Graftsman did not
    compute, and (``branch-checked-out``) when it is checked out somewhere.
    """
    opened = Repository.open(repository)
    commit = opened.commit_info(opened.resolve(base))
    planned = plan(opened.tree(commit.tree), load_manifest(manifest, format, name))
    chosen = choose(planned, folders)
    told = _telling(progress, len(chosen))
    with opened.writer() as writer:
        results, commits = [], {}
        kept: list[Edit] = []
        for head in chosen:
            result = _folder(writer, commit.tree, planned.folder(head.id), told, kept)
            results.append(result)
            if result.certificate.status == "changes":
                source = names.source_trailer(name, planned.name, head.id, head.digest)
                commits[head.id] = folder_commit(writer, commit, result, author=LOCAL, source=source)
        together = writer.apply(commit.tree, _together(planned, chosen, kept))
        updates, branches = _branch_updates(opened, planned.name, commits)
        writer.flush()
    opened.update_refs(updates)
    return MigrationResult(planned.name, commit.oid, commit.tree, together, tuple(results)), branches


def _branch_updates(
    opened: Repository, migration: str, commits: MutableMapping[str, str]
) -> tuple[list[RefUpdate], tuple[Branch, ...]]:
    existing = ours_and_below(opened)
    refuse_in_the_way(existing, [f"refs/heads/{names.folder_branch(migration, folder)}" for folder in commits])
    checked_out = opened.checked_out()
    updates, branches = [], []
    for folder, commit in commits.items():
        short = names.folder_branch(migration, folder)
        ref = f"refs/heads/{short}"
        now = existing.get(ref)
        if now == commit:
            branches.append(Branch(folder, short, commit, "up-to-date"))
            continue
        if ref in checked_out:
            raise Refusal("branch-checked-out", Place(), {"branch": short})
        if now is not None and not is_ours(opened, now, LOCAL):
            raise Refusal("branch-has-commits", Place(), {"branch": short, "commit": now[:12]})
        updates.append(RefUpdate(ref, commit, now))
        branches.append(Branch(folder, short, commit, "created" if now is None else "updated"))
    return updates, tuple(branches)


def ours_and_below(opened: Repository) -> dict[str, str]:
    """All branches under ``graftsman/``, and one of that very name."""
    return opened.refs(f"refs/heads/{names.BRANCHES.rstrip('/')}")


def refuse_in_the_way(existing: Mapping[str, str], refs: Iterable[str]) -> None:
    """Raises ``Refusal`` for a branch that git cannot hold beside one of ``refs``: ``a`` beside ``a/b``."""
    below = {around: name for name in existing for around in _around(name)}
    for ref in refs:
        blocker = below.get(ref) or next((name for name in _around(ref) if name in existing), None)
        if blocker is not None:
            values = {"branch": blocker.removeprefix("refs/heads/"), "commit": existing[blocker][:12]}
            raise Refusal("branch-has-commits", Place(), values)


def _around(ref: str) -> list[str]:
    return [ref[:end] for end, letter in enumerate(ref) if letter == "/"]


def is_ours(opened: Repository, head: str, bot: Person, *, rollback: bool = False) -> bool:
    """Whether a branch's head is one commit of the bot's, made straight on the base it names, and nothing else.

    A patch, or what takes one back, is no folder's commit, whoever asked for it: it stands on top of one.
    """
    info = opened.commit_info(head)
    source = info.trailers.get(names.SOURCE_TRAILER, "")
    return (
        info.email == info.committer == bot.email
        and len(info.parents) == 1
        and info.trailers.get(names.BASE_TRAILER) == info.parents[0]
        and "#" in source
        and source.startswith("rollback#") == rollback
    )
