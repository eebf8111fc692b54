"""Collects refusals, so that a person can mend all that is wrong with an input in one step."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from bot.errors import Place, Refusal

MOST: Final = 50
"""So many are reported at once; more teach nothing."""


class Faults:
    """A list of refusals that is raised as one."""

    def __init__(self) -> None:
        self.found: list[Refusal] = []

    def add(self, code: str, place: Place, **values: Any) -> None:
        """Note one fault."""
        self.found.append(Refusal(code, place, values))

    @contextmanager
    def noting(self) -> Iterator[None]:
        """Note a refusal raised inside instead of letting it through."""
        try:
            yield
        except Refusal as refusal:
            self.found += refusal.all

    @property
    def all(self) -> tuple[Refusal, ...]:
        """The first ones, as they were found."""
        return tuple(self.found[:MOST])

    def stop(self) -> None:
        """Raise the first fault, with the others in ``also``, if there is any."""
        if self.found:
            first, *rest = self.all
            raise Refusal(first.code, first.place, first.values, also=tuple(rest))
