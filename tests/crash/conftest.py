"""The undisturbed run, once for each worker; and PostgreSQL, as the queue's own tests get it."""

import pytest

from tests.crash.story import play
from tests.runs.conftest import cluster, postgresql  # noqa: F401 - fixtures


@pytest.fixture(scope="session")
def calm(tmp_path_factory):
    """What GitHub looks like after each act when nothing goes wrong, and the points that were passed."""
    return play(tmp_path_factory.mktemp("calm"))
