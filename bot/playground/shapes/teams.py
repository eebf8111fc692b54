"""Teams of organisations."""

from __future__ import annotations

from bot.playground.clock import stamp
from bot.playground.shapes.accounts import Json, node_id, organization
from bot.playground.state import Team, World


def team(world: World, one: Team, role: str = "read") -> Json:
    """GitHub's ``team-simple``; ``role`` is what the team may do where it is listed."""
    legacy = {"read": "pull", "write": "push"}
    url = f"{world.api}/orgs/{one.organization.login}/teams/{one.slug}"
    return {
        "id": one.id,
        "node_id": node_id("T", one.id),
        "url": url,
        "html_url": f"{world.web}/orgs/{one.organization.login}/teams/{one.slug}",
        "name": one.slug,
        "slug": one.slug,
        "description": "",
        "privacy": "closed",
        "notification_setting": "notifications_enabled",
        "permission": legacy.get(role, role),
        "members_url": f"{url}/members{{/member}}",
        "repositories_url": f"{url}/repos",
        "type": "organization",
        "organization_id": one.organization.id,
    }


def team_with_parent(world: World, one: Team, role: str = "read") -> Json:
    """GitHub's ``team``: with the team above it."""
    return team(world, one, role) | {"parent": team(world, one.parent) if one.parent else None}


def full_team(world: World, one: Team) -> Json:
    """GitHub's ``team-full``."""
    owner = one.organization
    at = stamp(owner.created_at)
    about = organization(world, owner) | {
        "name": owner.name,
        "html_url": f"{world.web}/{owner.login}",
        "type": "Organization",
        "has_organization_projects": True,
        "has_repository_projects": True,
        "public_repos": 0,
        "public_gists": 0,
        "followers": 0,
        "following": 0,
        "archived_at": None,
        "created_at": at,
        "updated_at": at,
    }
    return team_with_parent(world, one) | {
        "created_at": at,
        "updated_at": at,
        "members_count": len(list(one.everybody())),
        "repos_count": len(one.roles),
        "organization": about,
    }
