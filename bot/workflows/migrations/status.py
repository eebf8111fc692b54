"""The one status comment of a migration: the plan, kept up to date by edits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.contracts.github import Pull
from bot.planning.folders import Decision
from bot.planning.pacing import forecast
from bot.reports.delivery import Counts
from bot.reports.mermaid import Node, dependency_graph
from bot.workflows.bodies import rows_text
from bot.workflows.migrations.migration import Migration, Scene
from bot.workflows.migrations.plan_approval import PlanApproval
from bot.workflows.migrations.spec_state import SpecState
from bot.workflows.status_comment import Part, show
from templates import render


@dataclass(frozen=True, slots=True)
class Row:
    """One folder on the status comment."""

    id: str
    source: str
    destination: str
    mode: str
    state: str
    because: tuple[str, ...]
    pull: int | None
    counts: Counts | None
    refusal: str


@dataclass(frozen=True, slots=True)
class Saying:
    """What the plan comment says beside its folders."""

    paused: str
    """``closed``, ``unlabelled`` or ``""``."""
    approval: PlanApproval
    held: tuple[str, ...] = ()
    """Why no further folder is opened."""
    spec: SpecState = field(default_factory=SpecState)
    """Whether the spec that the manifest names is approved, where the policy asks for that."""


def rows_of(migration: Migration, decisions: Mapping[str, Decision], pulls: Mapping[str, int]) -> list[Row]:
    """The folders in the plan's order. ``pulls`` holds the numbers that this run opened."""
    rows = []
    for head in migration.heads:
        decision = decisions[head.id]
        record = migration.record.folders.get(head.id)
        listed: Pull | None = migration.pulls.get(migration.branch(head.id))
        number = pulls.get(head.id, listed.number if listed is not None else None)
        state = "open" if decision.state == "planned" and head.id in pulls else decision.state
        rows.append(
            Row(
                head.id,
                head.source,
                head.destination,
                head.mode,
                state,
                decision.because,
                number,
                record.counts if record is not None else None,
                record.refusal if record is not None and decision.state == "refused" else "",
            )
        )
    return rows


def plan_text(migration: Migration, rows: Sequence[Row], said: Saying, *, limit: int) -> str:
    """The status comment's text. Nothing in it depends on the clock, so that nothing to say changes nothing."""
    counts = [row.counts for row in rows if row.counts is not None]
    by_state = {state: sum(1 for row in rows if row.state == state) for state in dict.fromkeys(r.state for r in rows)}
    ahead = sum(1 for row in rows if row.state in {"planned", "waiting"})
    return rows_text(
        "comments/plan.md",
        list(rows),
        limit=limit,
        name=migration.name,
        manifest=migration.path,
        started_by=migration.record.started_by,
        total=len(rows),
        by_state=by_state,
        files=sum(count.files for count in counts),
        moved=sum(count.moved for count in counts),
        changed=sum(count.changed for count in counts),
        rewrites=sum(count.rewrites for count in counts),
        warnings=sum(count.warnings for count in counts),
        graph=dependency_graph([Node(h.id, r.state, h.depends_on) for h, r in zip(migration.heads, rows, strict=True)]),
        forecast=forecast(ahead) if ahead else None,
        ahead=ahead,
        paused=said.paused,
        held=said.held,
        approval=said.approval,
        spec=said.spec,
    )


async def say(scene: Scene, text: str, *, fresh: bool, phases: str = "") -> None:
    """Makes the status comment say this of the plan: creates it once, edits it when it says something else."""
    number = scene.issue.number
    also: Mapping[Part, str] = {"phases": phases}
    await show(scene.ctx, scene.github, number, "plan", text, also=also, comments=scene.comments, fresh=fresh)


async def say_refused(scene: Scene, text: str, *, fresh: bool) -> None:
    """Says why nothing can be done, with the next step, in the status comment."""
    await say(scene, render("comments/refused.md", text=text), fresh=fresh)
