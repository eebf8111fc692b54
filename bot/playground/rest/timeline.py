"""Events and timelines of issues and pull requests."""

from __future__ import annotations

from bot.playground.rest.issues import READ, issue_of
from bot.playground.rest.routing import Answer, Call, Routes
from bot.playground.shapes import issues as shapes

ROUTES = Routes()


@ROUTES.add("GET", "~/issues/{issue_number}/events", *READ)
async def list_events(call: Call) -> Answer:
    """What happened to an issue, without comments and reviews."""
    issue = issue_of(call)
    page, headers = call.page([line for line in issue.timeline if line.subject is None])
    return Answer([shapes.event(call.world, issue, line) for line in page], headers=headers)


@ROUTES.add("GET", "~/issues/{issue_number}/timeline", *READ)
async def list_timeline(call: Call) -> Answer:
    """What happened to an issue, oldest first."""
    issue = issue_of(call)
    page, headers = call.page(issue.timeline)
    return Answer([shapes.timeline(call.world, issue, line) for line in page], headers=headers)
