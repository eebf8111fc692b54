"""The phases of a migration: where it stands, drawn on the status comment, each step told to the ledger once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.contracts.event import PatchEvent
from bot.planning.folders import Decision
from bot.planning.phases import STAGES, Evidence, Progress, Work, progress
from bot.reports.delivery import report_id
from bot.reports.mermaid import state_diagram
from bot.workflows.context import Context
from bot.workflows.events import event_id
from bot.workflows.gates.keys import gate_key
from bot.workflows.migrations.migration import Migration, Scene
from bot.workflows.migrations.plan_approval import PlanApproval
from bot.workflows.migrations.publish import spec_verdict
from bot.workflows.migrations.spec_state import SpecState
from templates import render

OVER = frozenset({"nothing-to-do", "closed", "refused"})


async def phases_text(
    migration: Migration,
    decisions: Mapping[str, Decision],
    opened: Mapping[str, int],
    plan: PlanApproval,
    spec: SpecState,
) -> str:
    """The part of the status comment; tells the ledger what is new. ``opened``: by this very run.

    Raises ``WorldError``.
    """
    made = await _progress(migration, decisions, opened, plan, spec)
    await _tell(migration, made)
    return render("comments/phases.md", diagram=state_diagram(STAGES, made.now), progress=made)


async def _progress(
    migration: Migration,
    decisions: Mapping[str, Decision],
    opened: Mapping[str, int],
    plan: PlanApproval,
    spec: SpecState,
) -> Progress:
    scene = migration.scene
    work, merged_by = [], []
    for head in migration.heads:
        pull = migration.pulls.get(migration.branch(head.id))
        if pull is not None and pull.merged_at is not None:
            work.append(Work(head.id, "merged"))
            report = await scene.ctx.reports.get(report_id(scene.github.full_name, pull.number))
            merged_by.append((report.decided_by if report is not None else None) or "")
        elif (number := opened.get(head.id, pull.number if pull is not None and pull.state == "open" else 0)) > 0:
            green = await is_green(scene.ctx, scene, number, migration.remote_head(head.id) or "")
            work.append(Work(head.id, "open", green=green))
        else:
            work.append(Work(head.id, "over" if decisions[head.id].state in OVER else "none"))
    by = "" if spec.pull is None else f"reviews of #{spec.pull}"
    orders = ", ".join(f"order {plan.orders[who]}" for who in plan.by if plan.orders.get(who))
    return progress(
        spec=spec_verdict(migration).conclusion != "failure" and spec.open,
        spec_by=Evidence(spec.by, by if spec.by else ""),
        plan=plan.granted,
        plan_by=Evidence(plan.by, orders),
        work=work,
        merged_by=[each for each in merged_by if each],
    )


async def is_green(ctx: Context, scene: Scene, pull: int, head: str) -> bool:
    """Whether the gates of a pull request were open at this head when they were judged last.

    Where the repository asks for nothing, nothing is judged, and its certificate is all there is to wait for.
    """
    told: dict[str, Any] | None = await ctx.memory.get(gate_key(scene.github.full_name, pull))
    if told is None:
        return not scene.settings.approvals
    return bool(told.get("green")) and told.get("head") == head


async def _tell(migration: Migration, made: Progress) -> None:
    """Each stage that is entered, forwards or back, with who brought it about."""
    scene = migration.scene
    key = f"{scene.prefix}/phase"
    told: dict[str, Any] = await scene.ctx.memory.get(key) or {"now": "", "count": 0}
    before, count = str(told["now"]), int(told["count"])
    if before == made.now:
        return
    start = STAGES.index(before) + 1 if before in STAGES else 0
    now = STAGES.index(made.now)
    evidence = dict(made.passed)
    entered = STAGES[start : now + 1] if now >= start else (made.now,)
    name = scene.github.full_name
    await scene.ctx.ledger.append(
        [
            PatchEvent(
                id=event_id(name.lower(), scene.issue.number, "phase", count, before, stage),
                type="PHASE_ENTERED",
                at=scene.now,
                repository=name,
                issue=scene.issue.number,
                subject=f"migration:{migration.name}",
                actor=scene.github.bot_login,
                details={
                    "phase": stage,
                    "from": before,
                    "who": ", ".join(evidence.get(stage, Evidence()).who)[:500],
                    "by": evidence.get(stage, Evidence()).by,
                },
            )
            for stage in entered
        ]
    )
    # Counted: a kill before this says the same once more, and the same event is stored once.
    await scene.ctx.memory.set(key, {"now": made.now, "count": count + 1})
