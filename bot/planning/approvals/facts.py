"""What the approval policy is judged on: people as they are now, their reviews, and what is changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from bot.contracts.policy import Phase
from bot.source.codeowners import CodeOwners

ReviewState = Literal["approved", "changes-requested", "commented", "dismissed", "pending"]


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody as they are now. ``role`` is ``none``, ``read``, ``triage``, ``write``, ``maintain`` or ``admin``."""

    login: str
    role: str
    teams: frozenset[str] = frozenset()
    """As ``organisation/slug``, in lower case."""
    bot: bool = False


@dataclass(frozen=True, slots=True)
class ReviewFact:
    """One review. Reviews of one person are ordered by ``at``, then by ``id``."""

    id: int
    user: str
    state: ReviewState
    commit: str | None
    at: datetime
    moved: frozenset[str] | None
    """The paths whose change against the base (content and mode, old and new) differs between the head it was given
    for and the present one. Empty: nothing differs. ``None``: not known, so it counts for no other head."""
    on_head: bool
    """Whether it was given for the present head."""
    body_edited_by: str | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """All that a decision depends on. Logins and teams are compared whatever their case."""

    author: str
    bot: str
    """Graftsman's own login."""
    requesters: frozenset[str]
    """Who asked for the change: by a label, a command, an order."""
    contributors: frozenset[str]
    """Who pushed commits to the branch."""
    paths: Mapping[Phase, tuple[str, ...]]
    """The changed paths of each phase that is judged; a phase that is missing is not."""
    labels: frozenset[str]
    reviews: tuple[ReviewFact, ...]
    people: Mapping[str, Person]
    """By login in lower case: everybody who reviewed, or who is asked about. Who is missing has no right."""
    owners: CodeOwners | None = None
    """CODEOWNERS of the base branch; ``None`` where there is none."""
    team_members: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Logins by team; a team that is missing has members that are not known."""
    dropped: Mapping[Phase, frozenset[str]] | None = None
    """By phase, the paths that an earlier head changed and the present one does not. An approver answered for these,
    too. ``None``: what a review's ``moved`` holds and no phase has counts as of every phase, which asks once too
    often rather than never."""
