"""``/approve-plan``: approves a migration's plan, bound to the digest that its author saw (law 6)."""

from __future__ import annotations

import re
from typing import Final

from bot.errors import Refusal
from bot.planning.plans import DIGITS, digest_seen
from bot.workflows.migrations.at_order import migration_at
from bot.workflows.migrations.migration import Migration
from bot.workflows.migrations.plan_approval import PlanApproval, plan_approvals, shown_to
from bot.workflows.orders.order_records import OrderRecord
from bot.workflows.orders.orders import Order
from templates import render

_DIGEST: Final = re.compile(rf"[0-9a-f]{{{DIGITS},64}}")


async def approve_plan(order: Order) -> OrderRecord:
    """Approves the plan as it is now, if that is what its author saw, or named.

    Raises ``Refusal``: ``plan-changed``, ``not-an-approver``, ``edited-by-another``, ``no-migration``; ``WorldError``.
    """
    order.own_words()
    migration = await migration_at(order)
    migration.scene.comments = await order.scene.github.comments(migration.scene.issue.number)
    approval = await plan_approvals(migration)
    if not approval.asked:
        return order.record("done", text=render("comments/orders/approve-plan.md", approval=approval))
    _check_digest(order, migration, approval)
    approval = await _check_voter(order, migration)
    told = {"digest": approval.digest}
    text = render("comments/orders/approve-plan.md", approval=approval)
    return order.record("done", text=text, told=told)


def _check_digest(order: Order, migration: Migration, approval: PlanApproval) -> None:
    arguments = order.written.arguments
    named = order.written.head or (arguments[0].lower() if arguments else "")
    seen = named or digest_seen(shown_to(migration), order.comment.created_at) or ""
    if named and not _DIGEST.fullmatch(named):
        seen = ""
    if not seen or not approval.digest.startswith(seen):
        raise Refusal("plan-changed", values={"digest": approval.short, "seen": seen[:DIGITS]})


async def _check_voter(order: Order, migration: Migration) -> PlanApproval:
    """What the policy says with this approval. Raises ``Refusal`` where it would count for nothing."""
    who = order.comment.user
    found = await plan_approvals(migration, asking=who)
    if who.lower() not in {login.lower() for login in found.by}:
        why = next((each.why for each in found.decision.ignored if each.user.lower() == who.lower()), "not-eligible")
        who_may = render("comments/orders/approvers.md", requirements=found.decision.requirements)
        values = {"who": who, "asked": why == "requester", "who_may": who_may.strip() or "nobody is left"}
        raise Refusal("not-an-approver", values=values)
    return found
