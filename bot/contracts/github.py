"""GitHub's objects, cut to what Graftsman reads. Lenient: GitHub adds members as it likes, and payloads vary."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field


class Seen(BaseModel):
    """Something GitHub sent: unknown members are dropped."""

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)


def _login(value: Any) -> Any:
    # GitHub sends null for a deleted user ("ghost").
    if value is None:
        return "ghost"
    return value.get("login", "ghost") if isinstance(value, dict) else value


def _names(value: Any) -> Any:
    return tuple(item["name"] if isinstance(item, dict) else item for item in value or ())


Login = Annotated[str, BeforeValidator(_login)]
Names = Annotated[tuple[str, ...], BeforeValidator(_names)]
Logins = Annotated[tuple[str, ...], BeforeValidator(lambda value: tuple(_login(item) for item in value or ()))]
Account = Annotated[str | None, BeforeValidator(lambda v: v.get("login") if isinstance(v, dict) else v)]
Body = Annotated[str, BeforeValidator(lambda value: value or "")]


def _number_in(value: Any) -> Any:
    # The comments of a repository name their issue by its address alone.
    return value.rpartition("/")[2] if isinstance(value, str) else value


def _repository_in(value: Any) -> Any:
    return "/".join(value.rsplit("/", 2)[1:]) if isinstance(value, str) else ""


def _number_or_none(value: Any) -> Any:
    return _number_in(value) if value else None


class DependencySummary(BaseModel):
    """How many issues an issue waits for, and how many of these are open."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    total_blocked_by: int = 0
    blocked_by: int = 0
    total_blocking: int = 0
    blocking: int = 0


class SubIssueSummary(BaseModel):
    """How many sub-issues an issue has, and how many of these are closed."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    total: int = 0
    completed: int = 0


def _annotations_count(value: Any) -> Any:
    return value.get("annotations_count") or 0 if isinstance(value, dict) else value or 0


def _is_bot(value: Any) -> Any:
    if isinstance(value, bool):
        return value
    return isinstance(value, dict) and value.get("type") == "Bot"


class Repository(Seen):
    """A repository. ``private`` and ``archived`` as GitHub says."""

    id: int
    full_name: str
    default_branch: str = "main"
    archived: bool = False
    private: bool = False


class Issue(Seen):
    """An issue (or a pull request seen as one: then ``pull_request`` is set)."""

    id: int
    number: int
    title: str
    body: Body = ""
    state: Literal["open", "closed"]
    user: Login = "ghost"
    labels: Names = ()
    assignees: Logins = ()
    created_at: datetime
    updated_at: datetime | None = None
    closed_at: datetime | None = None
    state_reason: str | None = None
    """``completed``, ``not_planned``, ``duplicate`` or ``reopened``."""
    pull_request: dict[str, Any] | None = None
    repository: Annotated[str, BeforeValidator(_repository_in)] = Field("", alias="repository_url")
    """``owner/name``, where GitHub says."""
    dependencies: DependencySummary | None = Field(None, alias="issue_dependencies_summary")
    """``None`` where the server knows no issue dependencies."""
    sub_issues: SubIssueSummary | None = Field(None, alias="sub_issues_summary")
    """``None`` where the server knows no sub-issues."""
    parent: Annotated[int | None, BeforeValidator(_number_or_none)] = Field(None, alias="parent_issue_url")
    """The number of the issue that it is a sub-issue of."""


class Edited(Seen):
    """The last edit of a body."""

    login: str
    at: datetime


class BodyEdit(Seen):
    """One version of a body: who wrote it, and when."""

    id: str
    login: str
    at: datetime
    text: str | None = None
    """The whole body as it was then; ``None`` where somebody deleted that version."""


class BodyHistory(Seen):
    """A body as it is now, and its newest versions, oldest first; none of one that was never edited."""

    body: Body = ""
    edits: tuple[BodyEdit, ...] = ()
    complete: bool = True
    """Whether these are all."""


class LabelEvent(Seen):
    """A ``labeled`` or ``unlabeled`` event of an issue's timeline."""

    event: Literal["labeled", "unlabeled"]
    label: str
    actor: Login = "ghost"
    created_at: datetime


class Comment(Seen):
    """An issue or pull request comment. ``issue`` is the number of what it stands on (0 where GitHub does not say)."""

    id: int
    issue: Annotated[int, BeforeValidator(_number_in)] = Field(0, alias="issue_url")
    body: Body = ""
    user: Login = "ghost"
    bot: Annotated[bool, BeforeValidator(_is_bot)] = Field(False, validation_alias=AliasChoices("bot", "user"))
    """Whether an App wrote it."""
    created_at: datetime
    updated_at: datetime
    node: str = Field("", alias="node_id")
    """Its id to GraphQL."""


class Activity(Seen):
    """One movement of a ref. ``before`` and ``after`` are oids, zeros where there is none."""

    before: str
    after: str
    at: datetime = Field(alias="timestamp")
    actor: Login = "ghost"
    kind: str = Field("push", alias="activity_type")
    """``push``, ``force_push``, ``branch_creation``, ``branch_deletion``, ``pr_merge`` or ``merge_queue_merge``."""


class Ref(Seen):
    """One end of a pull request. ``repository`` is ``None`` when a fork was deleted."""

    ref: str
    sha: str
    repo: Repository | None = None


class Pull(Seen):
    """A pull request. The list answers lack what only the single one has (``merged_by``, counts ...)."""

    number: int
    node: str = Field("", alias="node_id")
    """Its id to GraphQL."""
    title: str
    body: Body = ""
    state: Literal["open", "closed"]
    user: Login = "ghost"
    draft: bool = False
    assignees: Logins = ()
    head: Ref
    base: Ref
    labels: Names = ()
    created_at: datetime
    updated_at: datetime | None = None
    closed_at: datetime | None = None
    merged_at: datetime | None = None
    merge_commit_sha: str | None = None
    merged_by: Annotated[str | None, BeforeValidator(lambda v: v["login"] if isinstance(v, dict) else v)] = None
    additions: int | None = None
    deletions: int | None = None
    changed_files: int | None = None
    mergeable_state: str | None = None
    """``clean``, ``blocked``, ``behind``, ``dirty``, ``unstable``, ``draft``, ``unknown``; found out later."""
    auto_merge: dict[str, Any] | None = None
    """Set while GitHub's auto-merge is enabled."""


class Review(Seen):
    """A pull request review; it counts for its ``commit_id`` only."""

    id: int
    user: Login = "ghost"
    bot: Annotated[bool, BeforeValidator(_is_bot)] = Field(False, validation_alias=AliasChoices("bot", "user"))
    """Whether an App gave it."""
    state: str
    """``APPROVED``, ``CHANGES_REQUESTED``, ``COMMENTED``, ``DISMISSED`` or ``PENDING``."""
    body: Body = ""
    node: str = Field("", alias="node_id")
    """Its id to GraphQL."""
    commit_id: str | None = None
    submitted_at: datetime | None = None


class Annotation(Seen):
    """An annotation of a check run. Lines count from 1."""

    path: str
    start_line: int
    end_line: int
    level: Literal["notice", "warning", "failure"] = Field("warning", alias="annotation_level")
    message: str
    title: str | None = None


class CheckAction(Seen):
    """A button of a check run. GitHub's limits: label 20, identifier 20, description 40 characters; at most three."""

    label: str
    description: str
    identifier: str


class PullCommit(Seen):
    """One commit of a pull request, with the accounts behind its author and committer, where GitHub knows them."""

    oid: str = Field(alias="sha")
    author: Account = None
    committer: Account = None


class CheckRun(Seen):
    """A check run. ``app`` is the slug of the App that made it."""

    id: int
    name: str
    head_sha: str
    external_id: Annotated[str, BeforeValidator(lambda v: v or "")] = ""
    status: str
    conclusion: str | None = None
    annotations: Annotated[int, BeforeValidator(_annotations_count)] = Field(0, alias="output")
    """How many annotations it has."""
    app: Annotated[str | None, BeforeValidator(lambda v: v.get("slug") if isinstance(v, dict) else v)] = None


class AppInfo(Seen):
    """The App as GitHub knows it."""

    id: int
    slug: str
    name: str = ""
    permissions: dict[str, str] = Field(default_factory=dict)
    events: tuple[str, ...] = ()


class Installation(Seen):
    """An App on an account."""

    id: int
    account: Login = "ghost"
    permissions: dict[str, str] = Field(default_factory=dict)
    events: tuple[str, ...] = ()
    suspended_at: datetime | None = None


class Delivery(Seen):
    """One attempt to deliver a webhook. Redeliveries share the ``guid`` (the ``X-GitHub-Delivery`` header)."""

    id: int
    guid: str
    delivered_at: datetime
    event: str
    action: str | None = None
    redelivery: bool = False
    status: str = ""
    status_code: int = 0

    @property
    def ok(self) -> bool:
        """Whether our answer was a 2xx."""
        return 200 <= self.status_code < 300
