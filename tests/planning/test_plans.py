"""A plan's digest, which one somebody saw, and whether it is approved."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.contracts.policy import ApprovalRule
from bot.planning.plans import Shown, Voter, digest_seen, judge, plan_digest, rules_for_plan

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)
FOLDERS = [("a", "1"), ("b", "2")]


def rule(count=1, least="write", phases=("plan",), labels=(), **people):
    told = {"name": "plan", "phases": phases, "labels": labels, "from": people, "count": count, "least": least}
    return ApprovalRule.model_validate(told)


def at(seconds):
    return NOON + timedelta(seconds=seconds)


def shown(*pairs):
    return [Shown(digest, at(seconds)) for digest, seconds in pairs]


def test_the_digest_is_of_the_manifests_bytes_and_of_every_entry_in_any_order():
    one = plan_digest(b"m", FOLDERS)
    assert one == plan_digest(b"m", reversed(FOLDERS)) and len(one) == 64
    others = [
        plan_digest(b"m\n", FOLDERS),
        plan_digest(b"m", FOLDERS[:1]),
        plan_digest(b"m", [("a", "1"), ("b", "3")]),
        plan_digest(b"m", [("a", "12"), ("b", "")]),
    ]
    assert len({one, *others}) == 5


@pytest.mark.parametrize(
    ("moments", "when", "seen"),
    [
        ([], 0, None),
        ([("x", 1)], 0, None),
        ([("x", 0)], 0, "x"),
        ([("x", -1)], 0, "x"),
        ([("x", -60), ("y", -11)], 0, "y"),
        ([("x", -60), ("y", -10)], 0, None),
        ([("x", -60), ("y", -1)], 0, None),
        ([("x", -60), ("y", 0)], 0, None),
        ([("x", -60), ("y", 1)], 0, "x"),
        ([("x", -60), ("y", -40), ("x", -20)], 0, "x"),
    ],
)
def test_what_somebody_saw(moments, when, seen):
    assert digest_seen(shown(*moments), at(when)) == seen


PEOPLE = {
    "ada": Voter("ada", "admin"),
    "mia": Voter("mia", "maintain"),
    "ben": Voter("ben", "write", frozenset({"acme/leads"})),
    "rex": Voter("rex", "read", frozenset({"acme/leads"})),
}


@pytest.mark.parametrize(
    ("asks", "voters", "asked", "by", "missing"),
    [
        (rule(permission="maintain"), ["ada"], [], ["ada"], 0),
        (rule(permission="maintain"), ["ben"], [], [], 1),
        (rule(permission="maintain"), ["ada"], ["ada"], [], 1),
        (rule(permission="maintain"), ["ada"], ["ADA"], [], 1),
        (rule(2, permission="maintain"), ["ada"], [], ["ada"], 1),
        (rule(2, permission="maintain"), ["ada", "mia"], [], ["ada", "mia"], 0),
        (rule(2, permission="maintain"), ["ada", "ada"], [], ["ada"], 1),
        (rule(users=("Ben",)), ["ben"], [], ["ben"], 0),
        (rule(users=("rex",)), ["rex"], [], [], 1),
        (rule(users=("rex",), least="read"), ["rex"], [], ["rex"], 0),
        (rule(teams=("ACME/leads",)), ["ben", "rex"], [], ["ben"], 0),
        (rule(codeowners=True), ["ada"], [], [], 1),
        (rule(), ["ada", "mia", "ben"], [], [], 1),
    ],
)
def test_a_rule(asks, voters, asked, by, missing):
    (verdict,) = judge([asks], [PEOPLE[name] for name in voters], asked)
    assert (list(verdict.by), verdict.missing) == (by, missing)


def test_which_rules_are_about_a_plan():
    rules = [rule(permission="admin"), rule(phases=("build",)), rule(phases=("plan",), labels=("Big",))]
    assert rules_for_plan(rules, []) == (rules[0],)
    assert rules_for_plan(rules, ["big"]) == (rules[0], rules[2])


@given(st.lists(st.sampled_from(sorted(PEOPLE))), st.sets(st.sampled_from(sorted(PEOPLE))), st.integers(1, 3))
def test_whoever_asked_never_counts_and_nobody_counts_twice(voters, asked, count):
    rules = [rule(count, permission="read", least="read")]
    (verdict,) = judge(rules, [PEOPLE[name] for name in voters], asked)
    assert set(verdict.by) == set(voters) - asked
    assert verdict.missing == max(count - len(set(voters) - asked), 0)
