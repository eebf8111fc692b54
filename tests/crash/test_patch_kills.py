"""The process is killed before or after any effect of an order; each is carried out once all the same."""

import asyncio
import random

import pytest

from tests.crash.kills import SEED, dies_and_recovers, spread
from tests.crash.patch_story import PatchStage
from tests.crash.story import play

SEEDED = 12
PARTS = 12


@pytest.fixture(scope="session")
def calm_patches(tmp_path_factory):
    """What GitHub looks like after each act when nothing goes wrong, and the points that were passed."""
    return play(tmp_path_factory.mktemp("calm-patches"), stage=PatchStage)


def seeded(calm):
    """Two thirds of them at effects on GitHub, the others at commits (of which a quicker run has fewer)."""
    outside = [point for point in calm.points if "commit" not in point]
    inside = [point for point in calm.points if "commit" in point]
    return spread(outside, SEEDED * 2 // 3) + spread(inside[: len(inside) * 2 // 3], SEEDED // 3)


def test_the_undisturbed_run_is_whole(calm_patches):
    last = calm_patches.acts[-1]
    assert len(last["checks"]) == 8
    assert {(check[1], check[2]) for check in last["checks"]} == {("graftsman/patch", "RUN")}
    assert [pull["merged"] for pull in last["pulls"]] == [False, True, True]
    assert {outcome for _, outcome, *_ in calm_patches.ledger["reports"]} == {"merged", "closed"}
    types = [kind for _, kind, _ in calm_patches.ledger["events"]]
    assert [types.count(kind) for kind in ("PATCH_APPLIED", "PATCH_DELIVERED", "ROLLBACK_COMPLETED")] == [6, 4, 1]
    assert calm_patches.answer["status"] == "applied"


def test_every_kind_of_effect_is_a_point(calm_patches):
    repository = "v3/repos/acme/platform"
    what = ("pulls", "check-runs", "issues/1/comments", "issues/2/comments", "issues/3/labels")
    effects = [f"POST {repository}/{each}" for each in (*what, "issues/comments/ID/reactions")]
    for effect in (*effects, f"PATCH {repository}/issues/comments/ID", "push"):
        assert {f"before {effect} #1", f"after {effect} #1"} <= set(calm_patches.points)


@pytest.mark.parametrize("number", range(SEEDED))
def test_killed_at_a_seeded_point_the_world_looks_undisturbed(calm_patches, tmp_path, number):
    assert dies_and_recovers(calm_patches, tmp_path / "world", seeded(calm_patches)[number])


@pytest.mark.parametrize("number", range(1, 8))
def test_killed_right_after_a_push_its_order_is_found_again_with_all_it_did(calm_patches, tmp_path, number):
    assert dies_and_recovers(calm_patches, tmp_path / "world", f"after push #{number}")


@pytest.mark.parametrize(
    "point", ["after POST v3/repos/acme/platform/pulls #2", "before POST v3/repos/acme/platform/issues/4/labels #1"]
)
def test_killed_after_a_program_got_its_pull_request_that_is_known_for_its_own(calm_patches, tmp_path, point):
    assert dies_and_recovers(calm_patches, tmp_path / "world", point)


@pytest.mark.all_points
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("part", range(PARTS))
def test_killed_at_every_point_the_world_looks_undisturbed(calm_patches, tmp_path, part):
    failed = {}
    for number, point in enumerate(calm_patches.points[part::PARTS]):
        try:
            dies_and_recovers(calm_patches, tmp_path / f"world-{number}", point)
        except AssertionError as error:
            failed[point] = str(error)[:6000]
    assert failed == {}


def test_killed_again_and_again_at_any_instant(calm_patches, tmp_path):
    async def work():
        dice = random.Random(SEED)
        async with PatchStage(tmp_path / "world", expected=calm_patches.acts) as stage:
            playing = asyncio.create_task(stage.play())
            for _ in range(12):
                await asyncio.sleep(dice.uniform(0.2, 1.2))
                stage.bot.kill()
            await playing
            return stage.bot.deaths

    assert len(asyncio.run(work())) >= 3
