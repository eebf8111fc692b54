"""Opening one folder's pull request: at most four writes, each found again before it is made again (law 2)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, Final

from bot.contracts.certificate import Certificate
from bot.contracts.github import Annotation
from bot.planning.specs.named import NamedVerdict, judge_named
from bot.reports.delivery import Counts
from bot.reports.markers import Marker
from bot.runs.intents import once
from bot.workflows import names
from bot.workflows.bodies import MAX_BODY, certificate_text
from bot.workflows.events import record_events
from bot.workflows.gates.check_runs import is_ours
from bot.workflows.gates.not_judged import has_spec_gate
from bot.workflows.migrations.head_certificate import on_head
from bot.workflows.migrations.migration import Migration, of_issue, read_file
from bot.workflows.migrations.proof import Computed
from bot.workflows.migrations.replayed import end_unfinished, replay_details, tell_replayed
from templates import plain, render

MAX_ANNOTATIONS: Final = 50  # GitHub: a check run takes 50 in one request
MOST_TOUCHED: Final = 200
"""So many touched paths are listed."""


def effects(folder: str, commit: str) -> dict[str, str]:
    """The names of a folder's effects at a head, four on GitHub and its events: intents and lookups go by them."""
    return {
        "pull": f"{folder}/pull",
        "labels": f"{folder}/labels",
        names.CERTIFICATE_CHECK: f"{folder}/{names.CERTIFICATE_CHECK}/{commit}",
        names.SPEC_CHECK: f"{folder}/{names.SPEC_CHECK}/{commit}",
        "events": f"{folder}/events/{commit}",
    }


async def published(migration: Migration, folder: str, commit: str) -> bool:
    """Whether all effects at a head are recorded as done; then there is nothing to prove again."""
    prefix = migration.scene.prefix
    done = await migration.scene.ctx.intents.many(f"{prefix}{folder}/")
    return all(
        (intent := done.get(f"{prefix}{name}")) is not None and intent.state == "done"
        for name in effects(folder, commit).values()
    )


async def publish(migration: Migration, computed: Computed) -> int:
    """Makes what is missing of a folder's pull request, its labels and its two checks. Gives the pull's number."""
    folder = computed.head.id
    keys = effects(folder, computed.tip)
    number = await _pull(migration, computed, keys["pull"])
    await _labels(migration, number, keys["labels"])
    await end_unfinished(migration, folder, computed.tip)
    await _certificate_check(migration, computed, keys[names.CERTIFICATE_CHECK])
    await _spec_check(migration, computed, keys[names.SPEC_CHECK])
    await record_events(
        migration,
        folder,
        ("PATCH_APPLIED", "PROCESSING_COMPLETED"),
        commit=computed.commit,
        base=computed.base.oid,
        pull=number,
        details=replay_details(computed, migration.order),
    )
    await tell_replayed(migration, computed, number)
    # Recorded as done, too: a kill between the last check and the events must not lose them.
    await migration.scene.ctx.intents.finish(migration.scene.prefix + keys["events"], {})
    return number


async def _once(migration: Migration, key: str, find: Any, make: Any) -> dict[str, Any]:
    scene = migration.scene
    return await once(scene.ctx.intents, scene.prefix + key, find=find, make=make, known_fresh=migration.record.fresh)


async def _pull(migration: Migration, computed: Computed, key: str) -> int:
    github = migration.scene.github
    branch = migration.branch(computed.head.id)
    title, body = pull_text(migration, computed)

    async def find() -> dict[str, Any] | None:
        issue = migration.scene.issue.number
        found = await github.pulls_from(branch)
        last = migration.record.retried.get(computed.head.id, 0)  # closed, and asked for anew since
        mine = [
            pull for pull in found if pull.user == github.bot_login and of_issue(pull, issue) and pull.number > last
        ]
        return {"number": mine[0].number, "head": mine[0].head.sha} if mine else None

    async def make() -> dict[str, Any]:
        pull = await github.create_pull(
            head=branch,
            base=migration.scene.repository.default_branch,
            title=title,
            body=body,
            draft=migration.scene.settings.pulls.draft,
        )
        return {"number": pull.number, "head": computed.tip}

    made = await _once(migration, key, find, make)
    number = int(made["number"])
    listed = migration.pulls.get(branch)
    if listed is not None and listed.number == number and listed.body.replace("\r\n", "\n") != body:
        await github.update_pull(number, title=title, body=body)
    return number


def pull_text(migration: Migration, computed: Computed) -> tuple[str, str]:
    """Title and body of a folder's pull request: the delivery report with the certificate."""
    certificate = computed.certificate
    verb = "copy" if certificate.mode == "copy" else "move"
    title = plain(f"{migration.name}: {verb} {certificate.source} to {certificate.destination}")[:200]
    body = certificate_text(
        "pulls/folder.md",
        certificate,
        marker=Marker("folder", {"issue": str(migration.scene.issue.number), "folder": computed.head.id}),
        counts=Counts.of(certificate),
        issue=migration.scene.issue.number,
        manifest=migration.path,
        base=computed.base.oid,
        commit=computed.commit,
        built_on=computed.top is not None,
        started_by=migration.record.started_by,
        depends_on=computed.head.depends_on,
    )
    return title, body


async def _labels(migration: Migration, number: int, key: str) -> None:
    github = migration.scene.github
    wanted = (*names.PULL_LABELS, *migration.scene.settings.pulls.labels)

    async def find() -> dict[str, Any] | None:
        pull = await github.pull(number)
        return {} if set(wanted) <= set(pull.labels) else None

    async def make() -> dict[str, Any]:
        await github.add_labels(number, wanted)
        return {}

    await _once(migration, key, find, make)


async def _check(
    migration: Migration,
    key: str,
    *,
    name: str,
    computed: Computed,
    conclusion: str | None,
    title: str,
    summary: str,
    text: str = "",
    annotations: Sequence[Annotation] = (),
) -> None:
    github = migration.scene.github
    external_id = f"{migration.scene.issue.number}:{migration.name}/{computed.head.id}"

    async def find() -> dict[str, Any] | None:
        runs = await github.check_runs(computed.tip, name)
        mine = [run for run in runs if run.external_id == external_id and is_ours(github, run)]
        return {"id": mine[0].id} if mine else None

    async def make() -> dict[str, Any]:
        run = await github.create_check(
            name=name,
            sha=computed.tip,
            external_id=external_id,
            conclusion=conclusion,
            title=title[:255],
            summary=summary,
            text=text,
            annotations=annotations,
        )
        return {"id": run.id}

    await _once(migration, key, find, make)


async def _certificate_check(migration: Migration, computed: Computed, key: str) -> None:
    certificate = computed.certificate
    counts = Counts.of(certificate)
    conclusion = "success"
    title = render("checks/certificate-title.md", counts=counts)
    values: dict[str, Any] = {"certificate": certificate, "counts": counts, "base": computed.base.oid}
    summary = render("checks/certificate-summary.md", **values)
    if computed.top is not None:
        repository = migration.scene.mirror.repository
        head = await asyncio.to_thread(on_head, repository, certificate, computed.commit, computed.top)
        conclusion = "neutral" if head.touched else "success"
        title = render("checks/certificate-head-title.md", head=head)
        summary = render("checks/certificate-head.md", head=head, commit=computed.commit, shown=MOST_TOUCHED, **values)
    await _check(
        migration,
        key,
        name=names.CERTIFICATE_CHECK,
        computed=computed,
        conclusion=conclusion,
        title=title,
        summary=summary,
        text=_with_json(certificate_text("checks/certificate.md", certificate, counts=counts), certificate),
        annotations=annotations_of(certificate),
    )


def _with_json(text: str, certificate: Certificate) -> str:
    """The certificate for people and, where it fits, for machines: whole or not at all."""
    machine = render("checks/certificate-json.md", json=certificate.model_dump_json())
    return f"{text}\n\n{machine}" if len(f"{text}{machine}".encode()) < MAX_BODY else text


def annotations_of(certificate: Certificate) -> list[Annotation]:
    """The warnings that have a line, as annotations; GitHub takes fifty, the text lists them all."""
    return [
        Annotation(
            path=warning.file,
            start_line=warning.line,
            end_line=warning.line,
            annotation_level="notice",
            title=warning.code,
            message=render(f"checks/warnings/{warning.code}.md", text=warning.text),
        )
        for warning in certificate.warnings
        if warning.line is not None and warning.file.isprintable()
    ][:MAX_ANNOTATIONS]


async def _spec_check(migration: Migration, computed: Computed, key: str) -> None:
    verdict = spec_verdict(migration)
    # Where the gates judge it right after this, nothing is green before they have.
    judged = await asyncio.to_thread(has_spec_gate, migration)
    await _check(
        migration,
        key,
        name=names.SPEC_CHECK,
        computed=computed,
        conclusion=None if judged else verdict.conclusion,
        title=render(f"checks/spec/{verdict.reason}-title.md", verdict=verdict),
        summary=render(f"checks/spec/{verdict.reason}.md", verdict=verdict),
    )


def spec_verdict(migration: Migration) -> NamedVerdict:
    """The spec guard's word on this migration, on its base and by GitHub's date."""
    scene = migration.scene
    spec = migration.manifest.spec
    text = None if spec is None else read_file(scene.tree, spec)
    limits = scene.settings.spec
    return judge_named(spec, text, today=scene.now.date(), max_age_days=limits.max_age_days, required=limits.required)
