"""What people see of the gates: the check ``graftsman/approvals``, and a part of the one status comment."""

from __future__ import annotations

from bot.contracts.github import Pull
from bot.errors import Refusal
from bot.planning.approvals import Decision
from bot.planning.explain import Suppositions, tree
from bot.planning.merging import MergeDecision
from bot.workflows import names
from bot.workflows.bodies import MAX_BODY, refusal_text
from bot.workflows.context import Context
from bot.workflows.explain_text import explain_text
from bot.workflows.gates.asked import GATES, asked_before
from bot.workflows.gates.check_runs import Said, forget_check, is_ours, keep_check, known_check
from bot.workflows.gates.judge import Gates
from bot.workflows.gates.offers import offers
from bot.workflows.gates.pull_scene import PullScene
from bot.workflows.gates.shared_head import on_head
from bot.workflows.ports import GitHub
from bot.workflows.status_comment import room
from templates import render

CONCLUSIONS = {
    "approved": "success",
    "not-applicable": "success",
    "not-needed": "success",
    "pending": "action_required",
    "blocked": "failure",
}


def approvals_said(decision: Decision) -> Said:
    """The check run of a decision."""
    return Said(
        CONCLUSIONS[decision.state],
        render("checks/approvals-title.md", decision=decision, **_waiting(decision)),
        tree_text(decision),
    )


def tree_text(decision: Decision, limit: int = MAX_BODY, supposed: Suppositions = ()) -> str:
    """The tree of reasons, in Markdown, cut at a line where it is over ``limit`` bytes."""
    text = explain_text(tree(decision, supposed))
    if len(text.encode("utf-8", "replace")) <= limit:
        return text
    kept: list[str] = []
    for line in text.split("\n"):
        limit -= len(line.encode("utf-8", "replace")) + 1
        if limit < 100:
            break
        kept.append(line)
    return "\n".join([*kept, "", "… cut here to stay within GitHub's limits."])


def _waiting(decision: Decision) -> dict[str, object]:
    open_ones = [each for each in decision.requirements if each.missing]
    return {"waiting": sum(each.missing for each in open_ones), "rules": [each.rule for each in open_ones]}


async def say_checks(scene: PullScene, gates: Gates) -> None:
    """Says it by checks: of the approvals wherever the policy has rules, of the specs wherever one is asked for."""
    ctx, github = scene.scene.ctx, scene.scene.github
    head = await on_head(scene, gates)
    told: dict[str, dict[int, Said]] = {}
    # What was said once is said again when nothing asks for it any more: it may have failed, and be required.
    if scene.scene.settings.approvals or await known_check(ctx, github, head.about, names.APPROVALS_CHECK):
        told[names.APPROVALS_CHECK] = {pull: approvals_said(each.decision) for pull, each in head.gates.items()}
    specs = {pull: each.spec.said for pull, each in head.gates.items() if each.spec.said is not None}
    if not specs and not scene.ours and await known_check(ctx, github, head.about, names.SPEC_CHECK):
        title = render("checks/spec-not-asked-title.md")
        specs = {scene.number: Said("neutral", title, title)}
    if specs:
        told[names.SPEC_CHECK] = specs
    for name, said in told.items():
        if head.about != f"pull:{scene.number}":
            await forget_check(ctx, github, f"pull:{scene.number}", name)
        await keep_check(ctx, github, head.about, scene.pull.head.sha, name, head.worst(said))


async def gates_text(scene: PullScene, gates: Gates, merging: MergeDecision, *, refused: str = "") -> str:
    """The part of the status comment; ``""`` where the repository asks for nothing and nothing is to be said."""
    offered = offers(scene)
    specs = gates.spec.conclusion == "failure" or gates.waivers
    if not (scene.scene.settings.approvals or gates.held or specs or offered):
        return ""
    limit = min(await room(scene.scene.ctx, scene.scene.github.full_name, scene.number, "gates"), 20_000)
    then = render("comments/merging/next.md", action=merging.action, because=merging.because, refused=refused)
    return render(
        "comments/gates.md",
        decision=gates.decision,
        tree=tree_text(gates.decision, limit - 3_000) if gates.decision.requirements else "",
        spec=gates.spec,
        waivers=gates.waivers[:20],
        held=gates.held,
        patches=offered,
        next=then.strip(),
        **_waiting(gates.decision),
    )


async def say_unreadable(ctx: Context, github: GitHub, pull: Pull, refusal: Refusal) -> None:
    """The gates of a pull request while the settings cannot be read: closed, where there were any before.

    There were where the settings asked for them when they were read last, and where a head has their checks.
    """
    about = f"pull:{pull.number}"
    if pull.state != "open" or pull.head.ref == names.ONBOARDING_BRANCH:
        return
    for name in await gates_there(ctx, github, about, pull.head.sha):
        await keep_check(ctx, github, about, pull.head.sha, name, unreadable(refusal))


def unreadable(refusal: Refusal) -> Said:
    """What a gate's check says while nobody can judge it."""
    return Said("failure", render("checks/settings-unreadable-title.md"), refusal_text(refusal))


async def gates_there(ctx: Context, github: GitHub, about: str, sha: str) -> list[str]:
    """The gates' checks that are asked for, or were said of this, or stand on a head."""
    asked = await asked_before(ctx, github.full_name)
    runs = {run.name for run in await github.check_runs(sha) if is_ours(github, run)}
    return [name for name in GATES if name in asked or name in runs or await known_check(ctx, github, about, name)]
