"""What is remembered of a repository's dashboard: a cache; what was carried out and how long tasks took the ledger
tells again.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict

from bot.contracts.event import PatchEvent
from bot.planning.tasks.board.ticks import KINDS, Kind
from bot.workflows.context import Context
from bot.workflows.tasks.book import state_of

VIA: Final = "dashboard"
"""What the ledger's events of orders say that were given here."""
MOST_TICKS: Final = 10
MOST_TOOK: Final = 200
"""So many finished tasks are kept, the newest."""
_PAGE: Final = 1000

Outcome = Literal[
    "done",
    "nothing",
    "begun",
    "closed",
    "no-task",
    "no-limit",
    "not-allowed",
    "unknown",
    "while-closed",
    "unread-rules",
]
"""What became of a tick. ``unknown``: nobody knows who gave it. ``unread-rules``: the settings name a command that
there is not, so nobody knows who may do what."""


class Tick(BaseModel):
    """One box that somebody ticked."""

    model_config = ConfigDict(extra="ignore")

    key: str
    """The order's, from the act and the edit that gave it."""
    kind: Kind
    number: int = 0
    by: tuple[str, ...] = ()
    at: datetime
    outcome: Outcome
    needs: str = ""
    """Who may, in words, where it was not allowed."""
    pull: int = 0
    count: int = 0


class Board(BaseModel):
    """The dashboard of one repository."""

    model_config = ConfigDict(extra="ignore")

    seen: str | None = None
    """The id of the newest edit that was looked at; ``""``: none since it was made."""
    dirty: bool = False
    """Whether it was written since: an edit may have been overwritten unseen."""
    closed: bool = False
    """Whether a person had closed it when it was last looked at."""
    ticks: tuple[Tick, ...] = ()
    """The last ones, oldest first."""
    folded: int = 0
    """How many of the ledger's entries are in what follows, and the hash of the last one."""
    hash: str = ""
    begun: dict[int, datetime] = {}
    """When each task that is under way began."""
    took: tuple[tuple[int, int], ...] = ()
    """Tasks that were finished, and how many seconds each took from its start to its end, oldest first."""
    forecast_of: str = ""
    """What the forecast was made of: with the same it is not made again, as it would only move with the clock."""
    forecast: str = ""
    """The forecast, in Markdown."""

    def add(self, tick: Tick) -> None:
        """Remembers a tick, once."""
        if all(each.key != tick.key for each in self.ticks):
            self.ticks = (*self.ticks, tick)[-MOST_TICKS:]


def _key(repository: str) -> str:
    return f"dashboard:{repository.lower()}"


async def load_board(ctx: Context, repository: str) -> Board:
    """The board; where this database has none, with the ticks that the ledger tells of."""
    value = await ctx.memory.get(_key(repository))
    if value is not None:
        return Board.model_validate(value)
    board = Board()
    for event in await ctx.ledger.events(repository):
        tick = _tick_of(event)
        if tick is not None:
            board.add(tick)
    return board


async def save_board(ctx: Context, repository: str, board: Board) -> None:
    """Keeps it."""
    await ctx.memory.set(_key(repository), board.model_dump(mode="json"))


def _tick_of(event: PatchEvent) -> Tick | None:
    told = event.details
    if event.type != "ORDER_CARRIED_OUT" or told.get("via") != VIA:
        return None
    kind = next((each for each in KINDS if each == told.get("act")), None)
    if kind is None:
        return None
    number = event.issue if kind in {"start", "retry", "hold", "unhold"} and event.issue is not None else 0
    by = (event.actor, *(each for each in told.get("with", "").split(",") if each))
    count = told.get("count", "")
    return Tick(
        key=told.get("order", ""), kind=kind, number=number, by=by, at=event.at, outcome="done",
        count=int(count) if count.isdecimal() else 0,
    )  # fmt: skip


async def learn(ctx: Context, repository: str, board: Board) -> None:
    """Brings how long tasks took up to the ledger's head; only what is new is read."""
    if board.folded:
        last = await ctx.ledger.entries(repository, after=board.folded - 1, limit=1)
        if not last or last[0].hash != board.hash:  # it was told again from elsewhere
            board.folded, board.hash, board.begun, board.took = 0, "", {}, ()
    while page := await ctx.ledger.entries(repository, after=board.folded, limit=_PAGE):
        fold_spans(board, (entry.event() for entry in page if '"TASK_ENTERED"' in entry.text))
        board.folded, board.hash = page[-1].number, page[-1].hash


def fold_spans(board: Board, events: Iterable[PatchEvent]) -> None:
    """Takes in states that tasks entered: from the first time under way until done."""
    for event in events:
        if event.type != "TASK_ENTERED" or event.issue is None:
            continue
        state = state_of(event)
        if state in {"in-progress", "in-review"}:
            board.begun.setdefault(event.issue, event.at)
            continue
        began = board.begun.pop(event.issue, None)
        if state == "done" and began is not None:
            seconds = max(0, round((event.at - began).total_seconds()))
            board.took = (*board.took, (event.issue, seconds))[-MOST_TOOK:]
