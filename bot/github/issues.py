"""Issues: comments, labels, timeline, edits."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Literal

import structlog

from bot.contracts.github import BodyHistory, Comment, Edited, Issue, LabelEvent, Login, Seen
from bot.github.edits import edited, history
from bot.github.errors import InvalidError, NotFoundError
from bot.github.room import MAX_ASSIGNEES, MAX_COMMENT, MAX_TITLE, Room, read, read_all, within

BASE_CHANGES = frozenset({"base_ref_changed", "automatic_base_change_succeeded"})
log = structlog.get_logger(__name__)

LAST_EDIT = """
query ($owner: String!, $name: String!, $number: Int!) {
  repository(owner: $owner, name: $name) {
    issue(number: $number) { lastEditedAt editor { __typename login } }
  }
}
"""

BODY_HISTORY = """
query ($owner: String!, $name: String!, $number: Int!, $first: Int!) {
  repository(owner: $owner, name: $name) {
    issue(number: $number) {
      body
      userContentEdits(first: $first) {
        totalCount
        nodes { id editedAt deletedAt diff editor { __typename login } }
      }
    }
  }
}
"""

LAST_COMMENT_EDIT = """
query ($id: ID!) {
  node(id: $id) { ... on IssueComment { lastEditedAt editor { __typename login } } }
}
"""


class _Reaction(Seen):
    user: Login = "ghost"
    content: str


class _Event(Seen):
    created_at: datetime


class Issues(Room):
    """A repository's issues."""

    async def issue(self, number: int) -> Issue:
        """One issue; a pull request's number gives the pull request seen as one."""
        return read(Issue, await self._get("/issues/{number}", number=number))

    async def issues(
        self, *, labels: Sequence[str] = (), state: Literal["open", "closed", "all"] = "open"
    ) -> list[Issue]:
        """The issues that carry all of these labels, without pull requests, newest first."""
        wanted = {"labels": ",".join(labels)} if labels else {}
        items = await self._every("/issues{?state,labels,per_page}", state=state, **wanted)
        return [issue for issue in read_all(Issue, items) if issue.pull_request is None]

    async def create_issue(self, title: str, body: str, labels: Sequence[str] = ()) -> Issue:
        """Opens an issue. Raises ``ValueError`` for texts over GitHub's limits."""
        data = {
            "title": within("a title", title, MAX_TITLE),
            "body": within("a body", body, MAX_COMMENT),
            "labels": list(labels),
        }
        return read(Issue, await self._send("POST", "/issues", data))

    async def update_issue(self, number: int, *, state: str | None = None, state_reason: str | None = None) -> None:
        """Opens or closes an issue."""
        data = {"state": state, "state_reason": state_reason}
        given = {name: value for name, value in data.items() if value is not None}
        await self._send("PATCH", "/issues/{number}", given, number=number)

    async def edit_issue(self, number: int, *, title: str | None = None, body: str | None = None) -> Issue:
        """Changes an issue's title or body. Raises ``ValueError`` for texts over GitHub's limits."""
        data = {
            "title": None if title is None else within("a title", title, MAX_TITLE),
            "body": None if body is None else within("a body", body, MAX_COMMENT),
        }
        given = {name: value for name, value in data.items() if value is not None}
        return read(Issue, await self._send("PATCH", "/issues/{number}", given, number=number))

    async def last_edit(self, number: int) -> Edited | None:
        """Who last edited the issue's body, and when; REST does not tell."""
        variables = {"owner": self._owner, "name": self._name, "number": number}
        data = await self._client.query(LAST_EDIT, variables)
        return edited("issue", ((data or {}).get("repository") or {}).get("issue"))

    async def body_history(self, number: int, most: int) -> BodyHistory:
        """The issue's body with its newest ``most`` versions, read in one go. Raises ``NotFoundError``."""
        variables = {"owner": self._owner, "name": self._name, "number": number, "first": most}
        data = await self._client.query(BODY_HISTORY, variables)
        return history("issue", ((data or {}).get("repository") or {}).get("issue"))

    async def last_comment_edit(self, comment: Comment) -> Edited | None:
        """Who last edited a comment, and when; ``None`` when never edited. Raises ``NotFoundError`` when it is gone."""
        data = await self._client.query(LAST_COMMENT_EDIT, {"id": comment.node})
        return edited("comment", (data or {}).get("node"))

    async def label_events(self, number: int) -> list[LabelEvent]:
        """The labelled and unlabelled events of the timeline, oldest first."""
        items = await self._every("/issues/{number}/timeline{?per_page}", number=number)
        kept = [item for item in items if isinstance(item, dict) and item.get("event") in {"labeled", "unlabeled"}]
        return [read(LabelEvent, {**item, "label": (item.get("label") or {}).get("name")}) for item in kept]

    async def base_changes(self, number: int) -> list[datetime]:
        """When a pull request was given another base branch, by somebody or by GitHub, oldest first."""
        items = await self._every("/issues/{number}/timeline{?per_page}", number=number)
        kept = [item for item in items if isinstance(item, dict) and item.get("event") in BASE_CHANGES]
        return [read(_Event, item).created_at for item in kept]

    async def comments(self, number: int) -> list[Comment]:
        """All comments, oldest first."""
        return read_all(Comment, await self._every("/issues/{number}/comments{?per_page}", number=number))

    async def comment(self, comment_id: int, *, urgent: bool = False) -> Comment:
        """One comment. Raises ``NotFoundError`` when it is gone."""
        return read(Comment, await self._get("/issues/comments/{id}", urgent=urgent, id=comment_id))

    async def repository_comments(self, since: datetime) -> list[Comment]:
        """All comments of the repository that were written or edited at ``since`` or later, newest edit first.

        Raises ``ValueError`` for a time without a zone.
        """
        if since.tzinfo is None:
            raise ValueError("a time needs its zone")
        # Newest first: one that is edited meanwhile moves to where we were, and pushes none off a page.
        path = "/issues/comments{?sort,direction,since,per_page}"
        at = f"{since.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
        items = await self._every(path, sort="updated", direction="desc", since=at)
        return list({comment.id: comment for comment in read_all(Comment, items)}.values())

    async def reactions(self, comment_id: int) -> list[tuple[str, str]]:
        """Who reacted to a comment and how: login and content (``eyes``). A server without the endpoint has none."""
        try:
            items = await self._every("/issues/comments/{id}/reactions{?per_page}", id=comment_id)
        except NotFoundError:
            log.info("no reactions: the server has no such endpoint, or the comment is gone", comment=comment_id)
            return []
        return [(each.user, each.content) for each in read_all(_Reaction, items)]

    async def create_comment(self, number: int, body: str) -> Comment:
        """Writes a comment. Raises ``ValueError`` for a body over the limit."""
        data = {"body": within("a comment", body, MAX_COMMENT)}
        return read(Comment, await self._send("POST", "/issues/{number}/comments", data, number=number))

    async def update_comment(self, comment_id: int, body: str) -> Comment:
        """Replaces a comment's body. Raises ``ValueError`` for a body over the limit."""
        data = {"body": within("a comment", body, MAX_COMMENT)}
        return read(Comment, await self._send("PATCH", "/issues/comments/{id}", data, id=comment_id))

    async def react(self, comment_id: int, content: str, *, urgent: bool = False) -> None:
        """Adds a reaction (GitHub answers 200 when it was there). A server without the endpoint is only logged."""
        try:
            # Repeatable: the same reaction of the same account exists once.
            path = "/issues/comments/{id}/reactions"
            await self._send("POST", path, {"content": content}, repeatable=True, urgent=urgent, id=comment_id)
        except NotFoundError:
            log.info("no reaction: the server has no such endpoint, or the comment is gone", comment=comment_id)

    async def labels(self) -> list[str]:
        """The names of all labels."""
        return [str(item["name"]) for item in await self._every("/labels{?per_page}")]

    async def label(self, name: str, color: str, description: str) -> None:
        """Creates the label when the repository lacks it; its colour and text are a nicety."""
        data = {"name": name, "color": color, "description": description}
        try:
            # Repeatable: a second one of the name is refused.
            await self._send("POST", "/labels", data, repeatable=True)
        except InvalidError as error:
            if not error.has("already_exists"):
                raise
        except NotFoundError:
            log.info("the label gets no colour: the server has no such endpoint", label=name)

    async def add_labels(self, number: int, names: Sequence[str]) -> None:
        """Adds labels to an issue or pull request; those that it carries stay."""
        if names:
            # Repeatable: the labels of an issue are a set.
            data = {"labels": list(names)}
            await self._send("POST", "/issues/{number}/labels", data, repeatable=True, number=number)

    async def remove_label(self, number: int, name: str) -> None:
        """Takes a label off; one that is not there is no error."""
        with suppress(NotFoundError):
            await self._send("DELETE", "/issues/{number}/labels/{name}", number=number, name=name)

    async def assign(self, number: int, logins: Sequence[str]) -> None:
        """Assigns people; those who may not be assigned are passed over by GitHub."""
        await self._assignees("POST", number, logins)

    async def unassign(self, number: int, logins: Sequence[str]) -> None:
        """Takes people off; those who are not assigned are passed over by GitHub."""
        await self._assignees("DELETE", number, logins)

    async def _assignees(self, method: str, number: int, logins: Sequence[str]) -> None:
        for at in range(0, len(logins), MAX_ASSIGNEES):
            # Repeatable: the assignees of an issue are a set.
            data = {"assignees": list(logins[at : at + MAX_ASSIGNEES])}
            await self._send(method, "/issues/{number}/assignees", data, repeatable=True, number=number)
