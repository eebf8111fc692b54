"""Reviews of pull requests, who is asked for one, and the teams that people are in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import structlog

from bot.contracts.github import Edited, Review
from bot.github.edits import edited
from bot.github.errors import InvalidError, NotFoundError
from bot.github.room import Room, read, read_all

log = structlog.get_logger(__name__)

LAST_REVIEW_EDIT: Final = """
query ($id: ID!) {
  node(id: $id) { ... on PullRequestReview { lastEditedAt editor { __typename login } } }
}
"""


class Reviews(Room):
    """The reviews of a repository's pull requests."""

    async def reviews(self, number: int) -> list[Review]:
        """All reviews, oldest first."""
        return read_all(Review, await self._every("/pulls/{number}/reviews{?per_page}", number=number))

    async def review(self, number: int, review_id: int) -> Review:
        """One review, as it is now. Raises ``NotFoundError`` when it is gone."""
        return read(Review, await self._get("/pulls/{number}/reviews/{id}", number=number, id=review_id))

    async def last_review_edit(self, review: Review) -> Edited | None:
        """Who last edited a review's text, and when; ``None`` when never edited. Raises ``NotFoundError``."""
        data = await self._client.query(LAST_REVIEW_EDIT, {"id": review.node})
        return edited("review", (data or {}).get("node"))

    async def request_reviewers(self, number: int, logins: Sequence[str], teams: Sequence[str] = ()) -> None:
        """Asks people and teams (slugs) for a review; whom GitHub does not take is left out.

        GitHub refuses all for one that it does not take (the author, or who is no collaborator): then each is asked
        alone.
        """
        if not logins and not teams:
            return
        try:
            await self._request(number, logins, teams)
        except InvalidError:
            for login in logins:
                await self._request_one(number, [login], [])
            for team in teams:
                await self._request_one(number, [], [team])

    async def _request_one(self, number: int, logins: Sequence[str], teams: Sequence[str]) -> None:
        try:
            await self._request(number, logins, teams)
        except InvalidError as error:
            log.info("not asked for a review", pull=number, people=[*logins], teams=[*teams], reason=error.message)

    async def _request(self, number: int, logins: Sequence[str], teams: Sequence[str]) -> None:
        data: dict[str, Any] = {"reviewers": list(logins), "team_reviewers": list(teams)}
        # Repeatable: who is asked is a set.
        path = "/pulls/{number}/requested_reviewers"
        await self._send("POST", path, {k: v for k, v in data.items() if v}, repeatable=True, number=number)

    async def team_members(self, team: str) -> frozenset[str]:
        """The logins, in lower case, of a team (``organisation/slug``) and those below it; empty for an unknown one.

        What was asked within ``TEAM_SECONDS`` is not asked again. Raises ``ForbiddenError`` where the App may not
        read members.
        """
        known = self._client.teams.get(team.lower())
        if known is not None:
            return known
        organisation, _, slug = team.partition("/")
        try:
            path = "/orgs/{org}/teams/{slug}/members{?per_page}"
            items = await self._client.every(path, org=organisation, slug=slug, per_page=100) if slug else []
        except NotFoundError:
            items = []
        found = frozenset(str(item["login"]).lower() for item in items if isinstance(item, dict) and "login" in item)
        self._client.teams[team.lower()] = found
        return found
