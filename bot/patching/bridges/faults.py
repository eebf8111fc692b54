"""Collects what is wrong with a payload, so that its author can mend all of it in one step."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

from bot.errors import Place, Refusal
from bot.patching.nearest import nearest_block

MOST: Final = 50
"""So many refusals are reported at once; more teach nothing."""
MOST_NEAREST: Final = 5
"""For so many the nearest place is looked for: it is slow, and the first ones teach most."""
MOST_WANTED: Final = 40
"""So many lines of a block are compared with the file."""


class Faults:
    """The refusals found so far."""

    def __init__(self) -> None:
        self._found: list[Refusal] = []
        self._nearest = 0

    def __bool__(self) -> bool:
        return bool(self._found)

    def add(self, code: str, place: Place, **values: Any) -> None:
        """Takes note of one fault. Raises all of them when there are too many."""
        self._found.append(Refusal(code, place, values))
        if len(self._found) >= MOST:
            self.check()

    @contextmanager
    def noting(self) -> Iterator[None]:
        """Takes note of a refusal raised inside instead of letting it through."""
        try:
            yield
        except Refusal as refusal:
            if refusal.code == "patch-too-costly" or len(self._found) >= MOST:
                raise
            self._found += [Refusal(each.code, each.place, each.values) for each in refusal.all]

    def check(self) -> None:
        """Raises all of them as one, in the order of the payload. Does nothing when there are none."""
        if self._found:
            told: list[Refusal] = []
            for each in sorted(self._found, key=lambda each: each.place.line or 0):
                if all((each.code, each.place, each.values) != (one.code, one.place, one.values) for one in told):
                    told.append(each)  # the old and the new name of a file may both be wrong in one way
            first, *rest = told[:MOST]
            raise Refusal(first.code, first.place, first.values, also=tuple(rest))

    def nearest(self, lines: Sequence[bytes], wanted: Sequence[bytes]) -> str:
        """Where lines that are not in a file come nearest, in words; ``""`` when nowhere."""
        self._nearest += 1
        if self._nearest > MOST_NEAREST:
            return ""
        return str(nearest_block(lines, wanted[:MOST_WANTED]) or "")
