"""What those who gave an order may do: its author, and whoever edited its comment last (law 7)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from bot.contracts.github import Comment
from bot.contracts.policy import CommandRule, Role
from bot.planning.rights import NO_RULE, Right, least, right
from bot.workflows.ports import GitHub
from templates import render


class Ruled(Protocol):
    """What rights are asked about: a command, by its name, and what it takes by itself."""

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def permission(self) -> Role: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Giver:
    """Somebody whose words an order may be, with their role."""

    login: str
    role: str


@dataclass(frozen=True)
class Rights:
    """The rights of a comment: each of its givers must have one. ``rules`` are the settings', by command."""

    github: GitHub
    rules: Mapping[str, CommandRule]
    givers: tuple[Giver, ...]

    @property
    def author(self) -> str:
        """Who wrote the comment."""
        return self.givers[0].login

    @property
    def editor(self) -> str:
        """Who edited it last, where that was somebody else; else ``""``."""
        return self.givers[1].login if len(self.givers) > 1 else ""

    async def may(self, command: Ruled) -> bool:
        """Whether the comment may give a command. Raises ``WorldError``."""
        for giver in self.givers:
            rule = self.rules.get(command.name, NO_RULE)
            if not (await right_of(self.github, giver, command.permission, rule)).granted:
                return False
        return True

    def who(self, command: Ruled) -> str:
        """Who may give a command, in words for people."""
        rule = self.rules.get(command.name, NO_RULE)
        return render("comments/orders/who-may.md", permission=least(command.permission, rule), rule=rule)


async def right_of(github: GitHub, giver: Giver, permission: Role, rule: CommandRule) -> Right:
    """Whether somebody may give a command of this permission, with this rule. Raises ``WorldError``."""
    found = right(giver.login, giver.role, permission, rule)
    if found.granted or found.because == "no-access":
        return found
    for team in rule.teams:  # asked only where the role does not do
        if giver.login.lower() in await github.team_members(team):
            return right(giver.login, giver.role, permission, rule, (team,))
    return found


async def rights_of(github: GitHub, comment: Comment, rules: Mapping[str, CommandRule]) -> Rights:
    """Reads the roles of a comment's author and of whoever edited it last. Raises ``WorldError``.

    REST does not tell who edited a comment, and those who may not write may still be let to edit others' (law 7).
    """
    givers = [Giver(comment.user, await github.permission(comment.user))]
    edit = await github.last_comment_edit(comment)
    if edit is not None and edit.login.lower() != comment.user.lower():
        givers.append(Giver(edit.login, await github.permission(edit.login)))
    return Rights(github, rules, tuple(givers))
