"""What happened to the approvals themselves: reviews deleted, edited or dismissed, force pushes, edited commands.

Noted once each in the ledger; the delivery report lists them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from bot.contracts.event import PatchEvent
from bot.contracts.github import Comment, Review
from bot.contracts.report import AuditNote
from bot.workflows.context import Context
from bot.workflows.events import event_id
from bot.workflows.gates.pull_scene import PullScene
from bot.workflows.ports import GitHub

COUNTS: Final = frozenset({"APPROVED", "CHANGES_REQUESTED"})
SHOWN: Final = 100


def subject_of(number: int) -> str:
    """The ledger's name of a pull request."""
    return f"pull:{number}"


async def audit(scene: PullScene) -> None:
    """Compares the reviews with those seen at the last look, and notes what was done to them since."""
    ctx, github = scene.scene.ctx, scene.scene.github
    key = f"audit:{github.full_name.lower()}#{scene.number}"
    seen: dict[str, dict[str, Any]] = await ctx.memory.get(key) or {}
    now = {str(review.id): _seen(review) for review in scene.reviews}
    notes: list[tuple[str, str, str]] = []
    for review_id, before in seen.items():
        notes += await _changed(scene, int(review_id), before, now.get(review_id))
    for move in await _forced(scene):
        notes.append(("force-push", move[0], move[1]))
    await note(ctx, github, scene.number, notes, at=scene.scene.now)
    if now != seen:
        await ctx.memory.set(key, now)


def _seen(review: Review) -> dict[str, Any]:
    digest = hashlib.sha256(review.body.encode("utf-8", "replace")).hexdigest()[:16]
    return {"user": review.user, "state": review.state, "commit": review.commit_id, "body": digest}


async def _changed(
    scene: PullScene, review_id: int, before: Mapping[str, Any], now: Mapping[str, Any] | None
) -> list[tuple[str, str, str]]:
    if before["state"] not in COUNTS:
        return []
    what = f"review {review_id} by {before['user']}"
    if now is None:
        return [("review-deleted", "ghost", what)]
    if now["state"] == "DISMISSED":
        return [("review-dismissed", "ghost", what)]
    if now["body"] != before["body"]:
        review = next(each for each in scene.reviews if each.id == review_id)
        edit = await scene.scene.github.last_review_edit(review)
        return [("review-edited", edit.login if edit is not None else before["user"], what)]
    return []


async def _forced(scene: PullScene) -> list[tuple[str, str]]:
    if scene.fork:
        return []
    github = scene.scene.github
    moves = await github.activity(f"refs/heads/{scene.pull.head.ref}", since=scene.pull.created_at)
    return [
        (move.actor, f"{move.before[:12]} to {move.after[:12]}")
        for move in moves
        if move.kind == "force_push" and move.actor.removesuffix("[bot]") != github.bot_login.removesuffix("[bot]")
    ]


async def note(ctx: Context, github: GitHub, number: int, notes: list[tuple[str, str, str]], *, at: datetime) -> None:
    """Appends notes (kind, who, what) about a pull request or issue to the ledger; the same one is stored once."""
    name = github.full_name
    await ctx.ledger.append(
        [
            PatchEvent(
                id=event_id(name.lower(), number, "audit", kind, who, what),
                type="AUDIT_NOTED",
                at=at,
                repository=name,
                issue=number,
                subject=subject_of(number),
                actor=who or "ghost",
                pull=number,
                details={"kind": kind, "what": what[:500]},
            )
            for kind, who, what in notes
        ]
    )


async def note_edited_orders(ctx: Context, github: GitHub, number: int, comment: Comment, gone: int) -> None:
    """Notes that a comment whose orders were carried out does not hold ``gone`` of them any more."""
    if gone:
        edit = await github.last_comment_edit(comment)
        who = edit.login if edit is not None else comment.user
        what = f"comment {comment.id} by {comment.user}, {gone} of its orders"
        await note(ctx, github, number, [("command-edited", who, what)], at=comment.updated_at)


async def notes_of(ctx: Context, github: GitHub, number: int) -> tuple[AuditNote, ...]:
    """What was noted of a pull request, oldest first, for its delivery report."""
    events = await ctx.ledger.events(github.full_name, subject=subject_of(number))
    noted = [event for event in events if event.type == "AUDIT_NOTED"]
    return tuple(
        AuditNote(kind=event.details["kind"], who=event.actor, at=event.at, what=event.details.get("what", ""))
        for event in noted[-SHOWN:]
    )
