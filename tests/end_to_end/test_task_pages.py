"""A plan of thirty tasks, from ``/import`` to the last merge, with nothing but the playground's pages."""

import re

import pytest

from bot.cli.sample_plan import PLAN_PATH, plan_files
from tests.end_to_end.act import NAME
from tests.playground_pages.conftest import Browser

ROUNDS = 15


@pytest.fixture
async def browser(playground):
    one = Browser(playground.url)
    yield one
    await one.session.close()


@pytest.fixture
async def act(stage):
    return await stage(plan_files())


def tasks(act):
    found = (one for one in act.repository.issues.values() if one.pull is None)
    return [one for one in found if any(label.name == "task" for label in one.labels)]


def state(one):
    (found,) = [label.name for label in one.labels if label.name.startswith("status/")]
    return found.removeprefix("status/")


def dashboard(act):
    (one,) = [
        one
        for one in act.repository.issues.values()
        if any(label.name == "graftsman/dashboard" for label in one.labels)
    ]
    return one


async def works(act, browser, pull):
    """Whoever it is assigned to writes the file that the task is about, ticks what is accepted, and merges it."""
    (who,) = {user.login for user in pull.issue.assignees}
    await browser.act_as(who)
    page = f"/{NAME}/pull/{pull.number}"
    path = re.search(r"`([a-z]+/[a-z.*/]+)`", pull.issue.body)[1].replace("**", "first.sql")
    await browser.open(f"/{NAME}/edit/{pull.head_ref}")
    words = f"Commit to {pull.head_ref}"
    await browser.press(words, path=path, text=f"{pull.issue.title}\n", message=f"Write {path}")
    await browser.open(page)
    for box in [each.attrs["aria-label"] for each in browser.page.all("button", role="checkbox")]:
        await browser.press(box)
        await browser.open(page)
    await browser.press("Ready for review")
    await browser.open(page)
    await browser.press("Merge pull request", method="squash")


@pytest.mark.timeout(600)
async def test_a_plan_is_played_to_its_end(act, browser):
    # Ada opens an issue and says where the plan is.
    await browser.act_as("ada")
    await browser.open(f"/{NAME}/issues/new?template=blank")
    await browser.press("Create", title="Orders", body="All of it.")
    plan = browser.page.url.removeprefix(browser.base)
    act.later(20)
    await browser.press("Comment", body=f"/import {PLAN_PATH}")
    act.later(20)
    await act.settle()
    assert "Brought in the plan orders: 30 issues created" in (await browser.open(plan)).words
    assert sorted(map(state, tasks(act))).count("blocked") == 21

    # What begins is shown on one page, and each merge sets others free.
    board = f"/{NAME}/issues/{dashboard(act).number}"
    assert "0 of 30" in (await browser.open(board)).words
    for _ in range(ROUNDS):
        opened = [pull for pull in act.pulls if pull.issue.state == "open"]
        assert len(opened) <= 6, "the settings let six be open"
        for pull in opened:
            await works(act, browser, pull)
        act.later(20)
        await act.settle()
        if all(one.state == "closed" for one in tasks(act)):
            break
    assert {one.title: state(one) for one in tasks(act)} == {one.title: "done" for one in tasks(act)}
    assert "30 of 30" in (await browser.open(board)).words
    assert not [pull for pull in act.pulls if pull.issue.state == "open"]
    merged = [pull for pull in act.pulls if pull.merged_at is not None]
    assert len(merged) == 26, "four epics have no branch of their own"
