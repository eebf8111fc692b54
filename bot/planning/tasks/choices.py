"""What to take next, and what speaks for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from bot.planning.tasks.limits import utc
from bot.planning.tasks.model import Choice, Reason
from bot.planning.tasks.net import Net
from bot.planning.tasks.relations import Relations
from bot.planning.tasks.starting import Starts

MOST_NAMED: Final = 20
"""So many tasks that wait directly are named."""


def choices(
    found: Relations, made: Net, chosen: Starts, now: datetime, height: Sequence[float], counts: Sequence[int]
) -> tuple[Choice, ...]:
    """All that could be worked on: first what somebody could start now, then what a limit holds, then what has its
    paths taken; each in the order in which they would start.
    """
    at = {number: vertex for vertex, number in enumerate(made.numbers[: made.real])}
    longest = max((height[vertex] for vertex in range(made.real) if made.counted[vertex]), default=0.0)
    ranked = sorted(chosen.ranked, key=lambda number: _class(chosen, number))
    return tuple(
        Choice(number, _reasons(found, made, chosen, now, at[number], height[at[number]] == longest, counts))
        for number in ranked
    )


def _class(chosen: Starts, number: int) -> int:
    if number in chosen.starting:
        return 0
    if number in chosen.taken:
        return 2
    return 0 if all(reason.code == "autopilot-off" for reason in chosen.held[number]) else 1


def _reasons(
    found: Relations,
    made: Net,
    chosen: Starts,
    now: datetime,
    vertex: int,
    longest: bool,
    counts: Sequence[int],
) -> tuple[Reason, ...]:
    number = made.numbers[vertex]
    task = found.graph[number]
    reasons: list[Reason] = []
    if counts[vertex]:
        reasons.append(Reason("critical-path" if longest else "behind", (counts[vertex],)))
    reasons.append(Reason("priority", (), (task.priority,)))
    if task.created is not None:
        reasons.append(Reason("age", (), (str(max(0, (utc(now) - utc(task.created)).days)),)))
    taken: Mapping[int, Reason] = chosen.taken
    if number in taken:
        reasons.append(taken[number])
    elif chosen.where[number]:
        reasons.append(Reason("free-paths"))
    epic = found.family.epic.get(number)
    waiting = [made.numbers[other] for other in made.dependants[vertex] if made.counted[other]]
    direct = sorted(other for other in waiting if other != epic)
    if direct:
        reasons.append(Reason("unblocks", tuple(direct[:MOST_NAMED])))
    return tuple(reasons)
