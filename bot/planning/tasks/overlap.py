"""Which tasks touch the same paths: globs against globs, and an index that finds who meets whom.

Exact for the globs of ``bot.source.globs``: they meet when some path could match both. What takes too many steps to
tell counts as meeting: a task that waits in vain is cheaper than two that collide.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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
    here: list[tuple[int, Shape]] = field(default_factory=list)
    """Whose texts end here."""
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
            node.here.append((number, shape))

    def meeting(self, where: Area) -> dict[int, str]:
        """Everybody whose area meets this one, with a glob or path of where; in no order that means anything."""
        found: dict[int, str] = {}
        cost = Cost(QUERY_BUDGET)
        for shape in where:
            try:
                self._search(shape, found, cost)
            except CostlyError:
                for number in self._root.numbers:
                    found.setdefault(number, shape.word)
                break
        return found

    def _search(self, shape: Shape, found: dict[int, str], cost: Cost) -> None:
        work: list[tuple[_Node, tuple[int, ...]]] = [(self._root, _reach(shape.parts, (0,)))]
        while work:
            node, places = work.pop()
            cost.spend()
            if node.numbers <= found.keys():
                continue
            for number, each in node.here:
                cost.spend()
                if number not in found and ways_meet(shape.parts, places, each.parts, each.known, cost):
                    found[number] = each.word if each.literal else shape.word
            if any(_takes_all(shape.parts, place) for place in places):
                for child in node.below.values():
                    for number in child.numbers:
                        found.setdefault(number, shape.word)
                continue
            for name, child in _children(node, shape.parts, places):
                further = _advance(shape.parts, places, name, cost)
                if further:
                    work.append((child, further))


def _takes_all(parts: Sequence[Part], place: int) -> bool:
    """Whether from here on whatever is below matches."""
    rest = parts[place:]
    return len(rest) == 2 and rest[0] == STAR and rest[1] is DEEP


def _children(node: _Node, parts: Sequence[Part], places: Sequence[int]) -> Iterable[tuple[str, _Node]]:
    """Those that a search may go on to: where only texts can follow, just these."""
    names = [parts[place] for place in places if place < len(parts)]
    if all(isinstance(name, str) for name in names):
        return [
            (name, node.below[name]) for name in dict.fromkeys(names) if isinstance(name, str) and name in node.below
        ]
    return node.below.items()


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
