"""What stands on an issue in the place of where its task stands: that no task can be looked at, or that it is none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bot.contracts.github import Issue
from bot.errors import Refusal
from bot.workflows.alone import alone
from bot.workflows.bodies import refusal_text
from bot.workflows.context import Context
from bot.workflows.ports import GitHub
from bot.workflows.status_comment import show
from bot.workflows.tasks.book import Book
from templates import render

MOST: Final = 20
"""On so many issues it is said at once that the settings cannot be read; the newest ones are being waited for."""


async def asides(ctx: Context, full_name: str) -> set[int]:
    """The issues whose comment says something in the place of where the task stands."""
    return set(await ctx.memory.get(_key(full_name)) or ())


async def say_aside(ctx: Context, github: GitHub, number: int, text: str) -> None:
    """Says it, until the task's state is said there again. Raises ``WorldError``."""
    known = await asides(ctx, github.full_name)
    if number not in known:  # before it is said: a kill leaves one too many there, which is harmless
        await ctx.memory.set(_key(github.full_name), sorted({*known, number}))
    await show(ctx, github, number, "task", text)


async def is_said(ctx: Context, full_name: str, number: int) -> None:
    """The task's state is said there again."""
    known = await asides(ctx, full_name)
    if number in known:
        await ctx.memory.set(_key(full_name), sorted(known - {number}))


async def say_unread(ctx: Context, github: GitHub, listed: Sequence[Issue], book: Book, refusal: Refusal) -> None:
    """Tells those who wait for a new task why nothing comes: the settings cannot be read. Raises ``WorldError``."""
    text = render("comments/task/unread.md", refusal=refusal_text(refusal))
    new = [one.number for one in listed if one.state == "open" and _is_new(book, one.number)]
    for number in sorted(new, reverse=True)[:MOST]:
        with alone(github.full_name, number):
            await say_aside(ctx, github, number, text)


def _is_new(book: Book, number: int) -> bool:
    return number not in book.tasks or book.tasks[number].state is None


def _key(full_name: str) -> str:
    return f"task-asides:{full_name.lower()}"
