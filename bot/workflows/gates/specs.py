"""The spec guard on GitHub: a pull request's specs, judged with the approvals that reviews prove."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from cachetools import LRUCache

from bot.errors import Refusal
from bot.migration.manifest import load_manifest
from bot.planning.approvals import Facts
from bot.planning.specs.evidence import Memo, evidence_matcher, find_evidence
from bot.planning.specs.judge import judge, wanted_approvals
from bot.planning.specs.model import Case, Change, Evidence, Finding, Named, SpecSet, Verdict
from bot.planning.specs.read import read_spec, read_specs
from bot.planning.waivers import Waiver
from bot.reports.markers import marker_of
from bot.workflows.gates.check_runs import Said
from bot.workflows.gates.pull_scene import PullScene
from bot.workflows.gates.spec_approvals import approvals_of
from bot.workflows.migrations.migration import read_file
from bot.workflows.migrations.records import load_record
from bot.workflows.scene import RepositoryScene

_MEMO: Memo = LRUCache(maxsize=100_000)
"""The requirements' ids in blobs: a blob never changes."""


@dataclass(frozen=True)
class SpecGate:
    """What the spec guard says of a pull request. ``said`` is ``None`` where nothing asks for a spec."""

    verdict: Verdict
    waived: tuple[Finding, ...] = ()
    said: Said | None = None

    @property
    def conclusion(self) -> str:
        """``success``, ``failure`` or ``neutral``, waivers counted."""
        return self.said.conclusion if self.said is not None else "neutral"

    @property
    def title(self) -> str:
        """In a few words."""
        return self.said.title if self.said is not None else ""

    @property
    def worse(self) -> tuple[Finding, ...]:
        """What the pull request makes worse and nobody waived."""
        return tuple(finding for finding in self.verdict.worse if finding not in self.waived)


NOTHING = SpecGate(Verdict("neutral", ()))


async def asks_for_specs(scene: RepositoryScene) -> bool:
    """Whether the repository has specs, or settings that ask for some."""
    told = scene.settings.spec
    if told.required or told.guarded:
        return True
    specs = await asyncio.to_thread(_specs, scene, scene.default.tree)
    return bool(specs.specs)


def _specs(scene: RepositoryScene, tree: str) -> SpecSet:
    told = scene.settings.spec
    return read_specs(scene.mirror.repository.tree(tree), told.folder.strip("/"), told.index)


async def judge_specs(scene: PullScene, facts: Facts, waivers: Sequence[Waiver]) -> SpecGate:
    """Judges a pull request\'s head against its base. Raises ``WorldError``."""
    named = await _named(scene)
    if not await asks_for_specs(scene.scene) and (named is None or named.path is None):
        return NOTHING
    case = await asyncio.to_thread(_case, scene, named)
    case = await _with_approvals(case, scene, facts)
    verdict = await asyncio.to_thread(judge, case)
    return gate_of(scene, verdict, waivers)


async def _with_approvals(case: Case, scene: PullScene, facts: Facts) -> Case:
    keys = await asyncio.to_thread(wanted_approvals, case)
    approvals = await approvals_of(scene, facts, keys)
    return Case(**{**vars(case), "approvals": approvals})


def _case(scene: PullScene, named: Named | None) -> Case:
    told = scene.scene.settings.spec
    base, head = _specs(scene.scene, scene.base.tree), _specs(scene.scene, scene.head.tree)
    changed = tuple(
        Change(each.path, "added" if each.before is None else "deleted" if each.after is None else "changed")
        for each in scene.changes
    )
    evidence, base_evidence = _evidence(scene, base, head)
    return Case(
        base=base,
        head=head,
        changed=changed,
        rules=told,
        today=scene.scene.now.date(),
        approvals={},
        evidence=evidence,
        base_evidence=base_evidence,
        named=named,
    )


def _evidence(scene: PullScene, base: SpecSet, head: SpecSet) -> tuple[Evidence | None, Evidence]:
    """Where requirements are pointed at: searched only where the pull request may change that."""
    told = scene.scene.settings.spec
    matches = evidence_matcher(told.evidence, told.folder.strip("/"), told.index)
    wanted = {requirement.id for each in (base, head) for spec in each.specs for requirement in spec.requirements}
    specs = {spec.path for each in (base, head) for spec in each.specs}
    touched = [path for path in scene.paths if matches(path) or path in specs]
    if not wanted or not touched:
        return None, Evidence()
    found = find_evidence(scene.head_tree, wanted, matches, memo=_MEMO)
    return found, find_evidence(scene.base_tree, wanted, matches, paths=touched, memo=_MEMO)


async def _named(scene: PullScene) -> Named | None:
    """The spec that the manifest names, for a folder\'s pull request."""
    marker = marker_of(scene.pull.body)
    if not scene.ours or scene.issue is None or marker is None or marker.kind != "folder":
        return None
    record = await load_record(scene.scene.ctx, scene.scene.github.full_name, scene.issue.number)
    if record is None or not record.manifest:
        return None
    return await asyncio.to_thread(_named_in, scene, record.manifest)


def _named_in(scene: PullScene, manifest: str) -> Named | None:
    """Read on the base, as the guard reads everything that governs."""
    data = read_file(scene.tip_tree, manifest)
    if data is None:
        return None
    try:
        told = load_manifest(data, "json" if manifest.lower().endswith(".json") else "yaml", manifest)
    except Refusal:
        return None  # told on the migration's issue
    text = None if told.spec is None else read_file(scene.tip_tree, told.spec)
    spec = None if told.spec is None or text is None else read_spec(told.spec, text)
    return Named(told.spec, spec, scene.scene.settings.spec.required, manifest)
