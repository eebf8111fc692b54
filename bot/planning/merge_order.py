"""In which order to merge open branches, so that as few of them as possible have to be touched again.

Two branches that collide cannot both go in untouched: whichever goes second has to be mended by hand. So an order
costs, first, the number of branches that need hands at least once; then, of orders that are alike in that, the places
to be mended, each counted more in a branch that is nearer to being merged. None goes before one that it depends on.
What neither collides nor depends on each other, over others too, does not matter to each other: each such group is
ordered by itself. Up to ``MOST_EXACT`` branches in a group the order is the best there is; else it is a good one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal

Readiness = Literal["approved", "in-review", "draft"]
Because = Literal["alone", "first", "after", "depends", "behind"]
"""``alone``: it collides with nothing. ``first``: with what goes later alone. ``after``: with what goes before.
``depends``: the same, and it depends on at least one of these. ``behind``: it collides with the base branch itself."""
MOST_EXACT: Final = 12
MOST_MOVES: Final = 2_000_000
"""In larger groups so many places are tried at most for a branch that may stand better elsewhere."""
_DEAR: Final[Mapping[Readiness, int]] = {"approved": 4, "in-review": 2, "draft": 1}
"""What a place to be mended counts in such a branch: its reviews are lost with it."""


@dataclass(frozen=True, slots=True)
class Branch:
    """An open branch. ``after``: those that it depends on; numbers that are not open do not matter."""

    key: int
    readiness: Readiness
    opened: datetime
    after: tuple[int, ...] = ()
    behind: bool = False
    """It collides with the base branch by now: it has to be mended wherever it stands."""


@dataclass(frozen=True, slots=True)
class Step:
    """One branch in the order, and why it stands there. ``after`` and ``before`` are those that it collides with."""

    key: int
    because: Because
    after: tuple[int, ...] = ()
    """They go before it: it is to be mended then."""
    before: tuple[int, ...] = ()
    """They go after it."""
    waits_for: tuple[int, ...] = ()
    """Open ones that it depends on."""

    @property
    def by_hand(self) -> bool:
        """Whether it will have to be mended."""
        return bool(self.after) or self.because == "behind"


@dataclass(frozen=True, slots=True)
class Order:
    """All branches, first to last. ``exact``: no order has fewer that need hands."""

    steps: tuple[Step, ...]
    exact: bool

    @property
    def by_hand(self) -> int:
        """How many branches will have to be mended."""
        return sum(step.by_hand for step in self.steps)


def merge_order(branches: Sequence[Branch], collisions: Mapping[tuple[int, int], int]) -> Order:
    """The order in which to merge, with the reasons. ``collisions``: two keys to the number of places to be mended.

    What depends on itself, over others too, is not waited for: no order could keep that. Deterministic.
    """
    ranked = sorted(branches, key=lambda each: (each.behind, -_DEAR[each.readiness], each.opened, each.key))
    whole = _Group.of(ranked, collisions)
    groups = whole.split()
    rows = [group.exact() if group.size <= MOST_EXACT else group.good() for group in groups]
    named = [[group.branches[at].key for at in row] for group, row in zip(groups, rows, strict=True)]
    ranks = {branch.key: at for at, branch in enumerate(ranked)}
    order = list(_woven(named, ranks))
    places = {key: at for at, key in enumerate(order)}
    steps = tuple(_step(whole, ranks[key], places) for key in order)
    return Order(steps, exact=all(group.size <= MOST_EXACT for group in groups))


def _step(whole: _Group, at: int, places: Mapping[int, int]) -> Step:
    branch = whole.branches[at]
    row = sorted((whole.branches[other].key for other in whole.weights[at]), key=places.__getitem__)
    after = tuple(other for other in row if places[other] < places[branch.key])
    before = tuple(other for other in row if places[other] > places[branch.key])
    needs = tuple(sorted(whole.branches[other].key for other in _bits(whole.needs[at])))
    because: Because = "after" if after else "first" if before else "alone"
    if branch.behind:
        because = "behind"
    elif set(after) & set(needs):
        because = "depends"
    return Step(branch.key, because, after, before, needs)


def _woven(rows: Sequence[Sequence[int]], ranks: Mapping[int, int]) -> Iterator[int]:
    """The groups in one row: always the one whose next branch is nearest to being merged."""
    waiting = [list(reversed(row)) for row in rows]
    while waiting := [row for row in waiting if row]:
        yield min(waiting, key=lambda row: ranks[row[-1]]).pop()


def _bits(mask: int) -> Iterator[int]:
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


@dataclass(frozen=True, slots=True)
class _Group:
    """Branches by index, nearest to being merged first. Sets of them are masks, bit by index."""

    branches: Sequence[Branch]
    weights: Sequence[Mapping[int, int]]
    """For each the ones that it collides with, and at how many places."""
    needs: Sequence[int]
    """For each the set of those that it depends on."""

    @classmethod
    def of(cls, ranked: Sequence[Branch], collisions: Mapping[tuple[int, int], int]) -> _Group:
        """All branches as one group."""
        index = {branch.key: at for at, branch in enumerate(ranked)}
        weights: list[dict[int, int]] = [{} for _ in ranked]
        for (one, other), weight in sorted(collisions.items()):
            if one != other and one in index and other in index:
                weights[index[one]][index[other]] = weights[index[other]][index[one]] = weight
        needs = [
            sum(1 << index[other] for other in set(branch.after) & index.keys() - {branch.key}) for branch in ranked
        ]
        return cls(ranked, weights, _without_circles(needs))

    @property
    def size(self) -> int:
        """How many branches there are."""
        return len(self.branches)

    def split(self) -> list[_Group]:
        """The groups that have nothing to do with each other."""
        linked = [sum(1 << at for at in each) | need for each, need in zip(self.weights, self.needs, strict=True)]
        for at, need in enumerate(self.needs):
            for other in _bits(need):
                linked[other] |= 1 << at
        found = []
        left = (1 << self.size) - 1
        while left:
            mask, edge = 0, left & -left
            while edge:
                mask |= edge
                edge = _union(linked[at] for at in _bits(edge)) & ~mask
            found.append(self._only(list(_bits(mask))))
            left &= ~mask
        return found

    def _only(self, chosen: list[int]) -> _Group:
        new = {old: at for at, old in enumerate(chosen)}
        return _Group(
            [self.branches[old] for old in chosen],
            [{new[other]: weight for other, weight in self.weights[old].items()} for old in chosen],
            [_union(1 << new[other] for other in _bits(self.needs[old])) for old in chosen],
        )

    def exact(self) -> list[int]:
        """The best order: for each set of branches that went first, the cheapest way to go on, from the end back."""
        full = (1 << self.size) - 1
        dear = [_DEAR[branch.readiness] for branch in self.branches]
        beside = [_union(1 << other for other in each) for each in self.weights]
        best: dict[int, tuple[int, int, int]] = {full: (0, 0, -1)}
        for gone in range(full - 1, -1, -1):
            ways = []
            for at in _bits(full & ~gone):
                on = best.get(gone | 1 << at)
                if on is None or self.needs[at] & ~gone:
                    continue
                met = beside[at] & gone
                places = sum(self.weights[at][other] for other in _bits(met)) * dear[at]
                ways.append((on[0] + (met != 0 or self.branches[at].behind), on[1] + places, at))
            if ways:
                best[gone] = min(ways)
        row: list[int] = []
        gone = 0
        while gone != full:
            at = best[gone][2]
            row.append(at)
            gone |= 1 << at
        return row

    def good(self) -> list[int]:
        """A good order: next is always what goes in untouched and keeps the fewest others from it; then moves."""
        beside = [_union(1 << other for other in each) for each in self.weights]
        row: list[int] = []
        left = (1 << self.size) - 1
        touched = _union(1 << at for at, branch in enumerate(self.branches) if branch.behind)
        while left:
            may = (at for at in _bits(left) if not self.needs[at] & left)
            clean = left & ~touched
            at = min(may, key=lambda at: (touched >> at & 1, (beside[at] & clean).bit_count(), at))
            row.append(at)
            left &= ~(1 << at)
            touched |= beside[at] & left
        return _Moves(self, row).improved()


@dataclass
class _Moves:
    """An order that is mended by moving one branch at a time, as long as that makes it cheaper."""

    group: _Group
    row: list[int]
    earlier: list[int] = field(default_factory=list)
    """For each branch how many that it collides with go before it; one that is behind has one more."""
    tried: int = 0

    def improved(self) -> list[int]:
        """The order, mended."""
        places = {at: place for place, at in enumerate(self.row)}
        self.earlier = [
            sum(places[other] < places[at] for other in self.group.weights[at]) + self.group.branches[at].behind
            for at in range(self.group.size)
        ]
        better = True
        while better and self.tried < MOST_MOVES:
            better = False
            for at in range(self.group.size):
                better |= self._move(at)
        return self.row

    def _move(self, at: int) -> bool:
        """Puts one branch where it costs least; whether that is elsewhere."""
        place = self.row.index(at)
        found = min(self._try(at, place, -1), self._try(at, place, 1))
        if found[:2] >= (0, 0):
            return False
        target = place + found[2]
        way = 1 if target > place else -1
        while place != target:
            other = self.row[place + way]
            if other in self.group.weights[at]:
                self.earlier[at] += way
                self.earlier[other] -= way
            self.row[place], self.row[place + way] = other, at
            place += way
        return True

    def _try(self, at: int, place: int, way: int) -> tuple[int, int, int]:
        """The cheapest place in one direction: what it saves (as a negative cost) and how far it is."""
        weights, needs, branches = self.group.weights[at], self.group.needs, self.group.branches
        best = (0, 0, 0)
        hands = places = 0
        mine, dear = self.earlier[at], _DEAR[branches[at].readiness]
        step = place + way
        while 0 <= step < len(self.row):
            other = self.row[step]
            self.tried += 1
            if needs[at if way < 0 else other] >> (other if way < 0 else at) & 1:
                break
            weight = weights.get(other)
            if weight is not None:
                hands += (mine + way > 0) - (mine > 0)
                mine += way
                hands += (self.earlier[other] - way > 0) - (self.earlier[other] > 0)
                places += weight * way * (dear - _DEAR[branches[other].readiness])
                if (hands, places) < best[:2]:
                    best = hands, places, step - place
            step += way
        return best


def _union(masks: Iterable[int]) -> int:
    found = 0
    for mask in masks:
        found |= mask
    return found


def _without_circles(needs: Sequence[int]) -> list[int]:
    """Each one's needs without those that need it in turn."""
    reach = list(needs)
    for via in range(len(reach)):
        for at in range(len(reach)):
            if reach[at] >> via & 1:
                reach[at] |= reach[via]
    return [_union(1 << other for other in _bits(need) if not reach[other] >> at & 1) for at, need in enumerate(needs)]
