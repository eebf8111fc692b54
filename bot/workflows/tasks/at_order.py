"""The task that an order is about: the issue that it stands on, or the one whose pull request that is."""

from __future__ import annotations

from collections.abc import Collection

from bot.errors import Refusal
from bot.workflows import names
from bot.workflows.orders.orders import Order
from bot.workflows.scene import RepositoryScene
from bot.workflows.tasks.book import Book, load_book
from bot.workflows.tasks.reconcile_tasks import Looked, look_and_decide
from bot.workflows.tasks.world import has_label


def task_at(order: Order) -> int | None:
    """The number of the task's issue; ``None`` where an order is about none."""
    if order.pull is None:
        return order.issue.number if has_label(order.issue.labels, names.TASK_LABEL) else None
    here = order.pull.head.repo is not None
    same = here and order.pull.head.repo.full_name.lower() == order.scene.github.full_name.lower()  # type: ignore[union-attr]
    return names.task_of_branch(order.pull.head.ref) if same else None


def needs_task(order: Order) -> int:
    """The same. Raises ``Refusal`` (``no-task``) where there is none."""
    number = task_at(order)
    if number is None:
        raise Refusal("no-task", values={"number": order.issue.number})
    return number


async def book_of(scene: RepositoryScene) -> Book:
    """What is remembered of the repository's tasks."""
    return await load_book(scene.ctx, scene.github.full_name, scene.now)


async def tasks_now(scene: RepositoryScene, ask: Collection[int] = ()) -> Looked:
    """All tasks as they are, and what the graph says; nothing is changed.

    Whether somebody who may has asked for them is looked up of those in ``ask`` alone. Raises ``WorldError``.
    """
    listed = await scene.github.issues(labels=[names.TASK_LABEL], state="all")
    return await look_and_decide(scene, await book_of(scene), listed, change=False, ask=ask)
