"""A plan's digest, and which one somebody saw."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.planning.plans import Shown, digest_seen, plan_digest

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)
FOLDERS = [("a", "1"), ("b", "2")]


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
