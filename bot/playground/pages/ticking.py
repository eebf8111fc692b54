"""Clicks on the boxes of task lists: each is an edit of the body or comment that it stands in."""

from __future__ import annotations

from bot.playground.acts import issues as acts
from bot.playground.boxes import boxes, ticked
from bot.playground.pages.serve import REPO, Route
from bot.playground.pages.timeline import issue_url
from bot.playground.pages.visit import Visit
from bot.playground.problems import Problem


def _clicked(visit: Visit, body: str) -> str:
    """The text with the box changed that was clicked. Raises a 409 ``Problem`` when it is not there any more."""
    key, _, turn = visit.field("box").partition(".")
    for box in boxes(body):
        if box.key == key:
            return ticked(body, box, on=turn == "on")
    raise Problem(409, "The text was changed meanwhile. Load the page again, then repeat.")


async def tick(visit: Visit) -> str:
    """Clicks a box of a body: an edit of it."""
    issue = visit.repo.issue(visit.number())
    visit.need(issue.repo, "write", own=issue.user)
    await acts.edit_issue(visit.world, issue, visit.actor, body=_clicked(visit, issue.body or ""))
    return f"{issue_url(issue)}#body"


async def tick_comment(visit: Visit) -> str:
    """Clicks a box of a comment."""
    comment = visit.repo.comment(visit.number())
    visit.need(comment.issue.repo, "write", own=comment.user)
    await acts.edit_comment(visit.world, comment, visit.actor, _clicked(visit, comment.body))
    return f"{issue_url(comment.issue)}#issuecomment-{comment.id}"


ROUTES: list[Route] = [
    ("POST", REPO + r"/{kind:issues|pull}/{number:\d+}/boxes", tick),
    ("POST", REPO + r"/comments/{number:\d+}/boxes", tick_comment),
]
