"""What is remembered of a repository's tasks between looks: a cache, told again from the ledger where it was lost."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

from pydantic import BaseModel, ConfigDict

from bot.contracts.event import PatchEvent
from bot.contracts.task import STATES, State, TaskSettings
from bot.workflows.context import Context

HOUR = timedelta(hours=1)
BEGUN: frozenset[State] = frozenset({"in-progress", "in-review"})
"""The states of a task whose pull request is open."""
STARTS = frozenset({"start", "retry"})
"""Orders after which a task starts though a limit holds it."""
IDLE = {"again": "no"}
"""What the ledger is told of a retry that found nothing to try again: none counts that told so."""


class TaskRecord(BaseModel):
    """One task. ``state``: the one that was told last, entered at ``since``."""

    model_config = ConfigDict(extra="ignore")

    state: State | None = None
    since: datetime | None = None
    pull: int | None = None
    """Its newest pull request."""
    outcome: Literal["", "merged", "closed"] = ""
    """What became of that, once it is decided."""
    started: datetime | None = None
    started_by: str = ""
    ordered: bool = False
    """Somebody ordered its start; until it has begun."""
    begun: int = 0
    """The pull request that was labelled and assigned when the task started with it."""
    superseded: int = 0
    """Its pull requests up to this one were decided, and another one was asked for."""
    subsumed_by: int | None = None
    related: dict[int, Literal["text"]] = {}
    """The dependencies that its text named and that were made native ones."""
    related_once: bool = False
    """A task of a plan had all relations that its marker names."""
    lane: str = ""
    """The lane that it was in when it was last looked at."""
    lane_said: str | None = None
    """The lane that its form named when it was last looked at, empty for none; ``None``: it was not looked at yet."""
    barred: str = ""
    """Why GitHub did not take its branch."""
    judged_by: tuple[str, ...] | None = None
    """The labels of people on its issue when its pull request was last asked to be judged."""
    text: str = ""
    """What its part of the status comment says."""


class Book(BaseModel):
    """All tasks of one repository. ``known``: whether this database knew it, or it was told again from elsewhere."""

    model_config = ConfigDict(extra="ignore")

    tasks: dict[int, TaskRecord] = {}
    starts: tuple[datetime, ...] = ()
    """When tasks started by themselves, within the last hour."""
    drafts: bool = True
    """Whether GitHub takes drafts here."""
    raised: dict[str, int] = {}
    """Limits that a person raised, by name: how much is added."""
    let_go: dict[int, int] = {}
    """Issues that were tasks once: the last pull request of each. One that is labelled again begins anew."""
    known: bool = True

    def of(self, number: int) -> TaskRecord:
        """A task's record; a new one where there is none."""
        if number not in self.tasks:
            self.tasks[number] = TaskRecord(superseded=self.let_go.get(number, 0))
        return self.tasks[number]


def book_key(repository: str) -> str:
    """Where a repository's book is kept."""
    return f"tasks:{repository.lower()}"


async def load_book(ctx: Context, repository: str, now: datetime) -> Book:
    """The book; told again from the ledger where this database has none."""
    value = await ctx.memory.get(book_key(repository))
    if value is None:
        return fold(await ctx.ledger.events(repository))
    book = Book.model_validate(value)
    book.starts = tuple(at for at in book.starts if now - at < HOUR)
    return book


async def save_book(ctx: Context, repository: str, book: Book) -> None:
    """Keeps the book."""
    book.known = True
    await ctx.memory.set(book_key(repository), book.model_dump(mode="json"))


def fold(events: Sequence[PatchEvent]) -> Book:
    """The book as the ledger's events tell it: states, starts, orders, what was subsumed, which relations were made."""
    book = Book(known=False)
    for event in events:
        told = event.details
        if event.type == "LIMIT_RAISED" and told.get("by", "").isdecimal():
            book.raised[told.get("limit", "")] = int(told["by"])
        if event.issue is None:
            continue
        if event.type == "ORDER_CARRIED_OUT" and told.get("command") in STARTS and not IDLE.items() <= told.items():
            _ordered(book, event.issue)
        if not event.subject.startswith("task:"):
            continue
        if event.type == "TASK_ENTERED" and not told.get("from") and book.of(event.issue).state is not None:
            book.let_go[event.issue] = book.tasks.pop(event.issue).pull or 0  # it was no task in between
        record = book.of(event.issue)
        if event.type == "TASK_ENTERED":
            _entered(record, event)
        elif event.type == "TASK_SUBSUMED" and told.get("epic", "").isdecimal():
            record.subsumed_by = int(told["epic"])
        elif event.type == "TASK_RELATED" and told.get("on", "").isdecimal():
            if told.get("how") == "taken":
                record.related.pop(int(told["on"]), None)
            else:
                record.related[int(told["on"])] = "text"
    return book


def effective(settings: TaskSettings, book: Book) -> TaskSettings:
    """The settings with the limits that people raised on the dashboard."""
    more = book.raised.get("max_open", 0)
    if not settings.max_open or not more:
        return settings
    return settings.model_copy(update={"max_open": min(settings.max_open + more, 1000)})


def state_of(event: PatchEvent) -> State:
    """The state that an event says a task entered."""
    said = event.details.get("state")
    return next((state for state in STATES if state == said), "ready")


def _ordered(book: Book, number: int) -> None:
    """An order to start was given on a task, or on its pull request."""
    record = book.tasks.get(number) or next((one for one in book.tasks.values() if one.pull == number), None)
    if record is None:
        return
    record.ordered = True
    if record.state not in BEGUN:
        record.superseded = max(record.superseded, record.pull or 0)


def _entered(record: TaskRecord, event: PatchEvent) -> None:
    state = state_of(event)
    record.state, record.since = state, event.at
    record.related_once = "plan-incomplete" not in event.details.get("why", "").split(",")
    if event.pull is not None:
        record.pull = event.pull
    if state in BEGUN:
        record.ordered, record.begun = False, event.pull or 0
        record.started = record.started or event.at
        record.started_by = event.details.get("by", record.started_by)
    if state in {"ready", "blocked"}:
        record.started, record.subsumed_by = None, None
