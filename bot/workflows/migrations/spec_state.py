"""Whether the spec that a migration's manifest names is approved, as far as the policy asks for that."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SpecState:
    """``asked``: a rule of the phase ``spec`` asks for it. ``by``: who approved what it says, in which pull request."""

    asked: bool = False
    by: tuple[str, ...] = ()
    pull: int | None = None
    could: tuple[str, ...] = ()
    """Who could approve it, where nobody has."""

    @property
    def open(self) -> bool:
        """Whether folders may be opened, as far as the spec is concerned."""
        return not self.asked or bool(self.by)
