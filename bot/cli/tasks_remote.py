"""``graftsman tasks`` on a repository: a plan is brought in, written back, drawn, and asked for what is next.

Only loaded where it is asked for: files need no network.
"""

from __future__ import annotations

import asyncio
import os
import re
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final, TypeVar

from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from bot.cli.github import open_app
from bot.cli.outcome import WORDS, emit
from bot.cli.tasks_files import name_of, read_file
from bot.config import SETTINGS_PATH, repository_settings, server_settings
from bot.contracts.task import TaskPlan, TaskSettings
from bot.errors import Place, Refusal, UsageError
from bot.github.errors import NotFoundError
from bot.github.facade import RepositoryGitHub
from bot.planning.tasks.plan_files import KINDS, Kind, kind_of, read_plan, write_plan
from bot.planning.tasks.plan_files.as_graph import circles
from bot.planning.tasks.plan_files.entries import plan_name
from bot.workflows.tasks.authority import OPERATOR
from bot.workflows.tasks.plans import Imported, import_plan
from bot.workflows.tasks.plans import Progress as Far
from bot.workflows.tasks.plans.import_order import note_text
from bot.workflows.tasks.plans.write_out import brought_up_to_date, faults_of, plan_of, read_tasks
from templates import plural, printable

T = TypeVar("T")
_NAME: Final = re.compile(r"[^/\s]+/[^/\s]+")
_ENDINGS: Final[dict[str, Kind]] = {".md": "markdown", ".markdown": "markdown", ".json": "json"}


def on_repository(name: str, work: Callable[[RepositoryGitHub], Awaitable[T]]) -> T:
    """What some work gives that is done as the App on one repository.

    Raises ``UsageError``, ``Refusal`` (``unknown-repository``), ``WorldError``.
    """

    async def all_of_it() -> T:
        async with _opened(name) as github:
            return await work(github)

    return asyncio.run(all_of_it())


@asynccontextmanager
async def _opened(name: str) -> AsyncIterator[RepositoryGitHub]:
    if not _NAME.fullmatch(name):  # before anybody is asked: wrong usage needs no network
        raise UsageError("--repository is OWNER/NAME, as on GitHub")
    async with open_app(server_settings()) as app:
        await app.app()
        try:
            installation = await app.installation_of(name)
        except ValueError:
            raise UsageError("--repository is OWNER/NAME, as on GitHub") from None
        except NotFoundError:
            raise Refusal("unknown-repository", values={"repository": name}) from None
        yield app.repository(installation, name)


async def settings_of(github: RepositoryGitHub) -> TaskSettings:
    """The repository's settings of tasks; the defaults before it is onboarded. Raises ``Refusal``, ``WorldError``."""
    data = await github.file(SETTINGS_PATH)
    return TaskSettings() if data is None else repository_settings(data).tasks


# --- import


def bring_in(file: str, repository: str, tag: str | None, *, dry_run: bool, as_json: bool) -> None:
    """Brings a plan in and says what came of it. Raises ``UsageError``, ``Refusal``, ``WorldError``."""
    plan = read_plan(read_file(file), name_of(file), tag=tag)
    done = _imported(repository, plan, name_of(file), dry_run=dry_run)
    if as_json:
        emit(done.plain)
    _print(done)


def _imported(repository: str, plan: TaskPlan, file: str, *, dry_run: bool) -> Imported:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=WORDS, disable=not WORDS.is_terminal, transient=True) as bar:
        task = bar.add_task("Requests", total=None)

        async def progress(far: Far) -> None:
            text = f"{far.tasks} of {plural(far.of_tasks, 'new task')}"
            bar.update(task, completed=far.writes, total=far.of_writes, description=text)

        async def work(github: RepositoryGitHub) -> Imported:
            settings = await settings_of(github)
            return await import_plan(
                github, plan, who=OPERATOR, settings=settings, dry_run=dry_run, progress=progress, file=file
            )

        return on_repository(repository, work)


def _print(done: Imported) -> None:
    table = Table(title=escape(printable(done.plan)) + (" (dry run)" if done.dry_run else ""))
    for name in ("task", "issue", ""):
        table.add_column(name)
    for row in done.rows:
        did = f"{row.did} and closed" if row.closes and row.did == "updated" else row.did
        table.add_row(escape(printable(f"{row.id} {row.title}")), f"#{row.number}" if row.number else "", did)
    WORDS.print(table)
    for note in done.notes:
        where = " ".join(part for part in (note.id, f"#{note.number}" if note.number else "") if part)
        words(f"{where}: {note_text(note)}" if where else note_text(note))
    counts = done.counts
    words(
        f"{plural(counts.get('created', 0), 'issue')} {'to create' if done.dry_run else 'created'}, "
        f"{counts.get('updated', 0)} {'to update' if done.dry_run else 'updated'}, "
        f"{counts.get('closed', 0)} {'to close' if done.dry_run else 'closed'}, "
        f"{plural(done.related, 'relation')} {'to add' if done.dry_run else 'added'}."
    )


def words(text: str) -> None:
    """Prints words for people."""
    WORDS.print(printable(text), markup=False)


# --- export


def export_repository(file: str, repository: str, to: str | None, tag: str | None) -> None:
    """Writes what became of a plan's tasks into its file; all tasks of the repository where the file is new.

    ``-`` prints them. Raises ``UsageError``, ``Refusal``, ``WorldError``; the file then stays as it is.
    """
    path = None if file == "-" else Path(file)
    original = read_file(file) if path is not None and path.exists() else None
    made = on_repository(repository, lambda github: _written(github, file, original, to, tag))
    if path is None:
        sys.stdout.buffer.write(made)
    elif made == original:
        words(f"{file}: nothing to change")
    else:
        _put(path, made)
        words(f"{file}: written")


async def _written(
    github: RepositoryGitHub, file: str, original: bytes | None, to: str | None, tag: str | None
) -> bytes:
    name = name_of(file)
    if original is None:
        kind = _kind(file, to)
        return write_plan(plan_of(await read_tasks(github), plan_name(name)), kind)
    kind = kind_of(original, name)
    if to is not None and to != kind:
        raise Refusal("plan-kind-differs", Place(name), {"kind": kind, "wanted": to})
    plan = read_plan(original, name, tag=tag)
    news = brought_up_to_date(plan, await read_tasks(github), github.bot_login)
    return write_plan(news, kind, original, name=name, tag=tag)


def _kind(file: str, to: str | None) -> Kind:
    ending = _ENDINGS.get(Path(file).suffix.lower())
    found = next((kind for kind in KINDS if kind == to), ending if to is None else None)
    if found is None or found == "spec-index":
        raise UsageError("--to is one of markdown, task-master, json")
    return found


def _put(path: Path, data: bytes) -> None:
    """Writes a file wholly or not at all. Raises ``Refusal`` (``plan-unreadable``) where it cannot be written."""
    try:
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as opened:
                opened.write(data)
            if path.exists():
                Path(temporary).chmod(path.stat().st_mode & 0o7777)
            else:
                Path(temporary).chmod(0o644)
            Path(temporary).replace(path)
        except OSError:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as error:
        values = {"file": str(path), "why": error.strerror or "it cannot be written"}
        raise Refusal("plan-unreadable", Place(str(path)), values) from None


# --- next, graph, lint


def plan_in(repository: str, *, lint: bool = False) -> tuple[TaskPlan, TaskSettings]:
    """All tasks of a repository as a plan with their issues' numbers as ids, and the repository's settings.

    With ``lint`` what is wrong with them is refused: what cannot be read, and circles. Raises ``Refusal``,
    ``WorldError``.
    """

    async def read(github: RepositoryGitHub) -> tuple[TaskPlan, TaskSettings]:
        settings = await settings_of(github)
        seen = await read_tasks(github, tuple(settings.lanes))
        plan = plan_of(seen, plan_name(repository), numbered=True)
        if lint:
            found = [*faults_of(seen)]
            found += [Refusal("plan-cycle", Place(cycle[0]), {"cycle": list(cycle)}) for cycle in circles(plan.tasks)]
            if found:
                raise Refusal(found[0].code, found[0].place, found[0].values, tuple(found[1:]))
        return plan, settings

    return on_repository(repository, read)
