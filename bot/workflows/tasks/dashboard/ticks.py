"""Ticks on the dashboard: who gave them, may they, and was it done before?

GitHub's history of the issue's body says who ticked, never the text. An order is named after the edit that gave it:
it is carried out once, whatever is delivered twice and wherever a kill comes. What is carried out is told in the
ledger; the box is put back by the next rendering.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from typing import Final

from bot.contracts.github import BodyHistory
from bot.contracts.policy import CommandRule
from bot.planning.rights import NO_RULE, least
from bot.planning.tasks.board.ticks import Given, given, orders_in
from bot.workflows import names
from bot.workflows.orders.rights import Giver, right_of
from bot.workflows.tasks.dashboard.acts import RIGHTS, Did, Doing, do
from bot.workflows.tasks.dashboard.board import VIA, Board, Tick, load_board, save_board
from bot.workflows.tasks.dashboard.find import find_dashboard
from bot.workflows.tasks.pull import END
from bot.workflows.tasks.world import TaskWorld
from templates import render

COMMANDS: Final = {"replay": "replay-all", "raise": "raise-limit", "lower": "lower-limit"}
"""What the ledger calls an act that is no slash command."""
FEW: Final = 10
MANY: Final = 100
"""So many versions of a page are asked for; GitHub gives no more at once."""


async def carry_out_ticks(world: TaskWorld, commands: Collection[str] = ()) -> None:
    """Carries out what was ticked on the dashboard, by those who may; what became of it is remembered for it.

    ``commands``: the slash commands that there are; where the settings have a rule for another one, nothing is carried
    out, as with comments. Call it before anything is decided: orders change what is. Raises ``WorldError``.
    """
    if not world.settings.dashboard:
        return
    issue = await find_dashboard(world)
    if issue is None or issue.state != "open":
        return
    scene = world.scene
    board = await load_board(scene.ctx, scene.github.full_name)
    if not board.dirty and not orders_in(issue.body, END):
        return
    history = await _history(world, issue.number, board)
    for order in given(history, scene.github.bot_login, END, board.seen):
        board.add(await _one(world, board, issue.number, order, commands))
    board.dirty = False
    if history.edits:
        board.seen = history.edits[-1].id
    await save_board(scene.ctx, scene.github.full_name, board)


async def _history(world: TaskWorld, issue: int, board: Board) -> BodyHistory:
    """The versions of the page back to where they are known: few mostly, as each is a whole page."""
    github = world.scene.github
    history = await github.body_history(issue, FEW)
    known = (edit.login == github.bot_login if board.seen is None else edit.id == board.seen for edit in history.edits)
    return history if history.complete or any(known) else await github.body_history(issue, MANY)


async def _one(world: TaskWorld, board: Board, issue: int, order: Given, commands: Collection[str]) -> Tick:
    ctx, github, act = world.scene.ctx, world.scene.github, order.act
    key = order_key(order)
    at = world.scene.now if order.edit is None else order.edit.at
    tick = Tick(key=key, kind=act.kind, number=act.number, by=order.by, at=at, outcome="done")
    for event in await ctx.ledger.of_order(github.full_name, key):
        if event.type == "ORDER_CARRIED_OUT":  # and a kill came before the box was put back
            return tick.model_copy(update={"count": int(event.details.get("count", "0"))})
    refused = await _refused(world, board, order, commands)
    if refused is not None:
        return tick.model_copy(update=refused)
    did = await do(Doing(world, act, key, _who(order), issue))
    if did.outcome == "done":
        await _tell(world, issue, order, key, did)
    return tick.model_copy(update={"outcome": did.outcome, "pull": did.pull, "count": did.count})


def _who(order: Given) -> str:
    """Whose edit it stands in for the first time; others may have given it as well where a version is gone."""
    return order.edit.login if order.edit is not None else order.by[-1]


def order_key(order: Given) -> str:
    """How an order is found again: by what it says and the edit that gave it."""
    edit = order.edit.id if order.edit is not None else "unknown"
    return f"tick-{hashlib.sha256(edit.encode()).hexdigest()[:16]}/{order.act.name}"


async def _refused(world: TaskWorld, board: Board, order: Given, commands: Collection[str]) -> dict[str, str] | None:
    """Why an order is not carried out, before it is looked at what it is about; ``None`` where it may be."""
    if not order.by:
        return {"outcome": "unknown"}
    if board.closed:  # ticked while it was closed: that was no order then, and it would surprise now
        return {"outcome": "while-closed"}
    rules = world.scene.settings.commands
    if commands and set(rules) - set(commands):
        return {"outcome": "unread-rules"}
    right = RIGHTS[order.act.kind]
    rule: CommandRule = rules.get(right.command, NO_RULE)
    for login in order.by:
        giver = Giver(login, await world.scene.github.permission(login))
        if not (await right_of(world.scene.github, giver, right.permission, rule)).granted:
            needs = render("comments/orders/who-may.md", permission=least(right.permission, rule), rule=rule)
            return {"outcome": "not-allowed", "needs": needs.strip()}
    return None


async def _tell(world: TaskWorld, issue: int, order: Given, key: str, did: Did) -> None:
    """Says in the ledger that it was carried out; that names the task, so that its start is found to be asked for."""
    act = order.act
    details = {"command": COMMANDS.get(act.kind, act.kind), "act": act.kind, "via": VIA, "state": "done"}
    if order.edit is not None:
        details["seen"] = order.edit.at.isoformat()
    others = [login for login in order.by if login != _who(order)]
    if others:
        details["with"] = ",".join(others)
    if did.count:
        details["count"] = str(did.count)
    await world.scene.record(
        "ORDER_CARRIED_OUT",
        issue=act.number or issue,
        subject=names.task_subject(act.number) if act.number else names.order_subject(key),
        order=key,
        actor=_who(order),
        details=details,
    )
