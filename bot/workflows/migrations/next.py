"""``/next``: which pull request of a migration to review next, and why."""

from __future__ import annotations

from bot.planning.folders import Facts, decide
from bot.planning.next import Candidate, order_of_review
from bot.workflows.migrations.at_order import migration_at
from bot.workflows.migrations.migration import Migration, facts_of, on_hold
from bot.workflows.orders.order_records import OrderRecord
from bot.workflows.orders.orders import Order
from templates import render


async def tell_next(order: Order) -> OrderRecord:
    """The answer. Raises ``Refusal`` (``no-migration``, and what is wrong with the manifest), ``WorldError``."""
    migration = await migration_at(order)
    facts = facts_of(migration)
    decided = decide(facts)
    folders = [
        _candidate(migration, each, done=decided[each.id].state in {"merged", "nothing-to-do"}) for each in facts
    ]
    choices = order_of_review(folders)
    left = sum(1 for each in folders if not each.done)
    text = render("comments/orders/next.md", choices=choices, left=left, name=migration.name, now=migration.scene.now)
    return order.record("answered", text=text)


def _candidate(migration: Migration, facts: Facts, *, done: bool) -> Candidate:
    pull = migration.pulls.get(migration.branch(facts.id))
    if pull is None or pull.state != "open":
        return Candidate(facts.id, facts.depends_on, done=done)
    ready = not pull.draft and not on_hold(pull.labels)
    return Candidate(facts.id, facts.depends_on, pull.number, pull.created_at, ready, done)
