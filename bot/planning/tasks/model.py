"""A repository's tasks as one graph: what the pure functions of this room are handed and what they give.

What is made for each of ten thousand tasks is a named tuple: these are made in half a data class's time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, NamedTuple

from bot.contracts.task import Priority, State

Closed = Literal["", "completed", "not-planned"]
PullState = Literal["none", "draft", "open", "merged", "closed"]


@dataclass(frozen=True, slots=True)
class Task:
    """One issue of the graph. ``outside``: it is no task here (another issue, or one of another repository) and is only
    waited for.
    """

    number: int
    """The issue's number; for an issue of another repository minus its id."""
    title: str = ""
    created: datetime | None = None
    closed: Closed = ""
    outside: bool = False
    subsumed_by: int | None = None
    """The epic that took it over."""
    lane: str = ""
    priority: Priority = "medium"
    paths: tuple[str, ...] = ()
    """Globs of what it says it will touch."""
    touched: tuple[str, ...] = ()
    """Paths that its branch changes."""
    blocked_by: tuple[int, ...] = ()
    """What it waits for; closed ones too."""
    parent: int | None = None
    """Its epic."""
    pull: PullState = "none"
    started: datetime | None = None
    """When its branch was made."""
    on_hold: bool = False
    pilot: bool = False
    """It must be merged before any other starts by itself."""
    ordered: bool = False
    """Somebody who may ordered its start: limits do not hold it, what blocks it does."""
    retry: bool = False
    """Its pull request was closed unmerged, and somebody ordered a new one."""
    faults: tuple[str, ...] = ()
    """Why it cannot start as it is, by code: its form cannot be read, or nobody who may has asked for it."""


@dataclass(frozen=True)
class Graph:
    """All tasks by number, and what they wait for. A number that is named and not there counts as unknown."""

    tasks: Mapping[int, Task] = field(default_factory=dict)

    def __getitem__(self, number: int) -> Task:
        return self.tasks[number]

    def __contains__(self, number: object) -> bool:
        return number in self.tasks


class Reason(NamedTuple):
    """Why, as a code for the templates, with what it is about: issue numbers, and words (a lane, a limit)."""

    code: str
    numbers: tuple[int, ...] = ()
    words: tuple[str, ...] = ()


Action = Literal["none", "start", "close-epic"]


class Decision(NamedTuple):
    """The state a task is in, what to do about it now, and why."""

    state: State
    action: Action = "none"
    because: tuple[Reason, ...] = ()


class Choice(NamedTuple):
    """A task to take next, and what speaks for it."""

    number: int
    because: tuple[Reason, ...] = ()


@dataclass(frozen=True)
class Planned:
    """What becomes of all tasks. ``next`` holds those that could be worked on now, best first."""

    decisions: Mapping[int, Decision]
    next: tuple[Choice, ...] = ()
    critical: tuple[int, ...] = ()
    """The longest chain of what is not done, in order."""
    cycles: tuple[tuple[int, ...], ...] = ()
    """Each spelled out: the first waits for the second, and so on; the last waits for the first."""
