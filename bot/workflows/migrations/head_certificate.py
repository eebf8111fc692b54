"""What a certificate still proves on a head that has other commits on top of the certified one.

All that it proves of a path holds as long as the path is as it was certified; the paths that are not are named, each
with the newest commit that touched it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.contracts.certificate import Certificate
from bot.git.repository import CommitInfo, Repository
from bot.patching.trees import differences
from bot.workflows.replay.stack import above


@dataclass(frozen=True, slots=True)
class Touched:
    """A certified path that is not as certified any more."""

    path: str
    commit: str


@dataclass(frozen=True, slots=True)
class OnHead:
    """What stands on the certified commit, and what it touched of what is certified."""

    commits: int
    touched: tuple[Touched, ...]


def on_head(repository: Repository, certificate: Certificate, commit: str, head: str) -> OnHead:
    """Compares ``head`` with the certified ``commit`` below it. Cost follows what the commits on top changed."""
    found = above(repository, head, lambda each: each.oid == commit)
    top: Sequence[CommitInfo] = found[1] if found is not None else ()
    wanted = _certified(certificate)
    trees = [repository.tree(repository.commit_info(oid).tree) for oid in (commit, head)]
    left = {each.path for each in differences(*trees) if _shown(each.path) in wanted}
    touched = {}
    for each in reversed(top):
        if not left:
            break
        if each.parents:
            parent = repository.commit_info(each.parents[0])
            for difference in differences(repository.tree(parent.tree), repository.tree(each.tree)):
                if difference.path in left:
                    left.discard(difference.path)
                    touched[difference.path] = Touched(_shown(difference.path), each.oid)
    return OnHead(len(top), tuple(touched[path] for path in sorted(touched)))


def _certified(certificate: Certificate) -> frozenset[str]:
    """The paths that a certificate speaks of; of a move also those that are gone."""
    changed = (*certificate.changed, *certificate.importers)
    found = {each.destination for each in certificate.moved} | {each.destination for each in changed}
    if certificate.mode == "move":
        found |= {each.source for each in certificate.moved} | {each.source for each in changed}
    return frozenset(found)


def _shown(path: str) -> str:
    """A path as certificates write it."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
