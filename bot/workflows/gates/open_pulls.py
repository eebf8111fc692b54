"""The open pull requests whose gates the sweep looks at: those that changed since the last look, or whose rules did.

A role or a team that changed tells nobody: so all of them are looked at once an hour.
"""

from __future__ import annotations

import asyncio
import hashlib
from typing import Any

from bot.config import RepositorySettings
from bot.contracts.tree import Tree
from bot.errors import Refusal
from bot.runs.queue import Target
from bot.workflows import names
from bot.workflows.context import Context
from bot.workflows.gates.asked import asked_before, asked_checks, remember_asked
from bot.workflows.governing import owners_in
from bot.workflows.migrations.migration import settings_of
from bot.workflows.ports import GitHub


def settings_or_none(tree: Tree) -> RepositorySettings | None:
    """The settings; ``None`` where they cannot be read: then every gate is looked at, and closed."""
    try:
        return settings_of(tree)
    except Refusal:
        return None


async def asks_or_asked(ctx: Context, full_name: str, tree: Tree, settings: RepositorySettings | None) -> bool:
    """Whether anybody's pull request may have a gate, or had one by the settings before. Takes note of what is asked.

    True where nobody can say.
    """
    if settings is None:
        return True
    before = await asked_before(ctx, full_name)
    try:
        now = await asyncio.to_thread(asked_checks, settings, tree)
    except Refusal:
        return True
    await remember_asked(ctx, full_name, now)
    return bool(before or now)


def rules_digest(tree: Tree, settings: RepositorySettings | None) -> str:
    """Equal as long as what governs is: the settings, and CODEOWNERS."""
    owners = owners_in(tree)
    told = repr((settings, owners))
    return hashlib.sha256(told.encode("utf-8", "replace")).hexdigest()[:24]


async def open_pulls(ctx: Context, github: GitHub, target: Target, rules: str) -> list[Target]:
    """A target for each that GitHub says was touched since the last look, or all of them where the rules changed.

    When these are requested, ``settle_pulls`` is to be called: a kill before that loses none.

    One listing, which costs nothing when nothing changed (ETag). Raises ``WorldError``.
    """
    seen: dict[str, Any] = await ctx.memory.get(_key(github.full_name)) or {}
    rules = f"{rules} {await github.now():%Y-%m-%dT%H}"
    known = seen.get("pulls", {}) if seen.get("rules") == rules else {}
    now = {str(pull.number): str(pull.updated_at) for pull in await github.pulls(state="open")}
    if now != known or seen.get("rules") != rules:
        await ctx.memory.set(_next(github.full_name), {"rules": rules, "pulls": now})
    return [
        Target(names.PULL, names.pull_key(github.full_name, int(number)), target.repository, target.installation)
        for number, at in now.items()
        if known.get(number) != at
    ]


async def settle_pulls(ctx: Context, full_name: str) -> None:
    """Takes note of what ``open_pulls`` saw. Call it when its targets are durably requested, and not before."""
    following = await ctx.memory.get(_next(full_name))
    if following is not None:
        await ctx.memory.set(_key(full_name), following)
        await ctx.memory.delete(_next(full_name))


def _key(full_name: str) -> str:
    return f"pulls-seen:{full_name.lower()}"


def _next(full_name: str) -> str:
    return f"pulls-next:{full_name.lower()}"
