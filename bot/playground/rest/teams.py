"""Teams of an organisation and who is in them."""

from __future__ import annotations

from bot.playground.access import holds
from bot.playground.problems import not_accessible, not_found
from bot.playground.rest.routing import Answer, Call, Routes
from bot.playground.shapes.accounts import user
from bot.playground.shapes.teams import full_team, team_with_parent
from bot.playground.state import Team

ROUTES = Routes()


def _admitted(call: Call, organization: str) -> list[Team]:
    """The organisation's teams, for an App that may read members there, and for whoever is in one."""
    found = [one for one in call.world.teams.values() if one.organization.login.lower() == organization.lower()]
    token, person = call.caller.token, call.caller.user
    if token is not None:
        if token.installation.account is not call.world.user(organization):
            raise not_found()
        if not holds(token.permissions, "members", "read"):
            raise not_accessible()
    elif person is None or not any(person in one.everybody() for one in found):
        raise not_found()
    return found


def _team(call: Call) -> Team:
    slug = call.params["team_slug"].lower()
    for one in _admitted(call, call.params["org"]):
        if one.slug.lower() == slug:
            return one
    raise not_found()


@ROUTES.add("GET", "/orgs/{org}/teams")
async def list_teams(call: Call) -> Answer:
    """The organisation's teams."""
    page, headers = call.page(_admitted(call, call.params["org"]))
    return Answer([team_with_parent(call.world, one) for one in page], headers=headers)


@ROUTES.add("GET", "/orgs/{org}/teams/{team_slug}")
async def get_team(call: Call) -> Answer:
    """One team."""
    return Answer(full_team(call.world, _team(call)))


@ROUTES.add("GET", "/orgs/{org}/teams/{team_slug}/members")
async def list_members(call: Call) -> Answer:
    """Its members, and those of the teams below it. (D)"""
    page, headers = call.page(list(_team(call).everybody()))
    return Answer([user(call.world, one) for one in page], headers=headers)


@ROUTES.add("GET", "~/teams", "metadata:read")
async def repository_teams(call: Call) -> Answer:
    """The teams that have a role in a repository."""
    page, headers = call.page(call.repo.teams)
    return Answer([team_with_parent(call.world, one, one.roles[call.repo.id]) for one in page], headers=headers)
