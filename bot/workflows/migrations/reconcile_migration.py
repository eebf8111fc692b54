"""The main job: a labelled issue becomes one proven pull request for each folder.

Reads the world afresh, decides with pure code, makes what is missing, and says what it did. Safe at any time, any
number of times; the webhook handlers and the sweep call the same function.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bot.contracts.github import Issue
from bot.errors import Refusal
from bot.git.mirrors import Mirror
from bot.planning.folders import Decision, decide
from bot.reports.markers import marker_of
from bot.runs.queue import Target
from bot.workflows import names
from bot.workflows.authorise import COMMAND as MIGRATE
from bot.workflows.authorise import authorise
from bot.workflows.context import Context
from bot.workflows.gates.not_judged import not_judged
from bot.workflows.gates.phases import phases_text
from bot.workflows.gates.spec_state import spec_state
from bot.workflows.migrations.deliver import deliver
from bot.workflows.migrations.finish import complete, finish
from bot.workflows.migrations.migration import (
    Migration,
    Scene,
    facts_of,
    labelled,
    look,
    named_manifest,
    newest_pulls,
    on_hold,
    settings_of,
)
from bot.workflows.migrations.plan_approval import PlanApproval, note_shown, plan_approvals
from bot.workflows.migrations.proof import count
from bot.workflows.migrations.records import MigrationRecord, load_record, save_record, without_retried
from bot.workflows.migrations.spec_state import SpecState
from bot.workflows.migrations.status import Saying, plan_text, rows_of, say, say_refused
from bot.workflows.migrations.work import carry_out
from bot.workflows.ports import GitHub
from bot.workflows.replay.folders import judge, stand
from bot.workflows.status_comment import room
from templates import explain_all, render


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What is left: whether there is more to do at once, and the pull requests whose gates are to be judged."""

    more: bool = False
    judge: tuple[int, ...] = ()


NOTHING = Reconciled()


async def reconcile_migration(ctx: Context, target: Target) -> Sequence[Target]:
    """Makes one migration what it should be, or one slice of it. ``target.key`` is ``owner/name#issue``.

    Gives what is to be looked at next: the migration itself where there is more to do at once, and the pull requests
    whose gates were not judged at their present head. Raises ``WorldError`` when GitHub or git fail (the queue tries
    again); refusals are told on the issue.
    """
    number = int(target.key.rpartition("#")[2])
    github = ctx.github(target.installation, target.repository)
    issue = await github.issue(number)
    record = await load_record(ctx, github.full_name, number)
    begun = record is not None and bool(record.name)
    if issue.pull_request is not None or (not begun and (not labelled(issue) or issue.state == "closed")):
        return ()
    mirror = await asyncio.to_thread(ctx.mirrors.open, github.git_url, github.full_name)
    try:
        done = await _in_mirror(ctx, github, issue, record, mirror)
        await asyncio.to_thread(mirror.maintain)
    finally:
        mirror.close()
    keys = [names.pull_key(github.full_name, pull) for pull in done.judge]
    pulls = [Target(names.PULL, key, target.repository, target.installation) for key in keys]
    return [*([target] if done.more else []), *pulls]


async def _in_mirror(
    ctx: Context, github: GitHub, issue: Issue, record: MigrationRecord | None, mirror: Mirror
) -> Reconciled:
    scene = await look(ctx, github, issue, mirror)
    if scene is None:
        return NOTHING
    fresh = await _is_fresh(scene, record)
    record = record or MigrationRecord(fresh=fresh)
    try:
        settings = await asyncio.to_thread(settings_of, scene.tree)
        if settings is None:  # the onboarding pull request is not merged: nothing is touched before it is
            return NOTHING
        scene.settings = settings
        migration = await _authorised(scene, record)
    except Refusal as refusal:
        await save_record(ctx, github.full_name, issue.number, record)
        await say_refused(scene, explain_all(refusal), fresh=record.fresh)
        return NOTHING
    return NOTHING if migration is None else await reconcile_opened(migration)


async def _is_fresh(scene: Scene, record: MigrationRecord | None) -> bool:
    """Whether nothing of this migration can exist that this database does not know: then nothing needs looking up."""
    if record is not None:
        return record.fresh
    return not any(c.user == scene.github.bot_login and marker_of(c.body) for c in scene.comments)


async def _authorised(scene: Scene, record: MigrationRecord) -> Migration | None:
    """The migration, when it may go on; else people are told why not. ``Refusal`` for a bad manifest."""
    if labelled(scene.issue) and scene.issue.state == "open":
        rule = scene.settings.commands.get(MIGRATE)
        leave = await authorise(scene.ctx, scene.github, scene.issue.number, names.MIGRATION_LABEL, rule)
        if not leave.granted:
            if leave.state == "not-labelled":
                return None
            await save_record(scene.ctx, scene.github.full_name, scene.issue.number, record)
            text = render(f"comments/not-authorised/{leave.state}.md", who=leave.who, label=names.MIGRATION_LABEL)
            await say_refused(scene, text, fresh=record.fresh)
            return None
        record.started_by, record.asked = leave.who, leave.asked
    path, data, manifest, planned = await named_manifest(scene)
    if record.name and record.name != planned.name:
        raise Refusal("migration-renamed", values={"before": record.name, "after": planned.name})
    pulls = without_retried(record, planned.name, await newest_pulls(scene, planned.name, known=bool(record.name)))
    if not record.name:  # seen for the first time by this database: what is there already was made before it
        start = f"refs/heads/{names.folder_branch(planned.name, '')}"
        record.fresh = record.fresh and not pulls and not any(ref.startswith(start) for ref in scene.refs)
    record.name, record.manifest = planned.name, path
    await save_record(scene.ctx, scene.github.full_name, scene.issue.number, record)
    return Migration(scene, path, planned, manifest, data, record, pulls)


async def reconcile_opened(migration: Migration) -> Reconciled:
    """The same for a migration that was read already and may go on. Raises ``WorldError``."""
    scene = migration.scene
    await stand(migration)
    await count(migration)
    await judge(migration)
    await _keep(migration)
    approval = await plan_approvals(migration)
    spec = await spec_state(migration)
    held = _held(migration, approval, spec)
    decisions = decide(facts_of(migration), max_open=scene.settings.pulls.max_open, held=held)
    paused = paused_by(scene.issue)
    if paused == "closed" and complete(decisions):  # closed because it is done, by us or by a person: nothing waits
        paused = ""
    if paused:
        decisions = {folder: replace(decision, action="none") for folder, decision in decisions.items()}
    said = Saying(paused, approval, held, spec)
    await _tell(migration, decisions, {}, said)
    done = await carry_out(migration, decisions, tell=lambda pulls: _tell(migration, decisions, pulls, said))
    for head in migration.heads:
        pull = migration.pulls.get(migration.branch(head.id))
        if pull is not None:
            await deliver(migration, head.id, pull)
    await _keep(migration)
    after = decide(facts_of(migration), max_open=scene.settings.pulls.max_open, held=held)
    refused = {name: d for name, d in decisions.items() if d.state == "refused"}
    await _tell(migration, {**after, **refused}, done.opened, said)
    if not paused:
        await finish(migration, after)
    return Reconciled(done.more, await not_judged(migration, done.opened))


def _held(migration: Migration, approval: PlanApproval, spec: SpecState) -> tuple[str, ...]:
    """Why no further folder is opened, if there is a reason."""
    reasons = {
        "spec-approval": not spec.open,
        "plan-approval": not approval.granted,
        "hold": on_hold(migration.scene.issue.labels),
    }
    return tuple(reason for reason, holds in reasons.items() if holds)


def paused_by(issue: Issue) -> str:
    """What a migration waits for: ``closed`` or ``unlabelled``, or nothing."""
    if issue.state == "closed":
        return "closed"
    return "" if labelled(issue) else "unlabelled"


async def _keep(migration: Migration) -> None:
    scene = migration.scene
    await save_record(scene.ctx, scene.github.full_name, scene.issue.number, migration.record)


async def _tell(
    migration: Migration, decisions: Mapping[str, Decision], opened: Mapping[str, int], said: Saying
) -> None:
    rows = rows_of(migration, decisions, opened)
    scene = migration.scene
    limit = await room(scene.ctx, scene.github.full_name, scene.issue.number, "plan")
    phases = await phases_text(migration, decisions, opened, said.approval, said.spec)
    limit -= len(phases.encode("utf-8", "replace"))
    await say(scene, plan_text(migration, rows, said, limit=limit), fresh=migration.record.fresh, phases=phases)
    await note_shown(migration, said.approval.digest)
    await _keep(migration)
