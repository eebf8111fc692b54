"""Whether a migration's plan is approved: by ``/approve-plan`` on its present digest, as the ledger tells."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from bot.planning.approvals import Decision, Facts, Person, Requirement, ReviewFact, decide
from bot.planning.plans import DIGITS, Shown, plan_digest
from bot.reports.markers import marker_of
from bot.workflows.governing import owners_at, standing
from bot.workflows.migrations.migration import Migration
from bot.workflows.migrations.records import ShownPlan

COMMAND = "approve-plan"
MOST_SHOWN = 50


@dataclass(frozen=True, slots=True)
class PlanApproval:
    """The plan's digest, and what the policy says of its approvals; without a rule for plans nothing is asked."""

    digest: str
    decision: Decision
    orders: Mapping[str, str]
    """The order by which each approved, by login."""

    @property
    def short(self) -> str:
        """The digest as it is shown."""
        return self.digest[:DIGITS]

    @property
    def asked(self) -> bool:
        """Whether any rule asks for an approval of this plan."""
        return bool(self.decision.requirements)

    @property
    def granted(self) -> bool:
        """Whether folders may be opened."""
        return self.decision.open

    @property
    def missing(self) -> tuple[Requirement, ...]:
        """What is not satisfied."""
        return tuple(wanted for wanted in self.decision.requirements if wanted.state != "approved")

    @property
    def by(self) -> tuple[str, ...]:
        """Who approved it, as far as that counts."""
        return tuple(sorted({each.user for wanted in self.decision.requirements for each in wanted.given}))


def digest_of(migration: Migration) -> str:
    """The digest of a migration's plan as it is now."""
    return plan_digest(migration.manifest_data, ((head.id, head.digest) for head in migration.heads))


async def plan_approvals(migration: Migration, *, asking: str = "") -> PlanApproval:
    """Decides afresh, by what people may do now: each ``/approve-plan`` on this digest is an approval.

    ``asking``: somebody who is about to give one, as if they had. Raises ``WorldError``.
    """
    scene, github = migration.scene, migration.scene.github
    digest = digest_of(migration)
    rules = [rule for rule in scene.settings.approvals if "plan" in rule.phases]
    if not rules:
        return PlanApproval(digest, Decision("not-needed"), {})
    approved = await _approved(migration, digest)
    if asking:
        approved.setdefault(asking, "")
    members = {team.lower(): await github.team_members(team) for rule in rules for team in rule.from_.teams}
    people = {login.lower(): await _person(migration, login, members) for login in approved}
    facts = Facts(
        author="",  # whoever wrote the issue may approve its plan, unless they asked for it to be carried out
        bot=github.bot_login,
        requesters=frozenset(login for login in (*migration.record.asked, migration.record.started_by) if login),
        contributors=frozenset(),
        paths={"plan": _paths(migration)},
        labels=await standing(github, scene.issue.number, scene.issue.labels),
        reviews=tuple(
            ReviewFact(number, login, "approved", None, scene.now, frozenset(), on_head=True)
            for number, login in enumerate(approved, 1)
        ),
        people=people,
        owners=await asyncio.to_thread(owners_at, scene.tree),
        team_members=members,
    )
    return PlanApproval(digest, decide(rules, facts), approved)


def _paths(migration: Migration) -> tuple[str, ...]:
    """What a plan is about, for the rules' globs: each folder, and what stands in it."""
    folders = [folder for head in migration.heads for folder in (head.source, head.destination)]
    return tuple(dict.fromkeys(path for folder in folders for path in (folder, f"{folder}/**")))


async def _person(migration: Migration, login: str, members: Mapping[str, frozenset[str]]) -> Person:
    teams = frozenset(team for team, inside in members.items() if login.lower() in inside)
    return Person(login, await migration.scene.github.permission(login), teams)


async def _approved(migration: Migration, digest: str) -> dict[str, str]:
    """Who approved this very plan, and by which order."""
    scene = migration.scene
    events = await scene.ctx.ledger.about(scene.github.full_name, scene.issue.number)
    return {
        event.actor: event.details["order"]
        for event in events
        if event.type == "ORDER_CARRIED_OUT"
        and "order" in event.details
        and event.details.get("command") == COMMAND
        and event.details.get("digest") == digest
    }


async def note_shown(migration: Migration, digest: str) -> None:
    """Takes note that the plan comment shows this digest from now on. Call it when it does, and not before."""
    record = migration.record
    if record.shown and record.shown[-1].digest == digest:
        return
    now = await migration.scene.github.now()
    record.shown = (*record.shown, ShownPlan(digest=digest, at=now))[-MOST_SHOWN:]


def shown_to(migration: Migration) -> tuple[Shown, ...]:
    """What the plan comment has shown, and since when, as far as that is remembered.

    Where it is not (a lost database), the comment itself tells what it has shown since its last edit.
    """
    if migration.record.shown:
        return tuple(Shown(each.digest, each.at) for each in migration.record.shown)
    digest = digest_of(migration)
    return tuple(
        Shown(digest, each.updated_at)
        for each in migration.scene.comments
        if each.user == migration.scene.github.bot_login
        and (marker := marker_of(each.body)) is not None
        and marker.kind == "plan"
        and f"`{digest[:DIGITS]}`" in each.body
    )
