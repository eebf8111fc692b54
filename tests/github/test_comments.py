"""Comments, reactions and activity: against the playground, with GitHub's description as the judge, and scripted."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.contracts.github import Activity, Comment
from bot.github.errors import AnswerError, NotFoundError
from tests.github.test_playground import REPO, Ground

NOW = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)


@pytest.fixture
async def ground(playground, session, clock_scale):
    return await Ground(playground, session, clock_scale).begin()


async def test_one_comment(ground):
    issue = await ground.ada.open_issue(REPO, "t", "b")
    made = await ground.ada.comment(REPO, issue.number, "/apply\r\n")
    found = await ground.repo.comment(made.id)
    assert (found.id, found.issue, found.user, found.bot, found.body) == (made.id, 1, "ada", False, "/apply\r\n")
    ours = await ground.repo.create_comment(issue.number, "done")
    assert (ours.issue, ours.bot) == (1, True)
    await ground.ada.delete_comment(REPO, made.id)
    with pytest.raises(NotFoundError):
        await ground.repo.comment(made.id)


async def test_the_comments_of_a_repository_since_a_time(ground):
    clock = ground.playground.clock
    for title in ("one", "two"):
        await ground.ada.open_issue(REPO, title, "b")
    old = await ground.ada.comment(REPO, 1, "old")
    clock.advance(100)
    new = await ground.ada.comment(REPO, 2, "new")
    clock.advance(100)
    await ground.ada.edit_comment(REPO, old.id, "edited")
    found = await ground.repo.repository_comments(new.created_at)
    assert [(each.id, each.issue, each.body) for each in found] == [(old.id, 1, "edited"), (new.id, 2, "new")]
    assert await ground.repo.repository_comments(old.updated_at + timedelta(seconds=1)) == []
    there = new.created_at.astimezone(datetime.now().astimezone().tzinfo)
    assert len(await ground.repo.repository_comments(there)) == 2
    with pytest.raises(ValueError, match="zone"):
        await ground.repo.repository_comments(NOW.replace(tzinfo=None))


async def test_more_comments_than_a_page_holds(ground):
    await ground.ada.open_issue(REPO, "t", "b")
    made = [await ground.ada.comment(REPO, 1, str(number)) for number in range(230)]
    found = await ground.repo.repository_comments(made[0].created_at)
    assert sorted(each.id for each in found) == [each.id for each in made]


async def test_a_comment_that_is_edited_between_two_pages_is_there_once(script, repo):
    def comment(number):
        return {
            "id": number, "body": "b", "user": {"login": "ada", "type": "User"}, "created_at": NOW.isoformat(),
            "updated_at": NOW.isoformat(), "issue_url": "https://api.github.com/repos/o/r/issues/12",
        }  # fmt: skip

    path = "/repos/o/r/issues/comments"
    link = {"link": f'<{script.url}{path}?page=2>; rel="next"'}
    script.on("GET", path, (200, [comment(3), comment(2)], link), [comment(2), comment(1)])
    found = await repo.repository_comments(NOW)
    assert [(each.id, each.issue, each.bot) for each in found] == [(3, 12, False), (2, 12, False), (1, 12, False)]
    assert script.calls()[0].query == {
        "sort": "updated", "direction": "desc", "since": "2026-11-21T08:00:00Z", "per_page": "100"
    }  # fmt: skip


@pytest.mark.parametrize("address", ["https://api.github.com/repos/o/r/issues/x", "", None])
async def test_a_comment_on_nothing_is_no_comment(script, repo, address):
    at = NOW.isoformat()
    script.on(
        "GET", "/repos/o/r/issues/comments/5", {"id": 5, "created_at": at, "updated_at": at, "issue_url": address}
    )
    with pytest.raises(AnswerError):
        await repo.comment(5)


def test_a_comment_by_its_own_names():
    made = Comment(id=1, issue=2, user="ada", bot=True, created_at=NOW, updated_at=NOW)
    assert (made.issue, made.user, made.bot) == (2, "ada", True)


async def test_reactions(ground):
    await ground.ada.open_issue(REPO, "t", "b")
    comment = await ground.ada.comment(REPO, 1, "/apply")
    assert await ground.repo.reactions(comment.id) == []
    await ground.repo.react(comment.id, "eyes")
    await ground.ada.react(REPO, comment.id, "+1")
    assert await ground.repo.reactions(comment.id) == [(ground.repo.bot_login, "eyes"), ("ada", "+1")]
    ground.playground.faults.missing_endpoint(f"/repos/{REPO}/issues/comments/*/reactions")
    assert await ground.repo.reactions(comment.id) == []


async def test_the_activity_of_a_branch(ground):
    clock, times = ground.playground.clock, []
    oids = []
    for number in range(5):
        oids.append(await ground.ada.push_files(REPO, "topic/x", {"b.txt": str(number).encode()}))
        times.append(clock.now())
        clock.advance(60)
    await ground.ada.push_files(REPO, "topic/y", {"b.txt": b"y"})
    found = await ground.repo.activity("refs/heads/topic/x")
    assert [each.after for each in found] == oids[::-1]
    assert [each.before for each in found][:4] == oids[3::-1]
    assert set(found[-1].before) == {"0"}
    assert [each.at for each in found] == times[::-1]
    assert [(each.actor, each.kind) for each in found] == [("ada", "push")] * 4 + [("ada", "branch_creation")]
    assert await ground.repo.activity("topic/x") == found
    assert [each.after for each in await ground.repo.activity("topic/x", since=times[3])] == oids[:1:-1]
    assert await ground.repo.activity("refs/heads/nothing") == []
    ground.playground.faults.missing_endpoint(f"/repos/{REPO}/activity")
    assert await ground.repo.activity("topic/x") == []


async def test_the_activity_is_paged_by_cursor_and_only_as_far_as_is_asked_for(ground):
    start = await ground.ada.create_branch(REPO, "topic/x")
    other = await ground.branch()
    for number in range(239):
        ground.playground.clock.advance(1)
        await ground.ada.set_branch(REPO, "topic/x", start if number % 2 else other)
    found = await ground.repo.activity("refs/heads/topic/x")
    assert len(found) == 240
    assert [each.at for each in found] == sorted((each.at for each in found), reverse=True)
    pages = ground.asked("GET", f"/repos/{REPO}/activity")
    assert len(pages) == 3
    assert not any("page" in page.query for page in pages)
    assert len(await ground.repo.activity("refs/heads/topic/x", since=found[50].at)) == 52
    assert len(ground.asked("GET", f"/repos/{REPO}/activity")) == 4


def test_an_activity_of_an_account_that_is_gone():
    sent = {"before": "0" * 40, "after": "1" * 40, "timestamp": "2026-11-21T08:00:00Z", "actor": None}
    made = Activity.model_validate({**sent, "activity_type": "a new kind"})
    assert (made.actor, made.at, made.kind) == ("ghost", NOW, "a new kind")


async def test_the_installation_that_reaches_a_repository(ground):
    assert await ground.app.installation_of(REPO) == ground.installation.id
    await ground.playground.create_repository("other", "shop")
    for name in ("other/shop", "acme/nothing"):
        with pytest.raises(NotFoundError):
            await ground.app.installation_of(name)
    for name in ("acme", "acme/../x", "a/b/c", "/x"):
        with pytest.raises(ValueError, match="owner/name"):
            await ground.app.installation_of(name)
