"""Acting as a person: what one clicks on GitHub's pages, with the rights that GitHub asks for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from bot.playground.acts import auto_merge, checks, issues, labels, merge_queue, merging, pulls, reviews
from bot.playground.acts.refs import HEADS, move_refs
from bot.playground.git_store import File, Signature
from bot.playground.planner import Planner
from bot.playground.problems import not_found, unprocessable
from bot.playground.shapes.commits import noreply
from bot.playground.state import Comment, Issue, Label, Method, Pull, Review

Verdict = Literal["APPROVE", "REQUEST_CHANGES", "COMMENT"]


class Person(Planner):
    """One person. ``repo`` is ``owner/name`` everywhere; what is refused raises ``Problem``."""

    async def open_issue(self, repo: str, title: str, body: str = "", *, labels: Sequence[str] = ()) -> Issue:
        """Opens an issue; labels are dropped for those who may not label, as on GitHub."""
        where = self._repo(repo)
        names = labels if where.may(self.user, "triage") else ()
        return await issues.open_issue(self._world, where, self.actor, title, body, labels=names)

    async def edit_issue(self, repo: str, number: int, *, title: str | None = None, body: str | None = None) -> None:
        """Edits the title or body of an issue or pull request."""
        await issues.edit_issue(self._world, self._issue(repo, number), self.actor, title=title, body=body)

    async def comment(self, repo: str, number: int, body: str) -> Comment:
        """Comments on an issue or pull request."""
        return await issues.comment(self._world, self._repo(repo).issue(number), self.actor, body)

    async def edit_comment(self, repo: str, comment_id: int, body: str) -> None:
        """Edits a comment: one's own, or with write access."""
        await issues.edit_comment(self._world, self._own(repo, comment_id), self.actor, body)

    async def delete_comment(self, repo: str, comment_id: int) -> None:
        """Deletes a comment: one's own, or with write access."""
        await issues.delete_comment(self._world, self._own(repo, comment_id), self.actor)

    async def react(self, repo: str, comment_id: int, content: str) -> None:
        """Adds a reaction to a comment."""
        issues.react(self._world, self._repo(repo).comment(comment_id).reactions, self.user, content)

    async def label(self, repo: str, number: int, *names: str) -> None:
        """Puts labels on an issue or pull request."""
        await issues.add_labels(self._world, self._repo(repo, "triage").issue(number), self.actor, names)

    async def unlabel(self, repo: str, number: int, *names: str) -> None:
        """Takes labels off."""
        where = self._repo(repo, "triage")
        for name in names:
            await issues.remove_label(self._world, where.issue(number), self.actor, where.label(name))

    async def assign(self, repo: str, number: int, *logins: str) -> None:
        """Assigns people."""
        await issues.assign(self._world, self._repo(repo, "triage").issue(number), self.actor, logins)

    async def unassign(self, repo: str, number: int, *logins: str) -> None:
        """Takes people off."""
        await issues.unassign(self._world, self._repo(repo, "triage").issue(number), self.actor, logins)

    async def close(self, repo: str, number: int, reason: str | None = None) -> None:
        """Closes an issue or pull request; an issue as ``completed`` (by itself), ``not_planned`` or ``duplicate``."""
        await issues.close(self._world, self._issue(repo, number), self.actor, reason)

    async def reopen(self, repo: str, number: int) -> None:
        """Opens it again."""
        await issues.reopen(self._world, self._issue(repo, number), self.actor)

    async def create_label(self, repo: str, name: str, color: str = "ededed", description: str = "") -> Label:
        """Makes a label."""
        return labels.create_label(self._world, self._repo(repo, "write"), self.actor, name, color, description)

    async def delete_label(self, repo: str, name: str) -> None:
        """Deletes a label."""
        where = self._repo(repo, "write")
        labels.delete_label(self._world, where, self.actor, where.label(name))

    async def push_files(
        self,
        repo: str,
        branch: str,
        files: Mapping[str, bytes | File | None],
        message: str = "Change files",
        *,
        parent: str | None = None,
        when: int | None = None,
    ) -> str:
        """Commits files (``None`` deletes) on a branch, pushes it and returns the commit.

        A branch that is not there begins at the default branch. ``parent`` (an oid) puts the commit there, by force
        where need be. ``when`` is in seconds since the epoch.
        """
        where = self._repo(repo, "write")
        async with where.pushing:
            start = parent or where.branch(branch) or where.branch(where.default_branch)
            person = Signature(self.user.name, noreply(self._world, self.user), when or int(self._world.clock.time()))
            commit = await where.store.write_files(start, files, message, person)
            await move_refs(self._world, where, self.actor, {HEADS + branch: commit})
        return commit

    async def create_branch(self, repo: str, branch: str, at: str | None = None) -> str:
        """Makes a branch at another branch, tag or oid (else at the default branch); returns the commit."""
        where = self._repo(repo, "write")
        async with where.pushing:
            commit = await where.store.resolve(at or where.default_branch)
            if commit is None:
                raise not_found()
            if where.branch(branch):
                raise unprocessable("Reference already exists")
            await move_refs(self._world, where, self.actor, {HEADS + branch: commit})
        return commit

    async def set_branch(self, repo: str, branch: str, at: str) -> None:
        """Moves a branch by force."""
        where = self._repo(repo, "write")
        async with where.pushing:
            await move_refs(self._world, where, self.actor, {HEADS + branch: at})

    async def delete_branch(self, repo: str, branch: str) -> None:
        """Deletes a branch."""
        where = self._repo(repo, "write")
        async with where.pushing:
            if where.branch(branch) is None:
                raise not_found()
            await move_refs(self._world, where, self.actor, {HEADS + branch: None})

    async def open_pull(
        self, repo: str, head: str, title: str, body: str = "", *, base: str | None = None, draft: bool = False
    ) -> Pull:
        """Opens a pull request of two branches of the repository; ``owner:branch`` is one of a fork of that name."""
        where = self._repo(repo, "read" if ":" in head else "write")
        target = base or where.default_branch
        return await pulls.open_pull(
            self._world, where, self.actor, title=title, head=head, base=target, body=body, draft=draft
        )

    async def review(
        self, repo: str, number: int, event: Verdict, body: str = "", *, commit: str | None = None
    ) -> Review:
        """Reviews a pull request, on its present head or on ``commit``."""
        pull = self._repo(repo).pull(number)
        return await reviews.review(self._world, pull, self.actor, event, body, commit=commit)

    async def edit_review(self, repo: str, number: int, review_id: int, body: str) -> None:
        """Edits a review's text: one's own, or with write access."""
        one = self._review(repo, number, review_id)
        if one.user is not self.user:
            self._repo(repo, "write")
        await reviews.edit_review(self._world, one, self.actor, body)

    async def dismiss(self, repo: str, number: int, review_id: int, message: str = "dismissed") -> None:
        """Dismisses a review."""
        self._repo(repo, "write")
        await reviews.dismiss(self._world, self._review(repo, number, review_id), self.actor, message)

    def _review(self, repo: str, number: int, review_id: int) -> Review:
        for one in self._repo(repo).pull(number).reviews:
            if one.id == review_id:
                return one
        raise not_found()

    async def request_review(self, repo: str, number: int, *logins: str, teams: Sequence[str] = ()) -> None:
        """Asks people, and teams (``organisation/slug``), for a review."""
        pull = self._repo(repo, "write").pull(number)
        people = [self._world.user(login) for login in logins]
        asked = [self._world.teams[name.lower()] for name in teams]
        await reviews.request_review(self._world, pull, self.actor, people, asked)

    async def ready(self, repo: str, number: int, *, draft: bool = False) -> None:
        """Makes a draft ready for review (or, with ``draft``, the other way round)."""
        await pulls.set_draft(
            self._world, self._issue(repo, number, "write").repo.pull(number), self.actor, draft=draft
        )

    async def merge(self, repo: str, number: int, method: Method = "merge", *, bypass: bool = False) -> str:
        """Merges a pull request; returns the new commit. An admin may pass over the rules of the base: ``bypass``."""
        where = self._repo(repo, "admin" if bypass else "write")
        return await merging.merge(self._world, where.pull(number), self.actor, method, bypass=bypass)

    async def enable_auto_merge(self, repo: str, number: int, method: Method = "merge") -> None:
        """Lets the pull request be merged when nothing stands against it any more."""
        await auto_merge.enable(self._world, self._repo(repo, "write").pull(number), self.actor, method)

    async def disable_auto_merge(self, repo: str, number: int) -> None:
        """Takes that back."""
        await auto_merge.disable(self._world, self._repo(repo, "write").pull(number), self.actor)

    async def enqueue(self, repo: str, number: int) -> None:
        """Puts a pull request into the merge queue."""
        await merge_queue.enqueue(self._world, self._repo(repo, "write").pull(number), self.actor)

    async def dequeue(self, repo: str, number: int) -> None:
        """Takes it out again."""
        await merge_queue.dequeue(self._world, self._repo(repo, "write").pull(number), self.actor)

    async def rerequest(self, repo: str, check_id: int) -> None:
        """Asks for a check to be run again."""
        await checks.rerequest(self._world, self._repo(repo, "write").check(check_id), self.actor)

    async def press(self, repo: str, check_id: int, identifier: str) -> None:
        """Presses a button of a check run."""
        await checks.request_action(self._world, self._repo(repo, "write").check(check_id), self.actor, identifier)
