"""Repositories."""

from __future__ import annotations

from bot.playground.clock import stamp
from bot.playground.shapes.accounts import Json, node_id, user
from bot.playground.state import Repository, User, World

LINKS = {
    "archive_url": "{archive_format}{/ref}",
    "assignees_url": "assignees{/user}",
    "blobs_url": "git/blobs{/sha}",
    "branches_url": "branches{/branch}",
    "collaborators_url": "collaborators{/collaborator}",
    "comments_url": "comments{/number}",
    "commits_url": "commits{/sha}",
    "compare_url": "compare/{base}...{head}",
    "contents_url": "contents/{+path}",
    "contributors_url": "contributors",
    "deployments_url": "deployments",
    "downloads_url": "downloads",
    "events_url": "events",
    "forks_url": "forks",
    "git_commits_url": "git/commits{/sha}",
    "git_refs_url": "git/refs{/sha}",
    "git_tags_url": "git/tags{/sha}",
    "hooks_url": "hooks",
    "issue_comment_url": "issues/comments{/number}",
    "issue_events_url": "issues/events{/number}",
    "issues_url": "issues{/number}",
    "keys_url": "keys{/key_id}",
    "labels_url": "labels{/name}",
    "languages_url": "languages",
    "merges_url": "merges",
    "milestones_url": "milestones{/number}",
    "notifications_url": "notifications{?since,all,participating}",
    "pulls_url": "pulls{/number}",
    "releases_url": "releases{/id}",
    "stargazers_url": "stargazers",
    "statuses_url": "statuses/{sha}",
    "subscribers_url": "subscribers",
    "subscription_url": "subscription",
    "tags_url": "tags",
    "teams_url": "teams",
    "trees_url": "git/trees{/sha}",
}


def api_url(world: World, repo: Repository) -> str:
    """Where the API has this repository."""
    return f"{world.api}/repos/{repo.full_name}"


def html_url(world: World, repo: Repository) -> str:
    """Where people see it."""
    return f"{world.web}/{repo.full_name}"


def repository(world: World, repo: Repository) -> Json:
    """GitHub's ``repository`` (within pull requests, installations and payloads)."""
    url, html = api_url(world, repo), html_url(world, repo)
    opened = sum(issue.state == "open" for issue in repo.issues.values())
    return {
        "id": repo.id,
        "node_id": node_id("R", repo.id),
        "name": repo.name,
        "full_name": repo.full_name,
        "private": repo.private,
        "owner": user(world, repo.owner),
        "html_url": html,
        "description": repo.description,
        "fork": repo.parent is not None,
        "url": url,
        **{key: f"{url}/{path}" for key, path in LINKS.items()},
        "created_at": stamp(repo.created_at),
        "updated_at": stamp(repo.updated_at),
        "pushed_at": stamp(repo.pushed_at),
        "git_url": f"{html}.git".replace("http:", "git:"),
        "ssh_url": f"ssh://git@{world.web.partition('://')[2]}/{repo.full_name}.git",
        "clone_url": f"{html}.git",
        "svn_url": html,
        "homepage": None,
        "size": 1,
        "stargazers_count": 0,
        "watchers_count": 0,
        "language": None,
        "has_issues": True,
        "has_projects": True,
        "has_downloads": True,
        "has_wiki": True,
        "has_pages": False,
        "has_discussions": False,
        "forks_count": 0,
        "mirror_url": None,
        "archived": repo.archived,
        "disabled": False,
        "open_issues_count": opened,
        "license": None,
        "allow_forking": True,
        "is_template": False,
        "web_commit_signoff_required": False,
        "topics": [],
        "visibility": "private" if repo.private else "public",
        "forks": 0,
        "open_issues": opened,
        "watchers": 0,
        "default_branch": repo.default_branch,
    }


def full_repository(world: World, repo: Repository, viewer: User | None) -> Json:
    """GitHub's ``full-repository``; ``viewer`` gets their own permissions told."""
    body = repository(world, repo) | {"network_count": 0, "subscribers_count": 0}
    body |= {
        "allow_squash_merge": True,
        "allow_merge_commit": True,
        "allow_rebase_merge": True,
        "allow_auto_merge": repo.allow_auto_merge,
        "delete_branch_on_merge": False,
    }
    if viewer is not None:
        body["permissions"] = permissions(repo, viewer)
    return body


def permissions(repo: Repository, viewer: User) -> Json:
    """What a person may do, as GitHub lists it."""
    names = {"admin": "admin", "maintain": "maintain", "push": "write", "triage": "triage", "pull": "read"}
    return {name: repo.may(viewer, role) for name, role in names.items()}
