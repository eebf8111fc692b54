"""Starting and retrying a task by somebody's word, whether it came in a comment or by a tick on the dashboard."""

from __future__ import annotations

from bot.workflows.scene import RepositoryScene
from bot.workflows.tasks.book import Book, save_book
from bot.workflows.tasks.start import attempt_prefix


async def start_by_order(scene: RepositoryScene, book: Book, number: int) -> None:
    """Takes note that a task's start was ordered; a pull request of it that is decided makes room for another one."""
    record = book.of(number)
    await scene.ctx.intents.forget(attempt_prefix(scene, number, record.superseded))
    record.superseded = max(record.superseded, record.pull or 0)
    record.ordered, record.barred = True, ""
    await save_book(scene.ctx, scene.github.full_name, book)


def can_retry(book: Book, number: int) -> bool:
    """Whether there is something to try again, given that no pull request is open."""
    record = book.of(number)
    return record.pull is not None or bool(record.barred)
