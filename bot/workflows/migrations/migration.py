"""One migration as it is now: everything a reconcile reads, read once, afresh (law 1)."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from bot.config import SETTINGS_PATH, RepositorySettings, repository_settings
from bot.contracts.github import Comment, Issue, Pull, Repository
from bot.contracts.migration import Manifest
from bot.contracts.tree import FILE, FOLDER, Tree
from bot.errors import Place, Refusal
from bot.git.mirrors import Mirror
from bot.git.repository import CommitInfo
from bot.migration.manifest import load_manifest
from bot.migration.plan import FolderHead, Plan, plan
from bot.planning.folders import Facts
from bot.planning.forms import manifest_path
from bot.reports.markers import marker_of
from bot.workflows import names
from bot.workflows.context import Context
from bot.workflows.migrate import is_ours
from bot.workflows.migrations.records import FolderRecord, MigrationRecord
from bot.workflows.ports import GitHub
from bot.workflows.restore import follow_git


@dataclass
class Scene:
    """What GitHub and the mirror say at the start of a reconcile."""

    ctx: Context
    github: GitHub
    repository: Repository
    issue: Issue
    comments: list[Comment]
    mirror: Mirror
    refs: Mapping[str, str]
    base: CommitInfo
    tree: Tree
    settings: RepositorySettings
    now: datetime
    plans: dict[str, Plan] = field(default_factory=dict)
    """Plans by base commit: an open branch's proof is computed on the base it names."""

    @property
    def prefix(self) -> str:
        """Where the intents of this migration's effects begin."""
        return f"{self.github.full_name.lower()}#{self.issue.number}/"


Way = Literal["again", "ours", "theirs"]
"""How a person ordered a replay: to try it again, or whose version stands where commits collide."""


@dataclass(frozen=True, slots=True)
class Standing:
    """An open pull request's branch: our commit, and the commits that stand on it, oldest first."""

    head: str
    ours: CommitInfo
    digest: str
    """Of the manifest entry that our commit names."""
    top: tuple[CommitInfo, ...] = ()


@dataclass
class Migration:
    """A scene with its manifest planned."""

    scene: Scene
    path: str
    """The manifest's path on the default branch."""
    plan: Plan
    manifest: Manifest
    manifest_data: bytes
    record: MigrationRecord
    pulls: dict[str, Pull]
    """The newest pull request of each of the migration's branches."""
    standings: dict[str, Standing] = field(default_factory=dict)
    """How the branches of open pull requests are made up, by folder; those alone that the ledger tells of."""
    moved: set[str] = field(default_factory=set)
    """The folders whose commit would do something else on the present base."""
    ways: dict[str, Way] = field(default_factory=dict)
    """The folders that a person ordered to replay."""
    order: str = ""
    """The order that did."""

    @property
    def name(self) -> str:
        """The migration's name."""
        return self.plan.name

    @property
    def heads(self) -> tuple[FolderHead, ...]:
        """The manifest's folders on this base, and those with a pull request that it no longer yields.

        (A merged move leaves no source behind, so that an ``each`` entry does not match it any more.)
        """
        planned = {head.id for head in self.plan.folders}
        start = names.folder_branch(self.name, "")
        gone = sorted(branch.removeprefix(start) for branch in self.pulls if branch.removeprefix(start) not in planned)
        return (*self.plan.folders, *(self._remembered(folder) for folder in gone))

    def _remembered(self, folder: str) -> FolderHead:
        record = self.record.folders.get(folder) or FolderRecord(digest="", base="")
        return FolderHead(folder, record.source, record.destination, record.mode, record.depends_on, record.digest)

    def branch(self, folder: str) -> str:
        """The folder's branch."""
        return names.folder_branch(self.name, folder)

    def remote_head(self, folder: str) -> str | None:
        """Where the folder's branch is on GitHub."""
        return self.scene.refs.get(f"refs/heads/{self.branch(folder)}")


def read_file(tree: Tree, path: str) -> bytes | None:
    """A file's bytes by path, ``None`` when there is no ordinary file."""
    folder = tree.oid
    *parents, last = path.split("/")
    for part in parents:
        entry = next((item for item in tree.list(folder) if item.name == part), None)
        if entry is None or entry.mode != FOLDER:
            return None
        folder = entry.oid
    entry = next((item for item in tree.list(folder) if item.name == last), None)
    if entry is None or entry.mode & 0o170000 != FILE & 0o170000:
        return None
    return tree.read(entry.oid)


def settings_of(tree: Tree) -> RepositorySettings | None:
    """The repository's settings, ``None`` before onboarding is merged. Raises ``Refusal`` when they are bad."""
    data = read_file(tree, SETTINGS_PATH)
    return None if data is None else repository_settings(data)


def load_plan(tree: Tree, path: str, data: bytes) -> tuple[Manifest, Plan]:
    """Reads and plans a manifest. Raises ``Refusal``."""
    manifest = load_manifest(data, "json" if path.lower().endswith(".json") else "yaml", path)
    return manifest, plan(tree, manifest)


async def named_manifest(scene: Scene) -> tuple[str, bytes, Manifest, Plan]:
    """The manifest that the issue names, planned on the base. ``Refusal`` with the place in issue or manifest."""
    path = manifest_path(scene.issue.body)

    def work() -> tuple[str, bytes, Manifest, Plan]:
        data = read_file(scene.tree, path)
        if data is None:
            raise Refusal("manifest-missing", Place("issue"), {"path": path, "branch": scene.repository.default_branch})
        manifest, planned = load_plan(scene.tree, path, data)
        return path, data, manifest, planned

    return await asyncio.to_thread(work)


async def newest_pulls(scene: Scene, migration: str, *, known: bool) -> dict[str, Pull]:
    """The newest pull request for each branch of the migration, from one listing; only this issue's own count.

    Raises ``Refusal`` (``migration-taken``) when another issue has one open: two would move one branch. Unless the
    migration is ``known`` to have begun here, those that are older than its issue are looked at as well.
    """
    prefix = f"{names.BRANCHES}{migration}/"
    listed = await scene.github.pulls(since=scene.issue.created_at)
    others = listed
    if not known and any(ref.startswith(f"refs/heads/{prefix}") for ref in scene.refs):
        others = [*listed, *await scene.github.pulls(state="open")]
    theirs = [
        pull.number
        for pull in others
        if pull.state == "open" and _is_bots(scene, pull, prefix) and not of_issue(pull, scene.issue.number)
    ]
    if theirs:
        raise Refusal("migration-taken", values={"name": migration, "pull": min(theirs)})
    found: dict[str, Pull] = {}
    for pull in listed:
        ours = _is_bots(scene, pull, prefix) and of_issue(pull, scene.issue.number)
        if ours and (pull.head.ref not in found or found[pull.head.ref].number < pull.number):
            found[pull.head.ref] = pull
    return found


def _is_bots(scene: Scene, pull: Pull, prefix: str) -> bool:
    own = pull.head.repo is not None and pull.head.repo.full_name.lower() == scene.github.full_name.lower()
    return own and pull.head.ref.startswith(prefix) and pull.user == scene.github.bot_login


def of_issue(pull: Pull, issue: int) -> bool:
    """Whether a pull request of the bot's is this issue's; one whose marker a person took out is nobody else's."""
    marker = marker_of(pull.body)
    return marker is None or marker.fields.get("issue") == str(issue)


def labelled(issue: Issue) -> bool:
    """Whether an issue is labelled a migration."""
    return names.MIGRATION_LABEL in {label.lower() for label in issue.labels}


def on_hold(labels: Iterable[str]) -> bool:
    """Whether somebody asked Graftsman to leave an issue or pull request as it is."""
    return names.HOLD_LABEL in {label.lower() for label in labels}


def facts_of(migration: Migration) -> list[Facts]:
    """What is known of every folder, for the pure decision."""
    return [_facts(migration, head) for head in migration.heads]


def _facts(migration: Migration, head: FolderHead) -> Facts:
    digest = head.digest
    remote = migration.remote_head(head.id)
    pull = migration.pulls.get(migration.branch(head.id))
    state: Literal["open", "merged", "closed"] | None = None
    if pull is not None:
        state = "merged" if pull.merged_at else "open" if pull.state == "open" else "closed"
    branch: Literal["absent", "ours", "built-on", "people"] = "absent"
    branch_digest = None
    if remote is not None and state in {None, "open"}:
        repository = migration.scene.mirror.repository
        branch = "ours" if is_ours(repository, remote, migration.scene.ctx.bot) else "people"
        if branch == "ours":
            start = names.source_trailer(migration.path, migration.name, head.id, "")
            commit = repository.commit_info(remote)
            branch_digest = source_digest(commit, start, migration.scene.issue.number)
            again = state is None and head.id in migration.record.retried
            if again and commit.parents[0] != migration.scene.base.oid:
                branch_digest = None  # asked for anew: on the present base
        elif state == "open" and (standing := migration.standings.get(head.id)) is not None:
            branch, branch_digest = "built-on", standing.digest
    if state == "merged" and made_commit(migration, head) is not None:
        branch, branch_digest = "ours", digest
    record = migration.record.folders.get(head.id)
    current = record is not None and record.digest == digest and record.base == migration.scene.base.oid
    waits = None
    if record is not None and record.replay is not None and head.id not in migration.ways:
        waits = record.replay.reason if record.replay.is_of(migration.scene.base.oid, remote, digest) else None
    return Facts(
        head.id,
        digest,
        tuple(head.depends_on),
        state,
        branch,
        branch_digest,
        record.known if record is not None and current else None,
        on_hold(pull.labels) if pull is not None else False,
        moved=head.id in migration.moved,
        waits=waits,
    )


def made_commit(migration: Migration, head: FolderHead) -> CommitInfo | None:
    """The commit that we made of this very entry and pushed, where the folder's branch or pull request still has it."""
    pull = migration.pulls.get(migration.branch(head.id))
    oid = migration.remote_head(head.id) or (pull.head.sha if pull is not None else None)
    if oid is None:
        return None
    repository = migration.scene.mirror.repository
    try:
        if not is_ours(repository, oid, migration.scene.ctx.bot):
            return None
        commit = repository.commit_info(oid)
    except KeyError:  # the branch is deleted, and what it held was never fetched here
        return None
    start = names.source_trailer(migration.path, migration.name, head.id, "")
    return commit if source_digest(commit, start, migration.scene.issue.number) == head.digest else None


def source_digest(commit: CommitInfo, start: str, issue: int) -> str | None:
    """The digest that a commit of ours names for the manifest entry ``start``; ``None`` for another entry or issue."""
    found = commit.trailers.get(names.SOURCE_TRAILER, "")
    ours = found.startswith(start) and commit.trailers.get(names.ISSUE_TRAILER) == f"#{issue}"
    return found.removeprefix(start) if ours else None


def run_of(migration: Migration) -> str:
    """The run that made a commit: the same manifest for the same issue is the same run, whatever process makes it."""
    text = f"{migration.scene.prefix}{hashlib.sha256(migration.manifest_data).hexdigest()}"
    return hashlib.sha256(text.encode()).hexdigest()[:16]


async def look(ctx: Context, github: GitHub, issue: Issue, mirror: Mirror) -> Scene | None:
    """Reads the rest of the world, with the settings still to be read; ``None`` when there is no default branch yet."""
    repository = await github.repository()
    refs = await asyncio.to_thread(mirror.fetch, await github.git_credential())
    head = refs.get(f"refs/heads/{repository.default_branch}")
    if head is None:
        return None
    await follow_git(ctx, github.full_name, mirror)
    base = mirror.repository.commit_info(head)
    tree = mirror.repository.tree(base.tree)
    comments = await github.comments(issue.number)
    return Scene(
        ctx, github, repository, issue, comments, mirror, refs, base, tree, RepositorySettings(), await github.now()
    )
