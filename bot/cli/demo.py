"""``graftsman demo``: the main job on one machine: a playground for GitHub, a sample repository, and the bot."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import subprocess
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from bot.cli.doctor import app_manifest
from bot.cli.local import read_manifest
from bot.cli.outcome import ending
from bot.cli.play import SAY, Stage, play
from bot.cli.play_plan import play_plan
from bot.cli.sample import MANIFEST_PATH, sample_files
from bot.cli.sample_plan import PLAN_PATH, plan_files
from bot.cli.serve import told_to_stop
from bot.config import ServerSettings, git_program, server_settings
from bot.errors import Place, Refusal
from bot.playground import Playground
from bot.playground.state import Repository

HELP = "See the main job on this machine: a playground for GitHub, a sample repository, and the bot, in one process."
OWNER, NAME = "acme", "platform"
PACE = 0.005  # the playground's clock: one of GitHub's minutes is 0.3 s
Start = Callable[[ServerSettings], Awaitable[Any]]


def make_command(start: Start) -> Callable[..., None]:
    """The command, given how a server is built."""

    def demo_command(
        leave: Annotated[bool, typer.Option("--exit", help="End when the job is done; leave no page open.")] = False,
        repo: Annotated[Path | None, typer.Option("--repo", help="A repository of your own, copied first.")] = None,
        manifest: Annotated[Path | None, typer.Option("--manifest", help="The manifest to carry out on it.")] = None,
        plan: Annotated[bool, typer.Option("--plan", help="Show a plan of tasks instead of a migration.")] = False,
        port: Annotated[int, typer.Option("--port", help="Port of the pages; 0 takes a free one.")] = 0,
    ) -> None:
        if (repo is None) != (manifest is None):
            raise typer.BadParameter("--repo and --manifest go together")
        if plan and repo is not None:
            raise typer.BadParameter("--plan brings a sample of its own: leave --repo and --manifest out")
        ending(lambda: asyncio.run(_demo(start, repo, manifest, port, leave=leave, plan=plan)))

    return demo_command


async def _demo(
    start: Start, repo: Path | None, manifest: Path | None, port: int, *, leave: bool, plan: bool = False
) -> None:
    with tempfile.TemporaryDirectory(prefix="graftsman-demo-") as folder:
        async with stage(start, Path(folder), repo, manifest, port, plan=plan) as act:
            await (play_plan(act) if plan else play(act))
            if not leave:
                where = f"{act.playground.url}/{act.repository.full_name}"
                what = f"{where}/issues and play the plan to its end" if plan else f"{where}/pulls and review"
                SAY.print(f"\nOpen {what}. Ctrl-C ends.")
                await told_to_stop()


@contextlib.asynccontextmanager
async def stage(
    start: Start,
    folder: Path,
    repo: Path | None = None,
    manifest: Path | None = None,
    port: int = 0,
    *,
    plan: bool = False,
) -> AsyncIterator[Stage]:
    """Sets the stage: playground, people, repository (with the sample ``plan``, or a migration), App and bot.

    And clears it away.
    """
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
        if plan:
            path, repository = PLAN_PATH, await playground.create_repository(OWNER, NAME, files=plan_files())
        else:
            path, repository = await _repository(playground, folder, repo, manifest)
        for login, role in (("ada", "admin"), ("ben", "write")):
            playground.create_user(login, login.title())
            playground.set_permission(repository.full_name, login, role)
        people = playground.as_user("ada"), playground.as_user("ben")
        yield Stage(playground, running, repository, *people, path, is_sample=repo is None)
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
