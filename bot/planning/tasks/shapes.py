"""Globs as shapes: parts between slashes that two of them are walked over together.

The language is that of ``bot.source.globs``: braces are expanded into shapes of their own, and a part is a text, a
pattern of characters, or any number of parts. What a branch changed is a shape, too: the path itself, read literally.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from bot.source.globs import alternatives

BUDGET: Final = 50_000
"""So many steps one comparison may take; what takes longer counts as meeting, which is the careful side."""


class CostlyError(Exception):
    """A comparison takes longer than it may."""


class Cost:
    """The steps that are left."""

    __slots__ = ("left",)

    def __init__(self, left: int = BUDGET) -> None:
        self.left = left

    def spend(self, steps: int = 1) -> None:
        """Raises ``CostlyError`` when nothing is left."""
        self.left -= steps
        if self.left < 0:
            raise CostlyError


@dataclass(frozen=True, slots=True)
class Chars:
    """One character of a class: one within these ranges of code points, or one outside them."""

    ranges: tuple[tuple[int, int], ...]
    negated: bool = False

    def takes(self, char: str) -> bool:
        """Whether it takes this character."""
        code = ord(char)
        if 0xDC80 <= code <= 0xDCFF:
            return self.negated
        return any(low <= code <= high for low, high in self.ranges) is not self.negated


Token = str | Chars | None
"""One character, one of a class, or any number of any (``None``)."""
ANY: Final = Chars((), negated=True)
Pattern = tuple[Token, ...]
STAR: Final[Pattern] = (None,)


class Deep:
    """Any number of parts, also none."""


DEEP: Final = Deep()
Part = str | Pattern | Deep


@dataclass(frozen=True, slots=True)
class Shape:
    """One glob without braces, or one path."""

    word: str
    """As it was written."""
    parts: tuple[Part, ...]
    known: int
    """So many parts at its beginning are texts."""

    @property
    def last(self) -> str | None:
        """Its last part, where that is a text."""
        part = self.parts[-1]
        return part if isinstance(part, str) else None

    @property
    def literal(self) -> bool:
        """Whether it is one path alone."""
        return self.known == len(self.parts)


def path_shape(path: str) -> Shape:
    """The shape of a path, in which nothing is magic."""
    parts = tuple(path.split("/"))
    return Shape(path, parts, len(parts))


@lru_cache(maxsize=4096)
def shapes(glob: str) -> tuple[Shape, ...]:
    """The shapes of a glob. Raises ``Refusal('bad-glob')``."""
    found = []
    for text in alternatives(glob):
        names = text.split("/")
        parts: list[Part] = [DEEP if name == "**" else _part(name) for name in names]
        if parts[-1] is DEEP:
            # At the end it takes what is below, at least one part.
            parts.insert(len(parts) - 1, STAR)
        known = next((at for at, part in enumerate(parts) if not isinstance(part, str)), len(parts))
        found.append(Shape(glob, tuple(parts), known))
    return tuple(found)


def _part(name: str) -> Part:
    tokens: list[Token] = []
    at = 0
    while at < len(name):
        char = name[at]
        if char == "[":
            first = at + 2 if name[at + 1] in "!^" else at + 1
            end = name.index("]", first + 1)
            tokens.append(_class(name[first:end], negated=first == at + 2))
            at = end + 1
            continue
        if char == "*":
            if not tokens or tokens[-1] is not None:
                tokens.append(None)
        else:
            tokens.append(ANY if char == "?" else char)
        at += 1
    if all(isinstance(token, str) for token in tokens):
        return "".join(token for token in tokens if isinstance(token, str))
    return tuple(tokens)


def _class(members: str, *, negated: bool) -> Token:
    ranges: list[tuple[int, int]] = []
    at = 0
    while at < len(members):
        ranged = members[at + 1 : at + 2] == "-" and at + 2 < len(members)
        high = members[at + 2] if ranged else members[at]
        ranges.append((ord(members[at]), ord(high)))
        at += 3 if ranged else 1
    if not negated and len(ranges) == 1 and ranges[0][0] == ranges[0][1]:
        return chr(ranges[0][0])
    return Chars(tuple(ranges), negated)


def shapes_meet(one: Shape, other: Shape, cost: Cost) -> bool:
    """Whether one path could have both shapes. Raises ``CostlyError``."""
    for mine, theirs in zip(one.parts[: one.known], other.parts[: other.known], strict=False):
        if mine != theirs:
            return False
    return ways_meet(one.parts, (0,), other.parts, 0, cost)


def ways_meet(one: Sequence[Part], starts: Iterable[int], other: Sequence[Part], begin: int, cost: Cost) -> bool:
    """Whether the rest of one, from any of some parts on, and the rest of the other have a path in common."""
    work = [(start, begin) for start in starts]
    seen = set(work)
    while work:
        cost.spend()
        at, by = work.pop()
        mine = one[at] if at < len(one) else None
        theirs = other[by] if by < len(other) else None
        if mine is None and theirs is None:
            return True
        following: list[tuple[int, int]] = []
        if mine is DEEP:
            following.append((at + 1, by))
            if theirs is not None:
                following.append((at, by + 1))
        if theirs is DEEP:
            following.append((at, by + 1))
            if mine is not None:
                following.append((at + 1, by))
        elif mine is not DEEP and mine is not None and theirs is not None and parts_meet(mine, theirs, cost):
            following.append((at + 1, by + 1))
        for state in following:
            if state not in seen:
                seen.add(state)
                work.append(state)
    return False


def parts_meet(one: Part, other: Part, cost: Cost) -> bool:
    """Whether one text between slashes fits both. Neither is ``DEEP``. Raises ``CostlyError``."""
    if isinstance(one, str) and isinstance(other, str):
        return one == other
    if STAR in (one, other):
        return True
    mine: Pattern = tuple(one) if isinstance(one, str) else one  # type: ignore[assignment]
    theirs: Pattern = tuple(other) if isinstance(other, str) else other  # type: ignore[assignment]
    work = [(0, 0)]
    seen = {(0, 0)}
    while work:
        cost.spend()
        at, by = work.pop()
        if at == len(mine) and by == len(theirs):
            return True
        for state in _steps(mine, at, theirs, by):
            if state not in seen:
                seen.add(state)
                work.append(state)
    return False


def _steps(mine: Pattern, at: int, theirs: Pattern, by: int) -> Iterable[tuple[int, int]]:
    ended, over = at == len(mine), by == len(theirs)
    if not ended and mine[at] is None:
        yield at + 1, by
        if not over:
            yield at, by + 1
    if not over and theirs[by] is None:
        yield at, by + 1
        if not ended:
            yield at + 1, by
    elif not ended and not over and mine[at] is not None and _share(mine[at], theirs[by]):
        yield at + 1, by + 1


def _share(one: Token, other: Token) -> bool:
    """Whether some character is both. Neither is a star."""
    if isinstance(one, str):
        return one == other if isinstance(other, str) else other is not None and other.takes(one)
    if isinstance(other, str):
        return one is not None and one.takes(other)
    if one is None or other is None:
        return True
    if one.negated and other.negated:
        # No glob can name control characters: these are left by any two of them.
        return True
    if one.negated:
        one, other = other, one
    if other.negated:
        return any(_reaches_outside(low, high, other.ranges) for low, high in one.ranges)
    return any(low <= top and bottom <= high for low, high in one.ranges for bottom, top in other.ranges)


def _reaches_outside(low: int, high: int, ranges: tuple[tuple[int, int], ...]) -> bool:
    """Whether a range holds a code point that none of the others does."""
    for bottom, top in sorted(ranges):
        if bottom > low:
            return True
        low = max(low, top + 1)
        if low > high:
            return False
    return low <= high
