"""Which head the author of a comment saw: by the second."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.planning.heads import Moment, head_at

NOON = datetime(2026, 11, 21, 12, 0, 0, tzinfo=UTC)
A, B, C, ZERO = "a" * 40, "b" * 40, "c" * 40, "0" * 40
TWIN = A[:7] + "f" * 33


def pushes(*pairs):
    return [Moment(oid, NOON + timedelta(seconds=at)) for oid, at in pairs]


@pytest.mark.parametrize(
    ("moments", "current", "state", "seen", "because"),
    [
        ([(A, -3600)], A, "bound", A, "last-push"),
        ([(B, -3600), (A, -60)], A, "bound", A, "last-push"),
        ([(A, -11)], A, "bound", A, "last-push"),
        ([(A, -10)], A, "pushed-before", A, "shortly-before"),
        ([(A, -1)], A, "pushed-before", A, "shortly-before"),
        ([(B, -60), (A, 0)], A, "pushed-before", None, "same-second"),
        ([(B, -60), (A, 1)], A, "pushed-since", B, "later-push"),
        ([(A, 1)], A, "pushed-since", None, "later-push"),
        # Away and back again is two pushes.
        ([(A, -60), (B, 5), (A, 9)], A, "pushed-since", A, "later-push"),
        ([(A, -60), (B, -4), (A, -2)], A, "pushed-before", A, "shortly-before"),
        # Two in one second, long ago: whichever came last, it is the present head.
        ([(A, -60), (B, -60)], A, "bound", A, "last-push"),
        ([(A, -60), (B, -60)], B, "bound", B, "last-push"),
        ([(A, -60), (B, -60), (C, 5)], C, "pushed-since", None, "later-push"),
        # Deleted and made anew.
        ([(A, -60), (ZERO, -50), (A, -40)], A, "bound", A, "last-push"),
        ([(A, -60), (ZERO, 2), (A, 4)], A, "pushed-since", A, "later-push"),
        # What the activity does not tell is not guessed.
        ([], A, "not-known", None, "no-activity"),
        ([(B, -60)], A, "not-known", B, "activity-lacks-head"),
        ([(A, -90), (B, -60)], A, "not-known", B, "activity-lacks-head"),
        ([(B, -5)], A, "not-known", B, "activity-lacks-head"),
        ([(B, 5)], A, "pushed-since", None, "later-push"),
    ],
)
def test_what_the_author_saw(moments, current, state, seen, because):
    for order in (pushes(*moments), pushes(*moments)[::-1]):
        found = head_at(order, NOON, current)
        assert (found.state, found.seen, found.because, found.oid) == (state, seen, because, current)


@pytest.mark.parametrize(
    ("moments", "named", "state", "seen", "because"),
    [
        # Who names the present head need not have waited.
        ([], A, "bound", A, "named"),
        ([], A[:7], "bound", A, "named"),
        ([(A, -1)], A, "bound", A, "named"),
        ([(B, -60), (A, 30)], A[:12], "bound", A, "named"),
        ([(B, -60), (A, 30)], B[:7], "pushed-since", B, "named-earlier-head"),
        ([(A, -60)], "1234567", "unknown-oid", None, "named-no-head"),
        ([], "1234567", "unknown-oid", None, "named-no-head"),
        # A commit that was made to begin like the one that was named.
        ([(TWIN, -60), (A, 30)], A[:7], "pushed-since", None, "named-several-heads"),
        ([(TWIN, -60), (A, 30)], A[:8], "bound", A, "named"),
        ([(TWIN, -60), (A, 30)], TWIN, "pushed-since", TWIN, "named-earlier-head"),
    ],
)
def test_the_head_that_was_named(moments, named, state, seen, because):
    found = head_at(pushes(*moments), NOON, A, named)
    assert (found.state, found.seen, found.because, found.oid) == (state, seen, because, A)


MOMENTS = st.lists(st.tuples(st.sampled_from([A, B, C]), st.integers(-30, 30)), max_size=6)


@given(MOMENTS, st.sampled_from([A, B, C]))
def test_nothing_is_bound_that_moved_around_the_comment(moments, current):
    found = head_at(pushes(*moments), NOON, current)
    if found.state == "bound":
        assert found.seen == current
        assert current in {oid for oid, _ in moments}
        assert all(at < -10 for _, at in moments)


@given(MOMENTS, st.sampled_from([A, B, C]), st.integers(1, 20))
def test_a_push_is_never_seen_less_for_a_later_comment(moments, current, later):
    found = head_at(pushes(*moments), NOON + timedelta(seconds=30 + 10 + later), current)
    assert found.state in {"bound", "not-known"}
