"""What issues wait for, and what they are part of: GitHub's issue dependencies and sub-issues.

Both name the other issue by its ``id``, not by its number (FACTS).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress

from bot.contracts.github import Issue
from bot.github.errors import InvalidError, NotFoundError
from bot.github.room import Room, read_all


class Relations(Room):
    """A repository's issue dependencies and sub-issues. A server that knows neither has none."""

    async def blocked_by(self, number: int) -> list[Issue]:
        """The issues that an issue waits for, closed ones and those of other repositories too."""
        return await self._read("/issues/{number}/dependencies/blocked_by{?per_page}", number)

    async def add_blocked_by(self, number: int, issue_id: int) -> None:
        """Makes an issue wait for another one. Raises ``InvalidError`` where GitHub refuses it."""
        path = "/issues/{number}/dependencies/blocked_by"
        await self._add(path, number, {"issue_id": issue_id}, issue_id, self.blocked_by)

    async def remove_blocked_by(self, number: int, issue_id: int) -> None:
        """Takes that back; one that is not there is no error."""
        with suppress(NotFoundError):
            path = "/issues/{number}/dependencies/blocked_by/{issue_id}"
            await self._send("DELETE", path, number=number, issue_id=issue_id)

    async def sub_issues(self, number: int) -> list[Issue]:
        """The sub-issues, in the order that people gave them."""
        return await self._read("/issues/{number}/sub_issues{?per_page}", number)

    async def add_sub_issue(self, number: int, issue_id: int, *, replace_parent: bool = False) -> None:
        """Makes an issue a sub-issue of this one. Raises ``InvalidError`` where GitHub refuses it."""
        data = {"sub_issue_id": issue_id, **({"replace_parent": True} if replace_parent else {})}
        await self._add("/issues/{number}/sub_issues", number, data, issue_id, self.sub_issues)

    async def remove_sub_issue(self, number: int, issue_id: int) -> None:
        """Takes that back; one that is not there is no error."""
        with suppress(NotFoundError):
            await self._send("DELETE", "/issues/{number}/sub_issue", {"sub_issue_id": issue_id}, number=number)

    async def _read(self, path: str, number: int) -> list[Issue]:
        try:
            return read_all(Issue, await self._every(path, number=number))
        except NotFoundError:  # the server has no such endpoint, or the issue is gone
            return []

    async def _add(
        self,
        path: str,
        number: int,
        data: dict[str, int | bool],
        other: int,
        there: Callable[[int], Awaitable[list[Issue]]],
    ) -> None:
        try:
            # Repeatable: a relation is there once; a second one is refused.
            await self._send("POST", path, data, repeatable=True, number=number)
        except InvalidError:
            # Only words tell what was refused ("already been taken" is also said of a clash of two writers): look.
            if all(issue.id != other for issue in await there(number)):
                raise
