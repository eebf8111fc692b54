"""Reviews, requests for them, teams, labels and assignees, by the client against the playground."""

import pytest
from structlog.testing import capture_logs

from bot.github.client import TEAM_SECONDS
from bot.github.errors import ForbiddenError, NotFoundError
from tests.github.test_playground import PERMISSIONS, REPO, Ground

MEMBERS = "/orgs/acme/teams/owners/members"


@pytest.fixture
async def ground(playground, session, clock_scale):
    playground.create_organization("acme")
    made = await Ground(playground, session, clock_scale).begin()
    playground.world.installations[made.installation.id].permissions["members"] = "read"
    for login in ("ben", "eve", "zoe"):
        playground.create_user(login)
    return made


async def test_one_review_and_who_edited_it(ground):
    pull = await ground.pull()
    given = await ground.ada.review(REPO, pull.number, "APPROVE", "fine")
    found = await ground.repo.review(pull.number, given.id)
    assert (found.user, found.bot, found.state, found.body) == ("ada", False, "APPROVED", "fine")
    assert await ground.repo.last_review_edit(found) is None
    ground.playground.set_permission(REPO, "ben", "write")
    await ground.playground.as_user("ben").edit_review(REPO, pull.number, given.id, "waive x: y")
    edit = await ground.repo.last_review_edit(found)
    assert (edit.login, (await ground.repo.review(pull.number, given.id)).body) == ("ben", "waive x: y")
    with pytest.raises(NotFoundError):
        await ground.repo.review(pull.number, given.id + 1)
    with pytest.raises(NotFoundError):
        await ground.repo.last_review_edit(found.model_copy(update={"node": "PRR_none"}))


async def test_a_team_has_the_people_of_the_teams_below_it(ground):
    ground.playground.create_team("acme", "owners", ["Ada"])
    ground.playground.create_team("acme", "night", ["eve", "ada"], parent="owners")
    assert await ground.repo.team_members("acme/owners") == {"ada", "eve"}
    assert await ground.repo.team_members("Acme/Night") == {"eve", "ada"}


async def test_a_team_is_asked_for_once_in_a_while(ground):
    ground.playground.create_team("acme", "owners", ["ada"])
    other = ground.app.repository(ground.installation.id, REPO)
    assert await ground.repo.team_members("acme/owners") == await other.team_members("ACME/owners") == {"ada"}
    assert len(ground.asked("GET", MEMBERS)) == 1
    ground.playground.set_team_members("acme/owners", ["ben"])
    assert await ground.repo.team_members("acme/owners") == {"ada"}
    ground.repo._client.teams.expire(ground.repo._client.transport.clock() + TEAM_SECONDS)
    assert await ground.repo.team_members("acme/owners") == {"ben"}


@pytest.mark.parametrize("team", ["acme/none", "other/owners", "owners", "acme/", "", "acme/../x"])
async def test_an_unknown_team_has_nobody(ground, team):
    ground.playground.create_team("acme", "owners", ["ada"])
    assert await ground.repo.team_members(team) == frozenset()


async def test_without_the_permission_a_team_is_an_error_and_not_empty(ground):
    ground.playground.create_team("acme", "owners", ["ada"])
    ground.playground.world.installations[ground.installation.id].permissions = dict(PERMISSIONS)
    with pytest.raises(ForbiddenError):
        await ground.repo.team_members("acme/owners")
    assert "acme/owners" not in ground.repo._client.teams


async def test_whom_github_does_not_take_is_left_out(ground):
    pull = await ground.pull()
    ground.playground.create_team("acme", "owners", ["ada"])
    ground.playground.create_team("acme", "strangers", ["eve"])
    ground.playground.set_team_permission(REPO, "acme/owners", "write")
    ground.playground.set_permission(REPO, "ben", "read")
    with capture_logs() as lines:
        await ground.repo.request_reviewers(pull.number, ["zoe", "ben", "nobody"], ["owners", "strangers"])
    there = ground.playground.repository(REPO).pull(pull.number)
    assert [each.login for each in there.reviewers] == ["ben"]
    assert [each.slug for each in there.team_reviewers] == ["owners"]
    refused = [each for each in lines if each["event"] == "not asked for a review"]
    assert [[*each["people"], *each["teams"]] for each in refused] == [["zoe"], ["nobody"], ["strangers"]]


async def test_nobody_to_ask_is_no_request(ground):
    before = len(ground.playground.exchanges)
    await ground.repo.request_reviewers(1, [])
    await ground.repo.assign(1, [])
    assert len(ground.playground.exchanges) == before


async def test_labels_and_assignees_come_and_go(ground):
    issue = await ground.ada.open_issue(REPO, "t", "b")
    await ground.repo.add_labels(1, ["a b", "c"])
    await ground.repo.remove_label(1, "a b")
    await ground.repo.remove_label(1, "a b")
    assert [each.name for each in issue.labels] == ["c"]
    many = [f"p{number}" for number in range(12)]
    for login in many:
        ground.playground.create_user(login)
    await ground.repo.assign(1, [*many, "nobody"])
    assert [each.login for each in issue.assignees] == many
    await ground.repo.unassign(1, many[1:])
    assert [each.login for each in issue.assignees] == ["p0"]
    assert len(ground.asked("POST", f"/repos/{REPO}/issues/1/assignees")) == 2
