"""Which pull request to review next: ready, awaited by most, the oldest."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.planning.next import Candidate, order_of_review

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)


def pull(id, number, *depends_on, hours=0, ready=True, done=False):
    return Candidate(id, depends_on, number, NOON - timedelta(hours=hours), ready, done)


def order(*folders):
    return [choice.id for choice in order_of_review(folders)]


def test_nothing_open_is_nothing_to_review():
    assert order() == order(Candidate("a"), pull("b", 1, ready=False), pull("c", 2, done=True)) == []


def test_the_oldest_first_where_nothing_waits():
    assert order(pull("a", 3, hours=1), pull("b", 2, hours=5), pull("c", 1, hours=1)) == ["b", "c", "a"]


def test_what_most_wait_for_first_over_others_too():
    chain = [Candidate("x", ("a",)), Candidate("y", ("x",)), Candidate("z", ("b",))]
    made = order_of_review([pull("old", 1, hours=99), pull("b", 2, hours=9), pull("a", 3), *chain])
    assert [(one.id, one.unblocks) for one in made] == [("a", ("x", "y")), ("b", ("z",)), ("old", ())]


def test_what_is_done_waits_for_nothing():
    assert order_of_review([pull("a", 1), Candidate("x", ("a",), done=True)])[0].unblocks == ()


IDS = st.sampled_from("abcdef")


@given(
    st.lists(
        st.builds(
            Candidate,
            id=IDS,
            depends_on=st.lists(IDS, max_size=3).map(tuple),
            pull=st.none() | st.integers(1, 99),
            opened=st.none() | st.integers(0, 9).map(lambda hours: NOON - timedelta(hours=hours)),
            ready=st.booleans(),
            done=st.booleans(),
        ),
        unique_by=lambda one: one.id,
    )
)
def test_it_ends_whatever_waits_for_what_and_names_only_what_is_ready(folders):
    made = order_of_review(folders)
    by_id = {one.id: one for one in folders}
    assert all(by_id[one.id].ready and not by_id[one.id].done for one in made)
    assert all(one.id not in one.unblocks for one in made)
    keys = [(-len(one.unblocks), one.opened, one.pull) for one in made]
    assert keys == sorted(keys)
