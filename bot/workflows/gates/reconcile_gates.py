"""The gates of one pull request, made what they should be: judged, shown, and followed by what they allow."""

from __future__ import annotations

from typing import Any

from bot.contracts.event import PatchEvent
from bot.contracts.github import Pull
from bot.planning.approvals import Decision
from bot.workflows import names
from bot.workflows.events import event_id
from bot.workflows.gates.asked import GATES
from bot.workflows.gates.audit import audit, note, subject_of
from bot.workflows.gates.check_runs import conclude, known_check
from bot.workflows.gates.judge import Gates, judge
from bot.workflows.gates.keys import gate_key
from bot.workflows.gates.merge import merge_if_due
from bot.workflows.gates.offers import follow_reviews
from bot.workflows.gates.pull_scene import PullScene, is_draft, look_at
from bot.workflows.gates.say import gates_text, say_checks
from bot.workflows.gates.specs import asks_for_specs
from bot.workflows.scene import RepositoryScene
from bot.workflows.status_comment import show


async def reconcile_gates(scene: RepositoryScene, pull: Pull) -> bool:
    """Judges an open pull request and does what follows; of a decided one only the notes are brought up to date.

    Gives whether a gate is another one than at the last look. Raises ``WorldError``.
    """
    if not (scene.settings.approvals or pull.user == scene.github.bot_login or await asks_for_specs(scene)):
        about = f"pull:{pull.number}"
        if not any([await known_check(scene.ctx, scene.github, about, name) for name in GATES]):
            return False
    found = await look_at(scene, pull)
    if found is None:
        return False
    await audit(found)
    await follow_reviews(found)
    if pull.state != "open" or pull.head.ref == names.ONBOARDING_BRANCH:
        return False
    await _superseded(found)
    gates = await judge(found)
    await say_checks(found, gates)  # before the merge: GitHub may ask for them
    changed = await _told(found, gates)
    merged = await merge_if_due(found, gates)
    if found.ours:
        text = await gates_text(found, gates, merged.decision, refused=merged.refused)
        await show(scene.ctx, scene.github, found.number, "gates", text)
    await _ask_for_reviews(found, gates.decision)
    return changed


async def _superseded(scene: PullScene) -> None:
    """Concludes what a kill had left in progress on the head before this one: a required check never hangs."""
    ctx, github = scene.scene.ctx, scene.scene.github
    key = f"head:{github.full_name.lower()}#{scene.number}"
    before = await ctx.memory.get(key)
    if before == scene.pull.head.sha:
        return
    if before is not None:
        await conclude(github, str(before), names.CHECKS, head=scene.pull.head.sha)
    await ctx.memory.set(key, scene.pull.head.sha)


async def _told(scene: PullScene, gates: Gates) -> bool:
    """Tells the ledger, once each, that the gate of approvals opened or closed at this head, and what was waived.

    Gives whether anything is new.
    """
    ctx, github = scene.scene.ctx, scene.scene.github
    granted = [each for each in gates.waivers if each.valid]
    waived = [("waived", each.user, f"{each.rule} until {each.until.date()}, review {each.review}") for each in granted]
    await note(ctx, github, scene.number, waived, at=scene.scene.now)
    state = gates.decision.state
    key = gate_key(github.full_name, scene.number)
    now = {
        "head": scene.pull.head.sha,
        "open": state not in {"pending", "blocked"},
        "green": gates.open,
        "by": _by(gates.decision),
    }
    before: dict[str, Any] | None = await ctx.memory.get(key)
    if before == now:
        return False
    if state in {"not-needed", "not-applicable"} or (before is None and not now["open"]):
        await ctx.memory.set(key, now)
        return True
    name = github.full_name
    kind: Any = "GATE_OPENED" if now["open"] else "GATE_CLOSED"
    if before is None or before["open"] != now["open"] or now["open"]:
        event = PatchEvent(
            id=event_id(name.lower(), scene.number, kind, now["head"], now["by"], str(before)),
            type=kind,
            at=scene.scene.now,
            repository=name,
            issue=scene.issue.number if scene.issue is not None else scene.number,
            subject=subject_of(scene.number),
            actor=github.bot_login,
            commit=scene.pull.head.sha,
            pull=scene.number,
            details={"by": str(now["by"])[:500], "state": state},
        )
        await ctx.ledger.append([event])
    await ctx.memory.set(key, now)
    return True


def _by(decision: Decision) -> str:
    """Who opened the gate, and by which reviews."""
    given = {(each.user, each.review) for wanted in decision.requirements for each in wanted.given}
    return ", ".join(f"{user} (review {review})" for user, review in sorted(given))


async def _ask_for_reviews(scene: PullScene, decision: Decision) -> None:
    """Asks those for a review whose approval is missing, on Graftsman's own pull requests, once for each head."""
    if not scene.ours or is_draft(scene.pull):
        return
    ctx, github = scene.scene.ctx, scene.scene.github
    due: set[str] = set()
    if decision.state == "pending":
        for wanted in decision.requirements:
            if wanted.missing:
                due |= {*wanted.candidates.users, *wanted.candidates.teams}
    due = {each.lower() for each in due | decision.asked}
    people = sorted(each for each in due if "/" not in each)
    owner = f"{github.full_name.partition('/')[0].lower()}/"
    teams = sorted(each.removeprefix(owner) for each in due if each.startswith(owner))
    key = f"asked:{github.full_name.lower()}#{scene.number}"
    now = [*people, *teams]  # whoever has answered is left out, and asked again when that does not count any more
    asked: list[str] = await ctx.memory.get(key) or []
    new = [each for each in now if each not in asked]
    if new:
        await github.request_reviewers(
            scene.number, [each for each in people if each in new], [each for each in teams if each in new]
        )
    if now != asked:
        await ctx.memory.set(key, now)
