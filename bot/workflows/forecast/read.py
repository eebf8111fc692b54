"""The merge forecast of a repository, from its mirror: all open pull requests into the default branch, drafts too.

Heads that the mirror lacks (forks) are fetched; GitHub is asked for nothing else. The collisions are kept by the tip
and the heads that they were found for, so that a world that did not change costs one look into the memory.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, NamedTuple

from bot.contracts.github import Pull
from bot.patching.forecast import Brought, Change, Forecast, Spot, bring, meet
from bot.planning.merge_order import Branch, Order, Readiness, merge_order
from bot.workflows import names
from bot.workflows.gates.keys import gate_key
from bot.workflows.gates.pull_scene import have
from bot.workflows.scene import RepositoryScene

MOST_PULLS: Final = 300
"""So many open pull requests are compared, the newest ones."""
MOST_KEPT: Final = 5
"""Paths of a pair, and lines of a path, that are kept to be told."""
MANY_PAIRS: Final = 1_000
"""With more pairs than that, one path of each is kept."""
_FORM: Final = "1"
"""Another number where what is kept, or how it is found, has changed."""


class Collision(NamedTuple):
    """Two pull requests that collide, the lower number first; ``spots`` are the first of ``paths`` paths."""

    one: int
    other: int
    paths: int
    places: int
    spots: tuple[Spot, ...]


@dataclass(frozen=True)
class MergeForecast:
    """What merging all open pull requests would meet. Paths are text for people."""

    base: str
    """The default branch's name."""
    tip: str
    pulls: Mapping[int, Pull]
    """Those that were compared."""
    collisions: tuple[Collision, ...]
    behind: Mapping[int, tuple[str, ...]]
    """Those that collide with the base branch itself, and the first paths at which they do."""
    order: Order
    left_out: tuple[int, ...] = ()
    """Open ones that were not compared: their head is not to be had, or there are too many."""

    @cached_property
    def met(self) -> Mapping[int, Mapping[int, Collision]]:
        """For each pull request what it collides with, by number."""
        found: dict[int, dict[int, Collision]] = {}
        for each in self.collisions:
            found.setdefault(each.one, {})[each.other] = each
            found.setdefault(each.other, {})[each.one] = each
        return found


async def read_forecast(
    scene: RepositoryScene, pulls: Sequence[Pull], depends: Mapping[int, Collection[int]]
) -> MergeForecast:
    """The forecast for these pull requests; closed ones, and those into other branches, do not matter.

    ``depends``: for a pull request those that have to be merged before it. Raises ``WorldError``.
    """
    base = scene.repository.default_branch
    due = sorted(
        (each for each in pulls if each.state == "open" and each.base.ref == base), key=lambda each: each.number
    )
    chosen: dict[int, Pull] = {}
    for pull in due[-MOST_PULLS:]:
        if await have(scene, f"refs/pull/{pull.number}/head", pull.head.sha, f"{pull.number}/head"):
            chosen[pull.number] = pull
    seen = await _collisions(scene, chosen)
    chosen = {number: pull for number, pull in chosen.items() if number not in seen.unrelated}
    branches = []
    for number, pull in chosen.items():
        ready, after = await _readiness(scene, pull), tuple(sorted(depends.get(number, ())))
        branches.append(Branch(number, ready, pull.created_at, after, number in seen.behind))
    weights = {(each.one, each.other): each.places for each in seen.collisions}
    order = await asyncio.to_thread(merge_order, branches, weights)
    left_out = tuple(pull.number for pull in due if pull.number not in chosen)
    return MergeForecast(base, scene.default.oid, chosen, seen.collisions, seen.behind, order, left_out)


async def _readiness(scene: RepositoryScene, pull: Pull) -> Readiness:
    """How near it is to being merged, as its gates were last judged."""
    if pull.draft or names.DRAFT_LABEL in pull.labels:
        return "draft"
    gate: dict[str, Any] = await scene.ctx.memory.get(gate_key(scene.github.full_name, pull.number)) or {}
    approved = gate.get("head") == pull.head.sha and gate.get("open") and gate.get("by")
    return "approved" if approved else "in-review"


class _Seen(NamedTuple):
    """What depends on the commits alone."""

    collisions: tuple[Collision, ...]
    behind: dict[int, tuple[str, ...]]
    unrelated: frozenset[int]
    """Those that have no commit in common with the base branch."""


async def _collisions(scene: RepositoryScene, pulls: Mapping[int, Pull]) -> _Seen:
    """The collisions, as they are remembered, or found anew."""
    heads = {number: pull.head.sha for number, pull in pulls.items()}
    world = hashlib.sha256(repr((_FORM, scene.default.oid, sorted(heads.items()))).encode()).hexdigest()
    key = f"forecast:{scene.github.full_name.lower()}"
    known: dict[str, Any] = await scene.ctx.memory.get(key) or {}
    if known.get("world") == world:
        return _load(known)
    tip = scene.mirror.repository.tree(scene.default.tree)
    brought: list[Brought] = []
    unrelated = set()
    for number, head in heads.items():  # one after the other, so that nothing else has to wait for all of them
        one = await asyncio.to_thread(_bring, scene, number, head)
        if one is None:
            unrelated.add(number)
        else:
            brought.append(one)
    found = _told(await asyncio.to_thread(meet, tip, brought), frozenset(unrelated))
    await scene.ctx.memory.set(key, {"world": world, **_plain(found)})
    return found


def _bring(scene: RepositoryScene, number: int, head: str) -> Brought | None:
    repository = scene.mirror.repository
    fork = repository.merge_base(scene.default.oid, head)
    if fork is None:
        return None
    base, now = (repository.tree(repository.commit_info(oid).tree) for oid in (fork, head))
    return bring(repository.tree(scene.default.tree), Change(number, base, now))


def _told(found: Forecast, unrelated: frozenset[int]) -> _Seen:
    """What is kept of a forecast."""
    paths = MOST_KEPT if len(found.pairs) <= MANY_PAIRS else 1
    collisions = tuple(
        Collision(
            pair.one,
            pair.other,
            len(pair.spots),
            pair.weight,
            tuple(Spot(_shown(each.path), each.kind, each.lines[:MOST_KEPT], each.by) for each in pair.spots[:paths]),
        )
        for pair in found.pairs
    )
    behind = {
        number: tuple(_shown(each.path) for each in conflicts[:MOST_KEPT]) for number, conflicts in found.behind.items()
    }
    return _Seen(collisions, behind, unrelated)


def _plain(seen: _Seen) -> dict[str, Any]:
    """As JSON."""
    return {
        "collisions": [
            [one, other, paths, places, [[spot.path, spot.kind, spot.lines, spot.by] for spot in spots]]
            for one, other, paths, places, spots in seen.collisions
        ],
        "behind": {str(number): paths for number, paths in seen.behind.items()},
        "unrelated": sorted(seen.unrelated),
    }


def _load(known: Mapping[str, Any]) -> _Seen:
    def spot(path: str, kind: Any, lines: list[int], by: int | None) -> Spot:
        return Spot(path, kind, tuple(lines), by)

    return _Seen(
        tuple(
            Collision(one, other, paths, places, tuple(spot(*each) for each in spots))
            for one, other, paths, places, spots in known["collisions"]
        ),
        {int(number): tuple(paths) for number, paths in known["behind"].items()},
        frozenset(known["unrelated"]),
    )


def _shown(path: str) -> str:
    """A path as text for people: bytes that are not UTF-8 become ``\\xNN``."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
