"""What the API takes and gives, beside batches, events, reports and refusals."""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, Field, field_validator, model_validator

from bot.contracts.base import Contract
from bot.contracts.event import EventType, PatchEvent
from bot.contracts.patch import PatchBatch

RepositoryName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,100}/[A-Za-z0-9_.-]{1,100}$")]
"""``owner/name``, whatever the case."""
Oid = Annotated[str, Field(pattern=r"^[0-9a-f]{40}$")]
Number = Annotated[int, Field(ge=1, le=1 << 53)]
MOST_PAYLOAD = 32 << 20

_NO_BRANCH = re.compile(
    r"[\x00-\x20\x7f~^:?*\[\\\ud800-\udfff]|\.\.|@\{|//|/\.|\.lock(/|\Z)|[/.]\Z|\A[-/.]|\A@\Z|\Arefs/"
)


class NewEvent(Contract):
    """An event that comes from outside. Its id is made from what it says: said twice, it is stored once."""

    type: EventType
    repository: RepositoryName
    subject: Annotated[str, Field(pattern=r"^(batch|task|run|folder):[!-~]{1,200}$")]
    """``batch:…``, ``task:…``, ``run:…`` or ``folder:…``: what it happened to."""
    at: AwareDatetime | None = None
    """When it happened, with a time zone; left out: when it arrived. What happened twice says when."""
    issue: Number | None = None
    commit: Oid | None = None
    base: Oid | None = None
    pull: Number | None = None
    details: Annotated[
        dict[Annotated[str, Field(min_length=1, max_length=100)], Annotated[str, Field(max_length=2000)]],
        Field(default_factory=dict, max_length=50),
    ]
    """Text by name: at most 50. ``order`` is Graftsman's own: by it an order is known to be carried out."""

    @field_validator("details")
    @classmethod
    def _no_order(cls, value: dict[str, str]) -> dict[str, str]:
        if "order" in value:
            raise ValueError("the name order is Graftsman's own")
        return value


class EventRecord(Contract):
    """An event in the ledger of its repository. Number and hash are final once the entry is in git."""

    number: int
    previous: str
    """The hash of the entry before; empty for the first one."""
    hash: str
    """``sha256(previous, LF, canonical JSON of the event)``, in hexadecimal digits."""
    event: PatchEvent


class ApplyRequest(Contract):
    """A batch (or text that an agent wrote) to land on a branch."""

    repository: RepositoryName
    branch: Annotated[str, Field(max_length=255)] = ""
    """The branch to land on, without ``refs/heads/``; left out: that of the task that ``issue`` names."""
    batch: PatchBatch | None = None
    payload: Annotated[str, Field(min_length=1, max_length=MOST_PAYLOAD)] | None = None
    """Text in one of the formats, in the place of ``batch``."""
    format: Literal["auto", "diff", "search-replace", "apply-patch", "json", "yaml"] = "auto"
    """How ``payload`` is written."""
    base: Oid | None = None
    """The commit that the author saw; left out: what the batch says, or else the branch as it is."""
    mode: Literal["apply", "dry-run", "validate"] = "apply"
    replay: bool = True
    """Compute it anew where the branch has moved on since ``base``; else that is refused."""
    issue: Number | None = None

    @field_validator("branch")
    @classmethod
    def _a_branch(cls, value: str) -> str:
        if value and _NO_BRANCH.search(value):
            raise ValueError("a branch as git allows it, without refs/heads/")
        return value

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if not self.branch and self.issue is None:
            raise ValueError("a branch, or an issue that is a task")
        if (self.batch is None) == (self.payload is None):
            raise ValueError("exactly one of batch and payload")
        if self.batch is not None and self.format not in {"auto", "json"}:
            raise ValueError("format goes with payload")
        return self


class ApplyAnswer(Contract):
    """What became of it."""

    status: Literal["applied", "already-applied", "nothing-to-do", "dry-run", "valid", "accepted"]
    id: str
    """The batch's id; its events are filed under ``batch:<id>``."""
    repository: str
    branch: str
    commit: str | None = None
    tree: str | None = None
    base: str | None = None
    """The commit that it was computed on."""
    replayed_from: str | None = None
    """The base that the author saw, where it is another one."""
    paths: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    """What is worth knowing and refuses nothing."""
