"""The phases of a migration: where it stands, drawn on the status comment, each step told to the ledger once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.contracts.event import PatchEvent
from bot.planning.folders import Decision
from bot.planning.phases import STAGES, Evidence, Progress, Work, progress
from bot.reports.mermaid import state_diagram
from bot.workflows.context import Context
from bot.workflows.events import event_id
from bot.workflows.gates.keys import gate_key
from bot.workflows.migrations.migration import Migration, Scene
from bot.workflows.migrations.publish import spec_verdict
from templates import render

OVER = frozenset({"nothing-to-do", "closed", "refused"})


async def phases_text(migration: Migration, decisions: Mapping[str, Decision], plan: Evidence | None) -> str:
    """The part of the status comment. ``plan``: who approved the plan; ``None`` while that is missing.

    Tells the ledger what is new. Raises ``WorldError``.
    """
    made = await _progress(migration, decisions, plan)
    await _tell(migration, made)
    return render(
        "comments/phases.md",
        diagram=state_diagram(STAGES, made.now),
        progress=made,
        spec=migration.manifest.spec,
    )


async def _progress(migration: Migration, decisions: Mapping[str, Decision], plan: Evidence | None) -> Progress:
    scene = migration.scene
    verdict = spec_verdict(migration)
    work, merged_by = [], []
    for head in migration.heads:
        pull = migration.pulls.get(migration.branch(head.id))
        state = decisions[head.id].state
        if pull is not None and pull.merged_at is not None:
            work.append(Work(head.id, "merged"))
            merged_by.append(
                str(await scene.ctx.memory.get(f"{scene.prefix}{head.id}/merged-by") or pull.merged_by or "")
            )
        elif pull is not None and pull.state == "open":
            work.append(Work(head.id, "open", green=await is_green(scene.ctx, scene, pull.number, pull.head.sha)))
        else:
            work.append(Work(head.id, "over" if state in OVER else "none"))
    spec_by = await scene.ctx.memory.get(f"{scene.prefix}/spec-by") or {}
    return progress(
        spec=verdict.conclusion != "failure",
        spec_by=Evidence(tuple(spec_by.get("who", ())), str(spec_by.get("by", ""))),
        plan=plan is not None,
        plan_by=plan or Evidence(),
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
    before = await scene.ctx.memory.get(key) or ""
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
                id=event_id(name.lower(), scene.issue.number, "phase", before, stage, str(scene.now)),
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
    await scene.ctx.memory.set(key, made.now)
