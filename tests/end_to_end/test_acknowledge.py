"""A command is shown to have been heard at once, whatever else the repository's worker is at."""

import asyncio

import pytest

from tests.end_to_end.act import NAME
from tests.end_to_end.files import BODY, files, many
from tests.end_to_end.test_patches import reactions


@pytest.fixture
def clock_scale():
    """One write every 50 ms, so that a migration takes a while."""
    return 0.05


async def until(seen, seconds):
    """Waits until something is seen."""
    async with asyncio.timeout(seconds):
        while not seen():
            await asyncio.sleep(0.01)


async def test_a_reaction_comes_while_a_long_migration_runs(stage):
    act = await stage(many(40))
    issue = await act.ada.open_issue(NAME, "Many", BODY)
    await act.ada.label(NAME, issue.number, "migration")
    await until(lambda: len(act.pulls) >= 3, 30)
    comment = await act.ben.comment(NAME, issue.number, "/help")
    await until(lambda: "eyes" in reactions(comment), 20)
    assert len(act.pulls) < 40, "the migration is still at it"
    assert reactions(comment) == ["eyes"], "the order itself waits for its turn"
    await act.settle()
    assert reactions(comment) == ["eyes", "rocket"]
    assert len(act.pulls) == 40


async def test_nobody_reacts_to_what_is_no_command_or_is_carried_out_already(stage):
    act = await stage()
    issue = await act.ada.open_issue(NAME, "An issue", "Hello.")
    act.later(20)
    said = await act.ben.comment(NAME, issue.number, "See /usr/bin and\n/etc hosts")
    done = await act.ben.comment(NAME, issue.number, "/help")
    await act.settle()
    assert reactions(said) == [] and reactions(done) == ["eyes", "rocket"]
    with act.counting() as counted:
        await act.delivered_again()
    assert not [one for one in counted.writes if one.endswith("/reactions")]


async def test_no_reaction_where_nothing_would_follow(stage):
    act = await stage(files(settings=None))
    issue = await act.ada.open_issue(NAME, "An issue", "Hello.")
    comment = await act.ben.comment(NAME, issue.number, "/help")
    await act.settle()
    assert reactions(comment) == []
