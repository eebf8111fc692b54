"""The rules as they are written: what cannot be meant is refused, all of it at once, with its place."""

import pytest

from bot.config import repository_settings
from bot.errors import Refusal


def refused(text):
    with pytest.raises(Refusal) as caught:
        repository_settings(text.encode())
    return [(each.code, each.place.line, each.place.key) for each in caught.value.all]


def test_a_good_one():
    made = repository_settings(b"approvals:\n  - name: a\n    from: {users: [x, z]}\n    count: 2\n")
    assert made.approvals[0].from_.users == ("x", "z")


def test_all_faults_at_once_in_the_order_of_the_text():
    text = """\
spec:
  guarded: ["src/**", "[a"]
  evidence: ["a\\\\b"]
patches:
  protected: ["/x"]
approvals:
  - name: product
    paths: ["a/**", "{a"]
    exclude: ["b/"]
    from: {users: [x]}
    count: 2
  - name: core
    from: {}
  - name: product
    from:
      users: []
waivers:
  rules: ["**x"]
"""
    assert refused(text) == [
        ("bad-glob", 2, "spec.guarded[1]"),
        ("bad-glob", 3, "spec.evidence[0]"),
        ("bad-glob", 5, "patches.protected[0]"),
        ("bad-glob", 8, "approvals[0].paths[1]"),
        ("bad-glob", 9, "approvals[0].exclude[0]"),
        ("rule-names-too-few", 10, "approvals[0].from"),
        ("rule-names-nobody", 13, "approvals[1].from"),
        ("repeated-rule", 14, "approvals[2].name"),
        ("rule-names-nobody", 16, "approvals[2].from"),
        ("bad-glob", 18, "waivers.rules[0]"),
    ]


@pytest.mark.parametrize(
    ("whom", "code"),
    [
        ("{}", "rule-names-nobody"),
        ("{codeowners: false}", "rule-names-nobody"),
        ("{users: [a]}", "rule-names-too-few"),
        ("{users: [a, A]}", "rule-names-too-few"),
        ("{users: [a, b]}", None),
        ("{users: [a], teams: [x/y]}", None),
        ("{permission: read}", None),
        ("{codeowners: true}", None),
    ],
)
def test_whom_a_rule_names(whom, code):
    text = f"approvals:\n  - name: a\n    count: 2\n    from: {whom}\n"
    if code is None:
        repository_settings(text.encode())
    else:
        assert refused(text) == [(code, 4, "approvals[0].from")]


def test_no_more_are_told_than_teach():
    assert len(refused("approvals:\n" + "  - {name: a, from: {}}\n" * 100)) == 50


def test_a_default_lane_that_there_is_not_and_paths_that_limit_nothing():
    text = "tasks:\n  lanes: {build: {people: [a]}}\n  default_lane: biuld\n  paths:\n    - {paths: [db/**, '[a']}\n"
    assert refused(text) == [
        ("task-lane-unknown", 3, "tasks.default_lane"),
        ("bad-glob", 5, "tasks.paths[0].paths[1]"),
    ]
    assert repository_settings(text.replace("biuld", "build").replace("[a'", "a'").encode()).tasks.default_lane
