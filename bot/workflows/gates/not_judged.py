"""The pull requests of a migration whose gates were not judged at their head: our own pushes tell nobody."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from bot.planning.specs.read import read_specs
from bot.workflows.gates.keys import gate_key
from bot.workflows.migrations.migration import Migration


def is_gated(migration: Migration) -> bool:
    """Whether the gates judge its pull requests: for what the settings ask, or by specs that cover paths."""
    settings = migration.scene.settings
    told = settings.spec
    if settings.approvals or told.guarded or told.required:
        return True
    return any(spec.covers for spec in read_specs(migration.scene.tree, told.folder.strip("/"), told.index).specs)


async def not_judged(migration: Migration, opened: Mapping[str, int]) -> tuple[int, ...]:
    """Their numbers; none where the repository asks for nothing. ``opened``: those opened a moment ago, by folder."""
    scene = migration.scene
    if not await asyncio.to_thread(is_gated, migration):
        return ()
    found = []
    for head in migration.heads:
        pull = migration.pulls.get(migration.branch(head.id))
        number = pull.number if pull is not None and pull.state == "open" else opened.get(head.id)
        told = await scene.ctx.memory.get(gate_key(scene.github.full_name, number)) if number is not None else None
        if number is not None and (told is None or told["head"] != migration.remote_head(head.id)):
            found.append(number)
    return tuple(found)
