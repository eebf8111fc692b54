"""Orders whose deliveries are lost, doubled or late, and a GitHub that breaks off: the world looks the same in the end."""

import asyncio
import copy

import pytest

from tests.crash import test_lost_and_doubled as faults
from tests.crash.patch_story import BOT, PatchReader, PatchStage
from tests.crash.story import play
from tests.crash.test_patch_kills import calm_patches  # noqa: F401 - a fixture

EFFECTS = (
    "POST /repos/*/labels",
    "POST /repos/*/pulls",
    "POST /repos/*/check-runs",
    "POST /repos/*/issues/1/comments",
    "POST /repos/*/issues/2/comments",
    "POST /repos/*/issues/3/labels",
    "PATCH /repos/*/issues/comments/*",
    "POST /repos/*/issues/comments/*/reactions",
    "POST /*/git-receive-pack",
    "POST /app/installations/*/access_tokens",
)
"""Every kind of write, each struck once."""


def failed_before(switches):
    for effect in EFFECTS:
        switches.fail_requests(effect, 502, 1, "before")


def failed_after(switches):
    for effect in EFFECTS:
        switches.fail_requests(effect, 502, 1, "after")


def cut_before(switches):
    for effect in EFFECTS:
        switches.disconnect(effect, "before")


def cut_after(switches):
    for effect in EFFECTS:
        switches.disconnect(effect, "after")


@pytest.mark.parametrize(
    "struck",
    [
        faults.doubled,
        faults.doubled_under_two_ids,
        faults.lost,
        faults.reordered,
        faults.found_late,
        failed_before,
        failed_after,
        cut_before,
        cut_after,
    ],
)
def test_github_looks_the_same_in_the_end(calm_patches, tmp_path, struck):  # noqa: F811
    stage = play(tmp_path / "world", stage=PatchStage, expected=calm_patches.acts, faults=struck)
    assert stage.ledger == calm_patches.ledger
    left = [rule for rule in (*stage.playground.faults.rules, *stage.playground.faults.truncated) if rule.left != 0]
    assert left == [], "a fault that never struck shows nothing"


def facts(state):
    """What must never be lost: not the words of an old refusal, nor that somebody was not allowed, which no event tells."""
    for issue in state["issues"]:
        issue["comments"] = [[who, body if who != BOT else body[:40]] for who, body in issue["comments"]]
    return state


class FactsReader(PatchReader):
    async def state(self):
        return facts(await super().state())


class Forgetful(PatchStage):
    """After each order the process is killed and all its data is lost; git and GitHub are what it has."""

    reader_of = FactsReader

    def _environment(self):
        return {**super()._environment(), "GRAFTSMAN_NOTES_SECONDS": "0.05"}

    async def act(self, done):
        await super().act(done)
        if 1 < len(self.acts) < 12:
            await asyncio.sleep(0.3)
            while not await self._quiet():  # what is in no note yet may be lost
                await asyncio.sleep(0.05)
            self.bot.forget = self.home / "data"
            self.bot.kill()
            while self.bot.forget is not None:
                await asyncio.sleep(0.01)


def test_a_database_that_is_lost_again_and_again_doubles_nothing(calm_patches, tmp_path):  # noqa: F811
    stage = play(tmp_path / "world", stage=Forgetful, expected=[facts(act) for act in copy.deepcopy(calm_patches.acts)])
    assert len(stage.bot.deaths) >= 5
    assert stage.ledger["events"] == calm_patches.ledger["events"]
