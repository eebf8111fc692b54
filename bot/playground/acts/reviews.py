"""Reviews: submitting, editing and dismissing them, and asking for them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.playground.acts import issues as acts
from bot.playground.problems import Problem, unprocessable
from bot.playground.shapes import issues as shapes
from bot.playground.shapes import pulls as pull_shapes
from bot.playground.shapes.accounts import user as user_shape
from bot.playground.shapes.teams import team_with_parent as team_shape
from bot.playground.state import Actor, Edit, Pull, Review, Team, User, World

STATES: dict[str, Any] = {"APPROVE": "APPROVED", "REQUEST_CHANGES": "CHANGES_REQUESTED", "COMMENT": "COMMENTED"}


def _emit_review(world: World, review: Review, action: str, actor: Actor, **more: Any) -> None:
    body = shapes.review(world, review) | {"state": review.state.lower()}
    extra = {"review": body, "pull_request": pull_shapes.pull(world, review.pull)} | more
    world.hooks.emit("pull_request_review", action, review.pull.repo, actor, extra)


async def review(
    world: World, pull: Pull, actor: Actor, event: str, body: str = "", *, commit: str | None = None
) -> Review:
    """Submits a review. Raises a 422 ``Problem`` where an author reviews their own, or a reason lacks."""
    acts.check_text("PullRequestReview", None, body)
    if event not in STATES:
        raise unprocessable("Unprocessable Entity: event")
    if actor.user is pull.issue.user and event != "COMMENT":
        words = {"APPROVE": "approve", "REQUEST_CHANGES": "request changes on"}[event]
        raise Problem(422, "Unprocessable Entity", errors=[f"Can not {words} your own pull request"])
    if event != "APPROVE" and not body.strip():
        raise Problem(422, "Unprocessable Entity", errors=["Body can't be blank"])
    now = world.now()
    one = Review(world.next_id(), pull, actor.user, actor.app, STATES[event], body, commit or pull.head_sha, now)
    pull.reviews.append(one)
    if actor.user in pull.reviewers:
        pull.reviewers.remove(actor.user)
    pull.issue.updated_at = now
    acts.log(world, pull.issue, "reviewed", actor).subject = one
    _emit_review(world, one, "submitted", actor)
    world.look(pull.repo)
    return one


async def edit_review(world: World, one: Review, actor: Actor, body: str) -> None:
    """Changes a review's text. Its verdict stays. Raises a 422 ``Problem`` for a text that GitHub does not take."""
    acts.check_text("PullRequestReview", None, body)
    if one.state in {"COMMENTED", "CHANGES_REQUESTED"} and not body.strip():
        raise Problem(422, "Unprocessable Entity", errors=["Body can't be blank"])
    if body == one.body:
        return
    before, one.body = one.body, body
    one.edits.append(Edit(actor.user, world.now(), before))
    _emit_review(world, one, "edited", actor, changes={"body": {"from": before}})


async def dismiss(world: World, one: Review, actor: Actor, message: str) -> None:
    """Dismisses an approval or a request for changes."""
    if one.state not in {"APPROVED", "CHANGES_REQUESTED"}:
        raise unprocessable("Can not dismiss a commented pull request review")
    state, one.state = one.state, "DISMISSED"
    told = {"state": state.lower(), "review_id": one.id, "dismissal_message": message}
    acts.log(world, one.pull.issue, "review_dismissed", actor, dismissed_review=told)
    _emit_review(world, one, "dismissed", actor)
    world.look(one.pull.repo)


async def request_review(
    world: World, pull: Pull, actor: Actor, people: Sequence[User], teams: Sequence[Team] = ()
) -> None:
    """Asks people and teams for a review. Raises a 422 ``Problem``, and asks none, for one that cannot give it."""
    if pull.issue.user in people:
        raise unprocessable("Review cannot be requested from pull request author.")
    if not all(pull.repo.collaborates(one) for one in people) or not all(one in pull.repo.teams for one in teams):
        raise unprocessable(
            "Reviews may only be requested from collaborators. One or more of the users or teams you specified is not "
            f"a collaborator of the {pull.repo.full_name} repository."
        )
    for person in people:
        if person not in pull.reviewers:
            pull.reviewers.append(person)
            acts.log(
                world, pull.issue, "review_requested", actor, review_requester=actor.user, requested_reviewer=person
            )
            extra = {"requested_reviewer": user_shape(world, person)}
            await acts.emit(world, pull.issue, "review_requested", actor, extra)
    for team in teams:
        if team not in pull.team_reviewers:
            pull.team_reviewers.append(team)
            shown = team_shape(world, team, team.roles[pull.repo.id])
            acts.log(world, pull.issue, "review_requested", actor, review_requester=actor.user, requested_team=shown)
            await acts.emit(world, pull.issue, "review_requested", actor, {"requested_team": shown})


async def unrequest_review(
    world: World, pull: Pull, actor: Actor, people: Sequence[User], teams: Sequence[Team] = ()
) -> None:
    """Takes the request back."""
    for person in people:
        if person in pull.reviewers:
            pull.reviewers.remove(person)
            extra = {"requested_reviewer": user_shape(world, person)}
            await acts.emit(world, pull.issue, "review_request_removed", actor, extra)
    for team in teams:
        if team in pull.team_reviewers:
            pull.team_reviewers.remove(team)
            extra = {"requested_team": team_shape(world, team, team.roles.get(pull.repo.id, "read"))}
            await acts.emit(world, pull.issue, "review_request_removed", actor, extra)
