"""Webhook payloads, cut to what decides which object to look at again. Lenient: payloads differ from any schema."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator

from bot.contracts.github import Body, Issue, Names, Seen


class Sender(Seen):
    """Who caused the event. ``type`` is ``User``, ``Bot`` or ``Organization``."""

    login: str = "ghost"
    type: str = "User"


class Named(Seen):
    """A repository by its name."""

    full_name: str
    default_branch: str = "main"


class Label(Seen):
    """A label by its name."""

    name: str


class Head(Seen):
    """The head of a pull request."""

    ref: str
    sha: str


class SeenPull(Seen):
    """A pull request as events show it."""

    number: int
    body: Body = ""
    head: Head
    labels: Names = ()


class SeenComment(Seen):
    """A comment as events show it."""

    id: int
    body: Body = ""
    user: Annotated[Sender, BeforeValidator(lambda value: value or {})] = Sender()
    """Its author, who need not be who edited it."""


class SeenReview(Seen):
    """A review as events show it; ``state`` is in lower case there."""

    id: int
    user: Annotated[Sender, BeforeValidator(lambda value: value or {})] = Sender()
    state: str = ""
    body: Body = ""


class Numbered(Seen):
    """A pull request by its number."""

    number: int


class SeenCheck(Seen):
    """A check run as events show it. ``app`` is the slug of the App that made it."""

    id: int
    name: str = ""
    head_sha: str = ""
    status: str = ""
    app: Annotated[str, BeforeValidator(lambda v: (v.get("slug") or "") if isinstance(v, dict) else v or "")] = ""
    pull_requests: tuple[Numbered, ...] = ()
    """Open pull requests of this repository with that head; empty for a fork's."""


class SeenGroup(Seen):
    """A merge queue's group."""

    head_sha: str
    head_ref: str
    base_ref: str = ""


class Payload(Seen):
    """Any event. Members that an event lacks are ``None``; a member that is shaped otherwise is an invalid payload."""

    action: str | None = None
    installation: Annotated[int | None, BeforeValidator(lambda v: v.get("id") if isinstance(v, dict) else v)] = None
    repository: Named | None = None
    sender: Sender = Sender()
    issue: Issue | None = None
    comment: SeenComment | None = None
    pull_request: SeenPull | None = None
    review: SeenReview | None = None
    check_run: SeenCheck | None = None
    requested_action: Annotated[
        str | None, BeforeValidator(lambda v: v.get("identifier") if isinstance(v, dict) else v)
    ] = None
    """The identifier of the button that was pressed."""
    merge_group: SeenGroup | None = None
    label: Label | None = None
    ref: Any = None
    repositories: tuple[Named, ...] = ()
    repositories_added: tuple[Named, ...] = ()
    changes: dict[str, Any] | None = None

    @property
    def by_bot(self) -> bool:
        """Whether an App caused this: what Graftsman itself did needs no second look."""
        return self.sender.type == "Bot"
