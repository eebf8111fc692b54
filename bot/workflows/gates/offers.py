"""Reviews that request changes: one that holds a patch offers it; one without becomes a task of its own."""

from __future__ import annotations

import re
from typing import Any, Final

from bot.contracts.github import Review
from bot.errors import Refusal
from bot.planning.commands import parse
from bot.reports.markers import Marker, marker_of
from bot.runs.intents import once
from bot.workflows.context import Context
from bot.workflows.gates.pull_scene import PullScene
from bot.workflows.names import TASK_LABEL
from bot.workflows.patches import convert_on
from bot.workflows.ports import GitHub
from templates import plain, render

LABELS = ("graftsman", TASK_LABEL)
"""What the issue of a review is labelled with: it is a task, which begins when somebody who may says so."""
UNNAMED: Final = re.compile(r"[*?\[{`\x00-\x1f\x7f-\x9f\ud800-\udfff]|\A\s|\s\Z")
"""What of a path would not be read back as that path from a form of globs."""
MOST_PATHS = 100
"""So many paths of the pull request are named; with more, none: they would say nothing."""


def standing(scene: PullScene) -> list[Review]:
    """Each person's latest review, where it requests changes."""
    latest: dict[str, Review] = {}
    for review in scene.reviews:
        if review.state in {"APPROVED", "CHANGES_REQUESTED", "DISMISSED"} and not review.bot:
            latest[review.user] = review
    return [review for review in latest.values() if review.state == "CHANGES_REQUESTED"]


def offers(scene: PullScene) -> list[Review]:
    """The reviews that request changes and hold a patch that can be read."""
    return [review for review in standing(scene) if holds_patch(scene, review)]


def holds_patch(scene: PullScene, review: Review) -> bool:
    """Whether a review's text has a fenced block that is a patch in one of the known formats."""
    if not parse(review.body).blocks:
        return False
    try:
        given = review.body.encode("utf-8", "surrogatepass")
        return bool(convert_on(scene.head_tree, given, "auto", base="", name="review").operations)
    except Refusal as refusal:
        return refusal.code not in {"no-patch", "patch-not-recognised", "patch-empty"}


async def follow_reviews(scene: PullScene) -> None:
    """Opens one issue for each review that requests changes without a patch, and closes it when that is settled.

    Only on Graftsman's own pull requests: elsewhere the author knows what to do with a review.
    """
    if not scene.ours:
        return
    asking = {review.id: review for review in standing(scene)}
    ctx, github = scene.scene.ctx, scene.scene.github
    key = _key(github, scene.number)
    opened: dict[str, int] = await ctx.memory.get(key) or {}
    for review in asking.values():
        if str(review.id) not in opened and scene.pull.state == "open" and not holds_patch(scene, review):
            opened[str(review.id)] = await _open(scene, review)
            await ctx.memory.set(key, opened)
    for review_id, number in list(opened.items()):
        if int(review_id) not in asking or scene.pull.state != "open":
            await github.update_issue(number, state="closed", state_reason="completed")
            del opened[review_id]
            await ctx.memory.set(key, opened)


async def open_remediations(ctx: Context, github: GitHub, pull: int) -> tuple[int, ...]:
    """The issues that reviews of a pull request opened and that are open still, by number."""
    known: dict[str, int] = await ctx.memory.get(_key(github, pull)) or {}
    return tuple(sorted(known.values()))


def _key(github: GitHub, pull: int) -> str:
    return f"remediations:{github.full_name.lower()}#{pull}"


async def _open(scene: PullScene, review: Review) -> int:
    github = scene.scene.github
    marker = Marker("remediation", {"pull": str(scene.number), "review": str(review.id)})
    title = plain(f"Changes requested on #{scene.number}: {scene.pull.title}")[:200]
    paths = [path for path in scene.paths if not UNNAMED.search(path)]
    body = render(
        "pulls/remediation.md",
        marker=marker,
        pull=scene.number,
        review=review,
        text=review.body[:20_000],
        paths=paths if len(paths) <= MOST_PATHS else [],
    )

    async def find() -> dict[str, Any] | None:
        for issue in await github.issues(labels=LABELS[:1], state="all"):
            if issue.user == github.bot_login and marker_of(issue.body) == marker:
                return {"number": issue.number}
        return None

    async def make() -> dict[str, Any]:
        return {"number": (await github.create_issue(title, body, LABELS)).number}

    key = f"{github.full_name.lower()}#{scene.number}/remediation/{review.id}"
    return int((await once(scene.scene.ctx.intents, key, find=find, make=make, known_fresh=False))["number"])
