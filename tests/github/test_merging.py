"""Merging, auto-merge, the queue and drafts, by the client against the playground; what is uncertain is found out."""

import pytest

from bot.contracts.github import CheckAction
from bot.github.errors import InvalidError, NotFoundError, NotMergeableError, UncertainError
from tests.github.test_playground import REPO, Ground

PATH = f"/repos/{REPO}/pulls/1/merge"


@pytest.fixture
async def ground(playground, session, clock_scale):
    made = await Ground(playground, session, clock_scale).begin()
    playground.set_permission(REPO, "ada", "admin")
    return made


async def checked(ground, sha, conclusion="success", **more):
    return await ground.repo.create_check(
        name="ci", sha=sha, external_id="e", conclusion=conclusion, title="t", summary="s", **more
    )


async def test_a_pull_request_is_merged_once_and_asked_again_gives_its_commit(ground):
    pull = await ground.pull()
    made = await ground.repo.merge_pull(pull.number, sha=pull.head.sha, method="squash")
    assert ground.playground.repository(REPO).branch("main") == made
    assert await ground.repo.merge_pull(pull.number, sha=pull.head.sha, method="squash") == made
    assert [each.number for each in await ground.repo.pulls_of_commit(made)] == [pull.number]


async def test_why_it_is_not_merged_is_githubs_own_reason(ground):
    pull = await ground.pull()
    ground.playground.protect(REPO, checks=["ci"])
    with pytest.raises(NotMergeableError) as refused:
        await ground.repo.merge_pull(1, sha=pull.head.sha, method="merge")
    assert refused.value.reason == 'Required status check "ci" is expected.'
    with pytest.raises(NotMergeableError, match="Head branch was modified"):
        await ground.repo.merge_pull(1, sha="0" * 40, method="merge")
    with pytest.raises(InvalidError):
        await ground.repo.merge_pull(1, sha=pull.head.sha, method="octopus")


@pytest.mark.parametrize("fault", ["before", "after", "half an answer"])
async def test_a_merge_whose_answer_is_lost_is_looked_for(ground, fault):
    pull = await ground.pull()
    if fault == "half an answer":
        ground.playground.faults.truncate_bodies(f"PUT {PATH}")
    else:
        ground.playground.faults.disconnect(f"PUT {PATH}", fault)
    made = await ground.repo.merge_pull(1, sha=pull.head.sha, method="merge")
    assert ground.playground.repository(REPO).branch("main") == made


async def test_a_merge_that_may_have_run_and_did_not_is_uncertain(script, repo):
    script.on("PUT", "/repos/o/r/pulls/1/merge", 502)
    end = {"ref": "x", "sha": "1" * 40}
    shown = {"number": 1, "title": "t", "state": "open", "head": end, "base": end, "created_at": "2026-11-21T08:00:00Z"}
    script.on("GET", "/repos/o/r/pulls/1", shown)
    with pytest.raises(UncertainError):
        await repo.merge_pull(1, sha="1" * 40, method="merge")
    assert len(script.calls("PUT")) == 1


async def test_auto_merge_is_enabled_on_the_head_that_was_seen_and_taken_back(ground):
    ground.playground.protect(REPO, checks=["ci"], auto_merge=True)
    pull = await ground.pull()
    await ground.repo.enable_auto_merge(pull, method="squash")
    now = await ground.repo.pull(1)
    assert now.auto_merge["merge_method"] == "squash"
    await ground.repo.disable_auto_merge(now)
    await ground.repo.disable_auto_merge(now)
    assert (await ground.repo.pull(1)).auto_merge is None
    await ground.ada.push_files(REPO, "graftsman/m/f", {"c.txt": b"c"})
    with pytest.raises(NotMergeableError, match="Head branch was modified"):
        await ground.repo.enable_auto_merge(pull, method="squash")


async def test_auto_merge_with_nothing_to_wait_for_is_refused_in_plain_words(ground):
    ground.playground.protect(REPO, auto_merge=True)
    pull = await ground.pull()
    with pytest.raises(NotMergeableError) as refused:
        await ground.repo.enable_auto_merge(pull, method="merge")
    assert refused.value.reason == "Pull request is in clean status"


async def test_the_queue_takes_it_once(ground):
    ground.playground.protect(REPO, checks=["ci"], merge_queue=True)
    pull = await ground.pull()
    with pytest.raises(NotMergeableError, match="is expected"):
        await ground.repo.enqueue(pull)
    await checked(ground, pull.head.sha)
    await ground.repo.enqueue(pull)
    await ground.repo.enqueue(pull)
    await ground.playground.settled()
    entry = ground.playground.repository(REPO).pull(1).queued
    await checked(ground, entry.head_sha)
    await ground.playground.settled()
    assert (await ground.repo.pull(1)).merged_at


async def test_a_draft_becomes_ready_once(ground):
    await ground.branch()
    pull = await ground.repo.create_pull(head="graftsman/m/f", base="main", title="t", body="b", draft=True)
    await ground.repo.mark_ready(pull)
    await ground.repo.mark_ready(pull)
    assert not (await ground.repo.pull(1)).draft
    ground.playground.repository(REPO).pull(1).draft = True
    await ground.ada.close(REPO, 1)
    with pytest.raises(NotMergeableError):
        await ground.repo.mark_ready(pull)


async def test_the_commits_of_a_pull_request_with_their_accounts(ground):
    pull = await ground.pull()
    head = await ground.ada.push_files(REPO, "graftsman/m/f", {"c.txt": b"c"})
    found = await ground.repo.pull_commits(pull.number)
    assert [each.oid for each in found] == [pull.head.sha, head]
    assert [(each.author, each.committer) for each in found] == [("ada", "ada")] * 2


async def test_the_open_pull_requests_that_hold_a_commit(ground):
    pull = await ground.pull()
    await ground.ada.create_branch(REPO, "other", at=pull.head.sha)
    await ground.ada.push_files(REPO, "other", {"c.txt": b"c"})
    await ground.ada.open_pull(REPO, "other", "more")
    assert {each.number for each in await ground.repo.pulls_of_commit(pull.head.sha)} == {1, 2}
    base = ground.playground.repository(REPO).branch("main")
    assert await ground.repo.pulls_of_commit(base) == []


# -- check runs --


BUTTON = CheckAction(label="Record review", description="Records today's review", identifier="record")


async def test_a_check_has_buttons_until_it_says_otherwise(ground):
    pull = await ground.pull()
    made = await checked(ground, pull.head.sha, "failure", actions=[BUTTON])
    there = ground.playground.repository(REPO).check(made.id)
    assert [each["identifier"] for each in there.actions] == ["record"]
    assert (await ground.repo.check_run(made.id)).conclusion == "failure"
    await ground.repo.update_check(made.id, conclusion="success", title="t", summary="s")
    assert there.actions == []
    with pytest.raises(NotFoundError):
        await ground.repo.check_run(made.id + 1)


@pytest.mark.parametrize(
    "actions",
    [
        [BUTTON] * 4,
        [BUTTON.model_copy(update={"label": "x" * 21})],
        [BUTTON.model_copy(update={"identifier": "x" * 21})],
        [BUTTON.model_copy(update={"description": "x" * 41})],
    ],
)
async def test_buttons_over_githubs_limits_are_never_sent(ground, actions):
    with pytest.raises(ValueError, match="GitHub takes"):
        await checked(ground, "0" * 40, actions=actions)
    assert ground.asked("POST", f"/repos/{REPO}/check-runs") == []
