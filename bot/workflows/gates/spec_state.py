"""The gate between a migration's draft and its work: the spec that its manifest names, approved by reviews."""

from __future__ import annotations

from bot.planning.specs.model import ApprovalRecord, Unapproved
from bot.workflows.gates.migration_spec import named_spec_now
from bot.workflows.migrations.migration import Migration
from bot.workflows.migrations.spec_state import SpecState
from bot.workflows.scene import RepositoryScene


async def spec_state(migration: Migration) -> SpecState:
    """Decides afresh. Asked for only where the manifest names a spec and the policy has a rule for specs.

    Raises ``WorldError``.
    """
    scene, path = migration.scene, migration.manifest.spec
    if path is None or not any("spec" in rule.phases for rule in scene.settings.approvals):
        return SpecState()
    here = RepositoryScene(
        scene.ctx, scene.github, scene.repository, scene.mirror, scene.refs, scene.settings, scene.base, scene.now
    )
    found = (await named_spec_now(here, path)).approval
    if isinstance(found, ApprovalRecord):
        return SpecState(asked=True, by=found.by, pull=found.pull)
    could = found.could if isinstance(found, Unapproved) else ()
    return SpecState(asked=True, pull=found.pull if found is not None else None, could=could)
