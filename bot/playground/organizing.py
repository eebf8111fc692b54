"""What owners set up: teams, the rules of branches, forks."""

from __future__ import annotations

from collections.abc import Iterable

from bot.playground.acts.refs import HEADS, record_activity
from bot.playground.credentials import AppCredentials
from bot.playground.git_store import GitStore
from bot.playground.state import ROLES, Actor, Method, Repository, RequiredCheck, Rules, Team, World

Check = str | tuple[str, AppCredentials | int]
"""A required check: its name, or its name with the App that must report it."""


class Organizing:
    """Teams, rules and forks of a world."""

    world: World

    def create_team(self, organization: str, slug: str, members: Iterable[str], parent: str | None = None) -> Team:
        """A team of an organisation; ``parent`` is the slug of the team above it. People are made when not there."""
        owner = self.world.user(organization)
        if owner.type != "Organization":
            raise ValueError(f"{organization} is no organisation, and has no teams")
        above = None if parent is None else self.world.teams[f"{organization}/{parent}".lower()]
        people = [self.world.add_user(login) for login in members]
        team = Team(self.world.next_id(), owner, slug, people, above)
        if above is not None:
            above.children.append(team)
            team.roles = dict(above.roles)
        self.world.teams[f"{organization}/{slug}".lower()] = team
        return team

    def set_team_members(self, team: str, members: Iterable[str]) -> None:
        """Says anew who is in a team (``organisation/slug``)."""
        self.world.teams[team.lower()].members = [self.world.add_user(login) for login in members]
        self._look()

    def set_team_permission(self, repo: str, team: str, role: str) -> None:
        """Gives a team (``organisation/slug``) and those below it a role in a repository, or takes it (``none``)."""
        if role not in ROLES:
            raise ValueError(f"{role} is no role")
        found, where = self.world.teams[team.lower()], self.world.repo(repo)
        for one in found.family():
            if one in where.teams:
                where.teams.remove(one)
            one.roles.pop(where.id, None)
            if role != "none":
                one.roles[where.id] = role
                where.teams.append(one)
        self._look()

    def protect(
        self,
        repo: str,
        branch: str | None = None,
        *,
        checks: Iterable[Check] = (),
        approvals: int = 0,
        merge_queue: bool = False,
        queue_method: Method = "merge",
        queue_minutes: float = 60.0,
        auto_merge: bool | None = None,
    ) -> Rules:
        """Says what a branch (by default the default one) asks for before something is merged into it.

        ``queue_minutes`` (GitHub's minutes) is how long the merge queue waits for checks. ``auto_merge`` changes the
        repository's setting.
        """
        where = self.world.repo(repo)
        made = Rules(tuple(map(_required, checks)), approvals, merge_queue, queue_method, queue_minutes)
        where.rules[branch or where.default_branch] = made
        if auto_merge is not None:
            where.allow_auto_merge = auto_merge
        self.world.look(where)
        return made

    def unprotect(self, repo: str, branch: str | None = None) -> None:
        """Takes the rules of a branch away."""
        where = self.world.repo(repo)
        where.rules.pop(branch or where.default_branch, None)
        self.world.look(where)

    async def create_fork(self, repo: str, owner: str) -> Repository:
        """A fork of a repository, under another account, with all its branches."""
        origin = self.world.repo(repo)
        account = self.world.add_user(owner)
        key = f"{owner}/{origin.name}".lower()
        if key in self.world.repositories:
            raise ValueError(f"{owner}/{origin.name} is there already")
        store = GitStore(self.world.data_dir / "repositories" / owner.lower() / f"{origin.name.lower()}.git")
        await store.create(origin.default_branch, origin.store.path)
        now = self.world.now()
        fork = Repository(
            self.world.next_id(), account, origin.name, store, now, now, now, origin.default_branch, origin.private
        )
        fork.parent = origin
        self.world.repositories[key] = fork
        for ref, oid in sorted(store.refs.items()):
            if ref.startswith(HEADS):
                record_activity(self.world, fork, Actor(account), ref, None, oid)
        return fork

    def _look(self) -> None:
        for repo in self.world.repositories.values():
            self.world.look(repo)


def _required(check: Check) -> RequiredCheck:
    if isinstance(check, str):
        return RequiredCheck(check)
    name, app = check
    return RequiredCheck(name, app if isinstance(app, int) else app.app_id)
