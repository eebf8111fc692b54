"""The process is killed around every push of a replay, and here and there; nothing is lost, and nothing doubled."""

import pytest

from tests.crash.kills import dies_and_recovers, spread
from tests.crash.replay_story import ReplayStage
from tests.crash.story import play

SEEDED = 6
PUSHES = 7


@pytest.fixture(scope="session")
def calm_replays(tmp_path_factory):
    """What GitHub looks like after each act when nothing goes wrong, and the points that were passed."""
    return play(tmp_path_factory.mktemp("calm-replays"), stage=ReplayStage)


def test_the_undisturbed_run_is_whole(calm_replays):
    moved, last = calm_replays.acts[5], calm_replays.acts[-1]
    assert sum("Graftsman-Replayed-From" in each["message"] for each in moved["branches"].values()) >= 2
    assert [pull["merged"] for pull in last["pulls"]] == [False] * 3
    assert sum("after push" in point for point in calm_replays.points) == PUSHES
    told = [kind for subject, kind, _ in calm_replays.ledger["events"] if "replay for" in subject]
    assert told.count("PATCH_APPLIED") >= 3


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(
    "number",
    [
        pytest.param(each, marks=() if each in {1, 4, PUSHES} else pytest.mark.all_points)
        for each in range(1, PUSHES + 1)
    ],
)
def test_killed_around_a_push_the_world_looks_undisturbed(calm_replays, tmp_path, number, when):
    assert dies_and_recovers(calm_replays, tmp_path / "world", f"{when} push #{number}")


@pytest.mark.parametrize("number", range(SEEDED))
def test_killed_at_a_seeded_point_the_world_looks_undisturbed(calm_replays, tmp_path, number):
    points = [point for point in calm_replays.points if "push" not in point and "commit" not in point]
    assert dies_and_recovers(calm_replays, tmp_path / "world", spread(points, SEEDED)[number])
