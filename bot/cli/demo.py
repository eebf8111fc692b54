"""``graftsman demo``: the main job on one machine: a playground for GitHub, a sample repository, and the bot."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import subprocess
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from bot.cli.doctor import app_manifest
from bot.cli.local import read_manifest
from bot.cli.outcome import ending
from bot.cli.sample import MANIFEST_PATH, sample_files
from bot.cli.serve import told_to_stop
from bot.config import ServerSettings, git_program, server_settings
from bot.errors import Place, Refusal
from bot.playground import Playground
from bot.playground.people import Person
from bot.playground.state import Pull, Repository

HELP = "See the main job on this machine: a playground for GitHub, a sample repository, and the bot, in one process."
OWNER, NAME = "acme", "platform"
PACE = 0.005  # the playground's clock: one of GitHub's minutes is 0.3 s
SAY = Console(soft_wrap=True, highlight=False)
Start = Callable[[ServerSettings], Awaitable[Any]]


@dataclass
class Stage:
    """Everything on the demo's stage."""

    playground: Playground
    running: Any
    repository: Repository
    ada: Person
    ben: Person
    manifest: str

    async def quiet(self) -> None:
        """Waits until no webhook is under way and the bot has nothing left to do, twice in a row."""
        for _ in range(2):
            await self.playground.world.hooks.settled()
            await self.running.idle(600)


def make_command(start: Start) -> Callable[..., None]:
    """The command, given how a server is built."""

    def demo_command(
        leave: Annotated[bool, typer.Option("--exit", help="End when the job is done; leave no page open.")] = False,
        repo: Annotated[Path | None, typer.Option("--repo", help="A repository of your own, copied first.")] = None,
        manifest: Annotated[Path | None, typer.Option("--manifest", help="The manifest to carry out on it.")] = None,
        port: Annotated[int, typer.Option("--port", help="Port of the pages; 0 takes a free one.")] = 0,
    ) -> None:
        if (repo is None) != (manifest is None):
            raise typer.BadParameter("--repo and --manifest go together")
        ending(lambda: asyncio.run(_demo(start, repo, manifest, port, leave=leave)))

    return demo_command


async def _demo(start: Start, repo: Path | None, manifest: Path | None, port: int, *, leave: bool) -> None:
    with tempfile.TemporaryDirectory(prefix="graftsman-demo-") as folder:
        async with stage(start, Path(folder), repo, manifest, port) as act:
            await play(act)
            if not leave:
                SAY.print(f"\nOpen {act.playground.url}/{act.repository.full_name}/pulls and review. Ctrl-C ends.")
                await told_to_stop()


@contextlib.asynccontextmanager
async def stage(
    start: Start, folder: Path, repo: Path | None = None, manifest: Path | None = None, port: int = 0
) -> AsyncIterator[Stage]:
    """Sets the stage: playground, people, repository, App and bot; and clears it away."""
    playground = Playground(folder / "playground", clock_scale=PACE)
    await playground.start(port=port)
    try:
        running = None
        wanted = app_manifest()
        app = await playground.create_app(
            wanted["default_permissions"], wanted["default_events"], webhook_secret=secrets.token_hex(16)
        )
        settings = server_settings(
            app_id=app.app_id,
            client_id=app.client_id,
            private_key=app.private_key_pem,
            webhook_secret=app.webhook_secret,
            api_url=playground.api_url,
            graphql_url=playground.graphql_url,
            web_url=playground.url,
            git_url=playground.url,
            data_dir=folder / "data",
            database_url=None,
            port=0,
            pace=PACE,
            log_level="error",
        )
        running = await start(settings)
        playground.set_webhook(app.app_id, f"{running.url}/webhook")
        path, repository = await _repository(playground, folder, repo, manifest)
        for login, role in (("ada", "admin"), ("ben", "write")):
            playground.create_user(login, login.title())
            playground.set_permission(repository.full_name, login, role)
        people = playground.as_user("ada"), playground.as_user("ben")
        yield Stage(playground, running, repository, *people, path)
    finally:
        if running is not None:
            await running.stop()
        await playground.stop()


async def _repository(
    playground: Playground, folder: Path, repo: Path | None, manifest: Path | None
) -> tuple[str, Repository]:
    if repo is None or manifest is None:
        files = sample_files(datetime.now(UTC).date())
        return MANIFEST_PATH, await playground.create_repository(OWNER, NAME, files=files)
    path = f"migrations/{manifest.name}"
    data = read_manifest(manifest)
    copy = folder / "copy.git"
    git = [git_program(), "-c", "protocol.file.allow=always"]
    command = [*git, "clone", "--quiet", "--bare", str(repo), str(copy)]
    made = await asyncio.to_thread(subprocess.run, command, capture_output=True, check=False)
    if made.returncode:
        raise Refusal("not-a-repository", Place(str(repo)), {"path": str(repo), "reason": "git cannot clone it"})
    repository = await playground.create_repository(OWNER, NAME, from_path=copy)
    playground.create_user("ada", "Ada")
    playground.set_permission(repository.full_name, "ada", "admin")
    await playground.as_user("ada").push_files(
        repository.full_name, repository.default_branch, {path: data}, "Add a manifest"
    )
    return path, repository


async def play(act: Stage) -> None:
    """The play: installation, onboarding, a labelled issue, pull requests, one merge, its delivery report."""
    name, repository = act.repository.full_name, act.repository
    teller = Teller(repository)
    watch = asyncio.create_task(teller.watch())
    SAY.print(f"A GitHub for this machine runs at {act.playground.url}; ada administers {name}, ben may write.")

    async def settle() -> None:
        await act.quiet()
        teller.tell()

    SAY.print("\n[bold]ada[/] installs Graftsman.")
    act.playground.install(next(iter(act.playground.world.apps)), OWNER, [NAME])
    await settle()
    onboarding = next(iter(repository.pulls))
    SAY.print(f"[bold]ada[/] merges #{onboarding.number}.")
    await act.ada.merge(name, onboarding.number)
    await settle()
    issue = await act.ada.open_issue(name, "Migration: staging", f"### Manifest\n\n{act.manifest}\n")
    SAY.print(
        f"\n[bold]ada[/] opens issue #{issue.number}, which names {act.manifest}, and labels it [blue]migration[/]."
    )
    await act.ada.label(name, issue.number, "migration")
    await settle()
    first = _first_to_merge(repository)
    if first is not None:
        SAY.print(f"\n[bold]ben[/] approves and merges #{first.number}.")
        await act.ben.review(name, first.number, "APPROVE", "The certificate says it all.")
        await act.ben.merge(name, first.number)
        await settle()
    watch.cancel()
    _sum_up(act, issue.number)


def _first_to_merge(repository: Repository) -> Pull | None:
    """The folder that another one waits for, where there is one."""
    opened = [pull for pull in repository.pulls if pull.issue.state == "open"]
    return next((pull for pull in opened if pull.head_ref.endswith("/shared-types")), opened[0] if opened else None)


class Teller:
    """Says what happens as it happens, by looking at the playground's records; says each thing once."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._said: set[str] = set()

    async def watch(self) -> None:
        """Looks again and again, until it is cancelled."""
        while True:
            self.tell()
            await asyncio.sleep(0.05)

    def tell(self) -> None:
        """Says what is new."""
        for line in self._happenings():
            if line not in self._said:
                self._said.add(line)
                SAY.print(line)

    def _happenings(self) -> Iterator[str]:
        for issue in list(self._repository.issues.values()):
            if issue.pull is not None and issue.app is not None:
                yield f"  #{issue.number} {issue.title}"
                for check in list(self._repository.checks.values()):
                    if check.head_sha == issue.pull.head_sha and check.conclusion is not None:
                        mark = "[green]✔[/]" if check.conclusion == "success" else "·"
                        yield f"     {mark} #{issue.number} {check.name}: {check.title}"
            for comment in list(issue.comments):
                if comment.app is not None:
                    yield f"  #{issue.number} now says: {_headline(comment.body)}"


def _headline(body: str) -> str:
    line = next((line for line in body.splitlines() if line.startswith("#")), body[:80])
    return line.lstrip("# ").replace("`", "").replace("\\", "")


def _sum_up(act: Stage, issue: int) -> None:
    pulls = [pull for pull in act.repository.pulls if pull.issue.state == "open"]
    checks = [check for check in act.repository.checks.values() if check.name != "graftsman/delivery"]
    green = sum(1 for check in checks if check.conclusion == "success")
    SAY.print(f"\n{len(pulls)} pull requests are open; {green} of {len(checks)} checks are green.")
    SAY.print(f"The plan and its state are on {act.playground.url}/{act.repository.full_name}/issues/{issue}")
