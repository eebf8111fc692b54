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


class Payload(Seen):
    """Any event. Members that an event lacks are ``None``; a member that is shaped otherwise is an invalid payload."""

    action: str | None = None
    installation: Annotated[int | None, BeforeValidator(lambda v: v.get("id") if isinstance(v, dict) else v)] = None
    repository: Named | None = None
    sender: Sender = Sender()
    issue: Issue | None = None
    comment: SeenComment | None = None
    pull_request: SeenPull | None = None
    label: Label | None = None
    ref: Any = None
    repositories: tuple[Named, ...] = ()
    repositories_added: tuple[Named, ...] = ()
    changes: dict[str, Any] | None = None

    @property
    def by_bot(self) -> bool:
        """Whether an App caused this: what Graftsman itself did needs no second look."""
        return self.sender.type == "Bot"
