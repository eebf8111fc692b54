"""Dependencies, sub-issues and edits of issues through the facade, against the playground."""

import pytest

from bot.github.errors import GoneError, InvalidError
from tests.github.test_playground import REPO, Ground

PATH = f"/repos/{REPO}/issues"


@pytest.fixture
async def ground(playground, session):
    one = await Ground(playground, session, 0.02).begin()
    for at in range(1, 5):
        await one.ada.open_issue(REPO, f"n{at}", "body")
    one.ids = {number: issue.id for number, issue in playground.repository(REPO).issues.items()}
    return one


async def test_what_an_issue_waits_for(ground):
    repo, ids = ground.repo, ground.ids
    await repo.add_blocked_by(1, ids[2])
    await repo.add_blocked_by(1, ids[3])
    await ground.ada.close(REPO, 3)
    found = await repo.blocked_by(1)
    assert [(one.number, one.state, one.repository) for one in found] == [(2, "open", REPO), (3, "closed", REPO)]
    one = await repo.issue(1)
    assert (one.dependencies.blocked_by, one.dependencies.total_blocked_by) == (1, 2)
    await repo.remove_blocked_by(1, ids[2])
    await repo.remove_blocked_by(1, ids[2])
    await repo.remove_blocked_by(1, 999)
    assert [one.number for one in await repo.blocked_by(1)] == [3]


async def test_what_an_issue_is_made_of(ground):
    repo, ids = ground.repo, ground.ids
    await repo.add_sub_issue(1, ids[2])
    await repo.add_sub_issue(1, ids[3])
    with pytest.raises(InvalidError, match="one parent"):
        await repo.add_sub_issue(4, ids[3])
    await repo.add_sub_issue(4, ids[3], replace_parent=True)
    await repo.remove_sub_issue(1, ids[3])
    assert [one.number for one in await repo.sub_issues(1)] == [2]
    assert ((await repo.issue(3)).parent, (await repo.issue(1)).parent) == (4, None)
    assert (await repo.issue(1)).sub_issues.total == 1
    await repo.remove_sub_issue(1, ids[2])
    assert await repo.sub_issues(1) == []


async def test_a_relation_that_is_there_is_no_error(ground):
    repo, ids = ground.repo, ground.ids
    for _ in range(2):
        await repo.add_blocked_by(1, ids[2])
        await repo.add_sub_issue(1, ids[2])
    asked = ground.asked("POST", f"{PATH}/1/dependencies/blocked_by")
    assert [each.status for each in asked] == [201, 422]


@pytest.mark.parametrize(
    ("number", "other"), [(2, 1), (1, 1)], ids=["it would close a circle", "it would wait for itself"]
)
async def test_what_is_refused_is_an_error(ground, number, other):
    await ground.repo.add_blocked_by(1, ground.ids[2])
    with pytest.raises(InvalidError):
        await ground.repo.add_blocked_by(number, ground.ids[other])


async def test_words_alone_do_not_make_a_relation(ground):
    words = "An error occurred while adding the sub-issue to the parent issue. Priority has already been taken"
    ground.playground.faults.fail_requests("POST */sub_issues", 422, message=words)
    with pytest.raises(InvalidError, match="Priority"):
        await ground.repo.add_sub_issue(1, ground.ids[2])


@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_lost_answer_doubles_nothing(ground, when):
    ground.playground.faults.disconnect("POST */blocked_by", when)
    await ground.repo.add_blocked_by(1, ground.ids[2])
    assert [one.number for one in await ground.repo.blocked_by(1)] == [2]


async def test_long_lists_are_read_to_the_end(ground):
    ground.playground.limits.enforced = False
    for at in range(100):
        made = await ground.ada.open_issue(REPO, f"m{at}")
        await ground.ada.add_sub_issue(REPO, 1, made.number)
    assert len(await ground.repo.sub_issues(1)) == 100


async def test_an_unchanged_list_costs_nothing_a_changed_one_is_seen(ground):
    await ground.repo.add_blocked_by(1, ground.ids[2])
    for _ in range(2):
        assert len(await ground.repo.blocked_by(1)) == 1
    await ground.ada.unblock(REPO, 1, 2)
    assert await ground.repo.blocked_by(1) == []
    asked = ground.asked("GET", f"{PATH}/1/dependencies/blocked_by")
    assert [each.status for each in asked] == [200, 304, 200]


async def test_an_old_server_has_none(ground):
    ground.playground.world.relations = False
    assert (await ground.repo.blocked_by(1), await ground.repo.sub_issues(1)) == ([], [])
    one = await ground.repo.issue(1)
    assert (one.dependencies, one.sub_issues, one.parent) == (None, None, None)


async def test_title_and_body_are_edited_apart(ground):
    changed = await ground.repo.edit_issue(1, body="new")
    assert (changed.title, changed.body) == ("n1", "new")
    changed = await ground.repo.edit_issue(1, title="t")
    assert (changed.title, changed.body) == ("t", "new")
    assert (await ground.repo.edit_issue(1, body="")).body == ""
    for wrong in ({"title": "x" * 257}, {"body": "x" * 60_001}):
        with pytest.raises(ValueError, match="characters"):
            await ground.repo.edit_issue(1, **wrong)


async def test_a_deleted_issue_is_gone(ground):
    await ground.playground.as_user("acme").delete_issue(REPO, 1)
    with pytest.raises(GoneError):
        await ground.repo.issue(1)
    with pytest.raises(GoneError):
        await ground.repo.edit_issue(1, body="b")


async def test_a_transferred_issue_is_read_where_it_is(ground):
    await ground.playground.create_repository("acme", "lib", files={"a": b"a"})
    await ground.playground.as_user("acme").transfer(REPO, 1, "acme/lib")
    one = await ground.repo.issue(1)
    assert (one.number, one.repository) == (1, "acme/lib")


async def test_the_versions_of_a_body_and_who_wrote_each(ground):
    repo = ground.repo
    assert (await repo.body_history(1, 20)).edits == ()
    await repo.edit_issue(1, body="ours")
    await ground.ada.edit_issue(REPO, 1, body="hers")
    await ground.ada.edit_issue(REPO, 1, title="Another title")
    await ground.ada.edit_issue(REPO, 1, body="hers again")
    found = await repo.body_history(1, 20)
    edits = [(edit.login, edit.text) for edit in found.edits]
    assert edits == [("ada", "body"), (repo.bot_login, "ours"), ("ada", "hers"), ("ada", "hers again")]
    assert (found.body, found.complete, len({edit.id for edit in found.edits})) == ("hers again", True, 4)
    assert [edit.id for edit in (await repo.body_history(1, 20)).edits] == [edit.id for edit in found.edits]
    newest = await repo.body_history(1, 2)
    assert ([edit.text for edit in newest.edits], newest.complete) == (["hers", "hers again"], False)
    ground.playground.repository(REPO).issues[1].edits[1].erased = True
    assert [edit.text for edit in (await repo.body_history(1, 20)).edits] == ["body", "ours", None, "hers again"]
