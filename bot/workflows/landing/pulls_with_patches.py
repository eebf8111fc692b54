"""Which pull requests hold patches whose fate is not known yet: looked at by the sweep when no webhook came.

A cache: told again from the ledger where it was lost (law 9).
"""

from __future__ import annotations

from typing import Any

from bot.workflows.context import Context


async def remember_pull(ctx: Context, repository: str, number: int) -> None:
    """Takes note of a pull request that holds patches, for the sweep."""
    known = await pulls_with_patches(ctx, repository)
    if number not in known:
        await ctx.memory.set(_key(repository), [*known, number])


async def forget_pull(ctx: Context, repository: str, number: int) -> None:
    """It is decided."""
    known: list[Any] = await ctx.memory.get(_key(repository)) or []
    if number in known:
        await ctx.memory.set(_key(repository), [each for each in known if each != number])


async def pulls_with_patches(ctx: Context, repository: str) -> list[int]:
    """The pull requests whose patches are not known to be decided; told again from the ledger when it was lost."""
    known = await ctx.memory.get(_key(repository))
    if known is None:
        known = sorted(await _from_ledger(ctx, repository))
        if (await ctx.ledger.head(repository)).number:  # else it was perhaps lost, too, and git was not asked yet
            await ctx.memory.set(_key(repository), known)
    return [int(each) for each in known]


async def _from_ledger(ctx: Context, repository: str) -> set[int]:
    found: dict[str, int] = {}
    for event in await ctx.ledger.events(repository):
        if "order" not in event.details:  # told from outside
            continue
        number = event.pull or event.issue
        if event.details.get("command") == "replay":  # of a batch that is told of already
            continue
        if event.type == "PATCH_APPLIED" and event.subject.startswith("batch:") and number is not None:
            found[event.subject] = number
        elif event.details.get("command") == "delivery":
            found.pop(event.subject, None)
    return set(found.values())


def _key(repository: str) -> str:
    return f"pulls-with-patches:{repository.lower()}"
