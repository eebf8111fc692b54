"""The stage of every dialogue: a playground, a real server in this process, real git and real HTTP."""

import pytest

from tests.end_to_end.act import Act


@pytest.fixture
def clock_scale():
    """One of GitHub's minutes is 0.3 s."""
    return 0.005


@pytest.fixture
async def stage(playground, tmp_path, clock_scale):
    """Sets the stage and returns the act; once a test."""
    act = Act(playground, tmp_path, clock_scale)
    try:
        yield act.set
    finally:
        await act.stop()
