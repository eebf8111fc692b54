"""Who approved a spec's content: reviews of this pull request for what it brings, else of the one that brought it.

What stands in a spec about its own approval is a record that anybody may write, and is never asked (law 6).
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from bot.contracts.github import Pull
from bot.contracts.policy import ApprovalRule, Approvers
from bot.planning.approvals import Decision, Facts, decide
from bot.planning.specs.model import GONE, ApprovalKey, ApprovalRecord, Unapproved
from bot.planning.specs.read import entry_at
from bot.workflows.gates.facts import facts_of
from bot.workflows.gates.pull_scene import PullScene, look_at
from bot.workflows.gates.spec_content import content_at
from bot.workflows.scene import RepositoryScene

DEFAULT: Final = ApprovalRule(name="spec", phases=("spec",), from_=Approvers(permission="write"))
"""What a spec's approval takes where no rule of the policy is about it: one person with write access."""
MOST_COMMITS: Final = 5_000
"""So many commits of the base branch are looked through for the one that brought a content."""


async def approvals_of(
    scene: PullScene, facts: Facts, keys: Sequence[ApprovalKey]
) -> dict[ApprovalKey, ApprovalRecord | Unapproved]:
    """The approval of each content. Raises ``WorldError``."""
    return {key: await _approval(scene, facts, key) for key in keys}


async def _approval(scene: PullScene, facts: Facts, key: ApprovalKey) -> ApprovalRecord | Unapproved:
    on_base = await asyncio.to_thread(content_at, scene.scene, scene.base.oid, key.path)
    if key.content == GONE or on_base != key.content:
        return await _by_reviews(scene, facts, key.path)
    return await approval_on(scene.scene, scene.base.oid, key)


async def approval_on(scene: RepositoryScene, commit: str, key: ApprovalKey) -> ApprovalRecord | Unapproved:
    """The approval of a content that a commit of the base branch holds, by the pull request that brought it there."""
    origin = await _origin(scene, commit, key)
    if origin is None:
        return Unapproved("no-pull")
    merged = await look_at(scene, origin)
    if merged is None:
        return Unapproved("unknown", pull=origin.number)
    return await _by_reviews(merged, await facts_of(merged), key.path)


async def _by_reviews(scene: PullScene, facts: Facts, path: str) -> ApprovalRecord | Unapproved:
    """What the reviews of one pull request say of one spec."""
    # This one spec alone is judged: what else moved is no matter of its approval.
    judged = replace(facts, paths={"spec": (path,)}, dropped={})
    decision = decide([rule for rule in scene.scene.settings.approvals if "spec" in rule.phases], judged)
    if not decision.requirements:
        decision = decide([DEFAULT], judged)
    return _record(scene, decision, judged)


def _record(scene: PullScene, decision: Decision, facts: Facts) -> ApprovalRecord | Unapproved:
    given = {each.review: each.user for wanted in decision.requirements for each in wanted.given}
    if decision.state == "approved":
        counted = sorted((review.at, review.commit) for review in facts.reviews if review.id in given)
        return ApprovalRecord(
            by=tuple(sorted(set(given.values()))),
            pull=scene.number,
            commit=counted[-1][1] if counted else None,
            on=counted[-1][0].date() if counted else None,
        )
    could = [
        name
        for wanted in decision.requirements
        if wanted.missing
        for name in (*wanted.candidates.users, *wanted.candidates.teams, *_anybody(wanted.candidates.permission))
    ]
    if decision.blockers:
        return Unapproved("changes-requested", tuple(dict.fromkeys(could)), scene.number)
    if any(each.why in {"stale", "unknown-head"} for each in decision.ignored):
        return Unapproved("outdated", tuple(dict.fromkeys(could)), scene.number)
    return Unapproved("not-enough" if given else "not-reviewed", tuple(dict.fromkeys(could)), scene.number)


def _anybody(permission: str | None) -> tuple[str, ...]:
    return () if permission is None else (f"anybody with {permission} access",)


async def _origin(scene: RepositoryScene, start: str, key: ApprovalKey) -> Pull | None:
    """The merged pull request that brought a content to the base branch; ``None`` for one that was pushed there."""
    memory, github = scene.ctx.memory, scene.github
    name = f"spec-origin:{github.full_name.lower()}/{key.path}/{key.content}"
    commit = await memory.get(name)
    if commit is None or not await asyncio.to_thread(scene.mirror.repository.has, str(commit)):
        commit = await asyncio.to_thread(_brought_by, scene, start, key)
        if commit is None:
            return None
        await memory.set(name, commit)
    merged = [each for each in await github.pulls_of_commit(str(commit)) if each.merged_at is not None]
    return await github.pull(merged[0].number) if merged else None


def _brought_by(scene: RepositoryScene, start: str, key: ApprovalKey) -> str | None:
    """The last commit of the base branch, along first parents, before which the content was another one."""
    repository = scene.mirror.repository
    oid, blob = start, ""
    for _ in range(MOST_COMMITS):
        commit = repository.commit_info(oid)
        if not commit.parents:
            return oid
        entry = entry_at(repository.tree(repository.commit_info(commit.parents[0]).tree), key.path)
        if entry is None:
            return oid
        if entry.oid != blob and content_at(scene, commit.parents[0], key.path) != key.content:
            return oid
        oid, blob = commit.parents[0], entry.oid
    return None
