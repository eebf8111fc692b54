"""What the playground's GitHub knows: plain mutable records, kept in memory. Acts change them, shapes show them.

Objects point at each other directly (an issue at its repository and its author), so pages can walk them.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from bot.playground.problems import not_found

if TYPE_CHECKING:
    from pathlib import Path

    from bot.playground.clock import Clock
    from bot.playground.git_store import GitStore
    from bot.playground.limits import Limits
    from bot.playground.webhooks import Webhooks

ROLES = ("none", "read", "triage", "write", "maintain", "admin")


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
    """One edit of an issue's, pull request's or comment's body."""

    editor: User
    at: datetime
    before: str


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


@dataclass(eq=False)
class Pull:
    """A pull request within one repository. Refs are short branch names; title, body, state are the issue's."""

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
    reviews: list[Review] = field(default_factory=list)
    reviewers: list[User] = field(default_factory=list)

    @property
    def number(self) -> int:
        """The same as the issue's."""
        return self.issue.number

    @property
    def repo(self) -> Repository:
        """The repository of both ends."""
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


@dataclass(eq=False)
class Repository:
    """A repository: records here, objects and refs in ``store``."""

    id: int
    owner: User
    name: str
    store: GitStore
    created_at: datetime
    updated_at: datetime
    pushed_at: datetime
    default_branch: str = "main"
    private: bool = False
    archived: bool = False
    description: str | None = None
    issues: dict[int, Issue] = field(default_factory=dict)
    labels: dict[str, Label] = field(default_factory=dict)
    """By lower-case name: GitHub takes ``Bug`` and ``bug`` for one label."""
    comments: dict[int, Comment] = field(default_factory=dict)
    checks: dict[int, CheckRun] = field(default_factory=dict)
    roles: dict[str, str] = field(default_factory=dict)
    activity: list[Activity] = field(default_factory=list)
    pushing: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held while refs move: one push at a time."""

    @property
    def full_name(self) -> str:
        """``owner/name``."""
        return f"{self.owner.login}/{self.name}"

    @property
    def pulls(self) -> Iterator[Pull]:
        """The pull requests, oldest first."""
        return (issue.pull for issue in self.issues.values() if issue.pull)

    def issue(self, number: int) -> Issue:
        """The issue or pull request of this number. Raises a 404 ``Problem``."""
        if issue := self.issues.get(number):
            return issue
        raise not_found()

    def pull(self, number: int) -> Pull:
        """The pull request of this number. Raises a 404 ``Problem``."""
        if (issue := self.issues.get(number)) and issue.pull:
            return issue.pull
        raise not_found()

    def label(self, name: str) -> Label:
        """The label of this name. Raises a 404 ``Problem``."""
        if label := self.labels.get(name.lower()):
            return label
        raise not_found()

    def comment(self, comment_id: int) -> Comment:
        """The comment of this id. Raises a 404 ``Problem``."""
        if comment := self.comments.get(comment_id):
            return comment
        raise not_found()

    def check(self, check_id: int) -> CheckRun:
        """The check run of this id. Raises a 404 ``Problem``."""
        if check := self.checks.get(check_id):
            return check
        raise not_found()

    def branch(self, name: str) -> str | None:
        """The oid a branch points at."""
        return self.store.refs.get(f"refs/heads/{name}")

    def role(self, user: User) -> str:
        """What a person may do here: one of ``ROLES``. Everyone may read what is public."""
        if user is self.owner:
            return "admin"
        return self.roles.get(user.login.lower(), "none" if self.private else "read")

    def may(self, user: User, role: str) -> bool:
        """Whether a person's role is at least this one."""
        return ROLES.index(self.role(user)) >= ROLES.index(role)


@dataclass
class World:
    """Everything there is."""

    clock: Clock
    data_dir: Path
    web: str = ""
    """The base of pages and of git, without a slash at the end; set when the server has its port."""
    hooks: Webhooks = field(init=False)
    limits: Limits = field(init=False)
    drops_long: Callable[[], bool] = lambda: False
    """Whether over-long updates are dropped silently: a fault."""
    users: dict[str, User] = field(default_factory=dict)
    repositories: dict[str, Repository] = field(default_factory=dict)
    apps: dict[int, App] = field(default_factory=dict)
    installations: dict[int, Installation] = field(default_factory=dict)
    tokens: dict[str, Token] = field(default_factory=dict)
    manifests: dict[str, App] = field(default_factory=dict)
    """Codes of the manifest flow that were not converted yet."""
    _ids: Iterator[int] = field(default_factory=lambda: itertools.count(1001))

    @property
    def api(self) -> str:
        """The base of the REST API."""
        return f"{self.web}/api/v3"

    def next_id(self) -> int:
        """A number never given before, rising."""
        return next(self._ids)

    def now(self) -> datetime:
        """GitHub's time."""
        return self.clock.now()

    def user(self, login: str) -> User:
        """The account of this login (any case). Raises a 404 ``Problem``."""
        if user := self.users.get(login.lower()):
            return user
        raise not_found()

    def repo(self, full_name: str) -> Repository:
        """The repository ``owner/name`` (any case). Raises a 404 ``Problem``."""
        if repo := self.repositories.get(full_name.lower()):
            return repo
        raise not_found()

    def add_user(self, login: str, name: str | None = None, kind: str = "User") -> User:
        """A new account; the existing one when the login is taken."""
        key = login.lower()
        if key not in self.users:
            self.users[key] = User(self.next_id(), login, name or login, kind, self.now())
        return self.users[key]

    def installed_on(self, repo: Repository) -> Iterable[Installation]:
        """The installations that reach a repository."""
        return [one for one in self.installations.values() if not one.suspended and one.covers(repo)]
