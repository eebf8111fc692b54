"""From label to merge with nothing but the pages: at every block a person is told what is missing and who can give it."""

import pytest

from tests.end_to_end.act import BOT, NAME
from tests.end_to_end.files import BODY, THREE, files
from tests.end_to_end.gates import more_people
from tests.playground_pages.conftest import Browser

POLICY = """\
version: 1
approvals:
  - name: lead
    phases: [plan]
    from: {users: [ada]}
  - name: code
    from: {permission: write}
  - name: design
    paths: ["**/*.css"]
    from: {users: [dora]}
merging: {when: approved}
"""
SHEET = {"STAGING/chat/look.css": "a {}\n"}


@pytest.fixture
async def browser(playground):
    one = Browser(playground.url)
    yield one
    await one.session.close()


@pytest.fixture
async def act(stage):
    act = await stage(files(THREE, settings=POLICY, **SHEET))
    more_people(act, ("dora", "write"), ("eve", "write"))
    return act


class Person:
    """Somebody in front of the pages."""

    def __init__(self, act, browser):
        self.act, self.browser = act, browser

    async def settles(self):
        self.act.later(20)
        await self.act.settle()

    async def sees(self, who, page):
        await self.browser.act_as(who)
        return (await self.browser.open(page)).words

    async def says(self, who, page, text):
        await self.sees(who, page)
        await self.browser.press("Comment", body=text)
        await self.settles()
        return (await self.browser.open(page)).words

    async def reviews(self, who, page, event, text=""):
        await self.sees(who, f"{page}/files" if "/files" in page else page)
        await self.browser.press("Submit review", event=event, review=text)
        await self.settles()
        return (await self.browser.open(page)).words


async def test_a_migration_from_label_to_merge(act, browser):
    people = Person(act, browser)
    await browser.act_as("ben")
    await browser.open(f"/{NAME}/issues/new")
    issue = await act.ben.open_issue(NAME, "Migration: staging", BODY)
    plan = f"/{NAME}/issues/{issue.number}"
    await people.settles()

    # Ben starts it with a word. The plan is there, and waits for somebody who is named.
    seen = await people.says("ben", plan, "/migrate")
    assert "Migration staging: 0 of 3 folders merged" in seen
    assert "is not approved yet, so that no folder is opened" in seen
    assert "lead: 1 more of ada" in seen and "/approve-plan" in seen
    assert "Phase: spec approved · next: the plan is approved" in seen
    assert act.pulls == []

    # He cannot approve it himself, and is told who can.
    seen = await people.says("ben", plan, "/approve-plan")
    assert "refused (not-an-approver)" in seen and "ada" in seen
    assert act.pulls == []

    # Ada can. Two folders open; the third waits for one of them.
    seen = await people.says("ada", plan, "/approve-plan")
    assert "approved by ada" in seen and "Phase: building" in seen
    assert act.open_folders() == ["chat", "types"]

    # Ben asked for it, so that his approval counts for nothing; the page says so.
    chat = f"/{NAME}/pull/{act.pull('chat').number}"
    seen = await people.sees("ben", chat)
    assert "2 approvals are missing" in seen
    seen = await people.reviews("ben", chat, "APPROVE")
    assert "2 approvals are missing" in seen and "they asked for the change" in seen

    # Eve asks for changes without a patch: an issue of its own tells what to do.
    seen = await people.reviews("eve", chat, "REQUEST_CHANGES", "Please keep the old name.")
    assert "Changes are requested by eve" in seen
    (task,) = [each for each in act.repository.issues.values() if each.user.login == BOT and each.pull is None]
    seen = await people.sees("ben", f"/{NAME}/issues/{task.number}")
    assert "Please keep the old name." in seen and "What to do" in seen

    # She looks again. Who can give what is missing now?
    seen = await people.reviews("eve", chat, "APPROVE")
    assert "1 approval is missing" in seen
    seen = await people.says("rex", chat, "/explain @dora")
    assert "if dora approved now: all would be approved" in seen

    # On hold nothing is merged, however green it is.
    await people.says("eve", chat, "/hold")
    seen = await people.reviews("dora", chat, "APPROVE")
    assert "On hold" in seen and act.pull("chat").merged_at is None
    await people.says("eve", chat, "/unhold")
    assert act.pull("chat").merged_at is not None and act.pull("chat").merged_by.login == BOT

    # The folder that another one waits for: approved, merged, and the next one opens by itself.
    types = f"/{NAME}/pull/{act.pull('types').number}"
    await people.reviews("eve", types, "APPROVE")
    assert act.pull("types").merged_at is not None
    terminal = f"/{NAME}/pull/{act.pull('terminal').number}"
    seen = await people.sees("eve", plan)
    assert "2 of 3 folders merged" in seen and "Phase: building" in seen
    await people.reviews("dora", terminal, "APPROVE")

    seen = await people.sees("ben", plan)
    assert "3 of 3 folders merged" in seen and "Phase: released" in seen
    assert issue.state == "closed"
