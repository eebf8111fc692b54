"""Patches on a pull request: when it is decided, they are delivered or not, and that is reported."""

from __future__ import annotations

from collections.abc import Sequence

from bot.contracts.github import Pull
from bot.contracts.report import DeliveryReport
from bot.reports.delivery import patch_delivery, report_id
from bot.reports.markers import Marker, marker_of
from bot.workflows import names
from bot.workflows.context import Context
from bot.workflows.gates.audit import notes_of
from bot.workflows.landing.pulls_with_patches import forget_pull, pulls_with_patches
from bot.workflows.orders.order_records import OrderRecord, load_orders, save_orders
from bot.workflows.ports import GitHub
from bot.workflows.scene import RepositoryScene
from bot.workflows.standing_comment import keep_comment
from bot.workflows.status_comment import show
from templates import render


async def deliver_patches(scene: RepositoryScene, pull: Pull) -> None:
    """Reports what became of the patches on a decided pull request, once. Raises ``WorldError``."""
    name = scene.github.full_name
    if pull.state == "open" or pull.number not in await pulls_with_patches(scene.ctx, name):
        return
    undone = await _undone(scene.ctx, scene.github, pull)
    for where in places(pull, scene.github):
        if _undelivered(await load_orders(scene.ctx, name, where), pull, where, undone):
            await _deliver(scene, pull, where, undone)
    await forget_pull(scene.ctx, name, pull.number)


def places(pull: Pull, github: GitHub) -> tuple[int, ...]:
    """The numbers that the orders stand on: the issue that a patch's pull request was opened on, else its own.

    Of a task's both: its patches may be ordered on the issue or on the pull request.
    """
    marker = marker_of(pull.body) if pull.user == github.bot_login else None
    issue = marker.fields.get("issue", "") if marker is not None and marker.kind in {"patch", "task"} else ""
    if marker is None or not issue.isdecimal() or len(issue) >= 10:
        return (pull.number,)
    return (int(issue),) if marker.kind == "patch" else (pull.number, int(issue))


async def landed_on(ctx: Context, github: GitHub, pull: Pull) -> list[OrderRecord]:
    """The patches that stand on a pull request, delivered or not."""
    found: list[OrderRecord] = []
    undone = await _undone(ctx, github, pull)
    for where in places(pull, github):
        records = await load_orders(ctx, github.full_name, where)
        mine = [each for each in records if each.state == "applied" and each.commit not in undone]
        found += [each for each in mine if each.pull == pull.number or (each.pull is None and where == pull.number)]
    return found


async def _undone(ctx: Context, github: GitHub, pull: Pull) -> frozenset[str | None]:
    """The commits that were taken back: what was ordered on a task's issue may be on its pull request, too."""
    told = [await load_orders(ctx, github.full_name, where) for where in places(pull, github)]
    return frozenset(record.undoes for records in told for record in records if record.state == "rolled-back")


def _undelivered(
    records: Sequence[OrderRecord], pull: Pull, where: int, undone: frozenset[str | None]
) -> list[OrderRecord]:
    return [
        record
        for record in records
        if record.state == "applied"
        and not record.delivered
        and record.commit not in undone
        and (record.pull == pull.number or (record.pull is None and where == pull.number))
    ]


async def _deliver(scene: RepositoryScene, pull: Pull, where: int, undone: frozenset[str | None]) -> None:
    github = scene.github
    records = await load_orders(scene.ctx, github.full_name, where)
    mine = _undelivered(records, pull, where, undone)
    for record in mine:
        await scene.record(
            "PATCH_DELIVERED" if pull.merged_at is not None else "PATCH_REJECTED",
            issue=where,
            subject=names.batch_subject(record.batch),
            order=f"{record.order}/delivery",
            actor=pull.merged_by or github.bot_login,
            commit=pull.merge_commit_sha if pull.merged_at is not None else record.commit,
            base=pull.base.sha,
            pull=pull.number,
            details={"command": "delivery"},
        )
    report = await _measure(scene, pull, where, mine)
    await scene.ctx.reports.put(report)
    await _comment(scene, report)
    done = {record.order for record in mine}
    after = [r.model_copy(update={"delivered": True}) if r.order in done else r for r in records]
    await save_orders(scene.ctx, github.full_name, where, after)
    await show(scene.ctx, github, where, orders=after)


async def report_so_far(scene: RepositoryScene, pull: Pull) -> bool:
    """Makes or refreshes the delivery report of a pull request with patches, decided or not.

    Gives whether there is anything to report: a patch that stands.
    """
    mine = await landed_on(scene.ctx, scene.github, pull)
    if mine:
        report = await _measure(scene, pull, places(pull, scene.github)[-1], mine)
        await scene.ctx.reports.put(report)
        await _comment(scene, report)
    return bool(mine)


async def _measure(scene: RepositoryScene, pull: Pull, where: int, mine: Sequence[OrderRecord]) -> DeliveryReport:
    github = scene.github
    earlier = await scene.ctx.reports.get(report_id(github.full_name, pull.number))
    report = patch_delivery(
        repository=github.full_name,
        issue=where,
        batches=[record.batch for record in mine],
        operations=sum(record.operations for record in mine),
        pull=pull,
        checks=[run for run in await github.check_runs(pull.head.sha) if run.name != names.DELIVERY_CHECK],
        reviews=await github.reviews(pull.number),
    )
    known = {"task": earlier.task} if earlier is not None else {}
    return report.model_copy(update={"audit": await notes_of(scene.ctx, github, pull.number), **known})


async def _comment(scene: RepositoryScene, report: DeliveryReport) -> None:
    github = scene.github
    # By its kind alone: how many patches there are changes while the pull request is open.
    marker = Marker("delivery", {"issue": str(report.issue)})
    body = render("comments/patch-delivery.md", marker=marker, report=report)
    comments = await github.comments(report.pull)
    key = f"{github.full_name.lower()}#{report.pull}/patch-delivery"
    await keep_comment(scene.ctx, github, report.pull, marker, body, key=key, comments=comments, fresh=False)
