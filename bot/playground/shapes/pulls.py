"""Pull requests and check runs."""

from __future__ import annotations

from bot.playground.clock import stamp, stamp_or_none
from bot.playground.rules import merge_state
from bot.playground.shapes.accounts import Json, app, node_id, user, user_or_none
from bot.playground.shapes.issues import association, label
from bot.playground.shapes.repositories import api_url, html_url, repository
from bot.playground.shapes.teams import team_with_parent
from bot.playground.state import AutoMerge, CheckRun, Pull, Repository, User, World


def _end(world: World, repo: Repository | None, ref: str, sha: str, author: User) -> Json:
    return {
        "label": f"{repo.owner.login if repo else 'unknown'}:{ref}",
        "ref": ref,
        "sha": sha,
        "user": user(world, repo.owner if repo else author),
        "repo": repository(world, repo) if repo else None,
    }


def pull(world: World, one: Pull) -> Json:
    """GitHub's ``pull-request-simple``: what lists give."""
    repo, issue = one.repo, one.issue
    url = f"{api_url(world, repo)}/pulls/{one.number}"
    issue_url = f"{api_url(world, repo)}/issues/{one.number}"
    html = f"{html_url(world, repo)}/pull/{one.number}"
    statuses = f"{api_url(world, repo)}/statuses/{one.head_sha}"
    body: Json = {
        "url": url,
        "id": one.id,
        "node_id": node_id("PR", one.id),
        "html_url": html,
        "diff_url": f"{html}.diff",
        "patch_url": f"{html}.patch",
        "issue_url": issue_url,
        "commits_url": f"{url}/commits",
        "review_comments_url": f"{url}/comments",
        "review_comment_url": f"{api_url(world, repo)}/pulls/comments{{/number}}",
        "comments_url": f"{issue_url}/comments",
        "statuses_url": statuses,
        "number": one.number,
        "state": issue.state,
        "locked": False,
        "title": issue.title,
        "user": user(world, issue.user),
        "body": issue.body,
        "created_at": stamp(issue.created_at),
        "updated_at": stamp(issue.updated_at),
        "closed_at": stamp_or_none(issue.closed_at),
        "merged_at": stamp_or_none(one.merged_at),
        "merge_commit_sha": one.merge_commit_sha,
        "assignee": user(world, issue.assignees[0]) if issue.assignees else None,
        "assignees": [user(world, item) for item in issue.assignees],
        "requested_reviewers": [user(world, item) for item in one.reviewers],
        "requested_teams": [
            team_with_parent(world, item, item.roles.get(repo.id, "read")) for item in one.team_reviewers
        ],
        "labels": [label(world, repo, item) for item in issue.labels],
        "milestone": None,
        "draft": one.draft,
        "head": _end(world, one.head_repo if one.fork else repo, one.head_ref, one.head_sha, issue.user),
        "base": _end(world, repo, one.base_ref, one.base_sha, issue.user),
        "author_association": association(repo, issue.user),
        "auto_merge": _auto_merge(world, one.auto_merge) if one.auto_merge else None,
        "active_lock_reason": None,
    }
    links = {"self": url, "html": html, "issue": issue_url, "comments": body["comments_url"], "statuses": statuses}
    links |= {name: body[f"{name}_url"] for name in ("review_comments", "review_comment", "commits")}
    body["_links"] = {name: {"href": href} for name, href in links.items()}
    return body


def _auto_merge(world: World, one: AutoMerge) -> Json:
    """GitHub's ``auto-merge``."""
    return {
        "enabled_by": user(world, one.user),
        "merge_method": one.method,
        "commit_title": one.title,
        "commit_message": one.message,
    }


async def full_pull(world: World, one: Pull, *, probe: bool = True) -> Json:
    """GitHub's ``pull-request``. ``probe``: find out whether it can be merged (payloads do not wait for that)."""
    store = one.repo.store
    base = await store.merge_base(one.base_sha, one.head_sha) or one.base_sha
    changes = await store.diff(base, one.head_sha)
    state = await merge_state(one) if probe else "unknown"
    mergeable = None if state == "unknown" else state != "dirty"
    return pull(world, one) | {
        "merged": one.merged_at is not None,
        "mergeable": mergeable,
        "rebaseable": mergeable,
        "mergeable_state": state,
        "merged_by": user_or_none(world, one.merged_by),
        "comments": len(one.issue.comments),
        "review_comments": 0,
        "maintainer_can_modify": False,
        "commits": len(await store.log(one.head_sha, base)),
        "additions": sum(change.additions for change in changes),
        "deletions": sum(change.deletions for change in changes),
        "changed_files": len(changes),
    }


def _minimal(world: World, one: Pull) -> Json:
    small = {"id": one.repo.id, "url": api_url(world, one.repo), "name": one.repo.name}
    return {
        "url": f"{api_url(world, one.repo)}/pulls/{one.number}",
        "id": one.id,
        "number": one.number,
        "head": {"ref": one.head_ref, "sha": one.head_sha, "repo": small},
        "base": {"ref": one.base_ref, "sha": one.base_sha, "repo": small},
    }


def check_run(world: World, one: CheckRun) -> Json:
    """GitHub's ``check-run``."""
    repo = one.repo
    url = f"{api_url(world, repo)}/check-runs/{one.id}"
    return {
        "id": one.id,
        "name": one.name,
        "node_id": node_id("CR", one.id),
        "head_sha": one.head_sha,
        "external_id": one.external_id,
        "url": url,
        "html_url": f"{html_url(world, repo)}/runs/{one.id}",
        "details_url": one.details_url or f"{world.web}/apps/{one.app.slug}",
        "status": one.status,
        "conclusion": one.conclusion,
        "started_at": stamp_or_none(one.started_at),
        "completed_at": stamp_or_none(one.completed_at),
        "output": {
            "title": one.title,
            "summary": one.summary,
            "text": one.text,
            "annotations_count": len(one.annotations),
            "annotations_url": f"{url}/annotations",
        },
        "check_suite": {"id": suite_id(one)},
        "app": app(world, one.app),
        "pull_requests": [
            _minimal(world, item)
            for item in repo.pulls
            if item.head_sha == one.head_sha and item.issue.state == "open" and not item.fork  # of a fork's, none (D)
        ],
    }


def suite_id(one: CheckRun) -> int:
    """One suite for each App and commit: a number made of both."""
    return int(one.head_sha[:10], 16) * 1000 + one.app.id % 1000
