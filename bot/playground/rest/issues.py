"""Issues, their comments, assignees and reactions."""

from __future__ import annotations

from collections.abc import Sequence

from bot.playground.acts import issues as acts
from bot.playground.problems import Moved, forbidden, invalid, not_found
from bot.playground.rest.routing import Answer, Call, Routes
from bot.playground.shapes import issues as shapes
from bot.playground.state import Comment, Issue, Reaction

ROUTES = Routes()
READ = ("issues:read", "pull_requests:read")
WRITE = ("issues:write", "pull_requests:write")


def issue_of(call: Call) -> Issue:
    """The issue that the path names. Raises a 301 ``Problem`` with its address where it was transferred."""
    try:
        return call.repo.issue(call.number("issue_number"))
    except Moved as moved:
        full_name, number = moved.to
        behind = call.url.partition(f"/issues/{call.params['issue_number']}")[2]
        moved.headers["Location"] = f"{call.world.api}/repos/{full_name}/issues/{number}{behind}"
        raise


def _ordered(call: Call, found: list[Issue]) -> list[Issue]:
    sort = call.choice("sort", ("created", "updated", "comments"), "created")
    keys = {
        "created": lambda one: (one.created_at, one.number),
        "updated": lambda one: (one.updated_at, one.number),
        "comments": lambda one: (len(one.comments), one.number),
    }
    return sorted(found, key=keys[sort], reverse=call.choice("direction", ("asc", "desc"), "desc") == "desc")


@ROUTES.add("GET", "~/issues", "issues:read")
async def list_issues(call: Call) -> Answer:
    """Issues and pull requests, filtered."""
    state = call.choice("state", ("open", "closed", "all"), "open")
    labels = {name.strip().lower() for name in call.query.get("labels", "").split(",") if name.strip()}
    creator, assignee, since = call.query.get("creator"), call.query.get("assignee"), call.since()
    found = [
        one
        for one in call.repo.issues.values()
        if state in {"all", one.state}
        and labels <= {label.name.lower() for label in one.labels}
        and (creator is None or one.user.login.lower() == creator.lower())
        and (assignee in {None, "*", "none"} or assignee in {person.login for person in one.assignees})
        and (since is None or one.updated_at.timestamp() >= since)
    ]
    page, headers = call.page(_ordered(call, found))
    return Answer([shapes.issue(call.world, one) for one in page], headers=headers)


@ROUTES.add("POST", "~/issues", "issues:write", role="read", creates=True)
async def create_issue(call: Call) -> Answer:
    """A new issue."""
    title, body = call.text("title", resource="Issue"), call.text("body")
    names = [item["name"] if isinstance(item, dict) else item for item in call.body.get("labels") or []]
    labels, assignees = call.texts("labels", names) or [], call.texts("assignees") or []
    if not _may_label(call):
        labels, assignees = [], []
    issue = await acts.open_issue(
        call.world, call.repo, call.actor, title or "", body, labels=labels, assignees=assignees
    )
    shape = shapes.issue(call.world, issue)
    return Answer(shape, 201, {"Location": shape["url"]})


def _may_label(call: Call) -> bool:
    return call.caller.token is not None or call.repo.may(call.actor.user, "triage")


@ROUTES.add("GET", "~/issues/{issue_number}", *READ)
async def get_issue(call: Call) -> Answer:
    """One issue."""
    return Answer(shapes.issue(call.world, issue_of(call)))


@ROUTES.add("PATCH", "~/issues/{issue_number}", *WRITE, role="read")
async def update_issue(call: Call) -> Answer:
    """Changes an issue: title, body, state, labels, assignees."""
    issue, body = issue_of(call), call.body
    if call.caller.user and issue.user is not call.caller.user and not _may_label(call):
        raise forbidden("Must have push access to repository")
    state, title, text = call.text("state"), call.text("title"), call.text("body")
    if state not in {None, "open", "closed"}:
        raise invalid("Issue", "state")
    if text is None and "body" in body:
        text = ""
    await acts.edit_issue(call.world, issue, call.actor, title=title, body=text)
    if "labels" in body:
        names = [item["name"] if isinstance(item, dict) else item for item in body["labels"] or []]
        await acts.set_labels(call.world, issue, call.actor, call.texts("labels", names) or [])
    if (wanted := call.texts("assignees")) is not None:
        await acts.unassign(call.world, issue, call.actor, [one.login for one in issue.assignees])
        await acts.assign(call.world, issue, call.actor, wanted)
    if state == "closed":
        await acts.close(call.world, issue, call.actor, call.text("state_reason"))
    elif state == "open":
        await acts.reopen(call.world, issue, call.actor)
    return Answer(shapes.issue(call.world, issue))


def _comments(call: Call, found: Sequence[Comment]) -> Answer:
    since = call.since()
    found = [one for one in found if since is None or one.updated_at.timestamp() >= since]
    page, headers = call.page(found)
    return Answer([shapes.comment(call.world, one) for one in page], headers=headers)


@ROUTES.add("GET", "~/issues/{issue_number}/comments", *READ)
async def list_comments(call: Call) -> Answer:
    """The comments of an issue, oldest first."""
    return _comments(call, issue_of(call).comments)


@ROUTES.add("POST", "~/issues/{issue_number}/comments", *WRITE, role="read", creates=True)
async def create_comment(call: Call) -> Answer:
    """A new comment."""
    issue, body = issue_of(call), call.text("body", resource="IssueComment")
    shape = shapes.comment(call.world, await acts.comment(call.world, issue, call.actor, body or ""))
    return Answer(shape, 201, {"Location": shape["url"]})


@ROUTES.add("GET", "~/issues/comments", *READ)
async def list_all_comments(call: Call) -> Answer:
    """All comments of the repository."""
    sort = call.choice("sort", ("created", "updated"), "created")
    found = list(call.repo.comments.values())
    if sort == "updated":
        found.sort(key=lambda one: one.updated_at)
    if "sort" in call.query and call.choice("direction", ("asc", "desc"), "asc") == "desc":
        found.reverse()
    return _comments(call, found)


@ROUTES.add("GET", "~/issues/comments/{comment_id}", *READ)
async def get_comment(call: Call) -> Answer:
    """One comment."""
    return Answer(shapes.comment(call.world, call.repo.comment(call.number("comment_id"))))


def _own(call: Call) -> Comment:
    one = call.repo.comment(call.number("comment_id"))
    if call.caller.user and one.user is not call.caller.user and not call.repo.may(call.caller.user, "write"):
        raise forbidden("Must have push access to repository")
    return one


@ROUTES.add("PATCH", "~/issues/comments/{comment_id}", *WRITE, role="read")
async def update_comment(call: Call) -> Answer:
    """Changes a comment."""
    one, body = _own(call), call.text("body", resource="IssueComment")
    await acts.edit_comment(call.world, one, call.actor, body or "")
    return Answer(shapes.comment(call.world, one))


@ROUTES.add("DELETE", "~/issues/comments/{comment_id}", *WRITE, role="read")
async def delete_comment(call: Call) -> Answer:
    """Deletes a comment."""
    await acts.delete_comment(call.world, _own(call), call.actor)
    return Answer(status=204)


def _react(call: Call, reactions: list[Reaction]) -> Answer:
    content = call.text("content", resource="Reaction") or ""
    one, new = acts.react(call.world, reactions, call.actor.user, content)
    return Answer(shapes.reaction(call.world, one), 201 if new else 200)


def _reactions(call: Call, reactions: list[Reaction]) -> Answer:
    content = call.query.get("content")
    page, headers = call.page([one for one in reactions if content in {None, one.content}])
    return Answer([shapes.reaction(call.world, one) for one in page], headers=headers)


def _unreact(call: Call, reactions: list[Reaction]) -> Answer:
    for one in reactions:
        if one.id == call.number("reaction_id"):
            reactions.remove(one)
            return Answer(status=204)
    raise not_found()


@ROUTES.add("POST", "~/issues/comments/{comment_id}/reactions", *WRITE, role="read")
async def react_to_comment(call: Call) -> Answer:
    """Adds a reaction: 201, or 200 when it was there."""
    return _react(call, call.repo.comment(call.number("comment_id")).reactions)


@ROUTES.add("GET", "~/issues/comments/{comment_id}/reactions", *READ)
async def comment_reactions(call: Call) -> Answer:
    """The reactions to a comment."""
    return _reactions(call, call.repo.comment(call.number("comment_id")).reactions)


@ROUTES.add("DELETE", "~/issues/comments/{comment_id}/reactions/{reaction_id}", *WRITE, role="read")
async def unreact_to_comment(call: Call) -> Answer:
    """Takes a reaction back."""
    return _unreact(call, call.repo.comment(call.number("comment_id")).reactions)


@ROUTES.add("POST", "~/issues/{issue_number}/reactions", *WRITE, role="read")
async def react_to_issue(call: Call) -> Answer:
    """Adds a reaction: 201, or 200 when it was there."""
    return _react(call, issue_of(call).reactions)


@ROUTES.add("GET", "~/issues/{issue_number}/reactions", *READ)
async def issue_reactions(call: Call) -> Answer:
    """The reactions to an issue."""
    return _reactions(call, issue_of(call).reactions)


@ROUTES.add("DELETE", "~/issues/{issue_number}/reactions/{reaction_id}", *WRITE, role="read")
async def unreact_to_issue(call: Call) -> Answer:
    """Takes a reaction back."""
    return _unreact(call, issue_of(call).reactions)


@ROUTES.add("POST", "~/issues/{issue_number}/assignees", *WRITE)
async def add_assignees(call: Call) -> Answer:
    """Assigns people."""
    issue = issue_of(call)
    await acts.assign(call.world, issue, call.actor, call.texts("assignees") or [])
    return Answer(shapes.issue(call.world, issue), 201)


@ROUTES.add("DELETE", "~/issues/{issue_number}/assignees", *WRITE)
async def remove_assignees(call: Call) -> Answer:
    """Takes people off."""
    issue = issue_of(call)
    await acts.unassign(call.world, issue, call.actor, call.texts("assignees") or [])
    return Answer(shapes.issue(call.world, issue))
