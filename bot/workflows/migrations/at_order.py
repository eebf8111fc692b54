"""The migration that an order is about, read afresh: on its issue, or on the pull request of one of its folders."""

from __future__ import annotations

from bot.contracts.github import Issue, Pull
from bot.errors import Refusal
from bot.migration.plan import Plan
from bot.workflows.migrations.migration import Migration, Scene, labelled, named_manifest, newest_pulls
from bot.workflows.migrations.records import MigrationRecord, load_record, without_retried
from bot.workflows.orders.follow_up import folder_of, migration_of
from bot.workflows.orders.orders import Order


async def migration_at(order: Order) -> Migration:
    """The migration as it is now; nothing is changed.

    Raises ``Refusal`` (``no-migration``, and what is wrong with its issue or manifest), ``WorldError``.
    """
    number = migration_of(order)
    if number is None:
        raise Refusal("no-migration", values={"number": order.issue.number})
    github = order.scene.github
    issue = order.issue if order.pull is None else await github.issue(number)
    record = await load_record(order.scene.ctx, github.full_name, number)
    if not (labelled(issue) or (record is not None and record.name)):
        raise Refusal("no-migration", values={"number": number})
    return await read_migration(order, issue, record or MigrationRecord(fresh=False))


async def read_migration(order: Order, issue: Issue, record: MigrationRecord) -> Migration:
    """What an issue names, planned, with its pull requests. Raises ``Refusal``, ``WorldError``."""
    scene = scene_at(order, issue)
    path, data, manifest, planned = await named_manifest(scene)
    pulls = await pulls_of(scene, planned, record)
    return Migration(scene, path, planned, manifest, data, record, pulls)


async def pulls_of(scene: Scene, planned: Plan, record: MigrationRecord) -> dict[str, Pull]:
    """The newest pull request of each branch, without those that were closed before a ``/retry``."""
    pulls = await newest_pulls(scene, planned.name, known=bool(record.name))
    return without_retried(record, planned.name, pulls)


def scene_at(order: Order, issue: Issue) -> Scene:
    """An order's repository as a migration sees it. The comments are not read."""
    told = order.scene
    tree = told.mirror.repository.tree(told.default.tree)
    return Scene(
        told.ctx,
        told.github,
        told.repository,
        issue,
        [],
        told.mirror,
        told.refs,
        told.default,
        tree,
        told.settings,
        told.now,
    )


def folder_at(order: Order) -> str | None:
    """The folder whose pull request an order was given on; ``None`` on an issue."""
    found = folder_of(order.pull, order.scene.github) if order.pull is not None else None
    return None if found is None else found[1]
