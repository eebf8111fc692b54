"""What is wrong with a form or a plan, by line."""

from __future__ import annotations

from bot.errors import Refusal
from bot.source import faults

MOST = faults.MOST


class Faults(faults.Faults):
    """A list of refusals, told in the order of their lines."""

    @property
    def all(self) -> tuple[Refusal, ...]:
        """The first ones by line."""
        return tuple(sorted(self.found, key=lambda fault: fault.place.line or 0)[:MOST])
