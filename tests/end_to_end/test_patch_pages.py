"""What a person sees who has nothing but the pages: a patch pasted, one mended from the answer alone."""

import pytest

from tests.end_to_end.act import NAME
from tests.end_to_end.test_patches import DIFF, FILES, says
from tests.playground_pages.conftest import Browser


@pytest.fixture
async def browser(playground):
    one = Browser(playground.url)
    yield one
    await one.session.close()


@pytest.fixture
async def act(stage):
    act = await stage({path: text.encode() for path, text in FILES.items()})
    await act.ben.create_branch(NAME, "topic")
    await act.commits({"notes.md": "mine\n"}, "topic", who="ben")
    act.pr = await act.ben.open_pull(NAME, "topic", "Greet better")
    act.later(20)
    await act.settle()
    return act


async def test_a_person_pastes_a_bad_patch_mends_it_from_the_answer_and_sees_it_land(act, browser):
    page = f"/{NAME}/pull/{act.pr.number}"
    await browser.act_as("ben")

    async def pastes(text):
        await browser.open(page)
        await browser.press("Comment", body=says(text))
        act.later(20)
        await act.settle()
        return (await browser.open(page)).words

    # The model remembered the line otherwise.
    seen = await pastes(DIFF.replace("Hello", "Hallo"))
    assert "refused (hunk-not-found)" in seen
    assert "line 2 is the nearest: return `Hello ${name}`;" in seen
    assert "Next:" in seen
    assert "Refused: hunk-not-found" in seen  # the check

    # The answer says which line it is: with that, it lands.
    seen = await pastes(DIFF)
    assert "applied as" in seen and "+1 −1 lines" in seen
    assert "Applied: 1 operation in 1 file" in seen
    commit = act.repository.branch("topic")
    assert commit[:7] in (await browser.open(f"{page}/commits")).words
    assert "Good morning" in (await browser.open(f"{page}/files")).words
    assert b"Good morning" in await act.file("src/greet.ts", "topic")
