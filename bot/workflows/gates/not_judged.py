"""The pull requests of a migration whose gates were not judged at their head: our own pushes tell nobody."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from bot.errors import Refusal
from bot.workflows.gates.asked import specs_asked
from bot.workflows.gates.keys import gate_key
from bot.workflows.migrations.migration import Migration


def is_gated(migration: Migration) -> bool:
    """Whether the gates judge its pull requests: for what the settings ask, or by specs that cover paths."""
    return bool(migration.scene.settings.approvals) or has_spec_gate(migration)


def has_spec_gate(migration: Migration) -> bool:
    """Whether the gates judge its specs. Specs that cannot be read are judged, too: the gates say so."""
    try:
        return specs_asked(migration.scene.settings, migration.scene.tree)
    except Refusal:
        return True


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
