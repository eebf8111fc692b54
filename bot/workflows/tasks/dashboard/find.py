"""The dashboard issue: found again by what is remembered of it, by its label, by its marker; made once."""

from __future__ import annotations

from typing import Any, Final

from bot.contracts.github import Issue
from bot.errors import WorldError
from bot.reports.markers import Marker, marker_of
from bot.runs.intents import once
from bot.workflows import names
from bot.workflows.ports import GitHub
from bot.workflows.tasks.world import TaskWorld

MARKER: Final = Marker("dashboard")
GONE: Final = frozenset({301, 404, 410})
TITLE: Final = "Tasks: the dashboard"


def dashboard_key(repository: str) -> str:
    """The intent of making it."""
    return f"{repository.lower()}!dashboard"


async def find_dashboard(world: TaskWorld) -> Issue | None:
    """The dashboard that is there, as it is now; one that was deleted or transferred is forgotten.

    One that this database does not know of is looked for. Raises ``WorldError``.
    """
    ctx, github = world.scene.ctx, world.scene.github
    intent = await ctx.intents.get(dashboard_key(github.full_name))
    if intent.state == "done" and intent.result is not None:
        found = await _issue(github, int(intent.result["number"]))
        if found is None:  # a person deleted it: with the next look it is made anew
            await ctx.intents.forget(dashboard_key(github.full_name))
        return found
    chosen = _chosen(await _look_up(world))
    if chosen is not None:
        await ctx.intents.finish(dashboard_key(github.full_name), {"number": chosen.number})
    return chosen


async def make_dashboard(world: TaskWorld, body: str) -> tuple[Issue, bool]:
    """The dashboard, made where there is none; gives whether it was made now. Raises ``WorldError``."""
    ctx, github = world.scene.ctx, world.scene.github
    made: list[Issue] = []

    async def find() -> dict[str, Any] | None:
        chosen = _chosen(await _look_up(world))
        return None if chosen is None else {"number": chosen.number}

    async def make() -> dict[str, Any]:
        made.append(await github.create_issue(TITLE, body, [names.DASHBOARD_LABEL]))
        return {"number": made[0].number}

    result = await once(ctx.intents, dashboard_key(github.full_name), find=find, make=make, known_fresh=False)
    return (made[0], True) if made else (await github.issue(int(result["number"])), False)


async def _look_up(world: TaskWorld) -> list[Issue]:
    """Every dashboard of ours, by label; where the database was lost and none has it, by the marker alone.

    All but one are closed as duplicates. Our labels on tasks say that there was another database.
    """
    github = world.scene.github
    before = any(label.lower().startswith(names.STATUS) for issue in world.issues.values() for label in issue.labels)
    listed = await github.issues(labels=[names.DASHBOARD_LABEL], state="all")
    found = [issue for issue in listed if is_dashboard(github, issue)]
    if not found and not world.book.known and before:
        found = [issue for issue in await github.issues(state="all") if is_dashboard(github, issue)]
    chosen = _chosen(found)
    for other in found:
        if chosen is not None and other.number != chosen.number and other.state == "open":
            await github.update_issue(other.number, state="closed", state_reason="duplicate")
    return found


def is_dashboard(github: GitHub, issue: Issue) -> bool:
    """Whether an issue is a dashboard of ours; anybody's text can hold the marker."""
    return issue.user == github.bot_login and marker_of(issue.body.replace("\r\n", "\n")) == MARKER


def _chosen(found: list[Issue]) -> Issue | None:
    """The oldest open one, else the oldest."""
    return min(found, key=lambda issue: (issue.state != "open", issue.number), default=None)


async def _issue(github: GitHub, number: int) -> Issue | None:
    try:
        issue = await github.issue(number)
    except WorldError as error:
        if getattr(error, "status", None) not in GONE:
            raise
        return None
    here = not issue.repository or issue.repository.lower() == github.full_name.lower()
    return issue if here and issue.user == github.bot_login else None
