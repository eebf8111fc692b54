"""An order: one slash command of one comment, with everything that carrying it out needs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from bot.contracts.event import EventType
from bot.contracts.github import Comment, Issue, Pull
from bot.contracts.policy import Role
from bot.errors import Refusal
from bot.planning.commands import Block, parse
from bot.planning.commands import Command as Written
from bot.workflows import names
from bot.workflows.orders.order_records import OrderRecord
from bot.workflows.orders.rights import Rights
from bot.workflows.scene import RepositoryScene, run_id

Permission = Role
LINES_BEFORE = 3
"""So many lines before a block belong to it: one of them may name a file."""
MOST_SAID = 500
"""So many characters of what became of an order are kept in the ledger."""


class Command(Protocol):
    """What the registry (``handlers.commands``) says of a command."""

    @property
    def name(self) -> str:
        """In lower case."""
        ...

    @property
    def summary(self) -> str:
        """What it does, in one sentence."""
        ...

    @property
    def usage(self) -> str:
        """How it is written."""
        ...

    @property
    def permission(self) -> Permission:
        """What whoever gives it must have at least."""
        ...

    @property
    def run(self) -> Callable[[Order], Awaitable[OrderRecord]]:
        """Carries it out. Raises ``Refusal``, ``WorldError``."""
        ...

    @property
    def found_by_effect(self) -> bool:
        """Whether what it did can be found again in git and the ledger's events of it: then it may be run again."""
        ...

    @property
    def looks_again(self) -> bool:
        """Whether what it was given on is to be reconciled once it is carried out."""
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
    rights: Rights
    commands: Mapping[str, Command] = field(default_factory=dict)
    """All there are, by name."""

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

    def own_words(self) -> None:
        """Raises ``Refusal`` (``edited-by-another``) unless the author alone wrote the comment.

        For what counts as said by a person, and not only as allowed to them.
        """
        if self.rights.editor:
            raise Refusal("edited-by-another", values={"command": self.written.name, "editor": self.rights.editor})

    async def tell(self, kind: EventType, **details: str) -> None:
        """Says in the ledger what became of the order; saying the same again stores nothing."""
        await self.scene.record(
            kind,
            issue=self.issue.number,
            subject=names.order_subject(self.key),
            order=self.key,
            actor=self.comment.user,
            pull=self.pull.number if self.pull is not None else None,
            details={"command": self.written.name, **{name: text[:MOST_SAID] for name, text in details.items()}},
        )


def order_key(comment: int, written: Written) -> str:
    """How an order is found again."""
    return f"comment-{comment}/{written.key}"


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
