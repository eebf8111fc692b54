"""The spec guard on GitHub: a pull request's specs, judged with the approvals that reviews prove."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from cachetools import LRUCache

from bot.contracts.github import CheckAction
from bot.errors import Refusal
from bot.migration.manifest import load_manifest
from bot.planning.approvals import Facts
from bot.planning.specs.evidence import Memo
from bot.planning.specs.fixes import record_approvals
from bot.planning.specs.judge import judge, wanted_approvals
from bot.planning.specs.model import ApprovalKey, Case, Finding, Named, Verdict
from bot.planning.waivers import Waiver
from bot.workflows.gates.asked import specs_asked
from bot.workflows.gates.check_runs import Said
from bot.workflows.gates.pull_scene import PullScene
from bot.workflows.gates.spec_approvals import approvals_of
from bot.workflows.migrations.migration import read_file
from bot.workflows.migrations.records import load_record
from bot.workflows.names import folder_branch
from bot.workflows.scene import RepositoryScene
from bot.workflows.specs.case import case_of, named_spec
from bot.workflows.specs.guard_text import guard_text
from templates import render

_MEMO: Memo = LRUCache(maxsize=100_000)
"""The requirements' ids in blobs: a blob never changes."""


@dataclass(frozen=True)
class SpecGate:
    """What the spec guard says of a pull request. ``said`` is ``None`` where nothing asks for a spec."""

    verdict: Verdict
    waived: tuple[Finding, ...] = ()
    said: Said | None = None
    records: Mapping[str, bytes] = field(default_factory=dict)
    """Specs with the records of their approval, where a button offers to write them."""

    @property
    def conclusion(self) -> Literal["success", "failure", "neutral"]:
        """``success``, ``failure`` or ``neutral``, waivers counted."""
        if self.said is None:
            return "neutral"
        return "failure" if self.said.conclusion == "failure" else "success"

    @property
    def title(self) -> str:
        """In a few words."""
        return self.said.title if self.said is not None else ""

    @property
    def worse(self) -> tuple[Finding, ...]:
        """What the pull request makes worse and nobody waived."""
        return tuple(finding for finding in self.verdict.worse if finding not in self.waived)


RECORD: Final = "record-approvals"
"""The button that writes the records of an approval into a spec."""
NOTHING = SpecGate(Verdict("neutral", ()))


async def asks_for_specs(scene: RepositoryScene) -> bool:
    """Whether the repository has specs that cover paths, or settings that ask for some."""
    return await asyncio.to_thread(specs_asked, scene.settings, scene.mirror.repository.tree(scene.default.tree))


async def judge_specs(scene: PullScene, facts: Facts, waivers: Sequence[Waiver]) -> SpecGate:
    """Judges a pull request's head against its base. Raises ``WorldError``, ``Refusal`` for settings that are wrong."""
    if not await asks_for_specs(scene.scene):
        return NOTHING  # what a migration's own spec is worth, its folders' checks say already
    named = await _named(scene)
    case, keys = await asyncio.to_thread(_case, scene, named)
    case = replace(case, approvals=await approvals_of(scene, facts, keys))
    return await asyncio.to_thread(_gate, scene, case, waivers)


def _case(scene: PullScene, named: Named | None) -> tuple[Case, tuple[ApprovalKey, ...]]:
    told, today = scene.scene.settings.spec, scene.scene.now.date()
    case = case_of(scene.base_tree, scene.head_tree, told, today, approvals={}, named=named, memo=_MEMO)
    return case, wanted_approvals(case)


def _gate(scene: PullScene, case: Case, waivers: Sequence[Waiver]) -> SpecGate:
    """The verdict with what is waived left out of what fails it."""
    verdict = judge(case)
    rules = {waiver.rule for waiver in waivers if waiver.valid}
    waived = tuple(finding for finding in verdict.worse if finding.rule in rules)
    counted = verdict
    if waived:
        left = tuple(finding for finding in verdict.findings if finding not in waived)
        failed = any(finding.severity == "failure" for finding in left)
        counted = replace(verdict, findings=left, conclusion="failure" if failed else "success")
    text = guard_text(counted, case.changed, scene.head_tree)
    summary = text.summary
    if waived:
        summary += "\n\n" + render("checks/spec-guard-waived.md", findings=waived, waivers=waivers)
    actions = text.actions
    if records := approved_records(scene, verdict):
        label, about = (render(f"checks/spec-guard-actions/{RECORD}{end}.md") for end in ("-label", ""))
        actions = (*actions, CheckAction(label=label, description=about, identifier=RECORD))
    said = Said(counted.conclusion, text.title, summary, "", text.annotations, () if scene.fork else actions)
    return SpecGate(verdict, waived, said, records)


def approved_records(scene: PullScene, verdict: Verdict) -> dict[str, bytes]:
    """The specs that this pull request brings, with the records of their approval where these are not there yet.

    A record is for readers; nobody believes it.
    """
    made: dict[str, bytes] = {}
    for key, record in sorted(verdict.approved.items()):
        data = read_file(scene.head_tree, key.path) if key.path in scene.paths and record.pull == scene.number else None
        try:
            wanted = None if data is None else record_approvals(data, "approved", [record], key.path)
        except Refusal:  # written in a way that cannot be edited without doubt
            continue
        if wanted is not None and wanted != data:
            made[key.path] = wanted
    return made


async def _named(scene: PullScene) -> Named | None:
    """The spec that the manifest names, for a folder's pull request."""
    if not scene.ours or scene.issue is None:
        return None
    record = await load_record(scene.scene.ctx, scene.scene.github.full_name, scene.issue.number)
    # Which folder it is for says the branch: the text is anybody's to edit who may write.
    if record is None or not record.manifest or not scene.pull.head.ref.startswith(folder_branch(record.name, "")):
        return None
    return await asyncio.to_thread(_named_in, scene, record.manifest)


def _named_in(scene: PullScene, manifest: str) -> Named | None:
    """Read on the base branch, as everything that governs."""
    data = read_file(scene.tip_tree, manifest)
    if data is None:
        return None
    try:
        told = load_manifest(data, "json" if manifest.lower().endswith(".json") else "yaml", manifest)
    except Refusal:
        return None  # told on the migration's issue
    return named_spec(scene.tip_tree, told.spec, manifest, required=scene.scene.settings.spec.required)
