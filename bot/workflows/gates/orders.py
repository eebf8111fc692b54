"""The orders about gates: ``/explain``, ``/spec``, ``/waive`` and ``/merge``."""

from __future__ import annotations

from bot.contracts.github import Pull
from bot.errors import Refusal
from bot.workflows.gates.explain_pull import explain_text
from bot.workflows.gates.judge import judge
from bot.workflows.gates.merge import How, merge_if_due
from bot.workflows.gates.migration_spec import migration_spec_text
from bot.workflows.gates.pull_scene import PullScene, look_at
from bot.workflows.orders.heads import bound_head
from bot.workflows.orders.order_records import OrderRecord
from bot.workflows.orders.orders import Order
from templates import render


async def explain(order: Order) -> OrderRecord:
    """``/explain [@login]``: what is satisfied, by whom, what is missing, who could give it. Changes nothing."""
    if order.pull is None:
        return order.record("answered", text=await migration_spec_text(order))
    login = next((word.removeprefix("@") for word in order.written.arguments), "")
    return order.record("answered", text=await explain_text(await _scene(order, order.pull), login))


async def spec(order: Order) -> OrderRecord:
    """``/spec``: which specs cover what is changed, and what the spec guard says of them. Changes nothing."""
    if order.pull is None:
        return order.record("answered", text=await migration_spec_text(order))
    gates = await judge(await _scene(order, order.pull))
    return order.record("answered", text=render("comments/orders/spec.md", spec=gates.spec, pull=order.pull.number))


async def waive(order: Order) -> OrderRecord:
    """``/waive``: what may be waived here, by whom, and the words that an approving review has to hold.

    A comment waives nothing: approvals and exceptions come from reviews (law 6).
    """
    if order.pull is None:
        raise Refusal("pull-closed", values={"pull": order.issue.number})
    gates = await judge(await _scene(order, order.pull))
    rules = sorted({finding.rule for finding in gates.spec.worse})
    text = render(
        "comments/orders/waive.md",
        rules=rules,
        asked=" ".join(order.written.arguments),
        settings=order.scene.settings.waivers,
        waivers=gates.waivers[:20],
    )
    return order.record("answered", text=text)


async def merge(order: Order) -> OrderRecord:
    """``/merge [queue|auto]``: merges this very head if every gate is open.

    Raises ``Refusal``: ``head-moved``, ``gates-closed`` with what stands against it, ``not-mergeable``.
    """
    pull = order.pull
    if pull is None or pull.state != "open":
        raise Refusal("pull-closed", values={"pull": order.issue.number})
    await bound_head(order)
    scene = await _scene(order, pull)
    gates = await judge(scene)
    word = next((each.lower() for each in order.written.arguments), "")
    how: How | None = "queue" if word == "queue" else "auto" if word == "auto" else None
    merged = await merge_if_due(scene, gates, ordered=True, how=how)
    if merged.refused:
        raise Refusal("not-mergeable", values={"pull": pull.number, "reason": merged.refused[:500]})
    against = [each for each in merged.decision.because if each[0] != "queued"]
    if against:
        why = [render("comments/merging/why.md", kind=kind, what=what).strip() for kind, what in against]
        raise Refusal("gates-closed", values={"pull": pull.number, "why": why})
    text = render(
        "comments/orders/merge.md",
        action=merged.decision.action,
        because=merged.decision.because,
        commit=merged.commit,
    )
    return order.record("done", text=text.strip(), commit=None, head=pull.head.sha)


async def _scene(order: Order, pull: Pull) -> PullScene:
    found = await look_at(order.scene, pull)
    if found is None:
        raise Refusal("pull-missing", values={"pull": pull.number})
    return found
