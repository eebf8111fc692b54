"""Which pull request of a migration to review next, and why: one pure function over its folders."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Candidate:
    """One folder: its pull request where one is open, and what it waits for."""

    id: str
    depends_on: tuple[str, ...] = ()
    pull: int | None = None
    """The number of its open pull request."""
    opened: datetime | None = None
    ready: bool = False
    """Not a draft, not on hold."""
    done: bool = False
    """Merged, or nothing to do."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A pull request to review, and what speaks for it."""

    id: str
    pull: int
    opened: datetime
    unblocks: tuple[str, ...]
    """The folders that wait for it, over others too, and are not done."""


def order_of_review(folders: Sequence[Candidate]) -> tuple[Choice, ...]:
    """The pull requests that are ready for review: first what most others wait for, then the oldest."""
    waiting = {each.id: each for each in folders if not each.done}
    found = [
        Choice(each.id, each.pull, each.opened, _behind(each.id, waiting))
        for each in folders
        if each.pull is not None and each.opened is not None and each.ready and not each.done
    ]
    return tuple(sorted(found, key=lambda choice: (-len(choice.unblocks), choice.opened, choice.pull)))


def _behind(id: str, waiting: Mapping[str, Candidate]) -> tuple[str, ...]:  # noqa: A002 - the contract's word
    found: set[str] = set()
    edge: Collection[str] = {id}
    while edge:
        edge = {each.id for each in waiting.values() if set(each.depends_on) & set(edge)} - found - {id}
        found |= edge
    return tuple(sorted(found))
