"""The end of a migration: when every folder is delivered, one final delivery report, and the issue is closed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.planning.folders import Decision
from bot.reports.delivery import report_id
from bot.reports.markers import Marker, marker_of
from bot.runs.intents import once
from bot.workflows.bodies import rows_text
from bot.workflows.migrations.migration import Migration


def complete(decisions: Mapping[str, Decision]) -> bool:
    """Whether all folders are merged, or had nothing to do."""
    states = {decision.state for decision in decisions.values()}
    return "merged" in states and states <= {"merged", "nothing-to-do"}


async def finish(migration: Migration, decisions: Mapping[str, Decision]) -> bool:
    """Closes the issue with a final report when all folders are merged (or had nothing to do). Gives whether they are.

    Done once: an issue that a person opens again stays open.
    """
    if not complete(decisions):
        return False
    scene = migration.scene
    final, close = f"{scene.prefix}/final-report", f"{scene.prefix}/close"
    begun = [(await scene.ctx.intents.get(key)).state != "absent" for key in (final, close)]
    reported = await _report(migration, final)
    if not any(begun) and reported.get("old"):
        # An earlier database did both: an open issue is one that a person opened again.
        await scene.ctx.intents.finish(close, {})
    await _close(migration, close)
    return True


async def _report(migration: Migration, key: str) -> dict[str, Any]:
    scene = migration.scene
    github = scene.github
    marker = Marker("final", {"issue": str(scene.issue.number)})
    reports = []
    for head in migration.heads:
        pull = migration.pulls.get(migration.branch(head.id))
        if pull is not None:
            report = await scene.ctx.reports.get(report_id(github.full_name, pull.number))
            if report is not None:
                reports.append(report)
    body = rows_text(
        "comments/final.md",
        reports,
        marker=marker,
        name=migration.name,
        total=len(migration.heads),
        merged=len(reports),
        moved=sum(report.files_moved for report in reports),
        changed=sum(report.files_changed for report in reports),
        importers=sum(report.importers_changed for report in reports),
        rewrites=sum(report.rewrites for report in reports),
        seconds=max((report.seconds_open or 0 for report in reports), default=0),
    )

    async def find() -> dict[str, Any] | None:
        for comment in await github.comments(scene.issue.number):
            if comment.user == github.bot_login and marker_of(comment.body) == marker:
                return {"id": comment.id, "old": True}
        return None

    async def make() -> dict[str, Any]:
        return {"id": (await github.create_comment(scene.issue.number, body)).id}

    return await once(scene.ctx.intents, key, find=find, make=make, known_fresh=migration.record.fresh)


async def _close(migration: Migration, key: str) -> None:
    scene = migration.scene

    async def find() -> dict[str, Any] | None:
        issue = await scene.github.issue(scene.issue.number)
        return {} if issue.state == "closed" else None

    async def make() -> dict[str, Any]:
        await scene.github.update_issue(scene.issue.number, state="closed", state_reason="completed")
        return {}

    await once(scene.ctx.intents, key, find=find, make=make, known_fresh=migration.record.fresh)
