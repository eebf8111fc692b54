"""What governs beside the settings: CODEOWNERS of the base branch, and labels that not everybody may take off."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from bot.contracts.github import LabelEvent
from bot.contracts.tree import Tree
from bot.planning.labels import standing_labels
from bot.source.codeowners import PLACES, CodeOwners, parse
from bot.workflows.migrations.migration import read_file
from bot.workflows.ports import GitHub

NOBODY: Final = frozenset({"ghost", "web-flow"})
"""Accounts that stand for nobody: a deleted one, and GitHub's own committer."""


def owners_in(tree: Tree) -> tuple[str, bytes] | None:
    """CODEOWNERS of a tree: its path and bytes."""
    for path in PLACES:
        data = read_file(tree, path)
        if data is not None:
            return path, data
    return None


def owners_at(tree: Tree) -> CodeOwners | None:
    """CODEOWNERS of the base branch's tree: what a pull request says of its own owners does not count."""
    found = owners_in(tree)
    return parse(found[1], found[0]) if found is not None else None


async def standing(github: GitHub, number: int, present: Iterable[str]) -> frozenset[str]:
    """The labels of one issue or pull request that count as standing on it."""
    events: list[LabelEvent] = await github.label_events(number)
    there = {label.lower() for label in present}
    removers = {each.actor for each in events if each.event == "unlabeled" and each.label.lower() not in there}
    roles = {login.lower(): await github.permission(login) for login in sorted(removers - NOBODY)}
    roles[github.bot_login.lower()] = "write"
    return standing_labels(events, roles, frozenset(present))
