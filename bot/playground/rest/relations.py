"""Issue dependencies and sub-issues. The bodies name the other issue by its ``id``, not by its number."""

from __future__ import annotations

from bot.playground.acts import relations as acts
from bot.playground.problems import Problem, invalid, not_found, unprocessable
from bot.playground.rest.issues import issue_of
from bot.playground.rest.routing import Answer, Call, Routes
from bot.playground.shapes import issues as shapes
from bot.playground.state import Issue

ROUTES = Routes()
READ, WRITE = "issues:read", "issues:write"
BLOCKED_BY = "~/issues/{issue_number}/dependencies/blocked_by"
SUB_ISSUES = "~/issues/{issue_number}/sub_issues"


def _subject(call: Call) -> Issue:
    """The issue that the path names, where this GitHub knows relations. Raises a 404 ``Problem``."""
    if not call.world.relations:
        raise not_found()
    return issue_of(call)


def _seen(call: Call, issue_id: int) -> Issue:
    """The issue of this id, in any repository that the caller may read. Raises a 404 ``Problem``."""
    one = call.world.issue(issue_id)
    if one is None:
        raise not_found()
    try:
        call.caller.check(one.repo, [READ])
    except Problem:
        raise not_found() from None
    return one


def _named(call: Call, member: str) -> Issue | None:
    """The issue whose id the body has. Raises a 422 ``Problem`` for what is no number, a 404 one for nobody's."""
    value = call.body.get(member)
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool):
        raise unprocessable(f"Invalid property /{member}: `{value!r}` is not of type `integer`.")
    return _seen(call, value)


def _wanted(call: Call, member: str) -> Issue:
    found = _named(call, member)
    if found is None:
        raise invalid("Issue", member, "missing_field")
    return found


def _list(call: Call, found: list[Issue]) -> Answer:
    page, headers = call.page([one for one in found if _visible(call, one)])
    return Answer([shapes.issue(call.world, one) for one in page], headers=headers)


def _visible(call: Call, one: Issue) -> bool:
    try:
        return _seen(call, one.id) is one
    except Problem:
        return False


def _made(call: Call, issue: Issue) -> Answer:
    shape = shapes.issue(call.world, issue)
    return Answer(shape, 201, {"Location": shape["url"]})


@ROUTES.add("GET", BLOCKED_BY, READ)
async def list_blocked_by(call: Call) -> Answer:
    """What an issue waits for."""
    return _list(call, _subject(call).blocked_by)


@ROUTES.add("GET", "~/issues/{issue_number}/dependencies/blocking", READ)
async def list_blocking(call: Call) -> Answer:
    """What waits for an issue."""
    return _list(call, _subject(call).blocking)


@ROUTES.add("POST", BLOCKED_BY, WRITE, creates=True)
async def add_blocked_by(call: Call) -> Answer:
    """Makes an issue wait for another one. GitHub's page has the note on secondary limits that creations have. (D)"""
    issue = _subject(call)
    acts.block(call.world, issue, _wanted(call, "issue_id"), call.actor)
    return _made(call, issue)


@ROUTES.add("DELETE", f"{BLOCKED_BY}/{{issue_id}}", WRITE)
async def remove_blocked_by(call: Call) -> Answer:
    """Takes that back; 200 also where it was not so."""
    issue = _subject(call)
    acts.unblock(call.world, issue, _seen(call, call.number("issue_id")), call.actor)
    return Answer(shapes.issue(call.world, issue))


@ROUTES.add("GET", "~/issues/{issue_number}/parent", READ)
async def get_parent(call: Call) -> Answer:
    """The issue that an issue is part of; 404 for none."""
    parent = _subject(call).parent
    if parent is None or not _visible(call, parent):
        raise not_found()
    return Answer(shapes.issue(call.world, parent))


@ROUTES.add("GET", SUB_ISSUES, READ)
async def list_sub_issues(call: Call) -> Answer:
    """The sub-issues, in their order."""
    return _list(call, _subject(call).sub_issues)


@ROUTES.add("POST", SUB_ISSUES, WRITE, creates=True)
async def add_sub_issue(call: Call) -> Answer:
    """Makes an issue a sub-issue; counts as a creation, as a dependency does."""
    parent, replaces = _subject(call), call.body.get("replace_parent", False)
    if not isinstance(replaces, bool):
        raise unprocessable(f"Invalid property /replace_parent: `{replaces!r}` is not of type `boolean`.")
    acts.add_sub_issue(call.world, parent, _wanted(call, "sub_issue_id"), call.actor, replace_parent=replaces)
    return _made(call, parent)


@ROUTES.add("DELETE", "~/issues/{issue_number}/sub_issue", WRITE)
async def remove_sub_issue(call: Call) -> Answer:
    """Takes that back; 404 for what is no sub-issue of it."""
    parent = _subject(call)
    acts.remove_sub_issue(call.world, parent, _wanted(call, "sub_issue_id"), call.actor)
    return Answer(shapes.issue(call.world, parent))


@ROUTES.add("PATCH", f"{SUB_ISSUES}/priority", WRITE)
async def move_sub_issue(call: Call) -> Answer:
    """Gives a sub-issue another place."""
    parent, sub = _subject(call), _wanted(call, "sub_issue_id")
    acts.move_sub_issue(parent, sub, after=_named(call, "after_id"), before=_named(call, "before_id"))
    return Answer(shapes.issue(call.world, parent))
