"""Why a gate is open or shut, as programs read it: what is satisfied, by whom, what is missing, who could give it."""

from __future__ import annotations

from typing import Literal

from bot.contracts.base import Contract, First
from bot.contracts.policy import Phase, Role


class ExplainedApproval(Contract):
    """An approval that counts."""

    user: str
    review: int
    """The review's id; `0` is one that was only supposed."""
    why: Literal["on-this-head", "carried-over"]
    """`carried-over`: given for an earlier head, and nothing that it answers for has changed since."""


class ExplainedPerson(Contract):
    """Somebody whose word does not count, and why."""

    user: str
    why: str
    """A stable word in kebab-case."""


class ExplainedCandidates(Contract):
    """Who could give what is missing."""

    users: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()
    permission: Role | None = None
    """Everybody who has at least this role."""
    emails: tuple[str, ...] = ()
    """Owners by email; these cannot be told from others, so that they count for nothing."""
    ruled_out: tuple[ExplainedPerson, ...] = ()


class ExplainedRequirement(Contract):
    """One condition: so many approvals for these paths."""

    key: str
    """Its name within this explanation."""
    rule: str
    phase: Phase
    owners: tuple[str, ...] = ()
    """The code owners whose paths these are, for a rule that asks them."""
    paths: tuple[str, ...]
    needed: int
    missing: int
    state: Literal["approved", "pending", "impossible"]
    trouble: Literal["nobody-left", "no-codeowners", "codeowners-unusable"] | None = None
    """Why nobody can ever give it."""
    given: tuple[ExplainedApproval, ...] = ()
    candidates: ExplainedCandidates = ExplainedCandidates()


class ExplainedReview(ExplainedPerson):
    """A review that does not count."""

    review: int
    requirement: str | None = None
    """The key of the requirement that it does not count for; none: it counts for nothing."""


class ExplainedBlocker(Contract):
    """Somebody who asked for changes."""

    user: str
    review: int


class ExplainedUnowned(Contract):
    """Paths without owners, under a rule that asks the owners alone."""

    rule: str
    phase: Phase
    paths: tuple[str, ...]


class Supposition(Contract):
    """What would be if somebody approved the present head now."""

    user: str
    state: Literal["approved", "pending", "blocked", "not-needed", "not-applicable"]
    open: bool
    """Whether the gate would be open."""
    counts_for: tuple[str, ...]
    """The keys of the requirements that their approval would count for."""
    still_missing: tuple[str, ...]
    """The keys of those that would not be satisfied."""
    why_not: tuple[str, ...] = ()
    """Why it would not count, where it counts for nothing."""


class Explanation(Contract):
    """All reasons of one decision."""

    version: First = 1
    state: Literal["approved", "pending", "blocked", "not-needed", "not-applicable"]
    """`not-needed`: there are no rules. `not-applicable`: none of them is about this change."""
    open: bool
    requirements: tuple[ExplainedRequirement, ...] = ()
    blockers: tuple[ExplainedBlocker, ...] = ()
    ignored: tuple[ExplainedReview, ...] = ()
    unowned: tuple[ExplainedUnowned, ...] = ()
    ask_again: tuple[str, ...] = ()
    """Who should look again: their review was for something that was changed since."""
    supposed: tuple[Supposition, ...] = ()
