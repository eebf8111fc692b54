"""What issues wait for, and what they are part of. An issue's ``updated_at`` is left as it is: GitHub's is not settled.

What is refused is refused in the words that GitHub was seen to use, as far as they are known.
"""

from __future__ import annotations

from collections.abc import Iterator

from bot.playground.acts.issues import log
from bot.playground.problems import Problem, not_found, unprocessable
from bot.playground.shapes import issues as shapes
from bot.playground.shapes.repositories import repository
from bot.playground.state import Actor, Issue, World

DEPENDENCIES = 50
"""The most issues that one waits for, and the most that wait for one. (D)"""
SUB_ISSUES, LEVELS = 100, 8
"""The most sub-issues of an issue, and the most levels of them below one. (D)"""
_BLOCKING = "An error occurred while adding the blocking issue to the issue. Validation failed: "
_PART = "An error occurred while adding the sub-issue to the parent issue. "


def block(world: World, blocked: Issue, blocker: Issue, actor: Actor) -> None:
    """Makes an issue wait for another one. Raises a 422 ``Problem``."""
    if against := _against_blocking(world, blocked, blocker):
        raise unprocessable(_BLOCKING + against)
    blocked.blocked_by.append(blocker)
    blocker.blocking.append(blocked)
    _tell_dependency(world, blocked, blocker, actor, "added")


def _against_blocking(world: World, blocked: Issue, blocker: Issue) -> str:
    if blocked.pull:
        return "Source issue may only be an issue"
    if blocker.pull:
        return "Target issue may only be an issue"
    if blocked is blocker:
        return "Issue may not be blocked by itself"
    if blocker in blocked.blocked_by:
        return "Target issue has already been taken"
    circle = blocked in blocker.blocked_by if world.indirect_cycles else blocked in _waited_for(blocker)
    if circle:
        return "This dependency would create a cycle where the target is already blocked by the source"
    if len(blocked.blocked_by) >= DEPENDENCIES:
        return f"Issue may not be blocked by more than {DEPENDENCIES} issues"
    return f"Issue may not block more than {DEPENDENCIES} issues" if len(blocker.blocking) >= DEPENDENCIES else ""


def _waited_for(issue: Issue) -> set[Issue]:
    """All that an issue waits for, directly or not."""
    found: set[Issue] = set()
    waiting = [issue]
    while waiting:
        new = [one for one in waiting.pop().blocked_by if one not in found]
        found.update(new)
        waiting += new
    return found


def unblock(world: World, blocked: Issue, blocker: Issue, actor: Actor) -> None:
    """Takes that back; nothing happens when it was not so."""
    if blocker in blocked.blocked_by:
        blocked.blocked_by.remove(blocker)
        blocker.blocking.remove(blocked)
        _tell_dependency(world, blocked, blocker, actor, "removed")


def _tell_dependency(world: World, blocked: Issue, blocker: Issue, actor: Actor, what: str) -> None:
    log(world, blocked, f"blocked_by_{what}", actor, blocked_by=blocker)
    log(world, blocker, f"blocking_{what}", actor, blocking=blocked)
    body = {
        "blocked_issue_id": blocked.id,
        "blocked_issue": shapes.issue(world, blocked),
        "blocking_issue_id": blocker.id,
        "blocking_issue": shapes.issue(world, blocker),
    }
    theirs = {"blocking_issue_repo": repository(world, blocker.repo)}
    world.hooks.emit("issue_dependencies", f"blocked_by_{what}", blocked.repo, actor, body | theirs)
    theirs = {"blocked_issue_repo": repository(world, blocked.repo)}
    world.hooks.emit("issue_dependencies", f"blocking_{what}", blocker.repo, actor, body | theirs)


def add_sub_issue(world: World, parent: Issue, sub: Issue, actor: Actor, *, replace_parent: bool = False) -> None:
    """Makes an issue the last sub-issue of another one. Raises a 422 ``Problem``."""
    if against := _against_part(parent, sub, replace_parent=replace_parent):
        raise unprocessable(_PART + against)
    if sub.parent is not None:
        remove_sub_issue(world, sub.parent, sub, actor)
    sub.parent = parent
    parent.sub_issues.append(sub)
    _tell_part(world, parent, sub, actor, "added")


def _against_part(parent: Issue, sub: Issue, *, replace_parent: bool) -> str:
    if parent.pull:
        return "Parent may only be an issue"
    if sub.pull:
        return "Sub issue may only be an issue"
    if parent is sub:
        return "Sub issue cannot be the same as the parent issue"
    if parent.repo.owner is not sub.repo.owner:
        return "Sub issue must belong to the same repository owner as the parent issue"
    if sub.parent is parent:
        return "Issue may not contain duplicate sub-issues and Sub issue may only have one parent"
    if sub.parent is not None and not replace_parent:
        return "Sub issue may only have one parent"
    if sub in ancestors(parent):
        return "Sub issue may not create a circular dependency"
    if len(parent.sub_issues) >= SUB_ISSUES:
        return f"Parent cannot have more than {SUB_ISSUES} sub-issues"
    deep = len(list(ancestors(parent))) + 1 + _height(sub) > LEVELS
    return f"You can't add more than {LEVELS} layers of sub-issues" if deep else ""


def ancestors(issue: Issue) -> Iterator[Issue]:
    """The issues that an issue is part of, the nearest first."""
    while (above := issue.parent) is not None:
        yield above
        issue = above


def _height(issue: Issue) -> int:
    """How many levels of sub-issues are below an issue."""
    return max((_height(sub) + 1 for sub in issue.sub_issues), default=0)


def remove_sub_issue(world: World, parent: Issue, sub: Issue, actor: Actor) -> None:
    """Takes that back. Raises a 404 ``Problem`` for what is no sub-issue of it."""
    if sub.parent is not parent:
        raise not_found()
    sub.parent = None
    parent.sub_issues.remove(sub)
    _tell_part(world, parent, sub, actor, "removed")


def move_sub_issue(parent: Issue, sub: Issue, *, after: Issue | None = None, before: Issue | None = None) -> None:
    """Gives a sub-issue another place. Raises a 422 ``Problem`` unless exactly one neighbour, a sibling, is given."""
    beside = after or before
    if beside is None or (after and before) or {sub, beside} - set(parent.sub_issues) or sub is beside:
        raise Problem(422, "Sub-issue could not be moved: one other sub-issue of the parent must be given")
    parent.sub_issues.remove(sub)
    parent.sub_issues.insert(parent.sub_issues.index(beside) + (1 if after else 0), sub)


def _tell_part(world: World, parent: Issue, sub: Issue, actor: Actor, what: str) -> None:
    log(world, parent, f"sub_issue_{what}", actor, sub_issue=sub)
    log(world, sub, f"parent_issue_{what}", actor, parent_issue=parent)
    body = {
        "sub_issue_id": sub.id,
        "sub_issue": shapes.issue(world, sub),
        "parent_issue_id": parent.id,
        "parent_issue": shapes.issue(world, parent),
    }
    theirs = {"sub_issue_repo": repository(world, sub.repo)}
    world.hooks.emit("sub_issues", f"sub_issue_{what}", parent.repo, actor, body | theirs)
    theirs = {"parent_issue_repo": repository(world, parent.repo)}
    world.hooks.emit("sub_issues", f"parent_issue_{what}", sub.repo, actor, body | theirs)


def forget(issue: Issue) -> None:
    """Takes a deleted issue out of all relations, without a word, as far as GitHub is known to say one."""
    for other in issue.blocked_by:
        other.blocking.remove(issue)
    for other in issue.blocking:
        other.blocked_by.remove(issue)
    for sub in issue.sub_issues:
        sub.parent = None
    if issue.parent:
        issue.parent.sub_issues.remove(issue)


def inherit(new: Issue, old: Issue) -> None:
    """Puts a transferred issue into the relations that it had."""
    new.blocked_by, new.blocking, new.sub_issues = old.blocked_by, old.blocking, old.sub_issues
    new.parent = old.parent
    for other in old.blocked_by:
        other.blocking[other.blocking.index(old)] = new
    for other in old.blocking:
        other.blocked_by[other.blocked_by.index(old)] = new
    for sub in old.sub_issues:
        sub.parent = new
    if old.parent:
        old.parent.sub_issues[old.parent.sub_issues.index(old)] = new
