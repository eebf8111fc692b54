"""The gates of one pull request, judged: approvals, spec guard, waivers, hold. Nothing is changed by it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass

from bot.planning.approvals import Decision, Facts, decide
from bot.planning.waivers import Waiver, waivers
from bot.workflows import names
from bot.workflows.gates.facts import facts_of
from bot.workflows.gates.pull_scene import PullScene
from bot.workflows.gates.specs import SpecGate, judge_specs


@dataclass(frozen=True)
class Gates:
    """What stands between a pull request and its merge, at its present head."""

    facts: Facts
    decision: Decision
    waivers: tuple[Waiver, ...]
    spec: SpecGate
    held: bool

    @property
    def open(self) -> bool:
        """Whether nothing of ours stands against it."""
        return self.decision.open and self.spec.conclusion != "failure" and not self.held


async def judge(scene: PullScene, *, ask_about: Iterable[str] = ()) -> Gates:
    """Judges all gates. ``ask_about``: people of whom an explanation is asked. Raises ``WorldError``."""
    facts = await facts_of(scene, ask_about=ask_about)
    decision = decide(scene.scene.settings.approvals, facts)
    granted = await _waivers(scene, facts)
    spec = await judge_specs(scene, facts, granted)
    return Gates(facts, decision, granted, spec, names.HOLD_LABEL in {label.lower() for label in facts.labels})


async def _waivers(scene: PullScene, facts: Facts) -> tuple[Waiver, ...]:
    bodies = {review.id: review.body for review in scene.reviews if "waive" in review.body.lower()}
    if not bodies:
        return ()
    return await asyncio.to_thread(
        waivers, scene.scene.settings.waivers, facts, bodies, head=scene.pull.head.sha, now=scene.scene.now
    )
