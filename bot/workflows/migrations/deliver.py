"""A decided pull request: its final delivery report, as one comment edited in place, and a check run."""

from __future__ import annotations

from typing import Any

from bot.contracts.event import PatchEvent
from bot.contracts.github import Pull
from bot.contracts.report import DeliveryReport
from bot.errors import WorldError
from bot.reports.delivery import Counts, delivery_report, outcome_of
from bot.reports.markers import Marker, marker_of
from bot.runs.intents import once
from bot.workflows import names
from bot.workflows.events import record_events
from bot.workflows.gates.audit import notes_of
from bot.workflows.migrations.migration import Migration
from templates import render

NO_COUNTS = Counts(0, 0, 0, 0, 0, 0, 0)


async def deliver(migration: Migration, folder: str, listed: Pull, *, asked: bool = False) -> None:
    """Reports what became of a folder's pull request; again only when that changed (reopened, then merged).

    ``asked``: somebody wants it as it stands now, of an open one too.
    """
    scene = migration.scene
    outcome = outcome_of(listed)
    key = f"{scene.prefix}{folder}/delivered"
    told = await scene.ctx.memory.get(key)
    now = f"{outcome}@{listed.head.sha}"
    if not asked and (told == now or (outcome == "open" and told is None)):
        return
    pull = await scene.github.pull(listed.number)
    await _events(migration, folder, pull, outcome)
    report = await _report(migration, folder, pull)
    await scene.ctx.reports.put(report)
    about = names.subject(migration.name, folder)
    events = await scene.ctx.ledger.events(scene.github.full_name, subject=about)
    await _comment(migration, folder, report, [event for event in events if event.issue == scene.issue.number])
    if outcome != "open":
        await _check(migration, folder, report)
    await scene.ctx.memory.set(key, now)


async def _events(migration: Migration, folder: str, pull: Pull, outcome: str) -> None:
    if outcome == "merged":
        await record_events(
            migration,
            folder,
            ("PATCH_DELIVERED",),
            commit=pull.merge_commit_sha,
            base=pull.base.sha,
            pull=pull.number,
            actor=pull.merged_by,
        )
    elif outcome == "closed":
        await record_events(migration, folder, ("PATCH_REJECTED",), commit=pull.head.sha, pull=pull.number)


async def _report(migration: Migration, folder: str, pull: Pull) -> DeliveryReport:
    scene = migration.scene
    record = migration.record.folders.get(folder)
    return delivery_report(
        repository=scene.github.full_name,
        issue=scene.issue.number,
        migration=migration.name,
        folder=folder,
        counts=(record.counts if record is not None else None) or NO_COUNTS,
        pull=pull,
        checks=[run for run in await scene.github.check_runs(pull.head.sha) if run.name != names.DELIVERY_CHECK],
        reviews=await scene.github.reviews(pull.number),
    ).model_copy(update={"audit": await notes_of(scene.ctx, scene.github, pull.number)})


async def _comment(migration: Migration, folder: str, report: DeliveryReport, events: list[PatchEvent]) -> None:
    github, ctx = migration.scene.github, migration.scene.ctx
    marker = Marker("delivery", {"issue": str(report.issue), "folder": folder})
    body = render("comments/delivery.md", marker=marker, report=report, events=events[-100:])

    async def find() -> dict[str, Any] | None:
        for comment in await github.comments(report.pull):
            if comment.user == github.bot_login and marker_of(comment.body) == marker:
                return {"id": comment.id, "old": True}
        return None

    async def make() -> dict[str, Any]:
        return {"id": (await github.create_comment(report.pull, body)).id, "body": True}

    key = f"{migration.scene.prefix}{folder}/delivery-comment"
    before = await ctx.intents.get(key)
    made = await once(ctx.intents, key, find=find, make=make, known_fresh=migration.record.fresh)
    if before.state == "absent" and not made.get("old"):
        return
    try:
        await github.update_comment(int(made["id"]), body)
    except WorldError as error:
        if getattr(error, "status", None) != 404:
            raise
        # A person deleted it: what is new is said anew.
        await ctx.intents.forget(key)
        await once(ctx.intents, key, find=find, make=make, known_fresh=False)


async def _check(migration: Migration, folder: str, report: DeliveryReport) -> None:
    github, ctx = migration.scene.github, migration.scene.ctx
    external_id = f"{report.issue}:{migration.name}/{folder}:{report.outcome}"

    async def find() -> dict[str, Any] | None:
        runs = await github.check_runs(report.head, names.DELIVERY_CHECK)
        return next(({"id": run.id} for run in runs if run.external_id == external_id), None)

    async def make() -> dict[str, Any]:
        run = await github.create_check(
            name=names.DELIVERY_CHECK,
            sha=report.head,
            external_id=external_id,
            conclusion="success" if report.outcome == "merged" else "neutral",
            title=render("checks/delivery-title.md", report=report),
            summary=render("checks/delivery.md", report=report),
        )
        return {"id": run.id}

    key = f"{migration.scene.prefix}{folder}/{names.DELIVERY_CHECK}/{report.outcome}/{report.head}"
    try:
        await once(ctx.intents, key, find=find, make=make, known_fresh=migration.record.fresh)
    except WorldError as error:
        # A head that was deleted with its branch takes no check any more; the comment says the same.
        if getattr(error, "status", None) not in {404, 422}:
            raise
