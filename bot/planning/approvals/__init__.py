"""The approval policy: one pure function says whether the approvals are there, and why.

What counts is an approving review, each person's latest opinion, by somebody who may give it now, on the present head
or with the proof that nothing they answer for has changed since. What never counts: Graftsman and every bot, the
author, whoever asked for the change, whoever pushed to its branch. Nothing is read here; see ``facts``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from bot.contracts.policy import ApprovalRule
from bot.planning.approvals.asks import Ask, asks
from bot.planning.approvals.counting import Room, blockers, counted, passed_over, requirement
from bot.planning.approvals.decision import (
    Blocker,
    Candidates,
    Decision,
    Given,
    Ignored,
    Requirement,
    RuledOut,
    State,
    Unowned,
)
from bot.planning.approvals.facts import Facts, Person, ReviewFact

__all__ = [
    "SUPPOSED",
    "Blocker",
    "Candidates",
    "Decision",
    "Facts",
    "Given",
    "Ignored",
    "Person",
    "Requirement",
    "ReviewFact",
    "RuledOut",
    "Unowned",
    "decide",
    "what_if",
]

SUPPOSED: Final = 0
"""The id of the review that ``what_if`` supposes; GitHub's ids are above it."""


def decide(rules: Sequence[ApprovalRule], facts: Facts) -> Decision:
    """Whether the approvals are there. Raises ``Refusal('bad-glob')`` for a rule that was not checked before."""
    room = Room(facts)
    found, unowned = asks(rules, facts)
    blocking = blockers(room, found)
    if not rules:
        return Decision("not-needed", blockers=blocking)
    requirements = []
    ignored = list(passed_over(room, found))
    again: set[str] = set()
    for ask in found:
        given, not_counted = counted(room, ask)
        made = requirement(room, ask, given)
        requirements.append(made)
        ignored += not_counted
        if made.state != "approved":
            again |= {each.user for each in not_counted if each.why in {"stale", "unknown-head"}}
    again |= {blocker.user for blocker in blocking if _changed_for(room, found, blocker)}
    if blocking or any(each.state == "impossible" for each in requirements):
        state: State = "blocked"
    elif not requirements:
        state = "not-applicable"
    else:
        state = "approved" if all(each.state == "approved" for each in requirements) else "pending"
    return Decision(state, tuple(requirements), blocking, tuple(ignored), unowned, frozenset(again))


def what_if(rules: Sequence[ApprovalRule], facts: Facts, login: str) -> Decision:
    """The decision if somebody approved the present head now. Raises ``KeyError`` when ``facts.people`` lacks them."""
    person = facts.people[login.lower()]
    last = max((review.at for review in facts.reviews), default=datetime(1970, 1, 1, tzinfo=UTC))
    supposed = ReviewFact(
        SUPPOSED, person.login, "approved", None, last + timedelta(seconds=1), moved=frozenset(), on_head=True
    )
    return decide(rules, replace(facts, reviews=(*facts.reviews, supposed)))


def _changed_for(room: Room, found: Sequence[Ask], blocker: Blocker) -> bool:
    """Whether somebody who asked for changes has something new to see."""
    review, person = room.standing[blocker.user.lower()], room.person(blocker.user)
    if review.on_head or person is None:
        return False
    if review.moved is None:
        return True
    scopes = [ask.scope for ask in found if ask.takes(person)]
    # Somebody with write access alone answers for all of it.
    return any(not review.moved.isdisjoint(scope) for scope in scopes) if scopes else bool(review.moved)
