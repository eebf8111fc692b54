"""Waivers: reviewed, bounded exceptions. An approving review says ``waive <rule>: <reason>`` on a line of its own.

The line is found as slash commands are: in column one, outside code, quotes and what is not shown. A waiver is bound
to the head of its review, and ends after some days.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from bot.contracts.policy import RANKS, Waivers
from bot.planning.approvals.counting import GHOST, Room
from bot.planning.approvals.facts import Facts, Person, ReviewFact
from bot.planning.commands import written
from bot.source.globs import compile_glob

LEAST: Final = "write"
"""Somebody named as user or team must still have at least this role."""
LONGEST_REASON: Final = 500
"""Characters of a reason that are kept."""
MOST: Final = 50
"""So many lines of one review are read."""
_LINE: Final = re.compile(r"/?(waive)(?=[ \t]|\Z)", re.IGNORECASE)
_WAIVED: Final = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]{0,99}) ?: ?(.*)", re.DOTALL)

Why = Literal[
    "no-reason",
    "not-approving",
    "dismissed",
    "superseded",
    "earlier-head",
    "edited",
    "bot",
    "author",
    "requester",
    "contributor",
    "not-allowed",
    "not-waivable",
    "expired",
]


@dataclass(frozen=True, slots=True)
class Waiver:
    """One line of a review. ``rule`` is in lower case. ``why`` says why it is not ``valid``."""

    rule: str
    reason: str
    user: str
    review: int
    until: datetime
    valid: bool
    why: Why | None


def waivers(
    settings: Waivers, facts: Facts, bodies: Mapping[int, str], *, head: str, now: datetime
) -> tuple[Waiver, ...]:
    """All that the reviews waive, in their order, each with whether it holds at ``now``.

    ``bodies`` are the reviews' texts by id. ``head`` is the present head's full oid.
    """
    room = Room(facts)
    globs = [compile_glob(glob) for glob in settings.rules]
    found: list[Waiver] = []
    for review in sorted(facts.reviews, key=lambda review: (review.at, review.id)):
        lines = [] if review.state == "pending" else lines_of(bodies.get(review.id, ""))
        until = review.at + timedelta(days=settings.days)
        fault = _review_fault(settings, room, review, head) if lines else None
        for rule, reason in lines:
            why: Why | None = "no-reason" if not reason else fault
            if why is None and not any(glob.matches(rule) for glob in globs):
                why = "not-waivable"
            if why is None and now >= until:
                why = "expired"
            found.append(Waiver(rule, reason, review.user, review.id, until, why is None, why))
    return tuple(found)


def lines_of(body: str) -> list[tuple[str, str]]:
    """The rules and reasons that a text names, once each; an empty reason where it gives none."""
    found: dict[tuple[str, str], None] = {}
    for line in written(body, _LINE)[:MOST]:
        waived = _WAIVED.fullmatch(" ".join(line.words))
        if waived is not None:
            found[waived[1].lower(), waived[2].strip()[:LONGEST_REASON]] = None
    return list(found)


def _review_fault(settings: Waivers, room: Room, review: ReviewFact, head: str) -> Why | None:
    """Why nothing that a review waives holds; ``None`` where it may."""
    login = review.user.lower()
    never = room.never(login)
    if never is not None:
        return never
    if review.state == "dismissed":
        return "dismissed"
    if review.state != "approved":
        return "not-approving"
    if room.latest[login] is not review:
        return "superseded"
    if review.commit != head:
        return "earlier-head"
    if review.body_edited_by is not None and review.body_edited_by.lower() != login:
        return "edited"
    person = room.person(login)
    return None if person is not None and login != GHOST and _may(settings, person) else "not-allowed"


def _may(settings: Waivers, person: Person) -> bool:
    people, rank = settings.from_, RANKS.get(person.role, 0)
    if people.permission is not None and rank >= RANKS[people.permission]:
        return True
    named = person.login.lower() in {user.lower() for user in people.users}
    named = named or not person.teams.isdisjoint(team.lower() for team in people.teams)
    return named and rank >= RANKS[LEAST]
