"""``graftsman migrate`` and ``graftsman rollback``: the engine on a local repository, without GitHub or network."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from bot.cli.outcome import WORDS, emit, ending
from bot.errors import Place, Refusal
from bot.reports.delivery import Counts
from bot.source.documents import MOST_BYTES
from bot.workflows.migrate import Branch, MigrationResult, migrate, migrate_branches
from bot.workflows.rollback import rollback_branch

Repo = Annotated[Path, typer.Option("--repo", help="The repository, bare or not. Its work tree is never touched.")]
Base = Annotated[str, typer.Option("--base", help="The revision to compute on.")]
Json = Annotated[bool, typer.Option("--json", help="Print the whole result, with certificates, as JSON.")]


def migrate_command(
    manifest: Annotated[Path, typer.Argument(help="The migration manifest (YAML, or JSON by its ending).")],
    repo: Repo = Path(),
    base: Base = "HEAD",
    folder: Annotated[list[str] | None, typer.Option("--folder", help="Only this folder; may be given again.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Write nothing, not one object.")] = False,
    as_json: Json = False,
) -> None:
    """Write one branch with one commit for each folder of a manifest."""
    ending(lambda: _migrate(manifest, repo, base, tuple(folder or ()), dry_run=dry_run, as_json=as_json))


def _migrate(manifest: Path, repo: Path, base: str, folders: tuple[str, ...], *, dry_run: bool, as_json: bool) -> None:
    data = read_manifest(manifest)
    kind: Any = "json" if manifest.suffix.lower() == ".json" else "yaml"
    branches: tuple[Branch, ...] = ()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=WORDS, disable=not WORDS.is_terminal, transient=True) as bar:
        task = bar.add_task("Folders", total=None)

        def progress(_folder: str, total: int) -> None:
            bar.update(task, advance=1, total=total)

        if dry_run:
            result = migrate(
                repo, base, data, kind, name=manifest.name, dry_run=True, folders=folders, progress=progress
            )
        else:
            result, branches = migrate_branches(
                repo, base, data, kind, name=manifest.name, folders=folders, progress=progress
            )
    if as_json:
        emit(_json(result, branches, dry_run=dry_run))
    else:
        _table(result, branches, dry_run=dry_run)


def read_manifest(path: Path) -> bytes:
    """A manifest's bytes. Raises ``Refusal`` when there is no such file, or too much of it: it is not read whole."""
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
        size = max(path.stat().st_size, len(data))
    except OSError as error:
        raise Refusal(
            "manifest-unreadable", Place(str(path)), {"path": str(path), "why": error.strerror or "?"}
        ) from None
    if len(data) > MOST_BYTES:
        raise Refusal("too-large", Place(path.name), {"size": size, "most": MOST_BYTES})
    return data


def _json(result: MigrationResult, branches: tuple[Branch, ...], *, dry_run: bool) -> dict[str, Any]:
    by_folder = {branch.folder: branch for branch in branches}
    return {
        "migration": result.migration,
        "base": result.base,
        "base_tree": result.base_tree,
        "tree": result.tree,
        "dry_run": dry_run,
        "folders": [
            {
                "id": folder.id,
                "tree": folder.tree,
                "branch": asdict(by_folder[folder.id]) if folder.id in by_folder else None,
                "paths": list(folder.paths),
                "certificate": folder.certificate.model_dump(mode="json"),
            }
            for folder in result.folders
        ],
    }


def _table(result: MigrationResult, branches: tuple[Branch, ...], *, dry_run: bool) -> None:
    table = Table(title=f"{result.migration} on {result.base[:12]}" + (" (dry run)" if dry_run else ""))
    for name in ("folder", "byte for byte", "changed", "rewrites", "warnings", "branch"):
        table.add_column(name, justify="left" if name in {"folder", "branch"} else "right")
    by_folder = {branch.folder: branch for branch in branches}
    for folder in result.folders:
        counts = Counts.of(folder.certificate)
        branch = by_folder.get(folder.id)
        state = f"{branch.name} ({branch.state})" if branch else "nothing to do" if not folder.paths else "not written"
        numbers = (counts.moved, counts.changed + counts.importers, counts.rewrites, counts.warnings)
        table.add_row(folder.id, *map(str, numbers), state)
    WORDS.print(table)
    for folder in result.folders:
        for warning in folder.certificate.warnings:
            line = f":{warning.line}" if warning.line else ""
            WORDS.print(f"{folder.id}: {warning.file}{line}: {warning.code} {warning.text}", markup=False)


def rollback_command(
    folder: Annotated[str, typer.Argument(help="MIGRATION/FOLDER, a commit, or a batch's id, to take back.")],
    repo: Repo = Path(),
    base: Annotated[str, typer.Option("--base", help="The revision to take it back on.")] = "HEAD",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Write nothing.")] = False,
    as_json: Json = False,
) -> None:
    """Take a folder or a batch back: a branch with the computed inverse of its commit, on top of later work."""

    def work() -> None:
        done = rollback_branch(repo, folder, base, dry_run=dry_run)
        if as_json:
            emit(asdict(done))
        else:
            where = "dry run, nothing written" if done.branch is None else done.branch
            WORDS.print(f"{done.subject}: {len(done.paths)} paths go back ({where})", markup=False)

    ending(work)
