"""What is there of a plan already: the issues that the bot made for its tasks, found by one listing."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from bot.contracts.event import PatchEvent
from bot.contracts.github import Issue
from bot.contracts.task import TaskPlan
from bot.errors import WorldError
from bot.planning.tasks.plan_files.changes import Known, match
from bot.runs.intents import Intents
from bot.workflows import names
from bot.workflows.context import Ledger
from bot.workflows.events import event_id
from bot.workflows.ports import GitHub
from bot.workflows.tasks.plans.marks import Mark, known_issue, mark_of
from bot.workflows.tasks.plans.result import Note
from bot.workflows.tasks.world import AT_ONCE

MOVED: Final = 301
GONE: Final = frozenset({404, 410})


@dataclass(frozen=True)
class Kept:
    """The server's own records. Without them (on the command line) markers alone say what was made before."""

    intents: Intents
    ledger: Ledger
    now: datetime

    async def created(self, github: GitHub, plan: str) -> dict[str, int]:
        """The issues that were made for a plan's tasks, by the tasks' ids; from the ledger where this was forgotten."""
        start = prefix(github, plan)
        made = await self.intents.many(start)
        if not made:
            events = await self.ledger.events(github.full_name)
            mine = [each for each in events if each.type == "TASK_CREATED" and each.details.get("plan") == plan]
            return {each.details.get("id", ""): each.issue for each in mine if each.issue is not None}
        return {
            key.removeprefix(start).removesuffix("//issue"): int(intent.result["number"])
            for key, intent in made.items()
            if intent.state == "done" and intent.result is not None
        }

    async def tell(self, github: GitHub, made: Iterable[tuple[int, Mark]]) -> None:
        """Tells the ledger which issues were brought in, and by whom; each once."""
        name = github.full_name
        events = []
        for number, mark in made:
            subject, order = names.task_subject(number), f"import-{mark.plan}/{mark.id}"
            events.append(
                PatchEvent(
                    id=event_id(name.lower(), number, subject, "TASK_CREATED", None, order),
                    type="TASK_CREATED",
                    at=self.now,
                    repository=name,
                    issue=number,
                    subject=subject,
                    actor=mark.by,
                    details={"order": order, "plan": mark.plan, "id": mark.id},
                )
            )
        if events:
            await self.ledger.append(events)


def prefix(github: GitHub, plan: str) -> str:
    """Where the intents of a plan's issues begin."""
    return f"{github.full_name.lower()}!import/{plan}/"


def intent(github: GitHub, plan: str, task: str) -> str:
    """The intent of one task's issue. No task's id has two slashes that another one could go on with."""
    return f"{prefix(github, plan)}{task}//issue"


@dataclass
class There:
    """The bot's own issues, and what they are to the plan."""

    issues: dict[int, Issue]
    known: list[Known]
    native: bool
    """Whether the server knows dependencies and sub-issues, as far as its answers tell."""
    notes: list[Note] = field(default_factory=list)
    marks: dict[int, Mark] = field(default_factory=dict)


async def read_there(github: GitHub, plan: TaskPlan, kept: Kept | None) -> There:
    """One listing of all tasks; the relations of those that have some and are still open. Raises ``WorldError``."""
    listed = await github.issues(labels=[names.TASK_LABEL], state="all")
    there = There({}, [], native=all(issue.dependencies is not None for issue in listed))
    for issue in listed:
        if issue.user == github.bot_login:
            _take(there, issue, github.bot_login)
    if kept is not None:
        await _unlisted(github, plan, kept, there)
    await _relations(github, plan, there)
    return there


def _take(there: There, issue: Issue, bot: str) -> None:
    there.issues[issue.number] = issue
    mark = mark_of(issue, bot)
    if mark is not None:
        there.marks[issue.number] = mark
    there.known.append(known_issue(issue, bot))


async def _unlisted(github: GitHub, plan: TaskPlan, kept: Kept, there: There) -> None:
    """What was made before and is no task now: without its label it is still the one, and is not made again."""
    ids = {task.id for task in plan.tasks}
    found = {each.id for each in there.known if each.plan == plan.plan}
    for task, number in (await kept.created(github, plan.plan)).items():
        if number in there.issues or task in found or task not in ids:
            continue
        try:
            issue = await github.issue(number)
        except WorldError as error:
            status = getattr(error, "status", None)
            if status not in {MOVED, *GONE}:
                raise
            if status in GONE:  # deleted: it is made anew
                await kept.intents.forget(intent(github, plan.plan, task))
                continue
            issue = None
        here = issue is not None and issue.number == number and _here(issue, github)
        if issue is None or not here:
            there.notes.append(Note("moved", task, number))
            there.known.append(Known(number, "", plan=plan.plan, id=task, closed="not-planned"))
            continue
        _take(there, issue, github.bot_login)
        there.notes.append(Note("not-labelled", task, number))


def _here(issue: Issue, github: GitHub) -> bool:
    return not issue.repository or issue.repository.lower() == github.full_name.lower()


async def _relations(github: GitHub, plan: TaskPlan, there: There) -> None:
    mine = {each.number for each in match(plan, there.known).values() if not each.closed}
    asked = [
        number
        for number in sorted(mine)
        if (told := there.issues[number].dependencies) is not None and told.total_blocked_by
    ]
    waits: dict[int, tuple[int, ...]] = {}
    for at in range(0, len(asked), AT_ONCE):
        some = asked[at : at + AT_ONCE]
        for number, blockers in zip(some, await asyncio.gather(*map(github.blocked_by, some)), strict=True):
            waits[number] = tuple(each.number for each in blockers if _here(each, github))
    there.known = [replace(each, blocked_by=waits.get(each.number, ())) for each in there.known]
