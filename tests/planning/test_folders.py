"""What becomes of a folder next: every state, and the order that depends_on demands."""

import pytest

from bot.planning.folders import Decision, Facts, decide

OURS = {"branch": "ours", "branch_digest": "d1"}
BEHIND = Decision("open", "none", ("manifest-changed", "hold"))
ON_TOP = {"branch": "built-on", "branch_digest": "d1"}


def one(**facts):
    return decide([Facts("a", "d1", **facts)])["a"]


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, Decision("planned", "compute")),
        ({"branch": "ours", "branch_digest": "d1"}, Decision("planned", "publish")),
        ({"branch": "ours", "branch_digest": "old"}, Decision("planned", "compute")),
        ({"branch": "people"}, Decision("held", "none", ("people",))),
        ({"known": "nothing-to-do"}, Decision("nothing-to-do", "none")),
        ({"known": "refused"}, Decision("refused", "none")),
        ({"pull": "open", **OURS}, Decision("open", "publish")),
        (
            {"pull": "open", "branch": "ours", "branch_digest": "old"},
            Decision("open", "compute", ("manifest-changed",)),
        ),
        ({"pull": "open", "branch": "people"}, Decision("open", "none", ("people",))),
        ({"pull": "open", **OURS, "moved": True}, Decision("open", "replay", ("base-moved",))),
        ({"pull": "open", **ON_TOP}, Decision("open", "publish", ("people",))),
        ({"pull": "open", **ON_TOP, "moved": True}, Decision("open", "replay", ("people", "base-moved"))),
        (
            {"pull": "open", **ON_TOP, "branch_digest": "old"},
            Decision("open", "replay", ("people", "manifest-changed")),
        ),
        ({"pull": "open", **OURS, "moved": True, "on_hold": True}, Decision("open", "publish", ("hold",))),
        ({"pull": "open", "branch": "ours", "branch_digest": "old", "on_hold": True}, BEHIND),
        ({"pull": "open", **OURS, "on_hold": True}, Decision("open", "publish")),
        (
            {"pull": "open", **ON_TOP, "moved": True, "waits": "collides"},
            Decision("open", "publish", ("people", "waits:collides")),
        ),
        ({"pull": "open", **ON_TOP, "waits": "collides"}, Decision("open", "publish", ("people",))),
        ({"branch": "built-on", "branch_digest": "d1"}, Decision("held", "none", ("people",))),
        ({"pull": "closed", **OURS, "moved": True}, Decision("closed", "none")),
        ({"pull": "merged", **ON_TOP, "moved": True}, Decision("merged", "none")),
        ({"pull": "merged"}, Decision("merged", "none")),
        ({"pull": "merged", **OURS}, Decision("merged", "publish")),
        ({"pull": "merged", "branch": "people"}, Decision("merged", "none")),
        ({"pull": "closed"}, Decision("closed", "none")),
        ({"depends_on": ("b",)}, Decision("waiting", "none", ("depends:b",))),
    ],
)
def test_one_folder(facts, expected):
    assert one(**facts) == expected


@pytest.mark.parametrize(
    ("before", "goes"),
    [
        ({"pull": "merged"}, True),
        ({"known": "nothing-to-do"}, True),
        ({"pull": "open", **OURS}, False),
        ({"pull": "closed"}, False),
        ({"known": "refused"}, False),
        ({}, False),
    ],
)
def test_a_folder_waits_for_the_one_before_it(before, goes):
    made = decide([Facts("b", "d2", depends_on=("a",)), Facts("a", "d1", **before)])
    assert (made["b"].action == "compute") is goes
    assert made["b"].state == ("planned" if goes else "waiting")


def test_the_limit_counts_what_is_open():
    folders = [Facts("a", "d1", pull="open", **OURS), *(Facts(name, "d") for name in "bcd")]
    made = decide(folders, max_open=2)
    assert [made[name].action for name in "abcd"] == ["publish", "compute", "none", "none"]
    assert made["c"].because == ("limit:2",)


@pytest.mark.parametrize(
    ("facts", "held", "expected"),
    [
        ({}, ("hold",), Decision("held", "none", ("hold",))),
        ({}, ("plan-approval", "hold"), Decision("held", "none", ("plan-approval", "hold"))),
        ({**OURS}, ("hold",), Decision("held", "none", ("hold",))),
        ({"known": "refused"}, ("hold",), Decision("refused", "none")),
        ({"branch": "people"}, ("hold",), Decision("held", "none", ("people",))),
        ({"pull": "open", **OURS}, ("plan-approval",), Decision("open", "publish")),
        (
            {"pull": "open", "branch": "ours", "branch_digest": "old"},
            ("plan-approval",),
            Decision("open", "none", ("manifest-changed", "plan-approval")),
        ),
        (
            {"pull": "open", "branch": "ours", "branch_digest": "old"},
            ("hold",),
            Decision("open", "compute", ("manifest-changed",)),
        ),
        (
            {"pull": "open", "branch": "ours", "branch_digest": "old", "on_hold": True},
            (),
            Decision("open", "none", ("manifest-changed", "hold")),
        ),
        ({"pull": "closed"}, ("hold",), Decision("closed", "none")),
        ({"pull": "merged", **OURS}, ("plan-approval",), Decision("merged", "publish")),
    ],
)
def test_what_is_held(facts, held, expected):
    assert decide([Facts("a", "d1", **facts)], held=held)["a"] == expected


def test_what_is_held_takes_no_place_of_those_that_may_be_open():
    made = decide([Facts("a", "1"), Facts("b", "2")], max_open=1, held=("hold",))
    assert {each.because for each in made.values()} == {("hold",)}
