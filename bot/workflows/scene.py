"""What a job about patches reads of a repository, once, afresh (law 1): its refs, its settings, its default branch."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from bot.config import RepositorySettings
from bot.contracts.event import EventType, PatchEvent
from bot.contracts.github import Repository
from bot.git.mirrors import Mirror
from bot.git.repository import CommitInfo
from bot.patching.policy import Policy, policy
from bot.workflows import names
from bot.workflows.context import Context
from bot.workflows.events import event_id
from bot.workflows.migrations.migration import settings_of
from bot.workflows.ports import GitHub
from bot.workflows.restore import follow_git


@dataclass
class RepositoryScene:
    """One repository as it is now."""

    ctx: Context
    github: GitHub
    repository: Repository
    mirror: Mirror
    refs: Mapping[str, str]
    settings: RepositorySettings
    default: CommitInfo
    """The default branch's head."""
    now: datetime

    @property
    def policy(self) -> Policy:
        """What the repository's settings let a batch do."""
        told = self.settings.patches
        return policy(
            told.protected,
            check_syntax=told.syntax,
            max_operations=told.max_operations,
            max_files=told.max_files,
            max_bytes=told.max_bytes,
        )

    def head(self, branch: str) -> str | None:
        """Where a branch is on GitHub."""
        return self.refs.get(f"refs/heads/{branch}")

    def ours(self, commit: CommitInfo) -> bool:
        """Whether the bot made a commit: its name stands in it as author and committer, which a person can forge."""
        return commit.email == commit.committer == self.ctx.bot.email

    async def record(
        self,
        *types: EventType,
        issue: int | None,
        subject: str,
        order: str,
        actor: str,
        commit: str | None = None,
        base: str | None = None,
        pull: int | None = None,
        details: dict[str, str] | None = None,
    ) -> None:
        """Appends events about one batch, in this order; saying one again for the same order stores nothing."""
        repository = self.github.full_name
        await self.ctx.ledger.append(
            [
                PatchEvent(
                    id=event_id(repository.lower(), issue, subject, kind, commit, order),
                    type=kind,
                    at=self.now,
                    repository=repository,
                    issue=issue,
                    subject=subject,
                    actor=actor,
                    commit=commit,
                    base=base,
                    pull=pull,
                    details={"order": order, **(details or {})},
                )
                for kind in types
            ]
        )


@asynccontextmanager
async def repository_scene(ctx: Context, github: GitHub) -> AsyncIterator[RepositoryScene | None]:
    """Opens and fetches the mirror, and brings the ledger in line with git.

    ``None`` where nothing may be done: an archived or empty repository, or one that was not onboarded.
    Raises ``WorldError``, and ``Refusal`` for settings that cannot be read.
    """
    repository = await github.repository()
    mirror = await asyncio.to_thread(ctx.mirrors.open, github.git_url, github.full_name)
    try:
        yield None if repository.archived else await _scene(ctx, github, repository, mirror)
        await asyncio.to_thread(mirror.maintain)
    finally:
        mirror.close()


async def _scene(ctx: Context, github: GitHub, repository: Repository, mirror: Mirror) -> RepositoryScene | None:
    credential = await github.git_credential()
    refs = await asyncio.to_thread(mirror.fetch, credential)
    head = refs.get(f"refs/heads/{repository.default_branch}")
    if head is None:
        return None
    await follow_git(ctx, github.full_name, mirror)
    default = mirror.repository.commit_info(head)
    settings = await asyncio.to_thread(settings_of, mirror.repository.tree(default.tree))
    await note_onboarded(ctx, github.full_name, settings is not None)
    if settings is None:
        return None
    return RepositoryScene(ctx, github, repository, mirror, refs, settings, default, await github.now())


async def onboarded(ctx: Context, full_name: str) -> bool | None:
    """Whether the repository had settings when it was last looked at; ``None`` where it was not yet."""
    known: bool | None = await ctx.memory.get(f"onboarded:{full_name.lower()}")
    return known


async def note_onboarded(ctx: Context, full_name: str, yes: bool) -> None:
    """Takes note of it."""
    if await onboarded(ctx, full_name) is not yes:
        await ctx.memory.set(f"onboarded:{full_name.lower()}", yes)


def run_id(repository: str, order: str) -> str:
    """The run that carries out an order: the same order is the same run, whatever process carries it out."""
    return hashlib.sha256(f"{repository.lower()}\0{order}".encode()).hexdigest()[:16]


def trailers_of(run: str, issue: int | None) -> dict[str, str]:
    """The trailers that a commit has beside its source and base."""
    return {**({names.ISSUE_TRAILER: f"#{issue}"} if issue is not None else {}), names.RUN_TRAILER: run}
