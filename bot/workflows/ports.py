"""What the workflows need of GitHub, as one Protocol; ``bot.github`` implements it.

The values are GitHub's own fields, cut to what a workflow reads. Times are aware UTC datetimes, oids are full.
Every method may raise ``WorldError`` (after the client's own retries).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from contextlib import AbstractAsyncContextManager
    from datetime import datetime

    from bot.contracts.github import (
        Activity,
        Annotation,
        BodyHistory,
        CheckAction,
        CheckRun,
        Comment,
        Edited,
        Issue,
        LabelEvent,
        Pull,
        PullCommit,
        Repository,
        Review,
    )


class GitHub(Protocol):
    """One repository's GitHub, seen through one installation. ``full_name`` is ``owner/name``."""

    @property
    def full_name(self) -> str: ...
    @property
    def bot_login(self) -> str:
        """The login the App's own comments and pull requests carry: ``<slug>[bot]``."""
        ...

    async def git_credential(self) -> str:
        """An installation token, for git over HTTP; secret."""
        ...

    @property
    def git_url(self) -> str: ...
    def pushing(self) -> AbstractAsyncContextManager[None]:
        """Waits until one more git push to this repository fits GitHub's limits; hold it while pushing."""
        ...

    async def now(self) -> datetime:
        """GitHub's own clock: the ``Date`` header of the newest answer (asks once when there is none yet)."""
        ...

    async def repository(self) -> Repository: ...
    async def issue(self, number: int) -> Issue: ...
    async def issues(
        self, *, labels: Sequence[str] = (), state: Literal["open", "closed", "all"] = "open"
    ) -> list[Issue]: ...
    async def create_issue(self, title: str, body: str, labels: Sequence[str] = ()) -> Issue: ...
    async def update_issue(self, number: int, *, state: str | None = None, state_reason: str | None = None) -> None: ...
    async def edit_issue(self, number: int, *, title: str | None = None, body: str | None = None) -> Issue:
        """Changes an issue's title or body."""
        ...

    async def blocked_by(self, number: int) -> list[Issue]:
        """The issues that an issue waits for, closed ones and those of other repositories too.

        Empty where the server knows no dependencies.
        """
        ...

    async def add_blocked_by(self, number: int, issue_id: int) -> None:
        """Makes an issue wait for another one, named by its ``id``; one that it waits for already is no error.

        Raises ``InvalidError`` where GitHub refuses it (a cycle, too many).
        """
        ...

    async def remove_blocked_by(self, number: int, issue_id: int) -> None:
        """Takes that back; where it did not wait for it, that is no error."""
        ...

    async def sub_issues(self, number: int) -> list[Issue]: ...
    async def add_sub_issue(self, number: int, issue_id: int, *, replace_parent: bool = False) -> None:
        """Makes an issue (by ``id``) a sub-issue of this one; one that is it already is no error.

        Raises ``InvalidError`` where GitHub refuses it (another parent, more than 100, too deep).
        """
        ...

    async def remove_sub_issue(self, number: int, issue_id: int) -> None: ...
    async def last_edit(self, number: int) -> Edited | None:
        """Who last edited the issue's body, and when (GraphQL); ``None`` when never edited."""
        ...

    async def body_history(self, number: int, most: int) -> BodyHistory:
        """The issue's body with its newest ``most`` versions and who wrote each (GraphQL), read in one go."""
        ...

    async def last_comment_edit(self, comment: Comment) -> Edited | None:
        """Who last edited a comment, and when (GraphQL); ``None`` when never edited."""
        ...

    async def label_events(self, number: int) -> list[LabelEvent]:
        """The labelled and unlabelled events of the timeline, oldest first."""
        ...

    async def base_changes(self, number: int) -> list[datetime]:
        """When a pull request was given another base branch, oldest first."""
        ...

    async def permission(self, login: str) -> str:
        """``admin``, ``maintain``, ``write``, ``triage``, ``read`` or ``none`` (the role where GitHub gives it)."""
        ...

    async def comments(self, number: int) -> list[Comment]: ...
    async def comment(self, comment_id: int, *, urgent: bool = False) -> Comment:
        """One comment of an issue or pull request, as it is now; ``NotFoundError`` when it is gone."""
        ...

    async def repository_comments(self, since: datetime) -> list[Comment]:
        """All comments of the repository that were written or edited at ``since`` or later, newest edit first."""
        ...

    async def reactions(self, comment_id: int) -> list[tuple[str, str]]:
        """Who reacted to a comment and how: login and content (``eyes``)."""
        ...

    async def create_comment(self, number: int, body: str) -> Comment: ...
    async def update_comment(self, comment_id: int, body: str) -> Comment: ...
    async def react(self, comment_id: int, content: str, *, urgent: bool = False) -> None:
        """Adds a reaction to an issue comment; a nicety: a server without the endpoint is only logged.

        An ``urgent`` one goes before all other writes that wait for GitHub's limits.
        """
        ...

    async def label(self, name: str, color: str, description: str) -> None:
        """Creates the label when the repository lacks it."""
        ...

    async def labels(self) -> list[str]: ...
    async def add_labels(self, number: int, names: Sequence[str]) -> None: ...
    async def pulls(
        self, *, since: datetime | None = None, state: Literal["open", "closed", "all"] = "all"
    ) -> list[Pull]:
        """Pull requests created at or after ``since``, newest first (stops paging there)."""
        ...

    async def pulls_from(self, branch: str) -> list[Pull]:
        """All pull requests whose head is this branch of this repository, newest first."""
        ...

    async def pull(self, number: int) -> Pull: ...
    async def create_pull(self, *, head: str, base: str, title: str, body: str, draft: bool = False) -> Pull: ...
    async def update_pull(
        self, number: int, *, title: str | None = None, body: str | None = None, state: str | None = None
    ) -> Pull: ...
    async def activity(self, ref: str, *, since: datetime | None = None) -> list[Activity]:
        """How a branch (``refs/heads/x``) moved, newest first: back to the first movement before ``since``, included.

        Empty where the server does not tell.
        """
        ...

    async def reviews(self, number: int) -> list[Review]: ...
    async def check_runs(self, sha: str, name: str | None = None, *, latest: bool = True) -> list[CheckRun]: ...
    async def create_check(
        self,
        *,
        name: str,
        sha: str,
        external_id: str,
        conclusion: str | None,
        title: str,
        summary: str,
        text: str = "",
        annotations: Sequence[Annotation] = (),
        details_url: str | None = None,
        actions: Sequence[CheckAction] = (),
    ) -> CheckRun:
        """Creates a check run: completed when ``conclusion`` is given, else in progress.

        Raises ``ValueError`` for texts over GitHub's limits.
        """
        ...

    async def update_check(
        self,
        check_id: int,
        *,
        conclusion: str,
        title: str,
        summary: str,
        text: str = "",
        annotations: Sequence[Annotation] = (),
        actions: Sequence[CheckAction] = (),
    ) -> CheckRun:
        """Completes a check run; of ``annotations`` (all that it should have) only those it lacks are sent.

        A run that is found in progress was created by ``create_check`` with more annotations than one request takes,
        and a kill came between.
        """
        ...

    async def check_run(self, check_id: int) -> CheckRun:
        """One check run; ``NotFoundError`` when it is gone."""
        ...

    async def pull_commits(self, number: int) -> list[PullCommit]:
        """The commits of a pull request, oldest first (GitHub lists 250 at most)."""
        ...

    async def pulls_of_commit(self, sha: str) -> list[Pull]:
        """The merged pull request that brought a commit to the default branch, else the open ones that hold it."""
        ...

    async def review(self, number: int, review_id: int) -> Review: ...
    async def last_review_edit(self, review: Review) -> Edited | None:
        """Who last edited a review's text, and when (GraphQL); ``None`` when never edited."""
        ...

    async def team_members(self, team: str) -> frozenset[str]:
        """The logins, in lower case, of a team (``organisation/slug``) and those below it; empty for an unknown one.

        Asked once in a few minutes at most.
        """
        ...

    async def request_reviewers(self, number: int, logins: Sequence[str], teams: Sequence[str] = ()) -> None:
        """Asks people and teams (slugs) for a review; whom GitHub does not take (not a collaborator) is left out."""
        ...

    async def remove_label(self, number: int, name: str) -> None:
        """Takes a label off; one that is not there is no error."""
        ...

    async def assign(self, number: int, logins: Sequence[str]) -> None: ...
    async def unassign(self, number: int, logins: Sequence[str]) -> None: ...
    async def merge_pull(self, number: int, *, sha: str, method: str) -> str:
        """Merges the pull request if its head is still ``sha``. Gives the commit.

        Raises ``NotMergeableError`` with GitHub's reason (a rule of the branch, a conflict, a moved head).
        """
        ...

    async def enable_auto_merge(self, pull: Pull, *, method: str) -> None:
        """Lets GitHub merge it as soon as its rules allow (GraphQL), with the expected head. ``NotMergeableError``."""
        ...

    async def disable_auto_merge(self, pull: Pull) -> None: ...
    async def enqueue(self, pull: Pull) -> None:
        """Puts it into the merge queue (GraphQL), with the expected head. Raises ``NotMergeableError``."""
        ...

    async def in_queue(self, pull: Pull) -> bool: ...
    async def dequeue(self, pull: Pull) -> None:
        """Raises ``NotMergeableError``."""
        ...

    async def mark_ready(self, pull: Pull) -> None:
        """Makes a draft ready for review (GraphQL)."""
        ...

    async def graphql(self, query: str, variables: Mapping[str, Any]) -> Any: ...
