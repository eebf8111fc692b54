"""The records of how pull requests land: teams, the rules of a branch, auto-merge, the merge queue."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from bot.playground.records import Pull, User

Method = Literal["merge", "squash", "rebase"]
QueueState = Literal["QUEUED", "AWAITING_CHECKS", "MERGEABLE", "UNMERGEABLE"]


@dataclass(eq=False)
class Team:
    """A team of an organisation. Who is in a team below it counts as being in it."""

    id: int
    organization: User
    slug: str
    members: list[User]
    parent: Team | None = None
    children: list[Team] = field(default_factory=list)
    roles: dict[int, str] = field(default_factory=dict)
    """What its people may do, by the repository's id."""

    def everybody(self) -> Iterator[User]:
        """Its members and those of the teams below, each once."""
        seen = {id(one): one for team in self.family() for one in team.members}
        yield from seen.values()

    def family(self) -> Iterator[Team]:
        """The team itself and all below it."""
        yield self
        for child in self.children:
            yield from child.family()


@dataclass(frozen=True)
class RequiredCheck:
    """A check that must be good. With ``app_id`` one of the same name by another App does not count."""

    name: str
    app_id: int | None = None


@dataclass
class Rules:
    """What a base branch asks for before a pull request is merged into it."""

    checks: tuple[RequiredCheck, ...] = ()
    approvals: int = 0
    queue: bool = False
    queue_method: Method = "merge"
    queue_minutes: float = 60.0
    """How long the merge queue waits for checks, in GitHub's minutes."""


@dataclass(frozen=True, eq=False)
class AutoMerge:
    """A pull request's standing order to be merged once the rules allow."""

    user: User
    method: Method
    at: datetime
    title: str = ""
    message: str = ""


@dataclass(eq=False)
class QueueEntry:
    """A place in a merge queue. ``head_sha`` and ``ref`` are there once its group was built, on ``base_sha``."""

    id: int
    pull: Pull
    user: User
    at: datetime
    state: QueueState = "QUEUED"
    base_sha: str = ""
    head_sha: str = ""
    ref: str = ""
    deadline: float = 0.0
    """Seconds since the epoch, on GitHub's clock."""
