"""Issues that leave their repository: transferred to another one of the same owner, or deleted."""

from __future__ import annotations

from bot.playground.acts import relations
from bot.playground.acts.issues import emit, log, new_issue
from bot.playground.problems import unprocessable
from bot.playground.shapes import issues as shapes
from bot.playground.shapes.repositories import repository
from bot.playground.state import Actor, Issue, Repository, World


async def transfer(world: World, issue: Issue, actor: Actor, to: Repository) -> Issue:
    """Moves an issue to another repository of the owner, where it has a new number and id. Raises a 422 ``Problem``.

    It keeps what people said and whom it is assigned to, and of its labels those that exist there. (D) That it keeps
    its relations is not documented.
    """
    home = issue.repo
    if issue.pull or to is home or to.owner is not home.owner:
        raise unprocessable("The issue cannot be transferred there")
    new = new_issue(world, to, actor, issue.title, issue.body)
    for name in ("user", "app", "created_at", "state", "state_reason", "closed_at", "closed_by"):
        setattr(new, name, getattr(issue, name))
    new.labels = [to.labels[label.name.lower()] for label in issue.labels if label.name.lower() in to.labels]
    new.assignees = [person for person in issue.assignees if to.may(person, "read")]
    new.comments, new.timeline, new.edits, new.reactions = issue.comments, issue.timeline, issue.edits, issue.reactions
    for comment in new.comments:
        comment.issue = new
        to.comments[comment.id] = home.comments.pop(comment.id)
    before, where = shapes.issue(world, issue), repository(world, home)
    relations.inherit(new, issue)
    del home.issues[issue.number]
    home.left[issue.number] = new
    log(world, new, "transferred", actor)
    now, there = shapes.issue(world, new), repository(world, to)
    moved = {"issue": before, "changes": {"new_issue": now, "new_repository": there}}
    world.hooks.emit("issues", "transferred", home, actor, moved)
    await emit(world, new, "opened", actor, {"changes": {"old_issue": before, "old_repository": where}})
    return new


async def delete(world: World, issue: Issue, actor: Actor) -> None:
    """Deletes an issue, with its comments and relations. Raises a 422 ``Problem`` for a pull request."""
    if issue.pull:
        raise unprocessable("A pull request cannot be deleted")
    repo = issue.repo
    relations.forget(issue)
    del repo.issues[issue.number]
    repo.left[issue.number] = None
    for comment in issue.comments:
        del repo.comments[comment.id]
    await emit(world, issue, "deleted", actor)
