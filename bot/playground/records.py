"""The records of what the playground's GitHub knows: accounts, issues, pull requests, checks. Plain and mutable.

Objects point at each other directly (an issue at its repository and its author), so pages can walk them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from bot.playground.landing_records import AutoMerge, QueueEntry, Team
    from bot.playground.state import Repository


@dataclass(eq=False)
class User:
    """An account. ``type`` as GitHub says: ``User``, ``Bot`` or ``Organization``."""

    id: int
    login: str
    name: str
    type: str
    created_at: datetime


@dataclass(eq=False)
class App:
    """A GitHub App. ``key`` is its private key in PEM; ``bot`` the account it acts as."""

    id: int
    slug: str
    name: str
    client_id: str
    client_secret: str
    key: str
    public_key: str
    webhook_url: str
    webhook_secret: str
    permissions: dict[str, str]
    events: list[str]
    owner: User
    bot: User
    created_at: datetime
    updated_at: datetime


@dataclass(eq=False)
class Installation:
    """An App on an account. ``repositories`` is ``None`` for all of the account's."""

    id: int
    app: App
    account: User
    repositories: set[int] | None
    permissions: dict[str, str]
    events: list[str]
    created_at: datetime
    updated_at: datetime
    suspended: bool = False

    def covers(self, repo: Repository) -> bool:
        """Whether the installation reaches this repository."""
        return repo.owner is self.account and (self.repositories is None or repo.id in self.repositories)


@dataclass(frozen=True, eq=False)
class Token:
    """An installation token, perhaps narrowed."""

    text: str
    installation: Installation
    permissions: dict[str, str]
    repositories: frozenset[int] | None
    expires_at: datetime


@dataclass(frozen=True)
class Actor:
    """Who does something: an account, and the App it came through, if any."""

    user: User
    app: App | None = None


@dataclass(eq=False)
class Label:
    """A label of a repository."""

    id: int
    name: str
    color: str
    description: str | None
    default: bool = False


@dataclass(eq=False)
class Reaction:
    """A reaction of one person."""

    id: int
    user: User
    content: str
    created_at: datetime


@dataclass(eq=False)
class Edit:
    """One edit of an issue's, pull request's, comment's or review's body."""

    editor: User
    at: datetime
    before: str
    erased: bool = False
    """Whether somebody deleted the version that it made from the history."""


@dataclass(eq=False)
class Comment:
    """A comment on an issue or pull request."""

    id: int
    issue: Issue
    user: User
    app: App | None
    body: str
    created_at: datetime
    updated_at: datetime
    edits: list[Edit] = field(default_factory=list)
    reactions: list[Reaction] = field(default_factory=list)


@dataclass(eq=False)
class Event:
    """One line of a timeline. ``subject`` is what it is about: a comment, a review, or ``None``."""

    id: int
    event: str
    actor: User
    app: App | None
    created_at: datetime
    commit_id: str | None = None
    extra: dict[str, Any] = field(default_factory=dict)
    subject: Comment | Review | None = None


@dataclass(eq=False)
class Issue:
    """An issue, or the issue side of a pull request (then ``pull`` is set)."""

    id: int
    number: int
    repo: Repository
    user: User
    app: App | None
    title: str
    body: str | None
    created_at: datetime
    updated_at: datetime
    state: Literal["open", "closed"] = "open"
    state_reason: str | None = None
    closed_at: datetime | None = None
    closed_by: User | None = None
    labels: list[Label] = field(default_factory=list)
    assignees: list[User] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)
    timeline: list[Event] = field(default_factory=list)
    edits: list[Edit] = field(default_factory=list)
    reactions: list[Reaction] = field(default_factory=list)
    pull: Pull | None = None
    blocked_by: list[Issue] = field(default_factory=list)
    blocking: list[Issue] = field(default_factory=list)
    parent: Issue | None = None
    sub_issues: list[Issue] = field(default_factory=list)
    """In the order that people gave them."""


@dataclass(eq=False)
class Pull:
    """A pull request. Refs are short branch names; title, body, state are the issue's."""

    id: int
    issue: Issue
    head_ref: str
    head_sha: str
    base_ref: str
    base_sha: str
    draft: bool = False
    merged_at: datetime | None = None
    merged_by: User | None = None
    merge_commit_sha: str | None = None
    merged_onto: str | None = None
    """The tip of the base that it was merged onto."""
    reviews: list[Review] = field(default_factory=list)
    reviewers: list[User] = field(default_factory=list)
    fork: bool = False
    """Whether its head is in another repository."""
    head_repo: Repository | None = None
    """The fork; ``None`` for one that is gone."""
    team_reviewers: list[Team] = field(default_factory=list)
    auto_merge: AutoMerge | None = None
    queued: QueueEntry | None = None

    @property
    def number(self) -> int:
        """The same as the issue's."""
        return self.issue.number

    @property
    def repo(self) -> Repository:
        """The repository that it is for, and its head's where that is in no fork."""
        return self.issue.repo


@dataclass(eq=False)
class Review:
    """A review, given for ``commit_id``."""

    id: int
    pull: Pull
    user: User
    app: App | None
    state: Literal["APPROVED", "CHANGES_REQUESTED", "COMMENTED", "DISMISSED", "PENDING"]
    body: str
    commit_id: str
    submitted_at: datetime
    edits: list[Edit] = field(default_factory=list)


@dataclass(eq=False)
class CheckRun:
    """A check run; ``output`` as it was sent, annotations gathered over all updates."""

    id: int
    repo: Repository
    app: App
    name: str
    head_sha: str
    external_id: str
    details_url: str | None
    status: str
    conclusion: str | None
    started_at: datetime | None
    completed_at: datetime | None
    title: str | None = None
    summary: str | None = None
    text: str | None = None
    annotations: list[dict[str, Any]] = field(default_factory=list)
    actions: list[dict[str, Any]] = field(default_factory=list)


@dataclass(eq=False)
class Activity:
    """One movement of a ref."""

    id: int
    before: str
    after: str
    ref: str
    timestamp: datetime
    kind: str
    actor: User
