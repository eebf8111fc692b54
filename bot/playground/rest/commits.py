"""Commits and comparisons."""

from __future__ import annotations

from typing import Any

from bot.playground.git_cat import CommitData
from bot.playground.git_store import EMPTY_TREE
from bot.playground.problems import Problem, not_found, unprocessable
from bot.playground.rest.routing import Answer, Call, Routes
from bot.playground.shapes import commits as shapes
from bot.playground.shapes.pulls import pull as pull_shape
from bot.playground.state import Pull

ROUTES = Routes()
FILES = 300
"""The most files that a commit or comparison lists. (D)"""


async def commit_of(call: Call, name: str) -> CommitData:
    """The commit that a branch, tag or oid names. Raises a 409 or 422 ``Problem``."""
    if not call.repo.store.refs:
        raise Problem(409, "Git Repository is empty.")
    oid = await call.repo.store.resolve(name)
    found = await call.repo.store.commit(oid) if oid else None
    if found is None:
        raise unprocessable(f"No commit found for SHA: {name}")
    return found


async def _files(call: Call, base: str, head: str) -> list[dict[str, Any]]:
    changes = (await call.repo.store.diff(base, head))[:FILES]
    patches = await call.repo.store.patches(base, head) if changes else []
    return [
        shapes.diff_entry(call.world, call.repo, head, one, patch) for one, patch in zip(changes, patches, strict=False)
    ]


@ROUTES.add("GET", "~/commits", "contents:read")
async def list_commits(call: Call) -> Answer:
    """The commits of a branch, newest first."""
    start = await commit_of(call, call.query.get("sha") or call.repo.default_branch)
    oids = await call.repo.store.log(start.oid, limit=10_000, path=call.query.get("path", ""))
    page, headers = call.page(oids)
    found = [await call.repo.store.commit(oid) for oid in page]
    return Answer([shapes.commit(call.world, call.repo, one) for one in found if one], headers=headers)


@ROUTES.add("GET", "~/commits/{ref:.+}", "contents:read")
async def get_commit(call: Call) -> Answer:
    """One commit, with its files."""
    found = await commit_of(call, call.params["ref"])
    files = await _files(call, found.parents[0] if found.parents else EMPTY_TREE, found.oid)
    plus, minus = sum(one["additions"] for one in files), sum(one["deletions"] for one in files)
    stats = {"total": plus + minus, "additions": plus, "deletions": minus}
    return Answer(shapes.commit(call.world, call.repo, found) | {"stats": stats, "files": files})


async def _holds(call: Call, pull: Pull, sha: str) -> bool:
    """Whether a pull request brought (or would bring) a commit to its base."""
    store = call.repo.store
    if pull.merged_at is not None:
        new = await store.log(pull.merge_commit_sha or pull.head_sha, pull.merged_onto, limit=10_000)
        return sha in new
    tip = call.repo.branch(pull.base_ref) or pull.base_sha
    return pull.issue.state == "open" and sha in await store.log(pull.head_sha, tip, limit=10_000)


@ROUTES.add("GET", "~/commits/{ref:.+}/pulls", "pull_requests:read")
async def list_pulls_of_commit(call: Call) -> Answer:
    """The merged pull request that brought a commit to the default branch, else the open ones that hold it. (D)"""
    found = await commit_of(call, call.params["ref"])
    tip = call.repo.branch(call.repo.default_branch)
    landed = tip is not None and await call.repo.store.is_ancestor(found.oid, tip)
    wanted = [one for one in call.repo.pulls if (one.merged_at is not None) == landed]
    if landed:
        wanted = [one for one in wanted if one.base_ref == call.repo.default_branch]
    page, headers = call.page([one for one in wanted if await _holds(call, one, found.oid)])
    return Answer([pull_shape(call.world, one) for one in page], headers=headers)


@ROUTES.add("GET", "~/compare/{basehead:.+}", "contents:read")
async def compare(call: Call) -> Answer:
    """Two commits, from their common ancestor (``base...head``)."""
    names = call.params["basehead"].split("...")
    if len(names) != 2:
        raise not_found()
    store, owner = call.repo.store, f"{call.repo.owner.login}:"
    oids = [await store.resolve(name.removeprefix(owner)) for name in names]
    base, head = [await store.commit(oid) if oid else None for oid in oids]
    middle = await store.merge_base(base.oid, head.oid) if base and head else None
    ancestor = await store.commit(middle) if middle else None
    if base is None or head is None or ancestor is None:
        raise not_found()
    ahead, behind = await store.ahead_behind(base.oid, head.oid)
    status = "diverged" if ahead and behind else "ahead" if ahead else "behind" if behind else "identical"
    oids_ahead = (await store.log(head.oid, base.oid))[::-1]
    page, headers = call.page(oids_ahead)
    found = [await store.commit(oid) for oid in page]
    html = f"{call.world.web}/{call.repo.full_name}/compare/{names[0]}...{names[1]}"
    body = {
        "url": call.url,
        "html_url": html,
        "permalink_url": f"{call.world.web}/{call.repo.full_name}/compare/{base.oid}...{head.oid}",
        "diff_url": f"{html}.diff",
        "patch_url": f"{html}.patch",
        "base_commit": shapes.commit(call.world, call.repo, base),
        "merge_base_commit": shapes.commit(call.world, call.repo, ancestor),
        "status": status,
        "ahead_by": ahead,
        "behind_by": behind,
        "total_commits": ahead,
        "commits": [shapes.commit(call.world, call.repo, one) for one in found if one],
        "files": await _files(call, ancestor.oid, head.oid),
    }
    return Answer(body, headers=headers)
