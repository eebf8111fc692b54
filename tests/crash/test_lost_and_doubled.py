"""Deliveries lost, doubled and late; limits, broken answers, an older server: GitHub looks the same in the end."""

import itertools

import pytest

from tests.crash.files import MANIFEST_PATH, WAVE
from tests.crash.story import NAME, Stage, play

EFFECTS = (
    "POST /repos/*/labels",
    "POST /repos/*/pulls",
    "POST /repos/*/check-runs",
    "POST /repos/*/issues/1/comments",
    "PATCH /repos/*/issues/comments/*",
    "POST /repos/*/issues/4/comments",
    "POST /*/git-receive-pack",
    "POST /app/installations/*/access_tokens",
    "PATCH /repos/*/issues/1",
)
"""Every kind of write, each struck once."""


def doubled(faults):
    faults.duplicate_webhooks(lambda _: True)


def doubled_under_two_ids(faults):
    faults.duplicate_webhooks(lambda _: True, new_guid=True, after=0.1)


def lost(faults):
    faults.drop_webhooks(lambda _: True)


def reordered(faults):
    turn = itertools.cycle((True, False))
    faults.reorder_webhooks(lambda _: next(turn), by=0.3)


def found_late(faults):
    faults.not_found_after_create(times=1, creates=1000)


def limited(faults):
    faults.secondary_limit_next(1, 1, "POST /repos/*/pulls")
    faults.secondary_limit_next(None, 2, "POST /repos/*/check-runs")
    faults.secondary_limit_next(None, 1, "POST /repos/*/issues/1/comments")
    faults.fail_requests("POST /*/git-receive-pack", 429, 1)


def failed_before(faults):
    for effect in EFFECTS:
        faults.fail_requests(effect, 502, 1, "before")


def failed_after(faults):
    for effect in EFFECTS:
        faults.fail_requests(effect, 502, 1, "after")


def cut_before(faults):
    for effect in EFFECTS:
        faults.disconnect(effect, "before")


def cut_after(faults):
    for effect in EFFECTS:
        faults.disconnect(effect, "after")


def cut_in_the_answer(faults):
    for effect in EFFECTS:
        if "git" not in effect:
            faults.truncate_bodies(effect)


def an_older_server(faults):
    faults.missing_endpoint("/app/hook/deliveries")
    faults.missing_endpoint("/repos/*/*/issues/comments/*/reactions")
    faults.missing_endpoint("/rate_limit")


@pytest.mark.parametrize(
    "faults",
    [
        doubled,
        doubled_under_two_ids,
        lost,
        reordered,
        found_late,
        limited,
        failed_before,
        failed_after,
        cut_before,
        cut_after,
        cut_in_the_answer,
        an_older_server,
    ],
)
def test_github_looks_the_same_in_the_end(calm, tmp_path, faults):
    stage = play(tmp_path / "world", expected=calm.acts, faults=faults)
    assert stage.ledger == calm.ledger
    left = [rule for rule in (*stage.playground.faults.rules, *stage.playground.faults.truncated) if rule.left != 0]
    assert left == [], "a fault that never struck shows nothing"


class Barred(Stage):
    """The first two acts alone: one folder's branch may not be pushed."""

    async def _story(self):
        self.playground.install(self.app, "acme", ["platform"])
        await self.act(lambda: "graftsman/folder" in self.repository.labels)
        issue = await self.ada.open_issue(NAME, "Move", f"### Manifest\n\n{MANIFEST_PATH}\n")
        await self.ada.label(NAME, issue.number, "migration")
        await self.act(lambda: self.checks("graftsman/spec-guard") == len(WAVE) - 1)
        await self._another_sweep()
        await self.act(lambda: True)


def test_a_refused_branch_is_told_and_the_others_go_on(calm, tmp_path):
    stage = play(
        tmp_path / "world",
        stage=Barred,
        faults=lambda faults: faults.reject_refs("refs/heads/graftsman/staging/vision", "a rule forbids it"),
    )
    _, opened, later = stage.acts
    assert opened == later
    usual = calm.acts[1]
    others = {head: what for head, what in usual["branches"].items() if "refs/heads" in head and "vision" not in head}
    assert {head: what for head, what in opened["branches"].items() if "refs/heads" in head} == others
    assert [pull["head"] for pull in opened["pulls"]] == [
        pull["head"] for pull in usual["pulls"] if "vision" not in pull["head"]
    ]
    assert opened["checks"] == [check for check in usual["checks"] if "vision" not in check[0]]
    (status,) = opened["issues"][0]["comments"]
    assert "1 refused" in status[1]
    assert "Why vision was refused" in status[1]
    assert "GitHub refused the branch" in status[1]
