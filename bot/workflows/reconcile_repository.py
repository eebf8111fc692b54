"""One repository: onboarding until it is merged, then labels, its open migrations, missed commands."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Final

from bot.config import SETTINGS_PATH
from bot.contracts.github import Repository
from bot.contracts.tree import FILE, Write
from bot.errors import Refusal
from bot.git.messages import with_trailers
from bot.git.mirrors import Mirror
from bot.git.refs import RefUpdate
from bot.git.repository import CommitInfo
from bot.reports.markers import Marker
from bot.runs.intents import once
from bot.runs.queue import Target
from bot.workflows import names
from bot.workflows.context import Context
from bot.workflows.forecast.read import read_forecast
from bot.workflows.forecast.tell import tell_pulls
from bot.workflows.gates.open_pulls import asks_or_asked, open_pulls, rules_digest, settings_or_none
from bot.workflows.landing.pulls_with_patches import pulls_with_patches
from bot.workflows.migrations.migration import read_file, settings_of
from bot.workflows.orders.missed_comments import missed_comments
from bot.workflows.ports import GitHub
from bot.workflows.replay.patches import replay_patch_pulls
from bot.workflows.restore import follow_git
from bot.workflows.scene import RepositoryScene, note_onboarded
from bot.workflows.tasks.book import book_key
from templates import file, render

ONBOARDING_FILES: Final = (SETTINGS_PATH, ".github/ISSUE_TEMPLATE/migration.yml", ".github/ISSUE_TEMPLATE/task.yml")


async def reconcile_repository(ctx: Context, target: Target) -> Sequence[Target]:
    """Brings one repository up to date. Gives migrations, pull requests with patches and missed commands to look at.

    When these are requested, ``settle_comments`` and ``settle_pulls`` are to be called. Raises ``WorldError``.
    """
    github = ctx.github(target.installation, target.repository)
    repository = await github.repository()
    if repository.archived:
        return ()
    mirror = await asyncio.to_thread(ctx.mirrors.open, github.git_url, github.full_name)
    try:
        refs = await asyncio.to_thread(mirror.fetch, await github.git_credential())
        head = refs.get(f"refs/heads/{repository.default_branch}")
        if head is None:
            return ()
        await follow_git(ctx, github.full_name, mirror)  # before it is asked which pull requests hold patches
        base = mirror.repository.commit_info(head)
        tree = mirror.repository.tree(base.tree)
        await _labels(github)
        settled = read_file(tree, SETTINGS_PATH) is not None
        await note_onboarded(ctx, github.full_name, settled)
        if not settled:
            await _onboard(ctx, github, repository, mirror, head, refs.get(f"refs/heads/{names.ONBOARDING_BRANCH}"))
            return ()
        await _replay(ctx, github, repository, mirror, refs, base)
        settings = settings_or_none(tree)
        rules = rules_digest(tree, settings)
        gates = await asks_or_asked(ctx, github.full_name, tree, settings)
    finally:
        mirror.close()
    issues = await github.issues(labels=[names.MIGRATION_LABEL], state="open")
    migrations = [
        Target("migration", f"{github.full_name}#{issue.number}", target.repository, target.installation)
        for issue in issues
        if issue.pull_request is None
    ]
    pulls = [
        Target(names.PULL, names.pull_key(github.full_name, number), target.repository, target.installation)
        for number in await pulls_with_patches(ctx, github.full_name)
    ]
    gated = await open_pulls(ctx, github, target, rules) if gates else []
    tasks = [Target(names.TASK_GRAPH, github.full_name, target.repository, target.installation)]
    return [*migrations, *tasks, *pulls, *gated, *await missed_comments(ctx, github, target)]


async def _replay(
    ctx: Context, github: GitHub, repository: Repository, mirror: Mirror, refs: Mapping[str, str], base: CommitInfo
) -> None:
    """Brings the open pull requests that were opened for patches and tasks up to the default branch, in one push."""
    numbers = set(await pulls_with_patches(ctx, github.full_name))
    if not numbers and not any(ref.startswith(f"refs/heads/{names.TASKS}") for ref in refs):
        return
    try:
        settings = settings_of(mirror.repository.tree(base.tree))
    except Refusal:  # told where it matters
        return
    everybodys = await github.pulls(state="open")
    pulls = [pull for pull in everybodys if pull.number in numbers or pull.head.ref.startswith(names.TASKS)]
    if settings is not None and pulls:
        scene = RepositoryScene(ctx, github, repository, mirror, refs, settings, base, await github.now())
        await replay_patch_pulls(scene, pulls)
        if await ctx.memory.get(book_key(github.full_name)) is None:  # else told where the tasks are looked at
            await tell_pulls(scene, await read_forecast(scene, everybodys, {}))


async def _labels(github: GitHub) -> None:
    """Creates the labels that are missing. Reading them is free when nothing changed (ETag)."""
    there = {name.lower() for name in await github.labels()}
    for name, color, description in names.LABELS:
        if name.lower() not in there:
            await github.label(name, color, description)


async def _onboard(
    ctx: Context, github: GitHub, repository: Repository, mirror: Mirror, head: str, branch: str | None
) -> None:
    """One pull request with settings and issue form, once: a closed one is an answer and is not opened again."""
    key = f"{github.full_name.lower()}/onboarding"
    intent = await ctx.intents.get(key)
    if intent.state == "done":
        return
    if branch is None:
        commit = await asyncio.to_thread(_commit, ctx, mirror, head)
        update = RefUpdate(f"refs/heads/{names.ONBOARDING_BRANCH}", commit, None)

    async def find() -> dict[str, Any] | None:
        mine = [pull for pull in await github.pulls_from(names.ONBOARDING_BRANCH) if pull.user == github.bot_login]
        return {"number": mine[0].number} if mine else None

    async def make() -> dict[str, Any]:
        if branch is None:
            async with github.pushing():
                await asyncio.to_thread(mirror.push, [update], await github.git_credential())
        body = render(
            "pulls/onboarding.md", marker=Marker("onboarding"), files=ONBOARDING_FILES, label=names.MIGRATION_LABEL
        )
        pull = await github.create_pull(
            head=names.ONBOARDING_BRANCH, base=repository.default_branch, title="Set up Graftsman", body=body
        )
        return {"number": pull.number}

    # Looked up even when it was never recorded: a closed one of an earlier database must not come back.
    await once(ctx.intents, key, find=find, make=make, known_fresh=False)


def _commit(ctx: Context, mirror: Mirror, head: str) -> str:
    base = mirror.repository.commit_info(head)
    tree = mirror.repository.tree(base.tree)
    edits = [
        Write(path, FILE, file(f"repository/{path.rpartition('/')[2]}"))
        for path in ONBOARDING_FILES
        if read_file(tree, path) is None
    ]
    message = with_trailers(render("commits/onboarding.txt"), {names.BASE_TRAILER: head})
    with mirror.repository.writer() as writer:
        commit = writer.commit(writer.apply(base.tree, edits), [head], message, ctx.bot, base.time)
        writer.flush()
    return commit
