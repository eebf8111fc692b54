"""Which tasks touch the same paths: globs against globs, and an index that finds who meets whom.

Exact for the globs of ``bot.source.globs``: they meet when some path could match both. What takes too many steps to
tell counts as meeting: a task that waits in vain is cheaper than two that collide.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from bot.errors import Refusal
from bot.planning.tasks.shapes import (
    DEEP,
    STAR,
    Cost,
    CostlyError,
    Part,
    Shape,
    parts_meet,
    path_shape,
    shapes,
    shapes_meet,
    ways_meet,
)

Area = tuple[Shape, ...]
"""Where a task works: the shapes of its globs and of the paths that it changed."""
NOWHERE: Final[Area] = ()
QUERY_BUDGET: Final = 200_000
"""So many steps one search of the index may take."""


def globs_overlap(one: str, other: str) -> bool:
    """Whether a path could match both globs. Raises ``Refusal('bad-glob')``."""
    return areas_meet(shapes(one), shapes(other))


def area(globs: Iterable[str], paths: Iterable[str] = ()) -> Area:
    """An area of globs, and of paths that are taken literally. A glob that cannot be read could be anything."""
    found: list[Shape] = []
    for glob in globs:
        try:
            found += shapes(glob)
        except Refusal:
            found.append(Shape(glob, (STAR, DEEP), 0))
    found += [path_shape(path) for path in paths]
    return tuple(found)


def areas_meet(one: Area, other: Area) -> bool:
    """Whether two areas have a path in common."""
    cost = Cost()
    try:
        for mine in one:
            for theirs in other:
                cost.spend()
                if shapes_meet(mine, theirs, cost):
                    return True
    except CostlyError:
        return True
    return False


@dataclass(slots=True)
class _Node:
    """What begins with the same texts: one level of the tree for each part."""

    below: dict[str, _Node] = field(default_factory=dict)
    here: dict[str | None, list[tuple[int, Shape]]] = field(default_factory=dict)
    """Whose texts end here, by their last part where that is a text."""
    numbers: set[int] = field(default_factory=set)
    """Everybody here and below."""


class Areas:
    """An index of areas by number: a search visits only what its own texts lead to."""

    def __init__(self) -> None:
        self._root = _Node()

    def add(self, number: int, where: Area) -> None:
        """Takes in one area."""
        for shape in where:
            node = self._root
            node.numbers.add(number)
            for part in shape.parts[: shape.known]:
                if not isinstance(part, str):
                    break
                node = node.below.setdefault(part, _Node())
                node.numbers.add(number)
            node.here.setdefault(shape.last, []).append((number, shape))

    def meeting(
        self, where: Area, most: int | None = None, without: Callable[[int], bool] = lambda _: False
    ) -> dict[int, str]:
        """Everybody whose area meets this one, with a glob or path of where; ``most`` at most, none of ``without``.

        In no order that means anything, but always in the same one.
        """
        search = _Search(most, without)
        for shape in where:
            try:
                search.run(self._root, shape)
            except CostlyError:
                search.take(self._root.numbers, shape.word)
            if search.full:
                break
        return search.found


class _Search:
    """One search of the index."""

    def __init__(self, most: int | None, without: Callable[[int], bool]) -> None:
        self.found: dict[int, str] = {}
        self._passed: set[int] = set()
        """Who need not be looked at any more: found, or not asked for."""
        self._most = most
        self._without = without
        self._cost = Cost(QUERY_BUDGET)

    @property
    def full(self) -> bool:
        """Whether enough are found."""
        return self._most is not None and len(self.found) >= self._most

    def take(self, numbers: Iterable[int], word: str) -> None:
        """These meet what is searched for."""
        for number in numbers:
            if number not in self._passed:
                self._passed.add(number)
                if not self.full and not self._without(number):
                    self.found[number] = word

    def run(self, node: _Node, shape: Shape) -> None:
        """Searches for one shape. Raises ``CostlyError``."""
        at = 0
        # As far as only texts can follow there is one way to go.
        while at < shape.known:
            if node.here:
                self._here(node, shape, (at,))
            below = node.below.get(shape.parts[at])  # type: ignore[arg-type]
            if below is None:
                return
            node, at = below, at + 1
        work: list[tuple[_Node, tuple[int, ...]]] = [(node, _reach(shape.parts, (at,)))]
        while work and not self.full:
            node, places = work.pop()
            self._cost.spend()
            if node.numbers <= self._passed:
                continue
            self._here(node, shape, places)
            if any(_takes_all(shape.parts, place) for place in places):
                for child in node.below.values():
                    self.take(child.numbers, shape.word)
                continue
            for name, child in node.below.items():
                further = _advance(shape.parts, places, name, self._cost)
                if further:
                    work.append((child, further))

    def _here(self, node: _Node, shape: Shape, places: Sequence[int]) -> None:
        """Those whose texts end at this node."""
        if shape.last is None:
            groups = list(node.here.values())
        else:
            groups = [node.here[last] for last in (shape.last, None) if last in node.here]
        for group in groups:
            for number, each in group:
                if self.full:
                    return
                self._cost.spend()
                if number not in self._passed and ways_meet(shape.parts, places, each.parts, each.known, self._cost):
                    self.take((number,), each.word if each.literal else shape.word)


def _takes_all(parts: Sequence[Part], place: int) -> bool:
    """Whether from here on whatever is below matches."""
    # What ends with ``**`` ends with "one part, and any number more".
    return place == len(parts) - 2 and parts[-1] is DEEP


def _advance(parts: Sequence[Part], places: Sequence[int], name: str, cost: Cost) -> tuple[int, ...]:
    """Where one is behind a part with this text."""
    found: set[int] = set()
    for place in places:
        cost.spend()
        if place == len(parts):
            continue
        part = parts[place]
        if part is DEEP:
            found.add(place)
        elif parts_meet(part, name, cost):
            found.add(place + 1)
    return _reach(parts, found)


def _reach(parts: Sequence[Part], places: Iterable[int]) -> tuple[int, ...]:
    """With the places behind ``**``, which also takes nothing."""
    found = set(places)
    for place in list(found):
        while place < len(parts) and parts[place] is DEEP:
            place += 1
            found.add(place)
    return tuple(sorted(found))
