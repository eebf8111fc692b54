"""Collects what is wrong with a batch, so that its author can mend all of it in one step."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from bot.errors import Place, Refusal

MOST: Final = 50
"""So many refusals are reported at once; more teach nothing."""


class Faults:
    """The refusals found so far."""

    def __init__(self) -> None:
        self._found: list[Refusal] = []

    def __bool__(self) -> bool:
        return bool(self._found)

    def take(self, refusal: Refusal) -> None:
        """Takes note of a refusal (and of those found with it)."""
        self._found += [Refusal(each.code, each.place, each.values) for each in refusal.all]

    def check(self) -> None:
        """Raises all of them as one, in the order of the operations. Does nothing when there are none."""
        if self._found:
            raise together(self._found)


def together(found: Iterable[Refusal]) -> Refusal:
    """Several refusals as one: the first, with the others in ``also``."""
    ordered = sorted(found, key=lambda each: (each.place.operation is None, each.place.operation or 0))
    first, *rest = ordered[:MOST]
    return Refusal(first.code, first.place, first.values, also=tuple(rest))


def at(path: str, operation: int, line: int | None = None) -> Place:
    """The place of an operation's fault: file, line where one is known, and the operation's index."""
    shown = path.encode("utf-8", "backslashreplace").decode("utf-8")
    return Place(file=shown[:1000], line=line, operation=operation)


def fault(code: str, path: str, operation: int, *, line: int | None = None, **values: Any) -> Refusal:
    """A refusal of one operation; its path, and its line where one is known, are among the values."""
    place = at(path, operation, line)
    if line is not None:
        values = {"line": line, **values}
    return Refusal(code, place, {"path": place.file or "", **values})


def too_large(what: str, size: int, most: int) -> Refusal:
    """The refusal of a batch that is over one of its limits."""
    return Refusal("batch-too-large", values={"what": what, "size": size, "most": most})
