"""From the rules of a branch to the merge, on the pages alone."""

import pytest

from tests.playground_pages.conftest import REPO

ONE = f"/{REPO}/pull/1"


@pytest.fixture
async def pull(playground):
    ben = playground.as_user("ben")
    await ben.push_files(REPO, "work", {"b.txt": b"b\n"})
    return await ben.open_pull(REPO, "work", "Add b")


@pytest.fixture
async def app(playground):
    made = await playground.create_app({"checks": "write"}, ["check_run"], owner="ada")
    playground.install(made, "acme")
    return playground.world.apps[made.app_id]


async def check(playground, app, sha, conclusion, **more):
    from bot.playground.acts.checks import create_check
    from bot.playground.state import Actor

    body = {"name": "ci", "head_sha": sha, "conclusion": conclusion, "output": {"title": "t", "summary": "s"}} | more
    made = await create_check(playground.world, playground.repository(REPO), Actor(app.bot, app), body)
    await playground.settled()
    return made


async def rules(browser, **given):
    await browser.act_as("ada")
    await browser.open(f"/{REPO}/settings")
    await browser.press("Save", **given)


async def test_auto_merge_from_the_settings_to_the_merge(playground, browser, pull, app):
    await rules(browser, checks="ci by graftsman", approvals="1", auto_merge="1")
    assert [one.app_id for one in playground.repository(REPO).rules["main"].checks] == [app.id]
    page = await browser.open(f"/{REPO}/settings")
    assert "ci by graftsman" in page.all("textarea", name="checks")[0].text
    await browser.act_as("ben")
    page = await browser.open(ONE)
    assert "Merge pull request" not in page.buttons()
    assert "ci RequiredExpected: waiting for it to be reported" in page.words
    assert 'Required status check "ci" is expected.' in page.words
    page = await browser.press("Enable auto-merge", method="squash")
    assert "Auto-merge (squash and merge) was enabled by ben." in page.words
    assert "ben enabled auto-merge" in page.words
    await check(playground, app, pull.head_sha, "success")
    await browser.act_as("ada")
    await browser.open(ONE)
    await browser.press("Submit review", event="APPROVE")
    await playground.settled()
    page = await browser.open(ONE)
    assert "Merged on" in page.words


async def test_the_merge_queue(playground, browser, pull, app):
    await rules(browser, checks="ci", queue="1")
    await check(playground, app, pull.head_sha, "success")
    await browser.act_as("ben")
    page = await browser.open(ONE)
    assert "Merge pull request" not in page.buttons()
    await browser.press("Merge when ready")
    await playground.settled()
    page = await browser.open(ONE)
    assert "In the merge queue at place 1, put there by ben: awaiting checks." in page.words
    page = await browser.press("Remove from the queue")
    assert "Merge when ready" in page.buttons()
    await browser.press("Merge when ready")
    await playground.settled()
    await check(playground, app, pull.queued.head_sha, "success")
    assert "Merged on" in (await browser.open(ONE)).words


async def test_settings_are_for_admins_and_can_be_taken_back(playground, browser):
    await rules(browser, checks="a\nb by nobody", approvals="2", queue="1")
    found = playground.repository(REPO).rules["main"]
    assert [(one.name, one.app_id) for one in found.checks] == [("a", None), ("b by nobody", None)]
    assert (found.approvals, found.queue) == (2, True)
    await browser.open(f"/{REPO}/settings")
    await browser.press("Save", status=422, approvals="7")
    await browser.open(f"/{REPO}/settings")
    await browser.press("Save", checks="", approvals="", queue=[])
    assert playground.repository(REPO).rules == {}
    await browser.act_as("ben")
    assert not (await browser.open(f"/{REPO}")).all("a", href=f"/{REPO}/settings")
    await browser.open(f"/{REPO}/settings", 403)


async def test_a_review_is_edited_and_dismissed(playground, browser, pull):
    await browser.act_as("ada")
    await browser.open(ONE)
    await browser.press("Submit review", event="APPROVE", review="fine")
    (one,) = pull.reviews
    await browser.act_as("ben")
    await browser.open(ONE)
    page = await browser.press("Save", **{f"review-{one.id}": "waive a: b"})
    assert (one.body, one.edits[0].editor.login) == ("waive a: b", "ben")
    assert "edited by ben" in page.words
    page = await browser.press("Dismiss review", **{f"why-{one.id}": "too old"})
    assert one.state == "DISMISSED"
    assert "dismissed a review: too old" in page.words
    assert "Dismiss review" not in page.buttons()
    await browser.act_as("eve")
    page = await browser.open(ONE)
    assert "Edit review" not in page.words


async def test_an_author_cannot_approve_on_the_pages_either(browser, pull):
    await browser.act_as("ben")
    page = await browser.open(ONE)
    await browser.press("Submit review", status=422, event="APPROVE", sha=pull.head_sha)
    assert "own pull request" in browser.page.words
    assert page.all("input", value="APPROVE")[0].attrs.get("disabled") is not None


async def test_drafts_reviewers_and_assignees(playground, browser, pull):
    await browser.act_as("ben")
    await browser.open(ONE)
    page = await browser.press("Convert to draft")
    assert (pull.draft, "This is a draft." in page.words) == (True, True)
    page = await browser.press("Ready for review")
    assert not pull.draft
    page = await browser.press("Ask", login="ada")
    assert "ada was asked" in page.words
    await playground.as_user("ada").assign(REPO, 1, "ben")
    assert "Assigneesben" in (await browser.open(ONE)).words
    await browser.act_as("eve")
    page = await browser.open(ONE)
    assert not {"Convert to draft", "Ask"} & set(page.buttons())


async def test_a_button_of_a_check(playground, browser, pull, app):
    made = await check(
        playground, app, pull.head_sha, "failure", actions=[{"label": "Fix", "description": "d", "identifier": "fix"}]
    )
    await browser.act_as("ben")
    await browser.open(f"/{REPO}/runs/{made.id}")
    await browser.press("Fix")
    await browser.act_as("eve")
    page = await browser.open(f"/{REPO}/runs/{made.id}")
    assert "Fix" not in page.buttons()


async def test_a_pull_request_from_a_fork(playground, browser):
    eve = playground.as_user("eve")
    await playground.create_fork(REPO, "eve")
    await eve.push_files("eve/platform", "work", {"b.txt": b"b\n"})
    await eve.open_pull(REPO, "eve:work", "From outside")
    page = await browser.open(ONE)
    assert "eve wants to merge eve:work into main" in page.words
    await browser.open("/eve/platform/tree/work")
