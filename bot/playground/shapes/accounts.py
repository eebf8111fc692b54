"""Accounts, Apps and installations."""

from __future__ import annotations

import base64
from typing import Any

from bot.playground.clock import stamp
from bot.playground.state import App, Installation, User, World

Json = dict[str, Any]


def node_id(kind: str, number: int | str) -> str:
    """An opaque id as GraphQL gives it."""
    return f"{kind}_{base64.urlsafe_b64encode(str(number).encode()).decode().rstrip('=')}"


def user(world: World, one: User) -> Json:
    """GitHub's ``simple-user``."""
    url = f"{world.api}/users/{one.login}"
    kinds = {"Bot": "BOT", "Organization": "O"}
    return {
        "login": one.login,
        "id": one.id,
        "node_id": node_id(kinds.get(one.type, "U"), one.id),
        "avatar_url": f"{world.web}/avatars/u/{one.id}",
        "gravatar_id": "",
        "url": url.replace("[", "%5B").replace("]", "%5D"),
        "html_url": f"{world.web}/{'apps/' + one.login[:-5] if one.type == 'Bot' else one.login}",
        **{
            f"{name}_url": f"{url}/{path}".replace("[", "%5B").replace("]", "%5D")
            for name, path in {
                "followers": "followers",
                "following": "following{/other_user}",
                "gists": "gists{/gist_id}",
                "starred": "starred{/owner}{/repo}",
                "subscriptions": "subscriptions",
                "organizations": "orgs",
                "repos": "repos",
                "events": "events{/privacy}",
                "received_events": "received_events",
            }.items()
        },
        "type": one.type,
        "user_view_type": "public",
        "site_admin": False,
    }


def user_or_none(world: World, one: User | None) -> Json | None:
    """The same, or null."""
    return None if one is None else user(world, one)


def public_user(world: World, one: User) -> Json:
    """GitHub's ``public-user``."""
    return user(world, one) | {
        "name": one.name,
        "company": None,
        "blog": "",
        "location": None,
        "email": None,
        "hireable": None,
        "bio": None,
        "public_repos": sum(repo.owner is one for repo in world.repositories.values()),
        "public_gists": 0,
        "followers": 0,
        "following": 0,
        "created_at": stamp(one.created_at),
        "updated_at": stamp(one.created_at),
    }


def organization(world: World, one: User) -> Json:
    """GitHub's ``organization-simple``."""
    url = f"{world.api}/orgs/{one.login}"
    return {
        "login": one.login,
        "id": one.id,
        "node_id": node_id("O", one.id),
        "url": url,
        **{f"{name}_url": f"{url}/{name}" for name in ("repos", "events", "hooks", "issues")},
        "members_url": f"{url}/members{{/member}}",
        "public_members_url": f"{url}/public_members{{/member}}",
        "avatar_url": f"{world.web}/avatars/u/{one.id}",
        "description": "",
    }


def app(world: World, one: App, *, counted: bool = False) -> Json:
    """GitHub's ``integration``; ``counted`` adds what only ``GET /app`` has."""
    body = {
        "id": one.id,
        "client_id": one.client_id,
        "slug": one.slug,
        "node_id": node_id("A", one.id),
        "owner": user(world, one.owner),
        "name": one.name,
        "description": "",
        "external_url": f"{world.web}/apps/{one.slug}",
        "html_url": f"{world.web}/apps/{one.slug}",
        "created_at": stamp(one.created_at),
        "updated_at": stamp(one.updated_at),
        "permissions": dict(one.permissions),
        "events": list(one.events),
    }
    if counted:
        body["installations_count"] = sum(item.app is one for item in world.installations.values())
    return body


def app_or_none(world: World, one: App | None) -> Json | None:
    """The same, or null."""
    return None if one is None else app(world, one)


def installation(world: World, one: Installation) -> Json:
    """GitHub's ``installation``."""
    url = f"{world.api}/app/installations/{one.id}"
    return {
        "id": one.id,
        "client_id": one.app.client_id,
        "account": user(world, one.account),
        "repository_selection": "all" if one.repositories is None else "selected",
        "access_tokens_url": f"{url}/access_tokens",
        "repositories_url": f"{world.api}/installation/repositories",
        "html_url": f"{world.web}/settings/installations/{one.id}",
        "app_id": one.app.id,
        "app_slug": one.app.slug,
        "target_id": one.account.id,
        "target_type": "Organization" if one.account.type == "Organization" else "User",
        "permissions": dict(one.permissions),
        "events": list(one.events),
        "created_at": stamp(one.created_at),
        "updated_at": stamp(one.updated_at),
        "single_file_name": None,
        "has_multiple_single_files": False,
        "single_file_paths": [],
        "suspended_by": None,
        "suspended_at": None,
    }
