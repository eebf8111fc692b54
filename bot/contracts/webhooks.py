"""Webhook payloads, cut to what decides which object to look at again. Lenient: payloads differ from any schema."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator

from bot.contracts.github import Body, Names, Seen


def _numbers(value: Any) -> Any:
    return tuple(item.get("number") if isinstance(item, dict) else item for item in value or ())


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
    """One end of a pull request."""

    ref: str
    sha: str


class SeenIssue(Seen):
    """An issue as events show it (or a pull request seen as one: then ``pull_request`` is set)."""

    number: int
    labels: Names = ()
    pull_request: dict[str, Any] | None = None


class SeenPull(Seen):
    """A pull request as events show it."""

    number: int
    body: Body = ""
    head: Head
    labels: Names = ()


class SeenReview(Seen):
    """A review as events show it."""

    id: int
    user: Annotated[Sender, BeforeValidator(lambda value: value or {})] = Sender()
    """Its author, who need not be who edited or dismissed it."""
    state: Annotated[str, BeforeValidator(lambda value: str(value).lower())] = ""
    """``approved``, ``changes_requested``, ``commented`` or ``dismissed``: events have it in lower case."""
    body: Body = ""


class SeenCheck(Seen):
    """A check run as events show it. ``app`` is the slug of the App that made it."""

    id: int
    name: str
    head_sha: str
    external_id: Body = ""
    app: Annotated[str | None, BeforeValidator(lambda v: v.get("slug") if isinstance(v, dict) else v)] = None
    pull_requests: Annotated[tuple[int, ...], BeforeValidator(_numbers)] = ()
    """The numbers of the open pull requests whose head it is on; GitHub names none of a fork's."""


class MergeGroup(Seen):
    """What the merge queue tries. The refs are full ones (``refs/heads/...``)."""

    head_sha: str
    head_ref: str
    base_sha: str
    base_ref: str


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
    issue: SeenIssue | None = None
    comment: SeenComment | None = None
    pull_request: SeenPull | None = None
    label: Label | None = None
    review: SeenReview | None = None
    check_run: SeenCheck | None = None
    requested_action: Annotated[
        str | None, BeforeValidator(lambda v: v.get("identifier") if isinstance(v, dict) else v)
    ] = None
    """The identifier of the check run's button that was pressed."""
    merge_group: MergeGroup | None = None
    reason: Any = None
    """Why something left the merge queue, or a group of it ended: a word, in most events."""
    before: str | None = None
    after: str | None = None
    """The heads of a ``synchronize``, and the ends of a push."""
    ref: Any = None
    repositories: tuple[Named, ...] = ()
    repositories_added: tuple[Named, ...] = ()
    changes: dict[str, Any] | None = None

    @property
    def by_bot(self) -> bool:
        """Whether an App caused this: what Graftsman itself did needs no second look."""
        return self.sender.type == "Bot"
