"""Issues and their comments, and what both issues and pull requests have: title, body, state, labels, assignees."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.playground.acts.labels import ensure_label
from bot.playground.problems import invalid, refused
from bot.playground.shapes import issues as shapes
from bot.playground.shapes.accounts import user as user_shape
from bot.playground.shapes.pulls import full_pull
from bot.playground.state import Actor, Comment, Edit, Event, Issue, Label, Reaction, Repository, User, World

BODY = 65_536
"""The most characters a body holds (of four bytes each: 262,144 bytes). (D)"""
TITLE = 256
LABELS = 100
"""The most labels an issue has. (D)"""

REASONS = ("completed", "not_planned", "duplicate")
"""Why an issue was closed. (D)"""


def check_text(resource: str, title: str | None, body: str | None) -> None:
    """Refuses a title or body that GitHub does not take. Raises a 422 ``Problem``."""
    if title is not None and not title.strip():
        raise invalid(resource, "title", "missing_field")
    if title is not None and len(title) > TITLE:
        raise invalid(resource, "title", "custom", f"title is too long (maximum is {TITLE} characters)")
    if body is not None and len(body) > BODY:
        raise invalid(resource, "body", "custom", f"body is too long (maximum is {BODY} characters)")


async def emit(world: World, issue: Issue, action: str, actor: Actor, extra: dict[str, Any] | None = None) -> None:
    """Sends the ``issues`` event, or ``pull_request`` for a pull request."""
    if issue.pull:
        body = {"number": issue.number, "pull_request": await full_pull(world, issue.pull, probe=False)}
        world.hooks.emit("pull_request", action, issue.repo, actor, body | (extra or {}))
    else:
        world.hooks.emit("issues", action, issue.repo, actor, {"issue": shapes.issue(world, issue)} | (extra or {}))


def log(world: World, issue: Issue, event: str, actor: Actor, **extra: Any) -> Event:
    """Writes a line into the timeline."""
    line = Event(world.next_id(), event, actor.user, actor.app, world.now(), extra=extra)
    issue.timeline.append(line)
    return line


def new_issue(world: World, repo: Repository, actor: Actor, title: str, body: str | None) -> Issue:
    """The record alone, with the next number: also what a pull request begins with."""
    now = world.now()
    number = repo.next_number()
    issue = Issue(world.next_id(), number, repo, actor.user, actor.app, title, body, now, now)
    repo.issues[number] = issue
    return issue


async def open_issue(
    world: World,
    repo: Repository,
    actor: Actor,
    title: str,
    body: str | None = None,
    *,
    labels: Sequence[str] = (),
    assignees: Sequence[str] = (),
) -> Issue:
    """Opens an issue."""
    check_text("Issue", title, body)
    issue = new_issue(world, repo, actor, title, body)
    wanted = _distinct([ensure_label(world, repo, actor, name) for name in labels])
    for label in wanted:
        issue.labels.append(label)
        log(world, issue, "labeled", actor, label={"name": label.name, "color": label.color})
    await emit(world, issue, "opened", actor)
    for label in wanted:
        await emit(world, issue, "labeled", actor, {"label": shapes.label(world, repo, label)})
    await assign(world, issue, actor, assignees)
    return issue


async def edit_issue(
    world: World, issue: Issue, actor: Actor, *, title: str | None = None, body: str | None = None
) -> None:
    """Changes title or body; ``None`` leaves as it is."""
    if body is not None and len(body) > BODY and world.drops_long():
        body = None
    check_text("PullRequest" if issue.pull else "Issue", title, body)
    changes: dict[str, Any] = {}
    if title is not None and title != issue.title:
        changes["title"] = {"from": issue.title}
        log(world, issue, "renamed", actor, rename={"from": issue.title, "to": title})
        issue.title = title
    if body is not None and body != (issue.body or ""):
        changes["body"] = {"from": issue.body or ""}
        issue.edits.append(Edit(actor.user, world.now(), issue.body or ""))
        issue.body = body
    if changes:
        issue.updated_at = world.now()
        await emit(world, issue, "edited", actor, {"changes": changes})


async def close(
    world: World, issue: Issue, actor: Actor, reason: str | None = None, *, commit: str | None = None
) -> None:
    """Closes an issue or pull request; nothing happens when it is closed. Raises a 422 ``Problem`` for no reason."""
    if reason not in {None, *REASONS}:
        raise invalid("Issue", "state_reason")
    if issue.state == "closed":
        return
    now = world.now()
    issue.state, issue.closed_at, issue.closed_by, issue.updated_at = "closed", now, actor.user, now
    issue.state_reason = None if issue.pull else reason or "completed"
    log(world, issue, "closed", actor, state_reason=issue.state_reason).commit_id = commit
    if issue.pull and issue.pull.merged_at is None:
        issue.pull.auto_merge = None
    await emit(world, issue, "closed", actor)
    world.look(issue.repo)


async def reopen(world: World, issue: Issue, actor: Actor) -> None:
    """Opens a closed issue or pull request again. Raises a 422 ``Problem`` for a pull request that cannot be."""
    if issue.state == "open":
        return
    pull = issue.pull
    home = None if pull is None else pull.head_repo if pull.fork else pull.repo
    head = home.branch(pull.head_ref) if pull and home else None
    if pull and (pull.merged_at or not head or not issue.repo.branch(pull.base_ref)):
        raise refused("PullRequest", "state cannot be changed. The pull request cannot be reopened.")
    if pull:
        pull.head_sha = head or pull.head_sha
    issue.state, issue.closed_at, issue.closed_by, issue.updated_at = "open", None, None, world.now()
    issue.state_reason = None if pull else "reopened"
    log(world, issue, "reopened", actor)
    await emit(world, issue, "reopened", actor)


def _distinct(labels: Sequence[Label]) -> list[Label]:
    return list({label.id: label for label in labels}.values())


async def add_labels(world: World, issue: Issue, actor: Actor, names: Sequence[str]) -> None:
    """Puts labels on, making those the repository lacks. Raises a 422 ``Problem`` over ``LABELS``."""
    wanted = _distinct([ensure_label(world, issue.repo, actor, name) for name in names])
    new = [label for label in wanted if label not in issue.labels]
    if len(issue.labels) + len(new) > LABELS:
        raise refused("Issue", f"Issue cannot have more than {LABELS} labels")
    for label in new:
        issue.labels.append(label)
        issue.updated_at = world.now()
        log(world, issue, "labeled", actor, label={"name": label.name, "color": label.color})
        await emit(world, issue, "labeled", actor, {"label": shapes.label(world, issue.repo, label)})


async def remove_label(world: World, issue: Issue, actor: Actor, label: Label) -> None:
    """Takes a label off. Nothing happens when it is not on."""
    if label not in issue.labels:
        return
    issue.labels.remove(label)
    issue.updated_at = world.now()
    log(world, issue, "unlabeled", actor, label={"name": label.name, "color": label.color})
    await emit(world, issue, "unlabeled", actor, {"label": shapes.label(world, issue.repo, label)})


async def set_labels(world: World, issue: Issue, actor: Actor, names: Sequence[str]) -> None:
    """Makes the labels exactly these."""
    keep = {name.lower() for name in names}
    for label in [one for one in issue.labels if one.name.lower() not in keep]:
        await remove_label(world, issue, actor, label)
    await add_labels(world, issue, actor, names)


async def assign(world: World, issue: Issue, actor: Actor, logins: Sequence[str]) -> None:
    """Assigns people; those who may not be assigned are passed over, as GitHub does."""
    for login in logins:
        person = world.users.get(login.lower())
        if person and person not in issue.assignees and issue.repo.may(person, "read"):
            issue.assignees.append(person)
            log(world, issue, "assigned", actor, assignee=person, assigner=actor.user)
            await emit(world, issue, "assigned", actor, {"assignee": user_shape(world, person)})


async def unassign(world: World, issue: Issue, actor: Actor, logins: Sequence[str]) -> None:
    """Takes people off."""
    gone = {login.lower() for login in logins}
    for person in [one for one in issue.assignees if one.login.lower() in gone]:
        issue.assignees.remove(person)
        log(world, issue, "unassigned", actor, assignee=person, assigner=actor.user)
        await emit(world, issue, "unassigned", actor, {"assignee": user_shape(world, person)})


def _emit_comment(world: World, one: Comment, action: str, actor: Actor, extra: dict[str, Any] | None = None) -> None:
    body = {"issue": shapes.issue(world, one.issue), "comment": shapes.comment(world, one)} | (extra or {})
    world.hooks.emit("issue_comment", action, one.issue.repo, actor, body)


async def comment(world: World, issue: Issue, actor: Actor, body: str) -> Comment:
    """Comments on an issue or pull request."""
    if not body.strip():
        raise invalid("IssueComment", "body", "missing_field")
    check_text("IssueComment", None, body)
    now = world.now()
    one = Comment(world.next_id(), issue, actor.user, actor.app, body, now, now)
    issue.comments.append(one)
    issue.repo.comments[one.id] = one
    issue.updated_at = now
    log(world, issue, "commented", actor).subject = one
    _emit_comment(world, one, "created", actor)
    return one


async def edit_comment(world: World, one: Comment, actor: Actor, body: str) -> None:
    """Changes a comment."""
    if len(body) > BODY and world.drops_long():
        return
    check_text("IssueComment", None, body)
    if body == one.body:
        return
    before, one.body, one.updated_at = one.body, body, world.now()
    one.edits.append(Edit(actor.user, world.now(), before))
    _emit_comment(world, one, "edited", actor, {"changes": {"body": {"from": before}}})


async def delete_comment(world: World, one: Comment, actor: Actor) -> None:
    """Deletes a comment, without a trace in the timeline, as GitHub does."""
    issue = one.issue
    issue.comments.remove(one)
    del issue.repo.comments[one.id]
    issue.timeline = [line for line in issue.timeline if line.subject is not one]
    _emit_comment(world, one, "deleted", actor)


def react(world: World, reactions: list[Reaction], person: User, content: str) -> tuple[Reaction, bool]:
    """Adds a reaction; says whether it is new. Raises a 422 ``Problem`` for one GitHub does not have."""
    if content not in shapes.CONTENTS:
        raise invalid("Reaction", "content")
    for one in reactions:
        if one.user is person and one.content == content:
            return one, False
    one = Reaction(world.next_id(), person, content, world.now())
    reactions.append(one)
    return one, True
