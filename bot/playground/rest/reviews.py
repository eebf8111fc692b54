"""Reviews and requests for them."""

from __future__ import annotations

from bot.playground.acts import pulls as acts
from bot.playground.problems import not_found, unprocessable
from bot.playground.rest.pulls import READ, WRITE, pull_of
from bot.playground.rest.routing import Answer, Call, Routes
from bot.playground.shapes import pulls as pull_shapes
from bot.playground.shapes.accounts import user
from bot.playground.shapes.issues import review as shape
from bot.playground.state import Review, User

ROUTES = Routes()
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


def _people(call: Call) -> list[User]:
    return [call.world.user(login) for login in call.texts("reviewers") or []]


@ROUTES.add("GET", "~/pulls/{pull_number}/requested_reviewers", READ)
async def list_requested(call: Call) -> Answer:
    """Who was asked."""
    return Answer({"users": [user(call.world, one) for one in pull_of(call).reviewers], "teams": []})


@ROUTES.add("POST", "~/pulls/{pull_number}/requested_reviewers", WRITE)
async def request(call: Call) -> Answer:
    """Asks people."""
    pull = pull_of(call)
    await acts.request_review(call.world, pull, call.actor, _people(call))
    return Answer(pull_shapes.pull(call.world, pull), 201)


@ROUTES.add("DELETE", "~/pulls/{pull_number}/requested_reviewers", WRITE)
async def unrequest(call: Call) -> Answer:
    """Takes requests back."""
    pull = pull_of(call)
    await acts.unrequest_review(call.world, pull, call.actor, _people(call))
    return Answer(pull_shapes.pull(call.world, pull))
