"""Reviews and requests for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from bot.playground.acts import reviews as acts
from bot.playground.problems import forbidden, not_found, unprocessable
from bot.playground.rest.pulls import READ, WRITE, pull_of
from bot.playground.rest.routing import Answer, Call, Routes
from bot.playground.shapes import pulls as pull_shapes
from bot.playground.shapes.accounts import user
from bot.playground.shapes.issues import review as shape
from bot.playground.shapes.teams import team_with_parent
from bot.playground.state import Review, Team, User

ROUTES = Routes()
T = TypeVar("T")
REVIEWS, ONE = "~/pulls/{pull_number}/reviews", "~/pulls/{pull_number}/reviews/{review_id}"


def _review(call: Call) -> Review:
    wanted = call.number("review_id")
    for one in pull_of(call).reviews:
        if one.id == wanted:
            return one
    raise not_found()


@ROUTES.add("GET", REVIEWS, READ)
async def list_reviews(call: Call) -> Answer:
    """The reviews, oldest first."""
    page, headers = call.page(pull_of(call).reviews)
    return Answer([shape(call.world, one) for one in page], headers=headers)


@ROUTES.add("POST", REVIEWS, WRITE, role="read", creates=True)
async def create_review(call: Call) -> Answer:
    """Submits a review (pending ones and comments on lines are not there)."""
    event, body = call.text("event"), call.text("body") or ""
    if event is None:
        raise unprocessable("The playground has no pending reviews: send an event")
    one = await acts.review(call.world, pull_of(call), call.actor, event, body, commit=call.text("commit_id"))
    return Answer(shape(call.world, one))


@ROUTES.add("GET", ONE, READ)
async def get_review(call: Call) -> Answer:
    """One review."""
    return Answer(shape(call.world, _review(call)))


@ROUTES.add("PUT", ONE + "/dismissals", WRITE)
async def dismiss_review(call: Call) -> Answer:
    """Dismisses a review."""
    one, message = _review(call), call.text("message", resource="PullRequestReview")
    await acts.dismiss(call.world, one, call.actor, message or "")
    return Answer(shape(call.world, one))


@ROUTES.add("PUT", ONE, WRITE, role="read")
async def update_review(call: Call) -> Answer:
    """Changes a review's text: one's own, or with write access."""
    one, person = _review(call), call.caller.user
    if person is not None and one.user is not person and not call.repo.may(person, "write"):
        raise forbidden("Must have push access to repository")
    await acts.edit_review(call.world, one, call.actor, call.text("body", resource="PullRequestReview") or "")
    return Answer(shape(call.world, one))


def _people(call: Call) -> list[User]:
    return [_known(call.world.users, login) for login in call.texts("reviewers") or []]


def _teams(call: Call) -> list[Team]:
    owner = call.repo.owner.login
    return [_known(call.world.teams, f"{owner}/{slug}") for slug in call.texts("team_reviewers") or []]


def _known(listed: Mapping[str, T], name: str) -> T:
    if (found := listed.get(name.lower())) is None:
        raise unprocessable(f"Could not resolve to a node with the name '{name.rpartition('/')[2]}'.")
    return found


@ROUTES.add("GET", "~/pulls/{pull_number}/requested_reviewers", READ)
async def list_requested(call: Call) -> Answer:
    """Who was asked."""
    return Answer(
        {
            "users": [user(call.world, one) for one in pull_of(call).reviewers],
            "teams": [team_with_parent(call.world, one) for one in pull_of(call).team_reviewers],
        }
    )


@ROUTES.add("POST", "~/pulls/{pull_number}/requested_reviewers", WRITE, creates=True)
async def request(call: Call) -> Answer:
    """Asks people."""
    pull = pull_of(call)
    await acts.request_review(call.world, pull, call.actor, _people(call), _teams(call))
    return Answer(pull_shapes.pull(call.world, pull), 201)


@ROUTES.add("DELETE", "~/pulls/{pull_number}/requested_reviewers", WRITE)
async def unrequest(call: Call) -> Answer:
    """Takes requests back."""
    pull = pull_of(call)
    await acts.unrequest_review(call.world, pull, call.actor, _people(call), _teams(call))
    return Answer(pull_shapes.pull(call.world, pull))
