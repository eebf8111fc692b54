"""Which reviews count: each person's latest opinion, on what they answer for as it is now, by who may give it now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from bot.contracts.policy import RANKS
from bot.planning.approvals.asks import Ask
from bot.planning.approvals.decision import (
    Blocker,
    Candidates,
    Given,
    Ignored,
    Requirement,
    RequirementState,
    RuledOut,
    Why,
    requirement_key,
)
from bot.planning.approvals.facts import Facts, Person, ReviewFact

OPINIONS: Final = frozenset({"approved", "changes-requested", "dismissed"})
"""A comment is none, and replaces none."""
GHOST: Final = "ghost"
"""GitHub's name for every deleted account: nobody knows who that was."""
Never = Literal["bot", "author", "requester", "contributor"]


class Room:
    """The facts, with logins in one case and the reviews by person."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self._bot, self._author = facts.bot.lower(), facts.author.lower()
        self._requesters = {login.lower() for login in facts.requesters}
        self._contributors = {login.lower() for login in facts.contributors}
        self._members = {team.lower(): members for team, members in facts.team_members.items()}
        self.latest: dict[str, ReviewFact] = {}
        """Each person's latest opinion, in the order in which they were given."""
        self.superseded: list[ReviewFact] = []
        self.standing: dict[str, ReviewFact] = {}
        """Each person's latest opinion that is not dismissed."""
        for review in sorted(facts.reviews, key=lambda review: (review.at, review.id)):
            login = review.user.lower()
            if review.state in OPINIONS:
                if login in self.latest:
                    self.superseded.append(self.latest.pop(login))
                self.latest[login] = review
            if review.state in OPINIONS - {"dismissed"}:
                self.standing[login] = review

    def person(self, login: str) -> Person | None:
        """Somebody as they are now; ``None`` where nobody asked who that is."""
        return self.facts.people.get(login.lower())

    def members(self, team: str) -> frozenset[str] | None:
        """A team's logins; ``None`` where they are not known."""
        return self._members.get(team.lower())

    def ours(self, login: str) -> bool:
        """Whether that is Graftsman."""
        return login.lower() == self._bot

    def never(self, login: str) -> Never | None:
        """Why somebody's approval can count for nothing here, whatever the rules."""
        low, person = login.lower(), self.person(login)
        if low == self._bot or low.endswith("[bot]") or (person is not None and person.bot):
            return "bot"
        if low == self._author:
            return "author"
        if low in self._requesters:
            return "requester"
        return "contributor" if low in self._contributors else None


def counted(room: Room, ask: Ask) -> tuple[tuple[Given, ...], tuple[Ignored, ...]]:
    """The approvals that an ask has, and those that it would have had but for a reason of its own."""
    given: list[Given] = []
    ignored: list[Ignored] = []
    key = requirement_key(ask.rule.name, ask.phase, ask.owners)
    for login, review in room.latest.items():
        person = room.person(login)
        if review.state != "approved" or room.never(login) is not None or person is None or login == GHOST:
            continue
        why: Why | None = None
        if not ask.takes(person):
            why = "lost-right" if ask.names(person) else None
            if why is None:
                continue
        elif not review.on_head:
            why = _moved(room.facts, ask, review)
        if why is not None:
            ignored.append(Ignored(review.user, review.id, why, key))
        else:
            given.append(Given(review.user, review.id, "on-this-head" if review.on_head else "carried-over"))
    return tuple(given), tuple(ignored)


def _moved(facts: Facts, ask: Ask, review: ReviewFact) -> Literal["stale", "unknown-head"] | None:
    """Why an approval of an earlier head is none of this one; ``None`` where nothing that it answers for differs."""
    if review.moved is None:
        return "unknown-head"
    if not review.moved.isdisjoint(ask.scope):
        return "stale"
    if facts.dropped is not None:
        gone = review.moved & facts.dropped.get(ask.phase, frozenset())
    else:
        gone = review.moved.difference(*facts.paths.values())
    return "stale" if any(ask.covers(path) for path in gone) else None


def requirement(room: Room, ask: Ask, given: tuple[Given, ...]) -> Requirement:
    """An ask with what it has and who could give the rest."""
    gave = {each.user.lower() for each in given}
    candidates, closed, able = _candidates(room, ask, gave)
    needed = ask.rule.count
    there = len(given) >= needed
    trouble = ask.trouble
    if trouble is None and not there and closed and len(gave | able) < needed:
        trouble = "nobody-left"
    state: RequirementState = "impossible" if trouble else "approved" if there else "pending"
    return Requirement(
        ask.rule.name,
        ask.phase,
        ask.owners,
        ask.scope,
        needed,
        given,
        candidates,
        state,
        trouble,
    )


@dataclass(slots=True)
class _Named:
    """Those whom an ask names, by login in lower case: who could give it, and who cannot."""

    able: set[str]
    out: dict[str, RuledOut]


def _candidates(room: Room, ask: Ask, gave: set[str]) -> tuple[Candidates, bool, set[str]]:
    """Who could give it; whether these are all there are; and their logins."""
    named = _Named(set(), {})
    for user in ask.users:
        _sort(room, ask, user, named)
    teams, closed = [], ask.permission is None
    for team in ask.teams:
        members = room.members(team)
        if members is None:
            closed = False
            teams.append(team)
            continue
        for member in sorted(members):
            _sort(room, ask, member, named)
        if any(member.lower() in named.able - gave for member in members):
            teams.append(team)
    users = tuple(user for user in ask.users if user.lower() in named.able - gave)
    ruled_out = tuple(named.out.values())
    return Candidates(users, tuple(teams), ask.permission, ask.emails, ruled_out), closed, named.able


def _sort(room: Room, ask: Ask, login: str, named: _Named) -> None:
    why: Never | Literal["lost-right"] | None = room.never(login)
    person = room.person(login)
    if why is None and person is not None and not ask.takes(person):
        # Their team may not have been looked at: the ask names them all the same.
        rank = RANKS.get(person.role, 0)
        why = "lost-right" if rank == 0 or rank < RANKS[ask.rule.least] else None
    if why is None:
        named.able.add(login.lower())
    else:
        named.out.setdefault(login.lower(), RuledOut(login, why))


def blockers(room: Room, found: Sequence[Ask]) -> tuple[Blocker, ...]:
    """Who asked for changes and has a say: a possible approver, or somebody with write access."""
    blocking = []
    for login, review in room.standing.items():
        person = room.person(login)
        if review.state != "changes-requested" or person is None or room.ours(login):
            continue
        if RANKS.get(person.role, 0) >= RANKS["write"] or any(ask.takes(person) for ask in found):
            blocking.append(Blocker(review.user, review.id))
    return tuple(blocking)


def passed_over(room: Room, found: Sequence[Ask]) -> tuple[Ignored, ...]:
    """The reviews that count for no requirement at all, each with the reason."""
    ignored = [Ignored(review.user, review.id, "superseded") for review in room.superseded]
    for login, review in room.latest.items():
        if review.state == "dismissed":
            ignored.append(Ignored(review.user, review.id, "dismissed"))
        if review.state != "approved":
            continue
        person, never = room.person(login), room.never(login)
        if never is not None:
            ignored.append(Ignored(review.user, review.id, never))
        elif person is None or login == GHOST or not any(ask.takes(person) or ask.names(person) for ask in found):
            ignored.append(Ignored(review.user, review.id, "not-eligible"))
    return tuple(ignored)
