"""Tasks: the settings of a repository's lanes and limits, a plan file, and the report of a finished task."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from bot.contracts.base import Contract, First
from bot.contracts.policy import Glob, Login, Name, Team

State = Literal["ready", "blocked", "in-progress", "in-review", "done", "subsumed", "deprecated"]
"""Where a task stands; each is a label ``status/<state>``.

``ready``: nothing blocks it, it has not begun. ``blocked``: it waits for another one, or cannot be read.
``in-progress``: its pull request is a draft. ``in-review``: its pull request asks for review. ``done``: closed as
completed.
``subsumed``: an epic took it over. ``deprecated``: closed as not planned.
"""
STATES: tuple[State, ...] = ("ready", "blocked", "in-progress", "in-review", "done", "subsumed", "deprecated")
Priority = Literal["critical", "high", "medium", "low"]
PRIORITIES: tuple[Priority, ...] = ("critical", "high", "medium", "low")
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAYS: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Hour = Annotated[str, Field(pattern=r"^(?:[01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$")]


class Lane(Contract):
    """Who works on what: a lane of tasks."""

    people: tuple[Login, ...] = ()
    """Who works in it; the first one is its owner, whom a task that starts is assigned to."""
    teams: tuple[Team, ...] = ()
    """Teams that work in it, as `organisation/team-slug`."""
    providers: tuple[Name, ...] = ()
    """Providers that write its patches."""
    priority: Annotated[int, Field(ge=0, le=1000)] = 0
    """Of two tasks that touch the same paths, the one of the lane with the higher number goes first."""
    max_open: Annotated[int, Field(ge=0, le=1000)] = 0
    """How many of its tasks may be open as pull requests at once; 0 is no limit."""


class PathLimit(Contract):
    """How many tasks may work on some paths at once."""

    paths: Annotated[tuple[Glob, ...], Field(min_length=1)]
    """Globs; a task counts when what it names could match one of them."""
    max_open: Annotated[int, Field(ge=1, le=1000)] = 1
    """How many at once."""


class Window(Contract):
    """When tasks may start by themselves. Times are UTC."""

    days: Annotated[tuple[Day, ...], Field(min_length=1)] = DAYS
    """Days of the week on which it opens."""
    from_: Annotated[Hour, Field(alias="from")] = "00:00"
    """When it opens, `HH:MM`."""
    to: Hour = "24:00"
    """When it closes, `HH:MM`; earlier than `from`: on the next day."""


class TaskSettings(Contract):
    """Tasks: who works on what, and what may start by itself."""

    lanes: dict[Name, Lane] = Field(default_factory=dict)
    """By name, for example `architecture` and `implementation`."""
    default_lane: Name | None = None
    """The lane of a task that names none."""
    autopilot: bool = True
    """Start a task by itself when nothing blocks it any more. Else somebody says `/start`."""
    max_open: Annotated[int, Field(ge=0, le=1000)] = 10
    """How many tasks may be open as pull requests at once; 0 is no limit."""
    max_starts_per_hour: Annotated[int, Field(ge=0, le=1000)] = 0
    """How many may start by themselves within an hour; 0 is no limit."""
    paths: tuple[PathLimit, ...] = ()
    """How many may work on the same paths at once."""
    windows: tuple[Window, ...] = ()
    """When tasks may start by themselves; empty: always."""
    drafts: bool = True
    """Open a task's pull request as a draft; where the plan of the repository has none, a label says so."""
    dashboard: bool = True
    """Keep the dashboard issue."""


class PlannedTask(Contract):
    """One task of a plan file."""

    id: Annotated[str, Field(min_length=1, max_length=200)]
    """Names it within its plan, for good: what is brought in again is found by it."""
    title: Annotated[str, Field(min_length=1, max_length=256)]
    goal: str = ""
    acceptance: tuple[str, ...] = ()
    """Each is one box to tick."""
    ticked: tuple[Annotated[int, Field(ge=0)], ...] = ()
    """Which of these are ticked, from 0."""
    paths: tuple[Glob, ...] = ()
    """Globs of what it will touch."""
    lane: str = ""
    priority: Priority = "medium"
    depends_on: tuple[str, ...] = ()
    """Ids of this plan."""
    parent: str | None = None
    """The id of its epic."""
    spec: str = ""
    """Path of its mini-spec."""
    verification: str = ""
    state: State = "ready"
    line: Annotated[int, Field(ge=1)] | None = None
    """Where it stands in its file."""


class TaskPlan(Contract):
    """A plan file: tasks with what they depend on."""

    version: First = 1
    plan: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")] = "tasks"
    """The plan's name: the ids of its tasks are its own."""
    tasks: tuple[PlannedTask, ...] = ()


class Spent(Contract):
    """How long a task was in one state."""

    state: State
    seconds: Annotated[int, Field(ge=0)]


class TaskReport(Contract):
    """What a finished task was: time in each state, and what is left to follow up."""

    issue: int
    title: str
    state: State
    lane: str = ""
    started_by: str = ""
    opened_at: datetime
    finished_at: datetime
    spent: tuple[Spent, ...] = ()
    """In the order in which the states were first entered."""
    unticked: tuple[str, ...] = ()
    """Acceptance that nobody ticked."""
    unblocked: tuple[int, ...] = ()
    """The open tasks that waited for it."""
    follow_ups: tuple[int, ...] = ()
    """Issues that were opened for its pull request and are still open."""
