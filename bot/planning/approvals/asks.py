"""Rules become asks: one for each rule, phase and, where CODEOWNERS is asked, group of owners."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from bot.contracts.policy import RANKS, ApprovalRule, Phase, Role
from bot.planning.approvals.decision import Trouble, Unowned
from bot.planning.approvals.facts import Facts, Person
from bot.source.codeowners import CodeOwners
from bot.source.globs import compile_glob


@dataclass(frozen=True, slots=True)
class Ask:
    """Who must approve which paths. ``users`` and ``teams`` as they were written."""

    rule: ApprovalRule
    phase: Phase
    scope: tuple[str, ...]
    covers: Callable[[str], bool]
    """Whether an approver would answer for a path, if it were changed in this phase."""
    users: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()
    permission: Role | None = None
    owners: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    trouble: Trouble | None = None

    def names(self, person: Person) -> bool:
        """Whether somebody is named: by login or by team."""
        if person.login.lower() in {user.lower() for user in self.users}:
            return True
        return not person.teams.isdisjoint(team.lower() for team in self.teams)

    def takes(self, person: Person) -> bool:
        """Whether somebody may give it, by who they are and the role that they have now."""
        rank = RANKS.get(person.role, 0)
        if rank == 0 or self.trouble is not None:
            return False
        if self.permission is not None and rank >= RANKS[self.permission]:
            return True
        return rank >= RANKS[self.rule.least] and self.names(person)


def asks(rules: Sequence[ApprovalRule], facts: Facts) -> tuple[tuple[Ask, ...], tuple[Unowned, ...]]:
    """What the rules ask for here, in their order, and the paths for which a rule asks nobody."""
    found: list[Ask] = []
    unowned: list[Unowned] = []
    labels = {label.casefold() for label in facts.labels}
    for rule in rules:
        if rule.labels and labels.isdisjoint(label.casefold() for label in rule.labels):
            continue
        matches = matcher(rule)
        for phase in dict.fromkeys(rule.phases):
            scope = tuple(dict.fromkeys(path for path in facts.paths.get(phase, ()) if matches(path)))
            if not scope:
                continue
            if not rule.from_.codeowners:
                found.append(_own(rule, phase, scope, matches))
                continue
            for ask in _owned(rule, phase, scope, matches, facts.owners):
                if isinstance(ask, Ask):
                    found.append(ask)
                else:
                    unowned.append(ask)
    return tuple(found), tuple(unowned)


def matcher(rule: ApprovalRule) -> Callable[[str], bool]:
    """Whether a rule is about a path."""
    paths = [compile_glob(glob) for glob in rule.paths]
    exclude = [compile_glob(glob) for glob in rule.exclude]

    def matches(path: str) -> bool:
        return any(glob.matches(path) for glob in paths) and not any(glob.matches(path) for glob in exclude)

    return matches


def _own(rule: ApprovalRule, phase: Phase, scope: tuple[str, ...], covers: Callable[[str], bool]) -> Ask:
    people = rule.from_
    return Ask(rule, phase, scope, covers, people.users, people.teams, people.permission)


def _owned(
    rule: ApprovalRule,
    phase: Phase,
    scope: tuple[str, ...],
    matches: Callable[[str], bool],
    owners: CodeOwners | None,
) -> Iterator[Ask | Unowned]:
    """The rule's asks where CODEOWNERS says whom; its other clauses stand for the paths that nobody owns."""
    others = bool(rule.from_.users or rule.from_.teams or rule.from_.permission)
    if owners is None and others:
        yield _own(rule, phase, scope, matches)
        return
    # The rule counts on a file that is not there, or that nobody can read: that is no consent.
    if owners is None or not owners.usable:
        yield Ask(rule, phase, scope, matches, trouble="no-codeowners" if owners is None else "codeowners-unusable")
        return
    for group, paths in sorted(owners.groups(scope).items()):
        covers = _covers(matches, owners, group)
        if group:
            emails = tuple(owner for owner in group if "@" in owner)
            teams = tuple(owner for owner in group if "/" in owner and owner not in emails)
            users = tuple(owner for owner in group if owner not in emails and owner not in teams)
            yield Ask(rule, phase, paths, covers, users, teams, owners=group, emails=emails)
        elif others:
            yield _own(rule, phase, paths, covers)
        else:
            yield Unowned(rule.name, phase, paths)


def _covers(matches: Callable[[str], bool], owners: CodeOwners, group: tuple[str, ...]) -> Callable[[str], bool]:
    return lambda path: matches(path) and tuple(sorted(owners.owners(path))) == group
