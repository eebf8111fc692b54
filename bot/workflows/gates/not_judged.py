"""The pull requests of a migration whose gates were not judged at their head: our own pushes tell nobody."""

from __future__ import annotations

from collections.abc import Mapping

from bot.workflows.gates.keys import gate_key
from bot.workflows.migrations.migration import Migration


async def not_judged(migration: Migration, opened: Mapping[str, int]) -> tuple[int, ...]:
    """Their numbers; none where the repository asks for nothing. ``opened``: those opened a moment ago, by folder."""
    scene = migration.scene
    if not (scene.settings.approvals or scene.settings.spec.guarded or scene.settings.spec.required):
        return ()
    found = []
    for head in migration.heads:
        pull = migration.pulls.get(migration.branch(head.id))
        number = pull.number if pull is not None and pull.state == "open" else opened.get(head.id)
        told = await scene.ctx.memory.get(gate_key(scene.github.full_name, number)) if number is not None else None
        if number is not None and (told is None or told["head"] != migration.remote_head(head.id)):
            found.append(number)
    return tuple(found)
