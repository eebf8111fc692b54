"""What is remembered of a migration between reconciles: a cache of what git and GitHub say, one JSON value each."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from bot.contracts.github import Pull
from bot.planning.folders import Waits
from bot.reports.delivery import Counts
from bot.workflows import names
from bot.workflows.context import Context


class ReplayRecord(BaseModel):
    """What a replay came to that left the branch as it was: on which base, of which head, with which entry."""

    model_config = ConfigDict(extra="ignore")

    base: str
    head: str
    digest: str
    reason: Waits

    def is_of(self, base: str, head: str | None, digest: str) -> bool:
        """Whether nothing changed since: then the same would come of it."""
        return (self.base, self.head, self.digest) == (base, head, digest)


class Said(BaseModel):
    """What is to be said on a pull request once its branch is this."""

    tip: str
    text: str


class FolderRecord(BaseModel):
    """One folder: what was computed, from which entry (``digest``) on which base."""

    model_config = ConfigDict(extra="ignore")

    digest: str
    base: str
    source: str = ""
    destination: str = ""
    mode: Literal["copy", "move"] = "copy"
    depends_on: tuple[str, ...] = ()
    counts: Counts | None = None
    known: Literal["nothing-to-do", "refused"] | None = None
    refusal: str = ""
    """The refusal as people read it."""
    head: str | None = None
    """The commit that was pushed."""
    pull: int | None = None
    judged: str = ""
    """The base, head and entry for which our commit was found to do on that base what it did on its own."""
    replay: ReplayRecord | None = None
    say: Said | None = None


class ShownPlan(BaseModel):
    """A plan's digest, and when the plan comment first showed it."""

    digest: str
    at: datetime


class MigrationRecord(BaseModel):
    """One migration. ``fresh``: whatever this database does not know to have started never started."""

    model_config = ConfigDict(extra="ignore")

    fresh: bool
    name: str = ""
    manifest: str = ""
    folders: dict[str, FolderRecord] = {}
    started_by: str = ""
    asked: tuple[str, ...] = ()
    """Whoever labelled the issue, or ordered ``/migrate``: none of them approves the plan."""
    shown: tuple[ShownPlan, ...] = ()
    """The digests that the plan comment has shown, oldest first."""
    retried: dict[str, int] = {}
    """By folder, the number of its newest pull request when somebody asked for another one."""


def without_retried(record: MigrationRecord, migration: str, pulls: Mapping[str, Pull]) -> dict[str, Pull]:
    """The pull requests by branch, without those that were closed before somebody asked for another one."""
    last = {names.folder_branch(migration, folder): number for folder, number in record.retried.items()}
    return {branch: pull for branch, pull in pulls.items() if pull.number > last.get(branch, 0)}


def record_key(repository: str, issue: int) -> str:
    """Where a migration's record is kept."""
    return f"migration:{repository.lower()}#{issue}"


async def load_record(ctx: Context, repository: str, issue: int) -> MigrationRecord | None:
    """The record, or ``None`` when this database knows nothing of the migration."""
    value = await ctx.memory.get(record_key(repository, issue))
    return None if value is None else MigrationRecord.model_validate(value)


async def save_record(ctx: Context, repository: str, issue: int, record: MigrationRecord) -> None:
    """Keeps the record."""
    await ctx.memory.set(record_key(repository, issue), record.model_dump(mode="json"))
