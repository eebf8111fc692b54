"""Merging with the expected head: at once, through the merge queue, or by GitHub's auto-merge."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from bot.github.errors import NotMergeableError
from bot.planning.merging import GOOD, MergeDecision, MergeFacts, decide
from bot.workflows import names
from bot.workflows.gates.check_runs import is_ours
from bot.workflows.gates.judge import Gates
from bot.workflows.gates.keys import second_key
from bot.workflows.gates.pull_scene import PullScene, is_draft

How = Literal["merge", "queue", "auto"]
Queue = Literal["no", "in", "left"]


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
    try:
        if decision.action == "mark-ready":  # what that causes is our own doing, and tells nobody
            await scene.scene.github.mark_ready(scene.pull)
            scene.pull = await scene.scene.github.pull(scene.number)
            decision = decide(settings, await facts_of(scene, gates, ordered=ordered), how)
        return await _act(scene, decision, settings.method)
    except NotMergeableError as error:
        return Merged(decision, refused=error.message)


async def _act(scene: PullScene, decision: MergeDecision, method: str) -> Merged:
    github, pull, memory = scene.scene.github, scene.pull, scene.scene.ctx.memory
    match decision.action:
        case "merge":
            return Merged(decision, await github.merge_pull(pull.number, sha=pull.head.sha, method=method))
        case "queue":
            await github.enqueue(pull)
            await memory.set(_queue_key(scene), pull.head.sha)
        case "leave-queue":
            await github.dequeue(pull)
        case "auto":
            try:
                await github.enable_auto_merge(pull, method=method)
            except NotMergeableError:  # where nothing is left to wait for, GitHub enables none
                commit = await github.merge_pull(pull.number, sha=pull.head.sha, method=method)
                return Merged(replace(decision, action="merge"), commit)
        case "stop-auto":
            await github.disable_auto_merge(pull)
    return Merged(decision)


async def _queue(scene: PullScene, gates: Gates) -> Queue:
    """What became of this head in the merge queue. A gate that closed makes it one that was never in it."""
    memory = scene.scene.ctx.memory
    if await memory.get(_queue_key(scene)) != scene.pull.head.sha:
        return "no"
    there = await scene.scene.github.in_queue(scene.pull)
    if not gates.open and not there:
        await memory.delete(_queue_key(scene))
        return "no"
    return "in" if there else "left"


def _queue_key(scene: PullScene) -> str:
    return f"queued:{scene.scene.github.full_name.lower()}#{scene.number}"


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
        draft=is_draft(pull),
        # A task's draft is ready when whoever works on it says so.
        drafts=scene.scene.settings.pulls.draft and names.task_of_branch(pull.head.ref) is None,
        held=gates.held,
        goes_second=int(await scene.scene.ctx.memory.get(second_key(scene.scene.github.full_name, pull.number)) or 0),
        # Without a rule, too: nothing is merged while somebody who may asks for changes.
        approvals="blocked" if gates.decision.blockers else gates.decision.state,
        spec=gates.spec.conclusion,
        checks=checks,
        ordered=ordered,
        auto_on=pull.auto_merge is not None,
        queue=await _queue(scene, gates),
    )
