"""What is remembered of the orders given on one issue or pull request: what its status comment shows.

A cache: what was applied, refused and taken back can be told again from the ledger's events (law 9).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from bot.contracts.event import PatchEvent
from bot.workflows.context import Context

MOST = 200
"""So many orders are remembered of one pull request beside those that are to be delivered; the oldest go first."""
MOST_TOLD = 10
"""The words of so many orders of one comment are told."""

_COMMENT = re.compile(r"comment-([0-9]{1,19})/")
State = Literal[
    "applied",
    "nothing-to-do",
    "already-applied",
    "refused",
    "rolled-back",
    "not-allowed",
    "unknown",
    "done",
    "answered",
]
"""``done``: what was ordered is done, ``text`` says in one line what that was. ``answered``: ``text`` is the answer,
shown as long as it is the newest order."""


class Remark(BaseModel):
    """Something to say at one line of one file: a fault that refused a batch, or what a reviewer should look at."""

    code: str
    path: str
    line: int = 1
    text: str


class OrderRecord(BaseModel):
    """One order and what became of it."""

    model_config = ConfigDict(extra="ignore")

    order: str
    """``comment-<id>/<key>`` or ``api-<digest>``."""
    command: str
    by: str
    editor: str = ""
    """Who else wrote the order: whoever had edited its comment last."""
    at: datetime
    state: State
    batch: str = ""
    commit: str | None = None
    head: str | None = None
    """The head that it was judged on."""
    replayed_from: str | None = None
    files: int = 0
    added: int = 0
    removed: int = 0
    operations: int = 0
    remarks: tuple[Remark, ...] = ()
    code: str = ""
    """The refusal's."""
    text: str = ""
    """The refusal, or the hint, as people read it."""
    undoes: str | None = None
    """The commit that was taken back."""
    pull: int | None = None
    """The pull request that it opened."""
    delivered: bool = False
    told: dict[str, str] = {}
    """What the ledger's event of the order holds beside its state."""

    @property
    def comment(self) -> str:
        """The id of the comment that gave the order; ``""`` for one of the API."""
        found = _COMMENT.match(self.order)
        return found[1] if found else ""


def comment_key(repository: str, comment: int) -> str:
    """Where it is kept which orders of a comment were carried out, by their keys."""
    return f"comment:{repository.lower()}!{comment}"


def records_key(repository: str, number: int) -> str:
    """Where the records of one issue or pull request are kept."""
    return f"orders:{repository.lower()}#{number}"


async def load_orders(ctx: Context, repository: str, number: int) -> list[OrderRecord]:
    """The records, oldest first; told again from the ledger where this database has lost them."""
    value = await ctx.memory.get(records_key(repository, number))
    if value is not None:
        return [OrderRecord.model_validate(each) for each in value]
    return fold(await ctx.ledger.about(repository, number))


async def save_orders(ctx: Context, repository: str, number: int, records: Sequence[OrderRecord]) -> None:
    """Keeps the records: all that changed something and are not delivered, whatever others do who may not."""
    matters = [each.state in {"applied", "rolled-back"} and not each.delivered for each in records]
    rest = [at for at, one in enumerate(matters) if not one][-MOST:]
    chosen = sorted({*rest, *(at for at, one in enumerate(matters) if one)})
    # Words are shown of the newest order, and of the others of its comment.
    told = len(records) - len(of_one_comment(list(reversed(records))))
    shown = [records[at] if at >= told else _short(records[at]) for at in chosen]
    kept = [each.model_dump(mode="json", exclude_defaults=True) for each in shown]
    await ctx.memory.set(records_key(repository, number), kept)


def of_one_comment(newest: Sequence[OrderRecord]) -> Sequence[OrderRecord]:
    """Of the records, the newest first, those whose words are told: the first, and the next of the same comment."""
    for at, record in enumerate(newest[:MOST_TOLD]):
        if at and (not record.comment or record.comment != newest[0].comment):
            return newest[:at]
    return newest[:MOST_TOLD]


def _short(record: OrderRecord) -> OrderRecord:
    if record.state not in {"refused", "answered"} or not (record.text or record.remarks):
        return record
    return record.model_copy(update={"text": "", "remarks": ()})


def put(records: Sequence[OrderRecord], record: OrderRecord) -> list[OrderRecord]:
    """The records with this one in the place of the same order's, or at the end."""
    if any(each.order == record.order for each in records):
        return [record if each.order == record.order else each for each in records]
    return [*records, record]


async def remembers(ctx: Context, repository: str, number: int, comment: int) -> bool:
    """Whether this database itself knows of an order of this comment; if not, it may have been lost."""
    if await ctx.memory.get(comment_key(repository, comment)) is not None:
        return True
    known = await ctx.memory.get(records_key(repository, number)) or []
    return any(OrderRecord.model_validate(each).comment == str(comment) for each in known)


def follow_replays(records: Sequence[OrderRecord], commits: Mapping[str, str]) -> list[OrderRecord]:
    """The records with commits that were replayed under their new oids (old to new)."""

    def new(old: str | None) -> str | None:
        return None if old is None else commits.get(old, old)

    return [each.model_copy(update={"commit": new(each.commit), "undoes": new(each.undoes)}) for each in records]


_STATES: dict[str, State] = {
    "PATCH_APPLIED": "applied",
    "PROCESSING_COMPLETED": "nothing-to-do",
    "PATCH_REJECTED": "refused",
    "DELIVERY_FAILED": "refused",
    "ROLLBACK_COMPLETED": "rolled-back",
    "ROLLBACK_FAILED": "refused",
}


def fold(events: Sequence[PatchEvent]) -> list[OrderRecord]:
    """The records as far as events tell: without the words of refusals."""
    found: list[OrderRecord] = []
    for event in events:
        order, state = event.details.get("order"), _STATES.get(event.type)
        if order is not None and event.subject == f"order:{order}":
            found = put(found, _told(event, order))
            continue
        if event.details.get("command") == "replay":
            if state is not None and event.commit is not None:
                found = follow_replays(found, {event.details.get("from", ""): event.commit})
            continue
        if order is not None and event.details.get("command") == "delivery":
            found = [
                each.model_copy(update={"delivered": True}) if f"batch:{each.batch}" == event.subject else each
                for each in found
            ]
            continue
        if order is None or state is None or not event.subject.startswith("batch:"):
            continue
        if event.type == "PROCESSING_COMPLETED":
            if any(each.order == order for each in found):
                continue  # it was applied, and this says no more
            state = "nothing-to-do" if event.commit is None else "already-applied"
        numbers = {name: int(event.details.get(name, "0")) for name in ("files", "added", "removed", "operations")}
        record = OrderRecord(
            order=order,
            command=event.details.get("command", "apply"),
            by=event.actor,
            editor=event.details.get("editor", ""),
            at=event.at,
            state=state,
            batch=event.subject.removeprefix("batch:"),
            commit=event.commit if state != "refused" else None,
            head=event.base,
            replayed_from=event.details.get("replayed_from"),
            code=event.details.get("code", ""),
            undoes=event.details.get("undoes"),
            pull=event.pull if event.pull != event.issue else None,
            **numbers,
        )
        found = put(found, record)
    return found


def _told(event: PatchEvent, order: str) -> OrderRecord:
    """The record of an order that has no batch."""
    carried_out = event.type == "ORDER_CARRIED_OUT"
    answered = event.details.get("state") == "answered"
    return OrderRecord(
        order=order,
        command=event.details.get("command", ""),
        by=event.actor,
        at=event.at,
        state="refused" if not carried_out else "answered" if answered else "done",
        code=event.details.get("code", ""),
        text=event.details.get("said", ""),
    )
