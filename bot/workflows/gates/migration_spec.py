"""The spec that a migration's manifest names: whether it is fresh, and who approved what it says."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Literal

from bot.errors import Refusal
from bot.migration.manifest import load_manifest
from bot.planning.specs.model import ApprovalKey, ApprovalRecord, Unapproved
from bot.planning.specs.named import NamedVerdict, judge_named
from bot.workflows.gates.spec_approvals import approval_on
from bot.workflows.gates.spec_content import content_at
from bot.workflows.migrations.migration import read_file
from bot.workflows.migrations.records import load_record
from bot.workflows.orders.orders import Order
from bot.workflows.scene import RepositoryScene
from templates import render


@dataclass(frozen=True, slots=True)
class NamedSpec:
    """What is to be said of it. ``approval`` is ``None`` where there is no such file, or the manifest names none."""

    verdict: NamedVerdict
    approval: ApprovalRecord | Unapproved | None

    @property
    def approved(self) -> bool:
        """Whether reviews prove that its present content was approved."""
        return isinstance(self.approval, ApprovalRecord)


async def named_spec_now(scene: RepositoryScene, path: str | None) -> NamedSpec:
    """Judges the spec of a manifest on the default branch as it is now. Raises ``WorldError``."""
    tree = scene.mirror.repository.tree(scene.default.tree)
    text = None if path is None else await asyncio.to_thread(read_file, tree, path)
    told = scene.settings.spec
    verdict = judge_named(path, text, today=scene.now.date(), max_age_days=told.max_age_days, required=told.required)
    content = None if path is None else await asyncio.to_thread(content_at, scene, scene.default.oid, path)
    if path is None or content is None:
        return NamedSpec(verdict, None)
    return NamedSpec(verdict, await approval_on(scene, scene.default.oid, ApprovalKey(path, content)))


async def migration_spec_text(order: Order) -> str:
    """The answer to ``/spec`` and ``/explain`` on an issue. Raises ``Refusal`` for an issue without a migration."""
    scene = order.scene
    record = await load_record(scene.ctx, scene.github.full_name, order.issue.number)
    if record is None or not record.manifest:
        raise Refusal("no-migration", values={"number": order.issue.number})
    tree = scene.mirror.repository.tree(scene.default.tree)
    data = await asyncio.to_thread(read_file, tree, record.manifest)
    if data is None:
        raise Refusal("manifest-missing", values={"path": record.manifest, "branch": scene.repository.default_branch})
    kind: Literal["json", "yaml"] = "json" if record.manifest.lower().endswith(".json") else "yaml"
    manifest = await asyncio.to_thread(load_manifest, data, kind, record.manifest)
    found = await named_spec_now(scene, manifest.spec)
    return render("comments/orders/spec-migration.md", path=manifest.spec, found=found, verdict=found.verdict)
