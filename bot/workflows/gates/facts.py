"""What the approval policy is told of a pull request: who did what, and who may count, as it is now."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, Final

from bot.contracts.github import Review
from bot.contracts.policy import Phase
from bot.planning.approvals import Facts, Person, ReviewFact
from bot.planning.specs.index import index_is_stale
from bot.planning.specs.read import read_specs
from bot.source.codeowners import CodeOwners
from bot.workflows.gates.askers import contributors_of, requesters_of
from bot.workflows.gates.pull_scene import PullScene, moved_since
from bot.workflows.gates.spec_content import content_at
from bot.workflows.governing import NOBODY, owners_at, standing

_STATES: Final[dict[str, Any]] = {
    "APPROVED": "approved",
    "CHANGES_REQUESTED": "changes-requested",
    "COMMENTED": "commented",
    "DISMISSED": "dismissed",
    "PENDING": "pending",
}


async def facts_of(scene: PullScene, *, ask_about: Iterable[str] = ()) -> Facts:
    """Everything that ``bot.planning.approvals.decide`` is told. ``ask_about``: people beside those who reviewed.

    Raises ``WorldError``.
    """
    github = scene.scene.github
    owners = await asyncio.to_thread(owners_at, scene.tip_tree)
    paths = paths_of(scene)
    teams = _teams(scene, owners)
    members = {team: await github.team_members(team) for team in sorted(teams)}
    logins = {review.user for review in scene.reviews} | set(ask_about)
    bots = {review.user.lower() for review in scene.reviews if review.bot}
    people = {
        login.lower(): Person(
            login,
            await github.permission(login),
            frozenset(team for team, inside in members.items() if login.lower() in inside),
            bot=login.lower() in bots,
        )
        for login in sorted(logins - NOBODY)
    }
    return Facts(
        author=scene.pull.user,
        bot=github.bot_login,
        requesters=await requesters_of(scene),
        contributors=await contributors_of(scene),
        paths=paths,
        labels=await labels_of(scene),
        reviews=await _reviews(scene),
        people=people,
        owners=owners,
        team_members=members,
    )


def paths_of(scene: PullScene) -> dict[Phase, tuple[str, ...]]:
    """The changed paths of each phase that a pull request is judged in."""
    folder = f"{scene.scene.settings.spec.folder.strip('/')}/"
    specs = tuple(path for path in scene.paths if path.startswith(folder) and path.endswith(".md"))
    rest = tuple(path for path in scene.paths if path not in set(specs))
    return {"spec": specs, "build": rest, "release": scene.paths}


def _teams(scene: PullScene, owners: CodeOwners | None) -> set[str]:
    named = {team.lower() for rule in scene.scene.settings.approvals for team in rule.from_.teams}
    named |= {team.lower() for team in scene.scene.settings.waivers.from_.teams}
    if owners is not None and any(rule.from_.codeowners for rule in scene.scene.settings.approvals):
        named |= {owner for group in owners.groups(scene.paths) for owner in group if "/" in owner}
    return named


async def _reviews(scene: PullScene) -> tuple[ReviewFact, ...]:
    """What was approved onto another base was another change, whatever the head: of that nothing is proven."""
    given = [review for review in scene.reviews if review.user not in NOBODY]
    moved = max(await scene.scene.github.base_changes(scene.number), default=None) if given else None
    return tuple(
        [
            replace(fact, moved=None, on_head=False, commit=None) if moved is not None and fact.at <= moved else fact
            for fact in [await _review(scene, review) for review in given]
        ]
    )


async def _review(scene: PullScene, review: Review) -> ReviewFact:
    on_head = review.commit_id == scene.pull.head.sha
    matters = review.state in {"APPROVED", "CHANGES_REQUESTED"}
    waives = matters and "waive" in review.body.lower()
    edit = await scene.scene.github.last_review_edit(review) if waives else None
    return ReviewFact(
        id=review.id,
        user=review.user,
        state=_STATES.get(review.state, "commented"),
        commit=review.commit_id,
        at=review.submitted_at or scene.scene.now,
        moved=await _moved(scene, review.commit_id) if matters else None,
        on_head=on_head,
        body_edited_by=edit.login if edit is not None else None,
    )


async def _moved(scene: PullScene, commit: str | None) -> frozenset[str] | None:
    """What moved since a review. A spec of which only the records changed says what it said, and did not move."""
    moved = await moved_since(scene, commit)
    if moved is None or commit is None:
        return moved
    specs = [path for path in paths_of(scene)["spec"] if path in moved]
    return moved - await asyncio.to_thread(_only_records, scene, commit, specs)


def _only_records(scene: PullScene, commit: str, specs: Sequence[str]) -> frozenset[str]:
    def same(path: str) -> bool:
        then = content_at(scene.scene, commit, path)
        return then is not None and then == content_at(scene.scene, scene.head.oid, path)

    told = scene.scene.settings.spec
    # The index is made from the specs: one that is exactly theirs says nothing of its own.
    made = not index_is_stale(read_specs(scene.head_tree, told.folder.strip("/"), told.index))
    return frozenset([*(path for path in specs if same(path)), *([told.index] if made else [])])


async def labels_of(scene: PullScene) -> frozenset[str]:
    """The labels that stand on it and on its issues, also those that somebody without a right took off."""
    github = scene.scene.github
    found = await standing(github, scene.number, scene.pull.labels)
    for issue in scene.issues:
        found |= await standing(github, issue.number, issue.labels)
    return found
