"""Who started a migration or task, and may they?

Read from the timeline and the ledger, never from the text (laws 6 and 7).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from bot.contracts.github import LabelEvent
from bot.contracts.policy import CommandRule, Role
from bot.planning.rights import NO_RULE
from bot.workflows import names
from bot.workflows.context import Context
from bot.workflows.orders.rights import Giver, right_of
from bot.workflows.ports import GitHub

WRITERS = frozenset({"admin", "maintain", "write"})
COMMAND: Final = "migrate"
PERMISSION: Final[Role] = "write"
"""What whoever orders a migration must have, unless the settings say otherwise."""

State = Literal["granted", "not-labelled", "labeller-may-not-write", "edited-since", "order-not-found"]


@dataclass(frozen=True, slots=True)
class Authorisation:
    """Whether the migration may go on, and why."""

    state: State
    who: str = ""
    """Who labelled it or ordered it; for ``edited-since``, who edited it."""
    asked: tuple[str, ...] = ()
    """All who ever asked for it, by label or by order: none of them approves the plan."""

    @property
    def granted(self) -> bool:
        """Whether work may go on."""
        return self.state == "granted"


@dataclass(frozen=True, slots=True)
class Started:
    """An order to start: by whom, carried out when, on the text as it was when."""

    who: str
    at: datetime
    seen: datetime


async def authorise(
    ctx: Context, github: GitHub, issue: int, label: str, rule: CommandRule | None = None, *, command: str = COMMAND
) -> Authorisation:
    """Decides by the latest time the label was put on, or by the order that put it there, and by edits since then.

    A label put on by the bot counts only with an order of somebody who may still give it (``rule`` is the settings'
    for ``command``); an order also mends a label by somebody who may not. An edit by somebody who may write is theirs
    to make; by anybody else it needs the label or the order anew. GitHub's times are whole seconds, so an edit in the
    very second counts as after it.
    """
    events = [event for event in await github.label_events(issue) if event.label.lower() == label]
    if not events or events[-1].event != "labeled":
        return Authorisation("not-labelled")
    orders = await _orders(ctx, github, issue, command)
    asked = _asked(events, orders, github.bot_login)
    labelled = events[-1]
    by_label = Authorisation("order-not-found", labelled.actor, asked)
    if labelled.actor != github.bot_login:
        may = await github.permission(labelled.actor) in WRITERS
        by_label = await _decided(github, issue, labelled.actor, labelled.created_at, asked, may=may)
    if by_label.granted or not orders:
        return by_label
    newest = orders[-1]
    if labelled.actor != github.bot_login and newest.at < labelled.created_at:
        return by_label  # somebody put the label on after that order
    giver = Giver(newest.who, await github.permission(newest.who))
    right = await right_of(github, giver, PERMISSION, rule or NO_RULE)
    return await _decided(github, issue, newest.who, newest.seen, asked, may=right.granted)


async def who_asked(ctx: Context, github: GitHub, issue: int, label: str, *, command: str = COMMAND) -> frozenset[str]:
    """All who ever asked for a migration or task, by label or order, whatever became of that. Raises ``WorldError``."""
    events = [event for event in await github.label_events(issue) if event.label.lower() == label]
    return frozenset(_asked(events, await _orders(ctx, github, issue, command), github.bot_login))


async def _decided(
    github: GitHub, issue: int, who: str, since: datetime, asked: tuple[str, ...], *, may: bool
) -> Authorisation:
    if not may:
        return Authorisation("labeller-may-not-write", who, asked)
    edit = await github.last_edit(issue)
    edited_since = edit is not None and edit.at >= since and edit.login != who
    if edit is not None and edited_since and await github.permission(edit.login) not in WRITERS:
        return Authorisation("edited-since", edit.login, asked)
    return Authorisation("granted", who, asked)


def _asked(events: Sequence[LabelEvent], orders: Sequence[Started], bot: str) -> tuple[str, ...]:
    people = [event.actor for event in events if event.event == "labeled" and event.actor != bot]
    return tuple(dict.fromkeys([*people, *(order.who for order in orders)]))


async def _orders(ctx: Context, github: GitHub, issue: int, command: str) -> list[Started]:
    """The orders to start that were carried out on this issue, oldest first, as the ledger tells them."""
    found = []
    # What is ticked on the dashboard is told of the task, not of a comment.
    ticked = await ctx.ledger.events(github.full_name, subject=names.task_subject(issue))
    for event in sorted([*await ctx.ledger.about(github.full_name, issue), *ticked], key=lambda event: event.at):
        told = event.details
        if event.type == "ORDER_CARRIED_OUT" and told.get("command") == command and "order" in told:
            seen = datetime.fromisoformat(told["seen"]) if "seen" in told else event.at
            found.append(Started(event.actor, event.at, seen))
    return found
