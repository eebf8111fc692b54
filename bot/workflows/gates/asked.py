"""Which checks the settings ask for on everybody's pull requests; remembered for when nobody can read them."""

from __future__ import annotations

from typing import Any, Final

from bot.config import RepositorySettings
from bot.contracts.tree import Tree
from bot.planning.specs.read import read_specs
from bot.workflows import names
from bot.workflows.context import Context

GATES: Final = (names.APPROVALS_CHECK, names.SPEC_CHECK)
"""The checks that gates are told by."""


def specs_asked(settings: RepositorySettings, tree: Tree) -> bool:
    """Whether a tree of the default branch has specs that cover paths, or the settings ask for some.

    Raises ``Refusal``.
    """
    told = settings.spec
    if told.required or told.guarded:
        return True
    return any(spec.covers for spec in read_specs(tree, told.folder.strip("/"), told.index).specs)


def asked_checks(settings: RepositorySettings, tree: Tree) -> tuple[str, ...]:
    """The gates' checks that everybody's pull requests may have. Raises ``Refusal``."""
    asked = (bool(settings.approvals), specs_asked(settings, tree))
    return tuple(name for name, wanted in zip(GATES, asked, strict=True) if wanted)


async def remember_asked(ctx: Context, full_name: str, checks: tuple[str, ...]) -> None:
    """Takes note of them."""
    if await asked_before(ctx, full_name) != checks:
        await ctx.memory.set(_key(full_name), list(checks))


async def asked_before(ctx: Context, full_name: str) -> tuple[str, ...]:
    """Those that were asked for when the settings were read last."""
    told: Any = await ctx.memory.get(_key(full_name))
    return tuple(told or ())


def _key(full_name: str) -> str:
    return f"gates-asked:{full_name.lower()}"
