"""Merging with the expected head: at once, through the merge queue, or by GitHub's auto-merge."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from bot.github.errors import NotMergeableError
from bot.planning.merging import GOOD, MergeDecision, MergeFacts, decide
from bot.workflows import names
from bot.workflows.gates.check_runs import is_ours
from bot.workflows.gates.judge import Gates
from bot.workflows.gates.pull_scene import PullScene

How = Literal["merge", "queue", "auto"]


@dataclass(frozen=True, slots=True)
class Merged:
    """What came of it. ``refused``: GitHub's own words where it did not let it."""

    decision: MergeDecision
    commit: str = ""
    refused: str = ""


async def merge_if_due(scene: PullScene, gates: Gates, *, ordered: bool = False, how: How | None = None) -> Merged:
    """Merges, enqueues, enables auto-merge or stops it, whatever is due now for this very head.

    ``ordered``: somebody who may has ordered it. Raises ``WorldError``.
    """
    settings = scene.scene.settings.merging
    decision = decide(settings, await facts_of(scene, gates, ordered=ordered), how)
    github, pull = scene.scene.github, scene.pull
    try:
        if decision.action == "merge":
            return Merged(decision, await github.merge_pull(pull.number, sha=pull.head.sha, method=settings.method))
        if decision.action == "queue":
            await github.enqueue(pull)
        elif decision.action == "auto":
            await github.enable_auto_merge(pull, method=settings.method)
        elif decision.action == "mark-ready":
            await github.mark_ready(pull)
        elif decision.action == "stop-auto":
            await github.disable_auto_merge(pull)
    except NotMergeableError as error:
        return Merged(decision, refused=error.message)
    return Merged(decision)


async def facts_of(scene: PullScene, gates: Gates, *, ordered: bool) -> MergeFacts:
    """What the decision is told. The check runs are asked for only where a merge may be due."""
    settings, pull = scene.scene.settings.merging, scene.pull
    checks: dict[str, str | None] = {}
    if ordered or (settings.when == "approved" and scene.ours and gates.open):
        skipped = {names.APPROVALS_CHECK, names.SPEC_CHECK}  # judged here and now: what a check run says may be older
        for run in await scene.scene.github.check_runs(pull.head.sha):
            if not (run.name in skipped and is_ours(scene.scene.github, run)):
                done = run.conclusion if run.status == "completed" else None
                if run.name not in checks or done not in GOOD:  # another App's of the same name hides nothing
                    checks[run.name] = done
    return MergeFacts(
        ours=scene.ours and pull.head.ref != names.ONBOARDING_BRANCH,
        open=pull.state == "open",
        draft=pull.draft,
        drafts=scene.scene.settings.pulls.draft,
        held=gates.held,
        approvals=gates.decision.state,
        spec=gates.spec.conclusion,
        checks=checks,
        ordered=ordered,
        auto_on=pull.auto_merge is not None,
    )
