"""What a slash command is to the registry: its words for people, where and by whom it may be given, what it runs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

from bot.workflows.orders.order_records import OrderRecord
from bot.workflows.orders.orders import Order, Permission

Where = Literal["pull", "issue", "both"]
Run = Callable[[Order], Awaitable[OrderRecord]]
"""Carries out one order (``bot.workflows.orders.orders``), once for each command of a comment."""


@dataclass(frozen=True, slots=True)
class Command:
    """One slash command, as dispatch, ``/help`` and the docs see it."""

    name: str
    summary: str
    """What it does, in one sentence."""
    usage: str
    """How it is written: ``/apply [@oid]``."""
    where: Where
    run: Run
    details: str = ""
    """More of it for the docs: plain paragraphs."""
    permission: Permission = "write"
    """What whoever gives it must have at least."""
    payload: bool = False
    """Whether it takes the fenced blocks of its comment (``bot.planning.commands.PAYLOADS``)."""
    found_by_effect: bool = False
    """Whether what it did is found again by its commit or by events of its own, so that it may be run again."""
    looks_again: bool = True
    """Whether its issue or pull request is reconciled once it is carried out; not for those that only answer."""

    def stands_on(self, *, pull: bool) -> bool:
        """Whether it may be given on a pull request, or else on an issue."""
        return self.where in {"both", "pull" if pull else "issue"}
