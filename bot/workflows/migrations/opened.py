"""The migration that a pull request belongs to, for jobs that begin at the pull request: nothing is fetched again."""

from __future__ import annotations

import structlog

from bot.contracts.github import Pull
from bot.errors import Refusal
from bot.reports.markers import marker_of
from bot.workflows import names
from bot.workflows.migrations.migration import Migration, Scene, named_manifest, newest_pulls
from bot.workflows.migrations.publish import publish
from bot.workflows.migrations.records import load_record, save_record
from bot.workflows.migrations.work import unfinished
from bot.workflows.replay.folders import stand
from bot.workflows.scene import RepositoryScene

log = structlog.get_logger(__name__)


def folder_of(scene: RepositoryScene, pull: Pull) -> tuple[int, str] | None:
    """The issue and the folder that the bot opened a pull request for; ``None`` for every other one."""
    marker = marker_of(pull.body) if pull.user == scene.github.bot_login else None
    if marker is None or marker.kind != "folder" or not pull.head.ref.startswith(names.BRANCHES):
        return None
    issue, folder = marker.fields.get("issue", ""), marker.fields.get("folder", "")
    return (int(issue), folder) if issue.isdecimal() and len(issue) < 10 and folder else None


async def migration_of(scene: RepositoryScene, issue: int) -> Migration | None:
    """The migration on an issue as a reconcile would see it; ``None`` where this database knows of none.

    Raises ``Refusal`` for a manifest that cannot be planned, ``WorldError``.
    """
    github = scene.github
    record = await load_record(scene.ctx, github.full_name, issue)
    if record is None or not record.name:
        return None
    told, comments = await github.issue(issue), await github.comments(issue)
    tree = scene.mirror.repository.tree(scene.default.tree)
    seen = Scene(
        scene.ctx, github, scene.repository, told, comments, scene.mirror, scene.refs, scene.default, tree,
        scene.settings, scene.now,
    )  # fmt: skip
    path, data, manifest, planned = await named_manifest(seen)
    if planned.name != record.name:
        return None
    pulls = await newest_pulls(seen, planned.name, known=True)
    return Migration(seen, path, planned, manifest, data, record, pulls)


async def certify_head(scene: RepositoryScene, pull: Pull) -> None:
    """Gives the head of a folder's branch its checks when an order moved it: a required one must not hang.

    What is wrong with the migration itself is told on its issue, and never fails the order. Raises ``WorldError``.
    """
    found = folder_of(scene, pull)
    if found is None or pull.state != "open":
        return
    issue, folder = found
    try:
        migration = await migration_of(scene, issue)
    except Refusal as refusal:
        log.info("a head was not certified", repository=scene.github.full_name, pull=pull.number, code=refusal.code)
        return
    if migration is None or migration.branch(folder) != pull.head.ref:
        return
    await stand(migration)
    for computed in await unfinished(migration, [folder]):
        await publish(migration, computed)
    await save_record(scene.ctx, scene.github.full_name, issue, migration.record)
