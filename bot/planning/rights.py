"""Who may give a slash command: by their role, or because the repository's settings name them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final, Literal

from bot.contracts.policy import RANKS, CommandRule, Role

NO_RULE: Final = CommandRule()
Because = Literal["role", "named", "team", "role-too-low", "no-access"]


@dataclass(frozen=True, slots=True)
class Right:
    """Whether somebody may give a command, and why (not)."""

    granted: bool
    because: Because


def least(permission: Role, rule: CommandRule | None) -> Role:
    """The role that a command asks for: the rule's, or else its own."""
    return permission if rule is None or rule.permission is None else rule.permission


def at_least(role: str, wanted: Role) -> bool:
    """Whether a role allows as much as another; a role that is not known allows nothing."""
    return RANKS.get(role, 0) >= RANKS[wanted]


def right(
    login: str, role: str, permission: Role, rule: CommandRule | None = None, teams: Collection[str] = ()
) -> Right:
    """Decides for one person.

    ``permission`` is the command's own, ``rule`` what the settings say of it, ``teams`` those of the rule's teams that
    the person is in. Who is named needs read access at least: a rule cannot let strangers in.
    """
    rule = rule or NO_RULE
    if at_least(role, least(permission, rule)):
        return Right(granted=True, because="role")
    if not at_least(role, "read"):
        return Right(granted=False, because="no-access")
    if login.lower() in {name.lower() for name in rule.users}:
        return Right(granted=True, because="named")
    if {team.lower() for team in teams} & {team.lower() for team in rule.teams}:
        return Right(granted=True, because="team")
    return Right(granted=False, because="role-too-low")
