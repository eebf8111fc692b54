"""``graftsman ledger``: proves the chain, in the database and in git, and restores the one from the other."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Literal, TypeVar

import typer
from rich.table import Table

from bot.cli.outcome import WORDS, emit, ending
from bot.config import ServerSettings, server_settings
from bot.errors import Refusal, UsageError
from bot.git import notes
from bot.git.mirrors import Mirrors
from bot.git.repository import Repository
from bot.reports.chain import Chain, Entry
from bot.runs.ledger import Ledger
from bot.runs.store import Store
from bot.workflows.restore import read_chain
from templates import duration

T = TypeVar("T")
Repo = Annotated[Path | None, typer.Option("--repo", help="A git repository with the notes, bare or not.")]
Name = Annotated[str | None, typer.Option("--repository", help="The repository's name on GitHub: OWNER/NAME.")]
Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]


@dataclass(frozen=True, slots=True)
class Proof:
    """A chain that holds."""

    repository: str
    where: Literal["database", "git", "both"]
    entries: int
    head: str
    waiting: int = 0
    """Entries of the database that are not in git yet."""


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What was restored, or would be."""

    repository: str
    source: str
    """The git repository."""
    age_seconds: int | None
    """How long ago the mirror was last used; newer entries may be on GitHub."""
    entries: int
    kept: int
    restored: int
    moved: int
    """Entries that git does not know, now behind those that it has."""
    dry_run: bool


def make_app() -> typer.Typer:
    """The two commands."""
    app = typer.Typer(no_args_is_help=True, help="Prove the ledger of patch events, or restore it from git.")
    app.command("verify")(verify_command)
    app.command("rebuild")(rebuild_command)
    return app


def verify_command(repo: Repo = None, repository: Name = None, as_json: Json = False) -> None:
    """Prove the chain: in the server's database, in a git repository's notes, or in both."""

    def work() -> None:
        if repo is not None and repository is None:
            found = [_in_git(repo)]
        else:
            _must_be_there(server_settings())
            found = asyncio.run(_with_ledger(lambda ledger, _: _verify(ledger, repo, repository)))
        if as_json:
            emit([asdict(proof) for proof in found])
        else:
            _print(
                ("repository", "in", "entries", "not in git yet", "last hash"),
                [(each.repository, each.where, each.entries, each.waiting, each.head[:12]) for each in found],
            )

    ending(work)


def rebuild_command(
    repo: Repo = None,
    repository: Name = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be restored.")] = False,
    as_json: Json = False,
) -> None:
    """Restore the ledger in the server's database from the notes in git."""

    def work() -> None:
        if repo is not None and repository is None:
            raise UsageError("--repo goes with --repository OWNER/NAME: under which name to restore it")
        done = asyncio.run(_with_ledger(lambda ledger, kept: _rebuild(ledger, kept, repo, repository, dry_run=dry_run)))
        if as_json:
            emit([asdict(each) for each in done])
            return
        _print(
            ("repository", "entries", "kept", "restored", "moved behind", "mirror used"),
            [(each.repository, each.entries, each.kept, each.restored, each.moved, _age(each)) for each in done],
        )
        WORDS.print("dry run: nothing was written" if dry_run else f"{len(done)} ledgers are as git has them")

    ending(work)


def _age(done: Rebuilt) -> str:
    return "" if done.age_seconds is None else f"{duration(done.age_seconds)} ago"


def _print(names: Sequence[str], rows: Sequence[tuple[object, ...]]) -> None:
    table = Table(*names)
    for row in rows:
        table.add_row(*map(str, row))
    WORDS.print(table)


def _must_be_there(settings: ServerSettings) -> None:
    """A proof of what a typing error made empty proves nothing. Raises ``Refusal('no-ledger')``."""
    path = _database(settings)
    if isinstance(path, Path) and not path.exists():
        raise Refusal("no-ledger", values={"path": str(path)})


def _database(settings: ServerSettings) -> str | Path:
    return settings.database_url or settings.data_dir / "graftsman.sqlite"


async def _with_ledger(work: Callable[[Ledger, Path], Awaitable[T]]) -> T:
    """Opens the server's database; hands over its ledger and the folder of its mirrors."""
    settings: ServerSettings = server_settings()
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    store = await Store.open(_database(settings))
    try:
        return await work(Ledger(store), settings.data_dir / "mirrors")
    finally:
        await store.close()


# --- verify


async def _verify(ledger: Ledger, repo: Path | None, repository: str | None) -> list[Proof]:
    names = await ledger.repositories()
    if repository is not None:
        names = tuple(name for name in names if name.lower() == repository.lower()) or (repository,)
    found, faults = [], []
    for name in names:
        try:
            found.append(await _in_database(ledger, name))
        except Refusal as refusal:
            faults.append(refusal)
    if faults:
        raise Refusal(faults[0].code, faults[0].place, faults[0].values, also=tuple(faults[1:]))
    return found if repo is None else [await _in_both(ledger, proof, _chain(repo)) for proof in found]


async def _in_database(ledger: Ledger, name: str) -> Proof:
    done = await ledger.verify(name)
    if done.fault is not None:
        values = {"repository": name, "where": "the database", "entry": done.entries + 1, "fault": done.fault}
        raise Refusal("ledger-broken", values=values)
    return Proof(name, "database", done.entries, done.head, max(0, done.entries - (await ledger.head(name)).noted))


def _in_git(repo: Path) -> Proof:
    chain = _chain(repo)
    name = chain.entries[-1].event().repository if chain.entries else str(repo)
    return Proof(name, "git", len(chain.entries), chain.head)


def _chain(repo: Path) -> Chain:
    repository = Repository.open(repo)
    head = notes.head_of(repository)
    if head is None:
        raise Refusal("no-notes", values={"path": str(repo), "ref": notes.REF})
    return read_chain(repository, head, str(repo))


async def _in_both(ledger: Ledger, proof: Proof, chain: Chain) -> Proof:
    same = await _same(ledger, proof.repository, chain.entries)
    if same < len(chain.entries):
        raise Refusal("ledger-differs", values={"repository": proof.repository, "entry": same + 1})
    return Proof(proof.repository, "both", proof.entries, proof.head, proof.entries - len(chain.entries))


async def _same(ledger: Ledger, repository: str, entries: Sequence[Entry]) -> int:
    """How many entries, from the first one, the database and git have alike."""
    after = 0
    while after < len(entries):
        page = await ledger.entries(repository, after=after, limit=500)
        for ours, theirs in zip(page, entries[after:], strict=False):
            if ours != theirs:
                return theirs.number - 1
        after += len(page)
        if not page:
            break
    return min(after, len(entries))


# --- rebuild


@dataclass(frozen=True, slots=True)
class _Source:
    """A chain to restore from, and how long ago its mirror was used."""

    repository: str
    path: Path
    chain: Chain
    age: int | None = None


async def _rebuild(
    ledger: Ledger, mirrors: Path, repo: Path | None, repository: str | None, *, dry_run: bool
) -> list[Rebuilt]:
    if repo is not None and repository is not None:
        sources = [_Source(repository, repo, _chain(repo))]
    else:
        sources = _mirrored(mirrors, repository)
    # All of them are proven by now: a chain that is not sound changes nothing.
    return [await _restore(ledger, source, dry_run=dry_run) for source in sources]


def _mirrored(mirrors: Path, repository: str | None) -> list[_Source]:
    found = []
    for kept in Mirrors(mirrors).kept() if mirrors.is_dir() else ():
        wanted = repository is None or kept.name == repository.lower()
        if wanted and notes.head_of(Repository.open(kept.path)) is not None:
            age = max(0, round(time.time() - kept.used_at))
            found.append(_Source(repository or kept.name, kept.path, _chain(kept.path), age))
    if not found:
        raise Refusal("no-notes", values={"path": str(mirrors), "ref": notes.REF})
    return found


async def _restore(ledger: Ledger, source: _Source, *, dry_run: bool) -> Rebuilt:
    entries = source.chain.entries
    # GitHub's own spelling stands in the entries: the server files them under it.
    told = entries[-1].event().repository if entries else source.repository
    name = told if told.lower() == source.repository.lower() else source.repository
    if dry_run:
        kept = await _same(ledger, name, entries)
        ids = {entry.event().id for entry in entries}
        rest = [one for one in await ledger.events(name, after=kept) if one.id not in ids]
        restored, moved = len(entries) - kept, len(rest) if kept < len(entries) else 0
    else:
        adopted = await ledger.adopt(name, entries, believe=True)
        kept, restored, moved = adopted.kept, adopted.restored, adopted.moved
    return Rebuilt(name, str(source.path), source.age, len(entries), kept, restored, moved, dry_run)
