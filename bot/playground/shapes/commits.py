"""Commits, trees, refs, branches, files and activity."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from bot.playground.clock import stamp
from bot.playground.git_cat import CommitData, PersonData
from bot.playground.git_diff import FileChange
from bot.playground.shapes.accounts import Json, node_id, user
from bot.playground.shapes.repositories import api_url, html_url
from bot.playground.state import Activity, Repository, User, World

UNSIGNED: Json = {"verified": False, "reason": "unsigned", "signature": None, "payload": None, "verified_at": None}


def _person(one: PersonData) -> Json:
    return {"name": one.name, "email": one.email, "date": stamp(one.date)}


def _account(world: World, one: PersonData) -> User | None:
    """The account that an e-mail address belongs to: ``<id>+<login>@users.noreply...`` as GitHub gives it."""
    login = one.email.partition("@")[0].rpartition("+")[2]
    return world.users.get(login.lower())


def noreply(world: World, one: User) -> str:
    """The address GitHub writes into commits that it makes for a person."""
    _ = world
    return f"{one.id}+{one.login}@users.noreply.github.com"


def git_commit(world: World, repo: Repository, one: CommitData) -> Json:
    """GitHub's ``git-commit``."""
    url, html = api_url(world, repo), html_url(world, repo)
    return {
        "sha": one.oid,
        "node_id": node_id("C", one.oid),
        "url": f"{url}/git/commits/{one.oid}",
        "html_url": f"{html}/commit/{one.oid}",
        "author": _person(one.author),
        "committer": _person(one.committer),
        "tree": {"sha": one.tree, "url": f"{url}/git/trees/{one.tree}"},
        "message": one.message,
        "parents": [
            {"sha": oid, "url": f"{url}/git/commits/{oid}", "html_url": f"{html}/commit/{oid}"} for oid in one.parents
        ],
        "verification": UNSIGNED,
    }


def commit(world: World, repo: Repository, one: CommitData) -> Json:
    """GitHub's ``commit``, without files."""
    url, html = api_url(world, repo), html_url(world, repo)
    author, committer = _account(world, one.author), _account(world, one.committer)
    return {
        "sha": one.oid,
        "node_id": node_id("C", one.oid),
        "commit": {
            "author": _person(one.author),
            "committer": _person(one.committer),
            "message": one.message,
            "tree": {"sha": one.tree, "url": f"{url}/git/trees/{one.tree}"},
            "url": f"{url}/git/commits/{one.oid}",
            "comment_count": 0,
            "verification": UNSIGNED,
        },
        "url": f"{url}/commits/{one.oid}",
        "html_url": f"{html}/commit/{one.oid}",
        "comments_url": f"{url}/commits/{one.oid}/comments",
        "author": user(world, author) if author else None,
        "committer": user(world, committer) if committer else None,
        "parents": [
            {"sha": oid, "url": f"{url}/commits/{oid}", "html_url": f"{html}/commit/{oid}"} for oid in one.parents
        ],
    }


def diff_entry(world: World, repo: Repository, head: str, one: FileChange, patch: str | None) -> Json:
    """GitHub's ``diff-entry``."""
    path = quote(one.path, errors="surrogateescape")
    html = html_url(world, repo)
    body: Json = {
        "sha": one.oid,
        "filename": one.path.encode(errors="surrogateescape").decode(errors="replace"),
        "status": one.status,
        "additions": one.additions,
        "deletions": one.deletions,
        "changes": one.additions + one.deletions,
        "blob_url": f"{html}/blob/{head}/{path}",
        "raw_url": f"{html}/raw/{head}/{path}",
        "contents_url": f"{api_url(world, repo)}/contents/{path}?ref={head}",
    }
    if patch is not None:
        body["patch"] = patch
    if one.previous is not None:
        body["previous_filename"] = one.previous
    return body


def ref(world: World, repo: Repository, name: str, oid: str, kind: str = "commit") -> Json:
    """GitHub's ``git-ref``."""
    url = api_url(world, repo)
    return {
        "ref": name,
        "node_id": node_id("REF", f"{repo.id}:{name}"),
        "url": f"{url}/git/{quote(name)}",
        "object": {"sha": oid, "type": kind, "url": f"{url}/git/{kind}s/{oid}"},
    }


def branch(world: World, repo: Repository, name: str, one: CommitData) -> Json:
    """GitHub's ``branch-with-protection``."""
    url = api_url(world, repo)
    return {
        "name": name,
        "commit": commit(world, repo, one),
        "_links": {"self": f"{url}/branches/{quote(name)}", "html": f"{html_url(world, repo)}/tree/{quote(name)}"},
        "protected": False,
        "protection": {
            "enabled": False,
            "required_status_checks": {"enforcement_level": "off", "contexts": [], "checks": []},
        },
        "protection_url": f"{url}/branches/{quote(name)}/protection",
    }


def activity(world: World, one: Activity) -> Json:
    """GitHub's ``activity``."""
    return {
        "id": one.id,
        "node_id": node_id("PSH", one.id),
        "before": one.before,
        "after": one.after,
        "ref": one.ref,
        "timestamp": stamp(one.timestamp),
        "activity_type": one.kind,
        "actor": user(world, one.actor),
    }


def content(world: World, repo: Repository, at: str, path: str, entry: tuple[str, str, int]) -> dict[str, Any]:
    """What all of ``/contents`` have in common; ``entry`` is (type, oid, size in bytes)."""
    kind, oid, size = entry
    url, html = api_url(world, repo), html_url(world, repo)
    quoted = quote(path)
    self_url = f"{url}/contents/{quoted}?ref={quote(at)}"
    git_url = f"{url}/git/{'trees' if kind == 'dir' else 'blobs'}/{oid}"
    page = f"{html}/{'tree' if kind == 'dir' else 'blob'}/{quote(at)}/{quoted}"
    return {
        "name": path.rpartition("/")[2],
        "path": path,
        "sha": oid,
        "size": size,
        "url": self_url,
        "html_url": page,
        "git_url": git_url,
        "download_url": None if kind == "dir" else f"{html}/raw/{quote(at)}/{quoted}",
        "type": kind,
        "_links": {"self": self_url, "git": git_url, "html": page},
    }
