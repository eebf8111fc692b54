"""Acting as a person who plans: what issues wait for, what they are part of, ticked boxes, and issues that leave."""

from __future__ import annotations

from bot.playground.acts import issues, leaving, relations
from bot.playground.boxes import Box, boxes, ticked
from bot.playground.problems import forbidden, not_found, unprocessable
from bot.playground.state import Actor, Comment, Issue, Repository, User, World


class Planner:
    """The part of a person that plans. Another issue is its number in ``repo``, or in the repository given with it."""

    def __init__(self, world: World, user: User) -> None:
        self._world = world
        self.user = user
        self.actor = Actor(user)

    def _repo(self, full_name: str, role: str = "read") -> Repository:
        repo = self._world.repo(full_name)
        if not repo.may(self.user, "read"):
            raise not_found()
        if not repo.may(self.user, role):
            raise forbidden(f"{role} access to {full_name} is needed")
        return repo

    def _issue(self, repo: str, number: int, role: str = "triage") -> Issue:
        """The issue, for its author or for whoever has the role."""
        issue = self._repo(repo).issue(number)
        if issue.user is not self.user:
            self._repo(repo, role)
        return issue

    def _own(self, repo: str, comment_id: int) -> Comment:
        one = self._repo(repo).comment(comment_id)
        if one.user is not self.user:
            self._repo(repo, "write")
        return one

    def _pair(self, repo: str, number: int, other: int, where: str | None) -> tuple[Issue, Issue]:
        if not self._world.relations:
            raise not_found()
        return self._repo(repo, "triage").issue(number), self._repo(where or repo).issue(other)

    async def block(self, repo: str, number: int, by: int, *, where: str | None = None) -> None:
        """Makes an issue wait for another one (of the repository ``where``)."""
        blocked, blocker = self._pair(repo, number, by, where)
        relations.block(self._world, blocked, blocker, self.actor)

    async def unblock(self, repo: str, number: int, by: int, *, where: str | None = None) -> None:
        """Takes that back."""
        blocked, blocker = self._pair(repo, number, by, where)
        relations.unblock(self._world, blocked, blocker, self.actor)

    async def add_sub_issue(
        self, repo: str, parent: int, sub: int, *, replace_parent: bool = False, where: str | None = None
    ) -> None:
        """Makes an issue (of the repository ``where``) a part of another one."""
        above, below = self._pair(repo, parent, sub, where)
        relations.add_sub_issue(self._world, above, below, self.actor, replace_parent=replace_parent)

    async def remove_sub_issue(self, repo: str, parent: int, sub: int, *, where: str | None = None) -> None:
        """Takes that back."""
        above, below = self._pair(repo, parent, sub, where)
        relations.remove_sub_issue(self._world, above, below, self.actor)

    async def transfer(self, repo: str, number: int, to: str) -> Issue:
        """Moves an issue to another repository of the owner, with write access to both."""
        issue, target = self._repo(repo, "write").issue(number), self._repo(to, "write")
        return await leaving.transfer(self._world, issue, self.actor, target)

    async def delete_issue(self, repo: str, number: int) -> None:
        """Deletes an issue, as an admin."""
        await leaving.delete(self._world, self._repo(repo, "admin").issue(number), self.actor)

    async def tick(self, repo: str, number: int, text: str, on: bool = True, *, comment: int | None = None) -> None:
        """Clicks the one box whose words have ``text`` in them: in the body, or in the comment of this id.

        As on GitHub that edits the body or comment. It needs write access, or to be its author. A box that is ticked
        already stays so. Raises a 422 ``Problem`` where no box or several have the text.
        """
        body = self._repo(repo).comment(comment).body if comment else self._repo(repo).issue(number).body or ""
        found = [box for box in boxes(body) if text in box.text]
        if len(found) != 1:
            raise unprocessable(f"{len(found)} boxes have {text!r} in their words, not one")
        await self.click(repo, number, found[0], on=on, comment=comment)

    async def click(self, repo: str, number: int, box: Box, *, on: bool, comment: int | None = None) -> None:
        """The same, for a box that is known. Raises a 422 ``Problem`` when it is not there any more."""
        one = self._own(repo, comment) if comment else self._issue(repo, number, "write")
        if all(now.key != box.key for now in boxes(one.body or "")):
            raise unprocessable("The text was changed meanwhile; load the page again")
        body = ticked(one.body or "", box, on=on)
        if isinstance(one, Comment):
            await issues.edit_comment(self._world, one, self.actor, body)
        else:
            await issues.edit_issue(self._world, one, self.actor, body=body)
