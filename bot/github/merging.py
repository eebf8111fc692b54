"""Merging pull requests: at once, by GitHub's auto-merge, or through the merge queue.

All but the first exist in GraphQL only. (D)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from bot.contracts.github import Pull
from bot.github.errors import AnswerError, GitHubError, NotMergeableError, QueryError, UncertainError
from bot.github.room import Room, read

ENABLE_AUTO_MERGE: Final = """
mutation ($id: ID!, $head: GitObjectID!, $method: PullRequestMergeMethod!) {
  enablePullRequestAutoMerge(input: {pullRequestId: $id, expectedHeadOid: $head, mergeMethod: $method}) {
    pullRequest { id }
  }
}
"""

DISABLE_AUTO_MERGE: Final = """
mutation ($id: ID!) {
  disablePullRequestAutoMerge(input: {pullRequestId: $id}) { pullRequest { id } }
}
"""

ENQUEUE: Final = """
mutation ($id: ID!, $head: GitObjectID!) {
  enqueuePullRequest(input: {pullRequestId: $id, expectedHeadOid: $head}) { mergeQueueEntry { id } }
}
"""

DEQUEUE: Final = """
mutation ($id: ID!) {
  dequeuePullRequest(input: {id: $id}) { mergeQueueEntry { id } }
}
"""

MARK_READY: Final = """
mutation ($id: ID!) {
  markPullRequestReadyForReview(input: {pullRequestId: $id}) { pullRequest { id } }
}
"""

IN_QUEUE: Final = """
query ($id: ID!) {
  node(id: $id) { ... on PullRequest { isInMergeQueue headRefOid } }
}
"""


class Merging(Room):
    """What makes a repository's pull requests land."""

    async def merge_pull(self, number: int, *, sha: str, method: str) -> str:
        """Merges the pull request if its head is still ``sha``; gives the commit, also where it was merged so before.

        Raises ``NotMergeableError`` with GitHub's reason, ``UncertainError`` when it may yet be merged.
        """
        data = {"sha": sha, "merge_method": method}
        try:
            answer = await self._send("PUT", "/pulls/{number}/merge", data, repeatable=False, number=number)
        except UncertainError:
            if (made := await self._merged(number, sha)) is not None:
                return made
            raise
        except GitHubError as error:
            if error.status not in {405, 409}:
                raise
            if (made := await self._merged(number, sha)) is not None:
                return made
            raise _refused(error.message.removeprefix(f"{error.status} "), error) from error
        commit = answer.get("sha") if isinstance(answer, dict) else None
        if not isinstance(commit, str):
            raise AnswerError("a merge without a commit", method="PUT", path=f"/pulls/{number}/merge")
        return commit

    async def _merged(self, number: int, sha: str) -> str | None:
        """The commit that a pull request was merged as, if it was, on this head."""
        pull = await self._pull(number)
        return pull.merge_commit_sha if pull.merged_at is not None and pull.head.sha == sha else None

    async def enable_auto_merge(self, pull: Pull, *, method: str) -> None:
        """Lets GitHub merge it as soon as its rules allow; the head is the one of ``pull``.

        Raises ``NotMergeableError``: also where nothing is left to wait for, and where the settings do not allow it.
        """
        variables = {"id": pull.node, "head": pull.head.sha, "method": method.upper()}
        await self._change(ENABLE_AUTO_MERGE, variables)

    async def disable_auto_merge(self, pull: Pull) -> None:
        """Takes that back; where it is not enabled, nothing happens."""
        await self._settle(DISABLE_AUTO_MERGE, pull, lambda now: now.auto_merge is None)

    async def enqueue(self, pull: Pull) -> None:
        """Puts it into the merge queue; the head is the one of ``pull``. One that is in it stays.

        Raises ``NotMergeableError``.
        """
        try:
            await self._change(ENQUEUE, {"id": pull.node, "head": pull.head.sha})
        except NotMergeableError:
            if not await self.in_queue(pull):
                raise

    async def in_queue(self, pull: Pull) -> bool:
        """Whether it is in the merge queue, with the head of ``pull``."""
        node = (await self._client.query(IN_QUEUE, {"id": pull.node}) or {}).get("node") or {}
        return bool(node.get("isInMergeQueue")) and node.get("headRefOid") == pull.head.sha

    async def dequeue(self, pull: Pull) -> None:
        """Takes it out of the merge queue; where it is not in it, nothing happens. Raises ``NotMergeableError``."""
        try:
            await self._change(DEQUEUE, {"id": pull.node})
        except NotMergeableError:
            if await self.in_queue(pull):
                raise

    async def mark_ready(self, pull: Pull) -> None:
        """Makes a draft ready for review; where it is none, nothing happens."""
        await self._settle(MARK_READY, pull, lambda now: not now.draft)

    async def _settle(self, query: str, pull: Pull, settled: Callable[[Pull], bool]) -> None:
        """A change that may be made already. Its refusal counts only while the pull request is not as wanted."""
        try:
            await self._change(query, {"id": pull.node})
        except NotMergeableError:
            if not settled(await self._pull(pull.number)):
                raise

    async def _change(self, query: str, variables: Mapping[str, Any]) -> None:
        try:
            await self._client.query(query, variables)
        except QueryError as error:
            kinds = {each.get("type") for each in error.errors if isinstance(each, dict)}
            if "UNPROCESSABLE" not in kinds:
                raise
            words = "; ".join(str(each.get("message", "")) for each in error.errors if isinstance(each, dict))
            raise _refused(words, error) from error

    async def _pull(self, number: int) -> Pull:
        return read(Pull, await self._get("/pulls/{number}", number=number))


def _refused(words: str, error: GitHubError) -> NotMergeableError:
    # GraphQL says it as ``Pull request Pull request is in clean status``, at times within ``["..."]``.
    reason = words.removeprefix('["').removesuffix('"]')
    twice = "Pull request Pull request "
    reason = reason.removeprefix("Pull request ") if reason.startswith(twice) else reason
    return NotMergeableError(reason, status=error.status, method=error.method, path=error.path)
