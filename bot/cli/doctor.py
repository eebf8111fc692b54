"""``graftsman doctor``: is this machine, are these settings, is the App as Graftsman needs them? Says what to click."""

from __future__ import annotations

import asyncio
import re
import subprocess
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from rich.table import Table

from bot.cli.github import open_app
from bot.cli.outcome import WORDS, emit, ending
from bot.config import ServerSettings, git_program, server_settings
from bot.errors import GraftsmanError, UsageError, WorldError
from bot.github.app import App
from bot.runs.store import Store
from bot.source.documents import load

MINIMUM_GIT = (2, 38)  # `git merge-tree --write-tree`; GIT_CONFIG_COUNT came before it
State = Literal["ok", "warning", "failed", "skipped"]
MARKS = {"ok": "[green]ok[/]", "warning": "[yellow]look[/]", "failed": "[red]failed[/]", "skipped": "skipped"}


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found, and what to do about it."""

    name: str
    state: State
    text: str
    next: str = ""


def doctor_command(
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
) -> None:
    """Check git, settings, permissions and reachability."""

    def work() -> list[Finding]:
        findings = asyncio.run(_examine())
        if as_json:
            emit([_plain(finding) for finding in findings])
        else:
            _print(findings)
        return findings

    findings = ending(work)
    failed = {finding.name for finding in findings if finding.state == "failed"}
    if failed & {"settings", "git"}:
        raise SystemExit(2)
    if failed:
        raise SystemExit(4)


def _plain(finding: Finding) -> dict[str, str]:
    return {"name": finding.name, "state": finding.state, "text": finding.text, "next": finding.next}


def _print(findings: list[Finding]) -> None:
    table = Table("check", "state", "found", "next")
    for finding in findings:
        table.add_row(finding.name, MARKS[finding.state], finding.text, finding.next)
    WORDS.print(table)


async def _examine() -> list[Finding]:
    findings = [check_git()]
    try:
        settings = server_settings()
        settings.webhook_secrets()
        settings.issuer()
        settings.key()
    except UsageError as error:
        findings.append(Finding("settings", "failed", str(error), "see docs/configuration.md"))
        return findings
    findings.append(Finding("settings", "ok", f"App {settings.issuer()} on {settings.api_url}"))
    findings.append(_data_dir(settings.data_dir))
    findings.append(await _guarded("store", "see GRAFTSMAN_DATABASE_URL", lambda: _store(settings)))
    findings += await _app(settings)
    return findings


def check_git() -> Finding:
    """Whether git is there and new enough."""
    try:
        output = subprocess.run([git_program(), "--version"], capture_output=True, text=True, timeout=10, check=True)
    except (UsageError, OSError, subprocess.SubprocessError):
        return Finding("git", "failed", "git was not found", "install git")
    found = re.search(r"(\d+)\.(\d+)", output.stdout)
    version = (int(found[1]), int(found[2])) if found else (0, 0)
    if version < MINIMUM_GIT:
        return Finding("git", "failed", output.stdout.strip(), "install git 2.38 or newer")
    return Finding("git", "ok", output.stdout.strip())


def _data_dir(path: Path) -> Finding:
    try:
        path.mkdir(parents=True, exist_ok=True)
        probe = path / ".doctor"
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        text = f"{path}: {error.strerror}"
        return Finding("data", "failed", text, "set GRAFTSMAN_DATA_DIR to a folder that can be written")
    return Finding("data", "ok", str(path))


async def _guarded(name: str, step: str, check: Callable[[], Awaitable[Finding]]) -> Finding:
    try:
        return await check()
    except GraftsmanError as error:
        return Finding(name, "failed", str(error)[:300], step)


async def _store(settings: ServerSettings) -> Finding:
    store = await Store.open(settings.database_url or settings.data_dir / "graftsman.sqlite")
    try:
        await store.ping()
    finally:
        await store.close()
    return Finding("store", "ok", "PostgreSQL" if settings.database_url else "SQLite")


async def _app(settings: ServerSettings) -> list[Finding]:
    async with open_app(settings) as app:
        try:
            found = await app.app()
        except WorldError as error:
            step = "check GRAFTSMAN_API_URL, the App's id and its private key, and that this machine reaches GitHub"
            return [Finding("app", "failed", str(error)[:300], step)]
        findings = [Finding("app", "ok", f"{found.slug}")]
        findings += compare(found.permissions, found.events)
        findings.append(await _guarded("installations", "install the App on a repository", lambda: _installations(app)))
    return findings


async def _installations(app: App) -> Finding:
    installations = await app.installations()
    if not installations:
        return Finding("installations", "warning", "none", "install the App on a repository")
    return Finding("installations", "ok", str(len(installations)))


def compare(permissions: dict[str, str], events: Any) -> list[Finding]:
    """Holds an App's permissions and events against app.yml."""
    wanted = app_manifest()
    strength = {"read": 1, "write": 2, "admin": 3}
    lacking = [
        f"{name}: {level}"
        for name, level in wanted["default_permissions"].items()
        if strength.get(permissions.get(name, ""), 0) < strength[level]
    ]
    unheard = sorted(set(wanted["default_events"]) - set(events))
    step = "in the App's settings, under Permissions & events; then accept the change in each installation"
    return [
        Finding(
            "permissions", "failed" if lacking else "ok", ", ".join(lacking) or "as app.yml asks", step * bool(lacking)
        ),
        Finding("events", "failed" if unheard else "ok", ", ".join(unheard) or "as app.yml asks", step * bool(unheard)),
    ]


def app_manifest() -> dict[str, Any]:
    """``app.yml``, from the wheel or from the checkout."""
    shipped = resources.files("bot") / "app.yml"
    path = shipped if shipped.is_file() else Path(__file__).parents[2] / "app.yml"
    value = load(path.read_bytes(), "yaml", "app.yml").value
    assert isinstance(value, dict)  # noqa: S101 - our own file
    return value
