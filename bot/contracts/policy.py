"""Who must approve what, who may waive, merge and command: the governing parts of ``.github/graftsman.yml``.

Read from the default branch alone, so that a pull request cannot change the rules that it is judged by.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from bot.contracts.base import Contract

Role = Literal["read", "triage", "write", "maintain", "admin"]
Phase = Literal["plan", "spec", "build", "release"]
"""``plan``: a migration's plan. ``spec``: a pull request's spec files. ``build``: its other files. ``release``: the
whole of it, asked for before Graftsman merges."""

Login = Annotated[str, Field(pattern=r"^[A-Za-z0-9](?:[A-Za-z0-9_-]{0,99})$")]
Team = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,99}/[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")]
Glob = Annotated[str, Field(min_length=1, max_length=1024)]
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]
RANKS: dict[str, int] = {"none": 0, "read": 1, "triage": 2, "write": 3, "maintain": 4, "admin": 5}
"""Repository roles by how much they allow."""


class People(Contract):
    """Some people: everybody that one of the members names."""

    users: tuple[Login, ...] = ()
    """By login."""
    teams: tuple[Team, ...] = ()
    """As `organisation/team-slug`."""
    permission: Role | None = None
    """Everybody who has at least this role."""


class Approvers(People):
    """Who may give an approval."""

    codeowners: bool = False
    """The owners that CODEOWNERS (on the base branch) names for the touched paths, each group for its own paths."""


class ApprovalRule(Contract):
    """One condition: who must approve, how many, for which paths, phases and labels."""

    name: Name
    """What it is called in checks, explanations and waivers."""
    phases: Annotated[tuple[Phase, ...], Field(min_length=1)] = ("build",)
    """`plan`: a migration's plan. `spec`: spec files. `build`: all other files. `release`: before Graftsman merges."""
    paths: Annotated[tuple[Glob, ...], Field(min_length=1)] = ("**",)
    """Applies when a changed path matches one of these; those paths are what an approver answers for."""
    exclude: tuple[Glob, ...] = ()
    """Applies not to these."""
    labels: tuple[Annotated[str, Field(min_length=1, max_length=50)], ...] = ()
    """Applies only with one of these labels (on the pull request, or on the issue that it is for); empty: always."""
    from_: Annotated[Approvers, Field(alias="from")]
    count: Annotated[int, Field(ge=1, le=20)] = 1
    """How many different people."""
    least: Role = "write"
    """Somebody named as user, team or owner must still have at least this role here."""


class Merging(Contract):
    """Whether and how Graftsman merges its own pull requests."""

    when: Literal["never", "approved"] = "never"
    """`approved`: as soon as every gate is open."""
    how: Literal["merge", "queue", "auto"] = "merge"
    """Merge at once, put into the merge queue, or enable GitHub's auto-merge."""
    method: Literal["merge", "squash", "rebase"] = "merge"
    """GitHub's merge methods; a merge queue has its own."""


class Waivers(Contract):
    """Reviewed, bounded exceptions from the spec guard."""

    from_: Annotated[People, Field(alias="from")] = People(permission="maintain")
    rules: tuple[Glob, ...] = ("*",)
    """Which of the spec guard's rules may be waived at all."""
    days: Annotated[int, Field(ge=1, le=365)] = 14
    """A waiver ends so many days after its review."""


class CommandRule(Contract):
    """Who may give one slash command; what is left out stays as the command has it."""

    permission: Role | None = None
    """The least role, in the place of the command's own."""
    users: tuple[Login, ...] = ()
    """These may give it as well, with at least read access."""
    teams: tuple[Team, ...] = ()
    """Their members may give it as well, with at least read access."""
