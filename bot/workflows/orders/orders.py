"""An order: one slash command of one comment, with everything that carrying it out needs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

from bot.contracts.github import Comment, Issue, Pull
from bot.planning.commands import Block, parse
from bot.planning.commands import Command as Written
from bot.workflows.orders.order_records import OrderRecord
from bot.workflows.scene import RepositoryScene, run_id

Permission = Literal["read", "triage", "write", "maintain", "admin"]
LINES_BEFORE = 3
"""So many lines before a block belong to it: one of them may name a file."""
_RANKS: Mapping[str, int] = {"none": 0, "read": 1, "triage": 2, "write": 3, "maintain": 4, "admin": 5}


class Command(Protocol):
    """What the registry (``handlers.commands``) says of a command."""

    @property
    def name(self) -> str:
        """In lower case."""
        ...

    @property
    def permission(self) -> Permission:
        """What whoever gives it must have at least."""
        ...

    @property
    def run(self) -> Callable[[Order], Awaitable[OrderRecord]]:
        """Carries it out. Raises ``Refusal``, ``WorldError``."""
        ...

    def stands_on(self, *, pull: bool) -> bool:
        """Whether it may be given on a pull request, or else on an issue."""
        ...


@dataclass(frozen=True)
class Order:
    """One command, as somebody gave it who may."""

    scene: RepositoryScene
    issue: Issue
    pull: Pull | None
    comment: Comment
    written: Written
    records: tuple[OrderRecord, ...]
    """What was ordered on this issue or pull request before."""

    @property
    def key(self) -> str:
        """The order's name, for ever: its comment and what was written."""
        return order_key(self.comment.id, self.written)

    @property
    def run(self) -> str:
        """The run that carries it out."""
        return run_id(self.scene.github.full_name, self.key)

    def record(self, state: str, **more: object) -> OrderRecord:
        """A record of this order."""
        values = {"order": self.key, "command": self.written.name, "by": self.comment.user, "at": self.scene.now}
        return OrderRecord.model_validate({**values, "state": state, **more})


def order_key(comment: int, written: Written) -> str:
    """How an order is found again."""
    return f"comment-{comment}/{written.key}"


def may(role: str, wanted: Permission) -> bool:
    """Whether a role is as much as a command wants."""
    return _RANKS.get(role, 0) >= _RANKS[wanted]


def lesser(one: str, other: str) -> str:
    """The role of two that allows less."""
    return min(one, other, key=lambda role: _RANKS.get(role, 0))


def payload(body: str, written: Written) -> bytes:
    """The part of a comment that a command is given, every line where it stands, so that places are the comment's.

    A line before a block may name its file. Without a block it is the whole comment but for its commands.
    """
    if not written.blocks and parse(body).blocks:
        return b""  # the blocks are another command's
    lines = body.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    inside = {number for block in written.blocks for number in range(block.line - 1, block.line + _height(block) + 1)}
    first = max(min(inside, default=1) - LINES_BEFORE, 1)
    last = max(inside, default=len(lines))
    kept = [
        line if first <= number <= last and (number in inside or not line.startswith("/")) else ""
        for number, line in enumerate(lines, 1)
    ]
    return "\n".join(kept).encode("utf-8", "surrogatepass")


def _height(block: Block) -> int:
    return len(block.text.replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n").split("\n"))
