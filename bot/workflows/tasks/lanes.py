"""Whose a task is: who hands it over and who takes it when it moves to another lane."""

from __future__ import annotations

from collections.abc import Mapping

from bot.contracts.github import Issue, Pull
from bot.contracts.task import Lane
from bot.workflows.ports import GitHub


async def hand_over(
    github: GitHub,
    issue: Issue,
    pull: Pull | None,
    lanes: Mapping[str, Lane],
    lane: str,
    *,
    ordered: bool = False,
    named: tuple[str, ...] = (),
) -> tuple[str, ...]:
    """Takes the people of other lanes off issue and pull request, and assigns the owner of this one, or those named.

    Where nobody leaves, nobody is assigned unless that was ``ordered``: whom people took off stays off; and where
    somebody else stays assigned, they have it. Gives who was assigned. Raises ``WorldError``.
    """
    mine = (*(lanes[lane].people if lane in lanes else ()), *named)
    others = {login.lower() for name, told in lanes.items() if name != lane for login in told.people}
    leaving = [login for login in issue.assignees if login.lower() in others - {login.lower() for login in mine}]
    stays = any(login not in leaving for login in issue.assignees)
    people = named or (mine[:1] if (leaving or ordered) and not stays else ())
    for place in (issue.number, *((pull.number,) if pull is not None else ())):
        if people:
            await github.assign(place, people)
        if leaving:
            await github.unassign(place, leaving)
    return people
