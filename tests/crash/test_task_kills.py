"""The process is killed around every effect of starting, finishing and letting go of tasks; each is made once."""

import pytest

from tests.crash.kills import dies_and_recovers, spread
from tests.crash.story import play
from tests.crash.task_story import TaskStage

SEEDED = 4
PARTS = 12
REPOSITORY = "v3/repos/acme/platform"
POINTS = (
    "after push #1",
    f"after POST {REPOSITORY}/pulls #1",
    f"after POST {REPOSITORY}/issues/3/labels #1",
    f"before POST {REPOSITORY}/issues/3/assignees #1",
    f"after POST {REPOSITORY}/issues/1/labels #1",
    "after push #4",
)


@pytest.fixture(scope="session")
def calm_tasks(tmp_path_factory):
    """What GitHub looks like after each act when nothing goes wrong, and the points that were passed."""
    return play(tmp_path_factory.mktemp("calm-tasks"), stage=TaskStage)


def test_the_undisturbed_run_is_whole(calm_tasks):
    begun, last = calm_tasks.acts[1], calm_tasks.acts[-1]
    assert [pull["head"] for pull in begun["pulls"]] == ["graftsman/task/1-first"]
    assert [issue["assignees"] for issue in begun["issues"]] == [["ada"], [], ["ada"]]
    assert [issue["blocked_by"] for issue in begun["issues"]] == [[], [1], []]
    assert begun["issues"][2]["labels"] == ["graftsman", "graftsman/draft"]
    assert [pull["merged"] for pull in last["pulls"]] == [True, False, False]
    assert [issue["labels"] for issue in last["issues"][:2]] == [
        ["lane/build", "status/done", "task"],
        ["lane/build", "status/deprecated", "task"],
    ]
    assert [ref for ref in last["branches"] if "task/2" in ref and "heads" in ref] == []
    told = [(subject, kind) for subject, kind, _ in calm_tasks.ledger["events"] if kind == "TASK_ENTERED"]
    assert [told.count((f"task:{number}", "TASK_ENTERED")) for number in (1, 2)] == [3, 4]


@pytest.mark.parametrize("point", POINTS)
def test_killed_at_a_point_of_a_start_the_world_looks_undisturbed(calm_tasks, tmp_path, point):
    assert point in calm_tasks.points
    assert dies_and_recovers(calm_tasks, tmp_path / "world", point)


@pytest.mark.parametrize("number", range(SEEDED))
def test_killed_at_a_seeded_point_the_world_looks_undisturbed(calm_tasks, tmp_path, number):
    outside = [point for point in calm_tasks.points if "commit" not in point and point not in POINTS]
    assert dies_and_recovers(calm_tasks, tmp_path / "world", spread(outside, SEEDED)[number])


@pytest.mark.all_points
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("part", range(PARTS))
def test_killed_at_every_point_the_world_looks_undisturbed(calm_tasks, tmp_path, part):
    failed = {}
    for number, point in enumerate(calm_tasks.points[part::PARTS]):
        try:
            dies_and_recovers(calm_tasks, tmp_path / f"world-{number}", point)
        except AssertionError as error:
            failed[point] = str(error)[:6000]
    assert failed == {}
