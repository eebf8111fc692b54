"""What is said on a task's issue: its part of the one status comment."""

from __future__ import annotations

from typing import Final

from bot.contracts.report import DeliveryReport
from bot.contracts.task import TaskReport
from bot.errors import Refusal
from bot.patching.ground import Ground
from bot.planning.tasks.model import Decision
from bot.workflows.bodies import refusal_text
from bot.workflows.status_comment import show
from bot.workflows.tasks.asides import is_said
from bot.workflows.tasks.book import BEGUN
from bot.workflows.tasks.plans.waiting import INCOMPLETE, lacks_for_long
from bot.workflows.tasks.pull import unticked
from bot.workflows.tasks.reasons import reason_text
from bot.workflows.tasks.world import TaskWorld, lane_of
from templates import render

MOST: Final = 20
QUIET: Final = frozenset(
    {
        "faults", "waits-for", "epic-waits", "subsumed-dependency", "children", "goes-second", "hold",
        INCOMPLETE, "autopilot-off", "window", "pilot", "limit-open", "limit-lane", "limit-path", "limit-hour",
    }
)  # fmt: skip
"""Reasons that labels and relations tell, or that hold many tasks at once: these alone call for no comment."""
UNSAID: Final = frozenset({"faults"})
"""Reasons that are told one by one, as what they are."""


def report_text(task: TaskReport, delivery: DeliveryReport | None) -> str:
    """A task's report as a table; without a pull request just what became of its issue."""
    return render("comments/task/report.md", report=task, delivery=delivery).strip()


async def say_task(world: TaskWorld, number: int, decision: Decision, report: DeliveryReport | None = None) -> None:
    """Says where the task stands; nothing where there is nothing that its labels and relations do not say.

    Raises ``WorldError``.
    """
    record = world.book.of(number)
    faults = faults_of(world, number)
    pull = world.pulls.get(number)
    loud = any(each.code not in QUIET for each in decision.because)
    spec = _absent_spec(world, number)
    stuck = lacks_for_long(world, number, decision)
    begun = decision.state in BEGUN or record.ordered or record.barred or report is not None
    aside = number in world.asides
    if not (begun or stuck or faults or loud or spec or aside or record.text):
        return
    text = render(
        "comments/task.md",
        number=number,
        decision=decision,
        reasons=[reason_text(each) for each in decision.because if each.code not in UNSAID],
        absent_spec=spec,
        pull=pull,
        open_pull=pull is not None and pull.state == "open",
        boxes=len(world.forms[number].acceptance),
        unticked=len(unticked(world, number)),
        lane=lane_of(world, number),
        assignees=world.issues[number].assignees,
        started_by=record.started_by,
        faults=[refusal_text(each) for each in faults[:MOST]],
        left=max(0, len(faults) - MOST),
        report=report_text(report.task, report) if report is not None and report.task is not None else "",
    )
    if text != record.text or aside:
        await show(world.scene.ctx, world.scene.github, number, "task", text)
        record.text = text
    if aside:
        await is_said(world.scene.ctx, world.scene.github.full_name, number)


def _absent_spec(world: TaskWorld, number: int) -> str:
    """The spec that an open task names, where its branch, or the default one before it begins, does not hold it."""
    spec, scene = world.forms[number].spec, world.scene
    if not spec or world.issues[number].state == "closed":
        return ""
    head = scene.head(world.branch(number)) or scene.default.oid
    return "" if Ground(scene.mirror.repository.tree(head)).find(spec).entry is not None else spec


def faults_of(world: TaskWorld, number: int) -> list[Refusal]:
    """What is wrong with a task as it stands, each with its place in the issue's text."""
    if world.issues[number].state == "closed":
        return []
    return [*world.forms[number].faults, *world.bad_relations.get(number, ())]
