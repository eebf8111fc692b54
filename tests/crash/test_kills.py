"""The process is killed before or after any effect of a migration, started anew, and the world looks undisturbed."""

import asyncio
import random

import pytest

from tests.crash.files import WAVE
from tests.crash.story import Stage, play

SEED = 20261121
SEEDED = 20
PARTS = 12


def dies_and_recovers(calm, home, point, *, database=None):
    """Whether it died there; the story ends all the same as if nothing had happened."""
    stage = play(home, expected=calm.acts, database=database, CRASH_AT=point)
    assert stage.ledger == calm.ledger, stage.bot.deaths
    return bool(stage.bot.deaths)


def test_the_undisturbed_run_is_whole(calm):
    opened, waited, merged = calm.acts[1], calm.acts[2], calm.acts[-1]
    assert [pull["head"].rpartition("/")[2] for pull in opened["pulls"]] == sorted(WAVE)
    assert len(opened["checks"]) == 8
    assert len(waited["pulls"]) == 5
    assert all(pull["merged"] for pull in merged["pulls"])
    assert len(merged["checks"]) == 15
    assert {check[4] for check in merged["checks"]} == {"success"}
    issue, *pulls = merged["issues"]
    assert (issue["state"], len(issue["comments"])) == ("closed", 2)
    assert not any("Paused" in body for _, body in issue["comments"])
    assert [len(each["comments"]) for each in pulls] == [1] * 5
    assert all(each["labels"] == ["graftsman", "graftsman/folder"] for each in pulls)
    assert len(calm.ledger["reports"]) == 5
    assert len(calm.ledger["events"]) == 5 * 6
    assert len({tuple(event) for event in calm.ledger["events"]}) == 5 * 6


def test_every_kind_of_effect_is_a_point(calm):
    kinds = {name.split("/repos/")[0] + name.rpartition("/")[2].rstrip("0123456789") for name in calm.points}
    for effect in (
        "POST v3pulls",
        "POST v3labels",
        "POST v3check-runs",
        "POST v3comments",
        "PATCH v3",
        "push",
        "commit",
    ):
        assert any(kind.startswith(f"before {effect}") for kind in kinds), effect
        assert any(kind.startswith(f"after {effect}") for kind in kinds), effect


@pytest.mark.parametrize("number", range(SEEDED))
def test_killed_at_a_seeded_point_the_world_looks_undisturbed(calm, tmp_path, number):
    """The points are seeded and spread: one in each twentieth of the run."""
    place = (number + random.Random(SEED + number).random()) / SEEDED
    # The last few points are passed while the server shuts down, when the story has ended.
    assert dies_and_recovers(calm, tmp_path / "world", 1 + int(place * (len(calm.points) - 20)))


@pytest.mark.all_points
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("part", range(PARTS))
def test_killed_at_every_point_the_world_looks_undisturbed(calm, tmp_path, part):
    failed = {}
    for point in range(1 + part, len(calm.points) + 1, PARTS):
        try:
            dies_and_recovers(calm, tmp_path / f"world-{point}", point)
        except AssertionError as error:
            failed[point, calm.points[point - 1]] = str(error)[:6000]
    assert failed == {}


@pytest.mark.parametrize("place", [0.2, 0.4, 0.6])
def test_killed_on_postgresql_the_world_looks_undisturbed(calm, postgresql, tmp_path, place):
    assert dies_and_recovers(calm, tmp_path / "world", int(place * len(calm.points)), database=postgresql)


def test_killed_again_and_again_at_any_instant(calm, tmp_path):
    async def work():
        dice = random.Random(SEED)
        async with Stage(tmp_path / "world", expected=calm.acts) as stage:
            playing = asyncio.create_task(stage.play())
            for _ in range(12):
                await asyncio.sleep(dice.uniform(0.1, 1.0))
                stage.bot.kill()
            await playing
            return stage.bot.deaths

    assert len(asyncio.run(work())) >= 10
