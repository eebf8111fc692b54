"""Merges of the base branch into a branch, as GitHub's button makes them: which ones add nothing of their own.

Only a tree that is, to the oid, what a clean three-way merge gives counts. Where ours refuses, or git's follows a
rename and ours does not, the merge counts as somebody's own work: the careful side.
"""

from __future__ import annotations

from bot.errors import Refusal
from bot.git.repository import CommitInfo, Repository
from bot.git.writer import ObjectWriter
from bot.patching.merge import merge


def brings_base_onto(repository: Repository, writer: ObjectWriter, commit: CommitInfo, base: str) -> str | None:
    """What a commit merges the base branch into, where it does nothing else; ``None`` for every other commit.

    ``base`` is the base branch's head. Nothing is flushed. Cost follows what the branch changed.
    """
    if len(commit.parents) != 2 or not repository.is_ancestor(commit.parents[1], base):
        return None
    fork = repository.merge_base(*commit.parents)
    if fork is None:
        return None
    before, branch, brought = (repository.commit_info(oid).tree for oid in (fork, *commit.parents))
    # What the branch did, put on the base: the same tree as the other way round, and mostly the smaller change.
    merged = merge(writer.tree(before), writer.tree(brought), writer.tree(branch))
    try:
        same = not merged.conflicts and writer.apply(brought, merged.edits) == commit.tree
    except Refusal:  # a file and a folder at one path
        return None
    return commit.parents[0] if same else None
