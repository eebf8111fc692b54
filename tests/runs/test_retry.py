from hypothesis import given
from hypothesis import strategies as st

from bot.runs.leases import Retry


@given(
    st.floats(0.001, 10),
    st.floats(10, 1000),
    st.integers(1, 10_000),
    st.floats(0, 1),
)
def test_the_wait_is_bounded_and_never_nothing(first, most, attempt, jitter):
    wait = Retry(first, most).delay(attempt, jitter)
    assert min(first, most) / 2 <= wait <= most


@given(st.integers(1, 60), st.floats(0, 1))
def test_the_wait_grows(attempt, jitter):
    retry = Retry(1, 300)
    assert retry.delay(attempt + 1, jitter) >= retry.delay(attempt, jitter)
    assert retry.delay(1, 1) == 1
    assert retry.delay(4, 1) == 8
    assert retry.delay(60, 1) == 300
