"""Pull requests."""

from __future__ import annotations

from contextlib import aclosing
from datetime import datetime
from typing import Literal

from bot.contracts.github import Pull, PullCommit
from bot.github.room import MAX_PULL_BODY, MAX_TITLE, Room, read, read_all, within


class Pulls(Room):
    """A repository's pull requests."""

    async def pulls(
        self, *, since: datetime | None = None, state: Literal["open", "closed", "all"] = "all"
    ) -> list[Pull]:
        """Pull requests created at or after ``since``, newest first; older pages are not asked for."""
        path = "/pulls{?state,sort,direction,per_page}"
        found: list[Pull] = []
        async with aclosing(self._pages(path, state=state, sort="created", direction="desc")) as items:
            async for item in items:
                pull = read(Pull, item)
                if since is not None and pull.created_at < since:
                    break
                found.append(pull)
        return found

    async def pulls_from(self, branch: str) -> list[Pull]:
        """All pull requests whose head is this branch of this repository, newest first."""
        path = "/pulls{?state,head,sort,direction,per_page}"
        head = f"{self._owner}:{branch}"
        items = await self._every(path, state="all", head=head, sort="created", direction="desc")
        # GitHub ignores a head that it cannot read and answers with everything.
        return [pull for pull in read_all(Pull, items) if pull.head.ref == branch and self._is_here(pull)]

    async def pull(self, number: int) -> Pull:
        """One pull request, with what lists lack."""
        return read(Pull, await self._get("/pulls/{number}", number=number))

    async def create_pull(self, *, head: str, base: str, title: str, body: str, draft: bool = False) -> Pull:
        """Opens a pull request. Raises ``ValueError`` for texts over GitHub's limits."""
        data = {
            "head": head,
            "base": base,
            "title": within("a title", title, MAX_TITLE),
            "body": within("a pull request's body", body, MAX_PULL_BODY),
            "draft": draft,
        }
        return read(Pull, await self._send("POST", "/pulls", data))

    async def update_pull(
        self, number: int, *, title: str | None = None, body: str | None = None, state: str | None = None
    ) -> Pull:
        """Changes what is given. Raises ``ValueError`` for texts over GitHub's limits."""
        data = {
            "title": None if title is None else within("a title", title, MAX_TITLE),
            "body": None if body is None else within("a pull request's body", body, MAX_PULL_BODY),
            "state": state,
        }
        given = {name: value for name, value in data.items() if value is not None}
        return read(Pull, await self._send("PATCH", "/pulls/{number}", given, number=number))

    async def pull_commits(self, number: int) -> list[PullCommit]:
        """The commits, oldest first; GitHub lists 250 at most."""
        return read_all(PullCommit, await self._every("/pulls/{number}/commits{?per_page}", number=number))

    async def pulls_of_commit(self, sha: str) -> list[Pull]:
        """The merged pull request that brought a commit to the default branch, else the open ones that hold it."""
        return read_all(Pull, await self._every("/commits/{sha}/pulls{?per_page}", sha=sha))

    def _is_here(self, pull: Pull) -> bool:
        # A deleted fork has no repository; then it is not this one.
        return pull.head.repo is not None and pull.head.repo.full_name.lower() == self._full_name.lower()
