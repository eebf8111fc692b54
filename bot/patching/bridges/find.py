"""Where a block of whole lines stands in a file: every place, within a budget."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bot.errors import Place, Refusal

MOST_PLACES: Final = 200
"""More places than this are not told apart: so many make a block as ambiguous as all."""
HIT: Final = 20
"""A place that is compared costs as much as so many lines that are passed over."""
HUNK: Final = 300
"""So does a hunk, whatever is in it."""
FILE: Final = 1000
"""So does a file that is named."""
MOST_WORK: Final = 60_000_000
"""Lines looked at for one payload; a few seconds."""


class Budget:
    """How much work one payload may cause. What would take longer is refused."""

    def __init__(self, name: str, most: int = MOST_WORK) -> None:
        self._name = name
        self._left = most

    def spend(self, lines: int) -> None:
        """Takes note of work. Raises ``Refusal('patch-too-costly')``."""
        self._left -= lines
        if self._left < 0:
            raise Refusal("patch-too-costly", Place(self._name))


def places(lines: list[bytes], block: Sequence[bytes], budget: Budget, start: int = 0) -> list[int]:
    """The indexes, from ``start`` on, at which a block (not empty) stands in lines; at most ``MOST_PLACES``."""
    # The longest line is most likely the rarest one: it is looked for, and the others are compared around it.
    anchor = max(range(len(block)), key=lambda at: len(block[at]))
    block = list(block)
    wanted, size = block[anchor], len(block)
    each, whole = 1 + len(wanted) // 256, size + sum(map(len, block)) // 256
    budget.spend(whole)
    found: list[int] = []
    at, last = start + anchor, len(lines) - size + anchor
    while at <= last and len(found) < MOST_PLACES:
        try:
            hit = lines.index(wanted, at, last + 1)
        except ValueError:
            budget.spend(each * (last + 1 - at))
            break
        budget.spend(each * (hit + 1 - at) + whole + HIT)
        first = hit - anchor
        if lines[first : first + size] == block:
            found.append(first)
        at = hit + 1
    return found


def stands(lines: list[bytes], block: list[bytes], at: int) -> bool:
    """Whether a block stands at an index."""
    return 0 <= at <= len(lines) - len(block) and lines[at : at + len(block)] == block
