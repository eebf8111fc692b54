"""What the approval policy decides, with its reasons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from bot.contracts.policy import Phase, Role

State = Literal["approved", "pending", "blocked", "not-needed", "not-applicable"]
"""``not-needed``: there are no rules. ``not-applicable``: there are, but none is about this change."""
RequirementState = Literal["approved", "pending", "impossible"]
Why = Literal[
    "bot",
    "author",
    "requester",
    "contributor",
    "lost-right",
    "not-eligible",
    "stale",
    "unknown-head",
    "superseded",
    "dismissed",
]
"""Why a review counts for nothing. ``lost-right``: named, but with too low a role now. ``stale``: what it answers for
was changed since. ``unknown-head``: given for another head, and what changed since is not known."""
Trouble = Literal["nobody-left", "no-codeowners", "codeowners-unusable"]


def requirement_key(rule: str, phase: Phase, owners: tuple[str, ...]) -> str:
    """What tells a requirement from all others of a decision."""
    return "/".join((rule, phase, *(("+".join(owners),) if owners else ())))


@dataclass(frozen=True, slots=True)
class Given:
    """An approval that counts."""

    user: str
    review: int
    why: Literal["on-this-head", "carried-over"]


@dataclass(frozen=True, slots=True)
class RuledOut:
    """Somebody whom the rule names and who cannot give it."""

    user: str
    why: Literal["bot", "author", "requester", "contributor", "lost-right"]


@dataclass(frozen=True, slots=True)
class Candidates:
    """Who could still give it: without those who did, and without those who are ruled out."""

    users: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()
    permission: Role | None = None
    """Everybody with at least this role."""
    emails: tuple[str, ...] = ()
    """Owners that CODEOWNERS names by email; GitHub does not tell whose they are, so that none of them counts."""
    ruled_out: tuple[RuledOut, ...] = ()


@dataclass(frozen=True, slots=True)
class Requirement:
    """One condition of one rule in one phase: so many approvals for these paths."""

    rule: str
    phase: Phase
    owners: tuple[str, ...]
    """The owners whose paths these are, for a rule that asks CODEOWNERS; else empty."""
    scope: tuple[str, ...]
    needed: int
    given: tuple[Given, ...]
    candidates: Candidates
    state: RequirementState
    trouble: Trouble | None = None
    """Why nobody can ever give it; set when ``state`` is ``impossible``."""

    @property
    def missing(self) -> int:
        """How many approvals are still to come."""
        return max(0, self.needed - len(self.given))

    @property
    def key(self) -> str:
        """A name of its own within a decision."""
        return requirement_key(self.rule, self.phase, self.owners)


@dataclass(frozen=True, slots=True)
class Blocker:
    """Somebody who asked for changes, and neither approved since nor was dismissed."""

    user: str
    review: int


@dataclass(frozen=True, slots=True)
class Ignored:
    """A review that does not count, for one requirement (its ``key``) or for none at all."""

    user: str
    review: int
    why: Why
    requirement: str | None = None


@dataclass(frozen=True, slots=True)
class Unowned:
    """Paths that nobody owns, under a rule that asks the owners alone: it asks nothing for them."""

    rule: str
    phase: Phase
    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether the approvals are there."""

    state: State
    requirements: tuple[Requirement, ...] = ()
    blockers: tuple[Blocker, ...] = ()
    ignored: tuple[Ignored, ...] = ()
    unowned: tuple[Unowned, ...] = ()
    asked: frozenset[str] = frozenset()
    """Logins to ask again now: their review was for something that was changed since, and it is still needed."""

    @property
    def open(self) -> bool:
        """Whether the gate is open. Without rules too, but never while somebody asks for changes."""
        return not self.blockers and self.state in {"approved", "not-needed", "not-applicable"}
