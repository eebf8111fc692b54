"""What the playground's GitHub knows, kept in memory: the world, its repositories, and all their records.

Acts change it, shapes and pages show it.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from bot.playground.landing_records import AutoMerge, Method, QueueEntry, RequiredCheck, Rules, Team
from bot.playground.problems import Moved, gone, not_found
from bot.playground.records import (
    Activity,
    Actor,
    App,
    CheckRun,
    Comment,
    Edit,
    Event,
    Installation,
    Issue,
    Label,
    Pull,
    Reaction,
    Review,
    Token,
    User,
)

if TYPE_CHECKING:
    from pathlib import Path

    from bot.playground.clock import Clock
    from bot.playground.git_store import GitStore
    from bot.playground.limits import Limits
    from bot.playground.webhooks import Webhooks

__all__ = [
    "ROLES",
    "Activity",
    "Actor",
    "App",
    "AutoMerge",
    "CheckRun",
    "Comment",
    "Edit",
    "Event",
    "Installation",
    "Issue",
    "Label",
    "Method",
    "Pull",
    "QueueEntry",
    "Reaction",
    "Repository",
    "RequiredCheck",
    "Review",
    "Rules",
    "Team",
    "Token",
    "User",
    "World",
]

ROLES = ("none", "read", "triage", "write", "maintain", "admin")


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
    left: dict[int, Issue | None] = field(default_factory=dict)
    """By the number they had: what the issues that were transferred are now, and ``None`` for those deleted."""
    labels: dict[str, Label] = field(default_factory=dict)
    """By lower-case name: GitHub takes ``Bug`` and ``bug`` for one label."""
    comments: dict[int, Comment] = field(default_factory=dict)
    checks: dict[int, CheckRun] = field(default_factory=dict)
    roles: dict[str, str] = field(default_factory=dict)
    teams: list[Team] = field(default_factory=list)
    """Those that have a role here."""
    rules: dict[str, Rules] = field(default_factory=dict)
    """By base branch."""
    allow_auto_merge: bool = False
    queues: dict[str, list[QueueEntry]] = field(default_factory=dict)
    """The merge queue of each base branch, in the order in which its entries land."""
    drafts: bool = True
    """Whether its plan has draft pull requests."""
    parent: Repository | None = None
    """What it is a fork of."""
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
        """The issue or pull request of this number.

        Raises a 404 ``Problem``, ``Moved`` for one that was transferred, a 410 one for one that was deleted.
        """
        if issue := self.issues.get(number):
            return issue
        if number not in self.left:
            raise not_found()
        now = self.left[number]
        while now is not None and now.repo.issues.get(now.number) is not now:
            now = now.repo.left.get(now.number)
        if now is None:
            raise gone()
        raise Moved(now.repo.full_name, now.number)

    def next_number(self) -> int:
        """The number of the next issue or pull request. None is given twice."""
        return max([*self.issues, *self.left], default=0) + 1

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
        """What a person may do here, alone or through a team: one of ``ROLES``. Everyone may read what is public."""
        if user is self.owner:
            return "admin"
        own = self.roles.get(user.login.lower(), "none" if self.private else "read")
        by_teams = [team.roles[self.id] for team in self.teams if user in team.everybody()]
        return max([own, *by_teams], key=ROLES.index)

    def collaborates(self, user: User) -> bool:
        """Whether a person was given a role here, alone or through a team."""
        known = user is self.owner or user.login.lower() in self.roles
        return known or any(user in team.everybody() for team in self.teams)

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
    look: Callable[[Repository], None] = lambda _: None
    """Called when something changed that a waiting pull request may have waited for."""
    wake: Callable[[Repository, float], None] = lambda _repo, _seconds: None
    """The same, after so many real seconds."""
    relations: bool = True
    """Whether this GitHub knows issue dependencies and sub-issues: an old Enterprise Server does not."""
    stale_summaries: bool = False
    """Whether an issue's counts of relations lag behind, at nothing: GitHub's were seen to, its lists being true."""
    indirect_cycles: bool = False
    """Whether it takes a dependency that closes a circle of three or more. It surely refuses one of two; what it does
    further away is not known, so tests try both."""
    drops_long: Callable[[], bool] = lambda: False
    """Whether over-long updates are dropped silently: a fault."""
    users: dict[str, User] = field(default_factory=dict)
    repositories: dict[str, Repository] = field(default_factory=dict)
    apps: dict[int, App] = field(default_factory=dict)
    installations: dict[int, Installation] = field(default_factory=dict)
    tokens: dict[str, Token] = field(default_factory=dict)
    manifests: dict[str, App] = field(default_factory=dict)
    """Codes of the manifest flow that were not converted yet."""
    teams: dict[str, Team] = field(default_factory=dict)
    """By ``organisation/slug`` in lower case."""
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

    def issue(self, issue_id: int) -> Issue | None:
        """The issue or pull request that has this ``id``."""
        found = (one for repo in self.repositories.values() for one in repo.issues.values() if one.id == issue_id)
        return next(found, None)

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
