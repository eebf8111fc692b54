"""Collects refusals, so that a person can mend all that is wrong with a manifest in one step."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from bot.errors import Place, Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST = 50
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

    def stop(self) -> None:
        """Raise the first fault, with the others in ``also``, if there is any."""
        if self.found:
            first, *rest = self.found[:MOST]
            raise Refusal(first.code, first.place, first.values, also=tuple(rest))


def key_path(path: tuple[str | int, ...]) -> str:
    """``("folders", 2, "source")`` as ``folders[2].source``."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text
