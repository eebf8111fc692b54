"""Issues, comments, labels, reactions and timelines."""

from __future__ import annotations

from typing import Any

from bot.playground.clock import stamp, stamp_or_none
from bot.playground.shapes.accounts import Json, app_or_none, node_id, user, user_or_none
from bot.playground.shapes.repositories import api_url, html_url, repository
from bot.playground.state import Comment, Event, Issue, Label, Reaction, Repository, Review, User, World

CONTENTS = ("+1", "-1", "laugh", "hooray", "confused", "heart", "rocket", "eyes")


def label(world: World, repo: Repository, one: Label) -> Json:
    """GitHub's ``label``."""
    return {
        "id": one.id,
        "node_id": node_id("LA", one.id),
        "url": f"{api_url(world, repo)}/labels/{one.name.replace('%', '%25').replace(' ', '%20')}",
        "name": one.name,
        "color": one.color,
        "default": one.default,
        "description": one.description,
    }


def association(repo: Repository, one: User) -> str:
    """``author_association``."""
    if one is repo.owner:
        return "OWNER"
    if any(one in team.everybody() for team in repo.teams):
        return "MEMBER"
    return "COLLABORATOR" if one.login.lower() in repo.roles else "NONE"


def rollup(url: str, reactions: list[Reaction]) -> Json:
    """The counts of reactions."""
    counts = {content: sum(one.content == content for one in reactions) for content in CONTENTS}
    return {"url": f"{url}/reactions", "total_count": len(reactions), **counts}


def reaction(world: World, one: Reaction) -> Json:
    """GitHub's ``reaction``."""
    return {
        "id": one.id,
        "node_id": node_id("REA", one.id),
        "user": user(world, one.user),
        "content": one.content,
        "created_at": stamp(one.created_at),
    }


def issue(world: World, one: Issue) -> Json:
    """GitHub's ``issue``, also for the issue side of a pull request."""
    repo = one.repo
    url = _url(world, one)
    html = f"{html_url(world, repo)}/{'pull' if one.pull else 'issues'}/{one.number}"
    body: Json = {
        "url": url,
        "repository_url": api_url(world, repo),
        "labels_url": f"{url}/labels{{/name}}",
        "comments_url": f"{url}/comments",
        "events_url": f"{url}/events",
        "html_url": html,
        "id": one.id,
        "node_id": node_id("PR" if one.pull else "I", one.pull.id if one.pull else one.id),
        "number": one.number,
        "title": one.title,
        "user": user(world, one.user),
        "labels": [label(world, repo, item) for item in one.labels],
        "state": one.state,
        "locked": False,
        "assignee": user(world, one.assignees[0]) if one.assignees else None,
        "assignees": [user(world, item) for item in one.assignees],
        "milestone": None,
        "comments": len(one.comments),
        "created_at": stamp(one.created_at),
        "updated_at": stamp(one.updated_at),
        "closed_at": stamp_or_none(one.closed_at),
        "author_association": association(repo, one.user),
        "active_lock_reason": None,
        "body": one.body,
        "closed_by": user_or_none(world, one.closed_by),
        "reactions": rollup(url, one.reactions),
        "timeline_url": f"{url}/timeline",
        "performed_via_github_app": app_or_none(world, one.app),
        "state_reason": one.state_reason,
    }
    if world.relations and not one.pull:
        body |= _relations(world, one)
    if one.pull:
        pull = f"{api_url(world, repo)}/pulls/{one.number}"
        body["draft"] = one.pull.draft
        body["pull_request"] = {
            "url": pull,
            "html_url": html,
            "diff_url": f"{html}.diff",
            "patch_url": f"{html}.patch",
            "merged_at": stamp_or_none(one.pull.merged_at),
        }
    return body


def _relations(world: World, one: Issue) -> Json:
    """What an issue tells of its dependencies, its parent and its sub-issues."""
    blocked_by, blocking, parts = (
        ([], [], []) if world.stale_summaries else (one.blocked_by, one.blocking, one.sub_issues)
    )
    total, completed = len(parts), sum(sub.state == "closed" for sub in parts)
    percent = completed * 100 // total if total else 0
    return {
        "issue_dependencies_summary": {
            "blocked_by": sum(other.state == "open" for other in blocked_by),
            "total_blocked_by": len(blocked_by),
            "blocking": sum(other.state == "open" for other in blocking),
            "total_blocking": len(blocking),
        },
        "sub_issues_summary": {"total": total, "completed": completed, "percent_completed": percent},
        "parent_issue_url": _url(world, one.parent) if one.parent else None,
    }


def _url(world: World, one: Issue) -> str:
    return f"{api_url(world, one.repo)}/issues/{one.number}"


def comment(world: World, one: Comment) -> Json:
    """GitHub's ``issue-comment``."""
    repo, number = one.issue.repo, one.issue.number
    url = f"{api_url(world, repo)}/issues/comments/{one.id}"
    kind = "pull" if one.issue.pull else "issues"
    return {
        "url": url,
        "html_url": f"{html_url(world, repo)}/{kind}/{number}#issuecomment-{one.id}",
        "issue_url": f"{api_url(world, repo)}/issues/{number}",
        "id": one.id,
        "node_id": node_id("IC", one.id),
        "user": user(world, one.user),
        "created_at": stamp(one.created_at),
        "updated_at": stamp(one.updated_at),
        "author_association": association(repo, one.user),
        "body": one.body,
        "reactions": rollup(url, one.reactions),
        "performed_via_github_app": app_or_none(world, one.app),
    }


def review(world: World, one: Review) -> Json:
    """GitHub's ``pull-request-review``."""
    repo, number = one.pull.repo, one.pull.number
    html = f"{html_url(world, repo)}/pull/{number}#pullrequestreview-{one.id}"
    pull = f"{api_url(world, repo)}/pulls/{number}"
    return {
        "id": one.id,
        "node_id": node_id("PRR", one.id),
        "user": user(world, one.user),
        "body": one.body,
        "state": one.state,
        "html_url": html,
        "pull_request_url": pull,
        "author_association": association(repo, one.user),
        "_links": {"html": {"href": html}, "pull_request": {"href": pull}},
        "submitted_at": stamp(one.submitted_at),
        "commit_id": one.commit_id,
    }


def reference(world: World, one: Issue) -> Json:
    """GitHub's ``issue-reference``: how an event names another issue."""
    return {
        "number": one.number,
        "title": one.title,
        "state": one.state,
        "state_reason": one.state_reason,
        "repository": repository(world, one.repo),
        "issue_type": None,
    }


def _event_extra(world: World, extra: dict[str, Any]) -> Json:
    return {key: _shown(world, value) for key, value in extra.items()}


def _shown(world: World, value: Any) -> Any:
    if isinstance(value, User):
        return user(world, value)
    return reference(world, value) if isinstance(value, Issue) else value


def event(world: World, of: Issue, one: Event) -> Json:
    """A line of ``/events``: what is neither a comment nor a review."""
    url = api_url(world, of.repo)
    body = {
        "id": one.id,
        "node_id": node_id("E", one.id),
        "url": f"{url}/issues/events/{one.id}",
        "actor": user(world, one.actor),
        "event": one.event,
        "commit_id": one.commit_id,
        "commit_url": f"{url}/commits/{one.commit_id}" if one.commit_id else None,
        "created_at": stamp(one.created_at),
        "performed_via_github_app": app_or_none(world, one.app),
    }
    if one.event in {"closed", "reopened"}:
        body["state_reason"] = one.extra.get("state_reason")
        return body
    return body | _event_extra(world, one.extra)


def timeline(world: World, of: Issue, one: Event) -> Json:
    """A line of ``/timeline``."""
    if isinstance(one.subject, Comment):
        body = comment(world, one.subject)
        return body | {"event": "commented", "actor": body["user"]}
    if isinstance(one.subject, Review):
        return review(world, one.subject) | {"event": "reviewed"}
    return event(world, of, one)
