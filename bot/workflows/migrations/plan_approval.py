"""Whether a migration's plan is approved: by ``/approve-plan`` on its present digest, as the ledger tells."""

from __future__ import annotations

from dataclasses import dataclass

from bot.planning.plans import DIGITS, Shown, Verdict, Voter, judge, plan_digest, rules_for_plan
from bot.reports.markers import marker_of
from bot.workflows.migrations.migration import Migration
from bot.workflows.migrations.records import ShownPlan

COMMAND = "approve-plan"
MOST_SHOWN = 50


@dataclass(frozen=True, slots=True)
class PlanApproval:
    """The plan's digest, and what each rule for plans says of it; without a rule nothing is asked."""

    digest: str
    verdicts: tuple[Verdict, ...] = ()

    @property
    def short(self) -> str:
        """The digest as it is shown."""
        return self.digest[:DIGITS]

    @property
    def granted(self) -> bool:
        """Whether folders may be opened."""
        return not any(verdict.missing for verdict in self.verdicts)

    @property
    def missing(self) -> tuple[Verdict, ...]:
        """The rules that are not satisfied."""
        return tuple(verdict for verdict in self.verdicts if verdict.missing)


def digest_of(migration: Migration) -> str:
    """The digest of a migration's plan as it is now."""
    return plan_digest(migration.manifest_data, ((head.id, head.digest) for head in migration.heads))


async def plan_approvals(migration: Migration) -> PlanApproval:
    """Decides afresh, by what people may do now. Raises ``WorldError``.

    The one place where approvals of plans are decided; all else asks here.
    """
    scene = migration.scene
    digest = digest_of(migration)
    rules = rules_for_plan(scene.settings.approvals, scene.issue.labels)
    if not rules:
        return PlanApproval(digest)
    teams = sorted({team.lower() for rule in rules for team in rule.from_.teams})
    voters = [await voter(migration, login, teams) for login in await _approved(migration, digest)]
    return PlanApproval(digest, judge(rules, voters, (*migration.record.asked, scene.github.bot_login)))


async def voter(migration: Migration, login: str, teams: list[str]) -> Voter:
    """Somebody as the rules see them. Raises ``WorldError``."""
    github = migration.scene.github
    member = [team for team in teams if login.lower() in await github.team_members(team)]
    return Voter(login, await github.permission(login), frozenset(member))


async def _approved(migration: Migration, digest: str) -> list[str]:
    """Who approved this very plan."""
    scene = migration.scene
    events = await scene.ctx.ledger.about(scene.github.full_name, scene.issue.number)
    return list(
        dict.fromkeys(
            event.actor
            for event in events
            if event.type == "ORDER_CARRIED_OUT"
            and "order" in event.details
            and event.details.get("command") == COMMAND
            and event.details.get("digest") == digest
        )
    )


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
