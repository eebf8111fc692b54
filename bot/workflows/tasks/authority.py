"""Who asked for a task, and may they? From the timeline, the ledger and our own issues, never from people's text."""

from __future__ import annotations

from typing import Final

from bot.contracts.github import Issue
from bot.planning.rights import NO_RULE
from bot.reports.markers import marker_of
from bot.workflows import names
from bot.workflows.authorise import PERMISSION, WRITERS, Authorisation, authorise, who_asked
from bot.workflows.context import Context
from bot.workflows.orders.rights import Giver, right_of
from bot.workflows.ports import GitHub
from bot.workflows.tasks.book import STARTS
from bot.workflows.tasks.world import TaskWorld

START: Final = "start"
IMPORT: Final = "task-import"
IMPORT_COMMAND: Final = "import"
OPERATOR: Final = "operator"
"""Whoever runs the command line with the App's own key."""


async def may_start(world: TaskWorld, number: int) -> Authorisation:
    """Whether somebody who may has asked for a task, and who. Raises ``WorldError``."""
    github, issue = world.scene.github, world.issues[number]
    rule = world.scene.settings.commands.get(START)
    leave = await authorise(world.scene.ctx, github, number, names.TASK_LABEL, rule, command=START)
    if leave.state == "order-not-found":
        brought = await _brought_in(world, issue)
        if brought is not None:
            return brought
    return leave


async def _brought_in(world: TaskWorld, issue: Issue) -> Authorisation | None:
    """An issue of ours that a plan was brought in with: whoever brought it asked for it."""
    ctx, github = world.scene.ctx, world.scene.github
    marker = marker_of(issue.body)
    if issue.user != github.bot_login or marker is None or marker.kind != IMPORT:
        return None
    told = await creators(ctx, github.full_name, issue.number)
    who = next(iter(told), marker.fields.get("by", OPERATOR))
    if who != OPERATOR:  # as with a label or an order: by what they may now
        giver = Giver(who, await github.permission(who))
        rule = world.scene.settings.commands.get(IMPORT_COMMAND, NO_RULE)
        if not (await right_of(github, giver, PERMISSION, rule)).granted:
            return Authorisation("labeller-may-not-write", who, (who,))
    edit = await github.last_edit(issue.number)
    if edit is None or edit.login in {github.bot_login, who}:
        return Authorisation("granted", who, (who,))
    if await github.permission(edit.login) not in WRITERS:
        return Authorisation("edited-since", edit.login, (who,))
    return Authorisation("granted", who, (who, edit.login))


async def creators(ctx: Context, full_name: str, issue: int) -> tuple[str, ...]:
    """Who brought a task in, as the ledger tells."""
    events = await ctx.ledger.events(full_name, subject=names.task_subject(issue))
    return tuple(dict.fromkeys(event.actor for event in events if event.type == "TASK_CREATED"))


async def who_asked_for_task(ctx: Context, github: GitHub, issue: int) -> frozenset[str]:
    """All who ever asked for a task: by label, by order or tick, or by bringing a plan in. Raises ``WorldError``.

    Where it is not known who of several ticked, all of them.
    """
    asked = await who_asked(ctx, github, issue, names.TASK_LABEL, command=START)
    told = [
        *await ctx.ledger.about(github.full_name, issue),  # commands on the issue
        *await ctx.ledger.events(github.full_name, subject=names.task_subject(issue)),  # ticks
    ]
    ticked = [event for event in told if event.type == "ORDER_CARRIED_OUT" and event.details.get("command") in STARTS]
    for event in ticked:
        asked |= {event.actor, *(login for login in event.details.get("with", "").split(",") if login)}
    return asked | frozenset(await creators(ctx, github.full_name, issue))
