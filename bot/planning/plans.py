"""A migration's plan: its digest, which of them somebody saw, and whether it is approved.

A plan has no review: it is approved by a command that is bound to its digest, by people whom the settings' rules of
the phase ``plan`` name (law 6).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.contracts.policy import ApprovalRule
from bot.planning.heads import SHORTLY
from bot.planning.rights import at_least

DIGITS: Final = 12
"""So many digits of a digest are shown, and at least as many name it."""


def plan_digest(manifest: bytes, folders: Iterable[tuple[str, str]]) -> str:
    """The digest of a plan, 64 hexadecimal digits: of the manifest's bytes and each folder's id and entry's digest."""
    told = [hashlib.sha256(manifest).hexdigest(), sorted(folders)]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Shown:
    """A digest, and when the plan comment began to show it."""

    digest: str
    at: datetime


def digest_seen(shown: Sequence[Shown], at: datetime) -> str | None:
    """The digest that somebody surely saw who wrote at that time; ``None`` where that is not sure.

    ``shown`` is in order. One that was shown for seconds only (``SHORTLY``) may not have been seen, unless it is the
    only one there ever was.
    """
    before = [each for each in shown if each.at <= at]
    if not before:
        return None
    if len(before) > 1 and at - before[-1].at <= SHORTLY:
        return None
    return before[-1].digest


@dataclass(frozen=True, slots=True)
class Voter:
    """Somebody who approved, or may: their role here, and those of the rules' teams that they are in (lower case)."""

    login: str
    role: str
    teams: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Verdict:
    """One rule on one plan: who satisfies it, and how many are missing."""

    rule: ApprovalRule
    by: tuple[str, ...]
    missing: int


def rules_for_plan(rules: Iterable[ApprovalRule], labels: Collection[str]) -> tuple[ApprovalRule, ...]:
    """The rules that ask for approval of a plan whose issue has these labels."""
    there = {label.lower() for label in labels}
    return tuple(
        rule
        for rule in rules
        if "plan" in rule.phases and (not rule.labels or there & {label.lower() for label in rule.labels})
    )


def eligible(rule: ApprovalRule, voter: Voter) -> bool:
    """Whether somebody may satisfy a rule: named or of the role, and with the least role in any case."""
    named = voter.login.lower() in {login.lower() for login in rule.from_.users}
    member = bool(voter.teams & {team.lower() for team in rule.from_.teams})
    ranked = rule.from_.permission is not None and at_least(voter.role, rule.from_.permission)
    return at_least(voter.role, rule.least) and (named or member or ranked)


def judge(rules: Sequence[ApprovalRule], voters: Iterable[Voter], asked: Collection[str]) -> tuple[Verdict, ...]:
    """What each rule says. Who asked for the migration never counts, whatever their role."""
    barred = {login.lower() for login in asked}
    people = {voter.login.lower(): voter for voter in voters if voter.login.lower() not in barred}
    found = []
    for rule in rules:
        by = tuple(sorted(voter.login for voter in people.values() if eligible(rule, voter)))
        found.append(Verdict(rule, by, max(rule.count - len(by), 0)))
    return tuple(found)
