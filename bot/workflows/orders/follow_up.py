"""What is looked at again when an order was carried out: its pull request, and its migration."""

from __future__ import annotations

from bot.contracts.github import Pull
from bot.reports.markers import marker_of
from bot.runs.queue import Target
from bot.workflows import names
from bot.workflows.orders.order_records import OrderRecord
from bot.workflows.orders.orders import Order
from bot.workflows.ports import GitHub

NOTHING = frozenset({"not-allowed", "refused", "unknown"})


async def follow_ups(order: Order, record: OrderRecord, target: Target) -> list[Target]:
    """The objects to reconcile at once; ``target`` is the comment's own. The issue of an order may be a migration."""
    command = order.commands.get(order.written.name)
    if command is None or record.state in NOTHING or not command.looks_again:
        return []
    name = order.scene.github.full_name
    pulls = (order.pull.number if order.pull is not None else None, record.pull)
    found = [
        Target(names.PULL, names.pull_key(name, number), target.repository, target.installation)
        for number in dict.fromkeys(pulls)
        if number is not None
    ]
    migration = migration_of(order)
    if migration is not None:
        key = names.pull_key(name, migration)
        found.append(Target(names.MIGRATION, key, target.repository, target.installation))
    if order.pull is None or names.task_of_branch(order.pull.head.ref) is not None:
        found.append(Target(names.TASK_GRAPH, name, target.repository, target.installation))
    return found


def migration_of(order: Order) -> int | None:
    """The number of the issue whose migration an order is about, if it is about one."""
    if order.pull is None:
        return order.issue.number
    folder = folder_of(order.pull, order.scene.github)
    return None if folder is None else folder[0]


def folder_of(pull: Pull, github: GitHub) -> tuple[int, str] | None:
    """The migration's issue and the folder that a pull request of the bot's own is for."""
    own = pull.head.repo is not None and pull.head.repo.full_name.lower() == github.full_name.lower()
    if pull.user != github.bot_login or not own or not pull.head.ref.startswith(names.BRANCHES):
        return None
    marker = marker_of(pull.body)
    if marker is None or marker.kind != "folder":
        return None
    issue = marker.fields.get("issue", "")
    if not (issue.isdecimal() and len(issue) < 10):
        return None
    return int(issue), pull.head.ref.removeprefix(names.BRANCHES).partition("/")[2]
