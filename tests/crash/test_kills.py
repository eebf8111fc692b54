"""The process is killed before or after any effect of a migration, started anew, and the world looks undisturbed."""

import asyncio
import random

import pytest

from bot.git import notes
from tests.crash.files import WAVE
from tests.crash.kills import SEED, dies_and_recovers, same_share, spread
from tests.crash.state import ledger
from tests.crash.story import NAME, Stage, play

SEEDED = 20
PARTS = 12


def seeded(calm):
    """Half of them at effects on GitHub, half at commits."""
    outside = [point for point in calm.points if "commit" not in point and "PATCH" not in point]
    inside = [point for point in calm.points if "commit" in point or "PATCH" in point]
    return spread(outside, SEEDED // 2) + spread(inside, SEEDED // 2)


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
    repository = "v3/repos/acme/platform"
    effects = [f"POST {repository}/{what}" for what in ("labels", "pulls", "check-runs", "issues/1/comments")]
    for effect in (*effects, f"PATCH {repository}/issues/comments/ID", f"PATCH {repository}/issues/1", "push"):
        assert {f"before {effect} #1", f"after {effect} #1"} <= set(calm.points)
    assert {"before commit #200", "after commit #200"} <= set(calm.points)


@pytest.mark.parametrize("number", range(SEEDED))
def test_killed_at_a_seeded_point_the_world_looks_undisturbed(calm, tmp_path, number):
    assert dies_and_recovers(calm, tmp_path / "world", seeded(calm)[number])


@pytest.mark.parametrize("point", ["after push #1", "after push #2"])
def test_killed_right_after_a_push_its_record_is_found_again(calm, tmp_path, point):
    """What was pushed and not recorded was once counted on a later base, as nothing to do."""
    assert dies_and_recovers(calm, tmp_path / "world", point)


def test_a_forgotten_intent_is_seen(calm, tmp_path):
    """The negative control: without recorded intents, the same kill doubles a check run."""
    options = {"CRASH_AT": "after POST v3/repos/acme/platform/check-runs #3", "CRASH_FORGET": "1"}
    with pytest.raises(AssertionError, match="act 1"):
        play(tmp_path / "world", expected=calm.acts, patience=6, options=options)


@pytest.mark.all_points
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("part", range(PARTS))
def test_killed_at_every_point_the_world_looks_undisturbed(calm, tmp_path, part):
    failed = {}
    for number, point in enumerate(calm.points[part::PARTS]):
        try:
            dies_and_recovers(calm, tmp_path / f"world-{number}", point)
        except AssertionError as error:
            failed[point] = str(error)[:6000]
    assert failed == {}


@pytest.mark.parametrize("point", ["after push #1", "before commit #120", "after commit #160"])
def test_killed_on_postgresql_the_world_looks_undisturbed(calm, postgresql, tmp_path, point):
    assert dies_and_recovers(calm, tmp_path / "world", point, database=postgresql)


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

    assert len(asyncio.run(work())) >= 3


def test_killed_again_and_again_the_notes_are_one_sound_chain(calm, tmp_path):
    """Notes go by themselves all the while, and the process dies around those pushes, too."""

    class Noting(Stage):
        def _environment(self):
            return {**super()._environment(), "GRAFTSMAN_NOTES_SECONDS": "0.05"}

    async def work():
        dice = random.Random(SEED)
        async with Noting(tmp_path / "world", expected=calm.acts) as stage:
            playing = asyncio.create_task(stage.play())
            for _ in range(10):
                await asyncio.sleep(dice.uniform(0.1, 0.9))
                stage.bot.kill()
            await playing
            assert len(stage.bot.deaths) >= 3
            remote = stage.repository.store.path
            assert await ledger(tmp_path / "world" / "data" / "graftsman.sqlite", NAME, remote) == calm.ledger
            return stage.repository.store.refs[notes.REF], stage.repository.store

    head, store = asyncio.run(work())
    commits = store.git("log", "--format=%(trailers:key=Graftsman-Ledger,valueonly)", head)[1].decode().split()[::2]
    numbers = [int(number) for number in commits]
    assert numbers == sorted(numbers, reverse=True)
    assert len(set(numbers)) == len(numbers) > 3


def test_a_point_that_a_quicker_run_never_passes_is_sought_at_its_share():
    slow = [f"{when} commit #{number}" for number in range(1, 401) for when in ("before", "after")]
    assert same_share("before commit #366", slow, slow[:600]) == "before commit #274"
    assert same_share("after commit #1", slow, slow[:200]) == "after commit #1"
