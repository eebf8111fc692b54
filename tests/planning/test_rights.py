"""Who may give a slash command: by role, by name, by team; and a rule never lets a stranger in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.contracts.policy import RANKS, CommandRule
from bot.planning.rights import at_least, least, right

ROLES = ["none", "read", "triage", "write", "maintain", "admin"]
WANTED = ROLES[1:]


@pytest.mark.parametrize(
    ("role", "rule", "teams", "because"),
    [
        ("write", None, (), "role"),
        ("admin", None, (), "role"),
        ("triage", None, (), "role-too-low"),
        ("none", None, (), "no-access"),
        ("odd", None, (), "no-access"),
        ("write", CommandRule(), (), "role"),
        ("write", CommandRule(permission="admin"), (), "role-too-low"),
        ("admin", CommandRule(permission="admin"), (), "role"),
        ("read", CommandRule(permission="read"), (), "role"),
        ("read", CommandRule(users=("ben",)), (), "named"),
        ("read", CommandRule(users=("BEN",)), (), "named"),
        ("none", CommandRule(users=("ben",)), (), "no-access"),
        ("read", CommandRule(users=("benny",)), (), "role-too-low"),
        ("read", CommandRule(teams=("acme/leads",)), ("acme/leads",), "team"),
        ("read", CommandRule(teams=("acme/Leads",)), ("ACME/leads",), "team"),
        ("none", CommandRule(teams=("acme/leads",)), ("acme/leads",), "no-access"),
        ("read", CommandRule(teams=("acme/leads",)), ("acme/others",), "role-too-low"),
        ("read", CommandRule(), ("acme/leads",), "role-too-low"),
        ("triage", CommandRule(permission="admin", users=("ben",)), (), "named"),
    ],
)
def test_a_right_and_its_reason(role, rule, teams, because):
    found = right("ben", role, "write", rule, teams)
    assert (found.because, found.granted) == (because, because in {"role", "named", "team"})


def test_the_rules_permission_takes_the_place_of_the_commands_own():
    assert least("write", None) == least("write", CommandRule(users=("ben",))) == "write"
    assert least("write", CommandRule(permission="read")) == "read"
    assert not at_least("nobody-knows", "read")


@given(
    st.sampled_from(ROLES),
    st.sampled_from(WANTED),
    st.builds(
        CommandRule,
        permission=st.none() | st.sampled_from(WANTED),
        users=st.lists(st.sampled_from(["ben", "ada"]), max_size=2).map(tuple),
        teams=st.lists(st.sampled_from(["acme/a", "acme/b"]), max_size=2).map(tuple),
    ),
    st.sets(st.sampled_from(["acme/a", "acme/b", "acme/c"])),
)
def test_more_of_a_role_never_takes_a_right_away_and_strangers_have_none(role, permission, rule, teams):
    granted = [right("ben", each, permission, rule, teams).granted for each in ROLES]
    assert granted == sorted(granted)
    assert not granted[0]
    if right("ben", role, permission, rule, teams).granted:
        named = "ben" in rule.users or set(rule.teams) & teams
        assert named or RANKS[role] >= RANKS[rule.permission or permission]
