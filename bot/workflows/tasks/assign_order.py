"""``/assign LANE``: moves a task to another lane, and to whom it belongs there."""

from __future__ import annotations

from bot.workflows import names
from bot.workflows.landing.apply_patch import task_pull
from bot.workflows.orders.assign import assignable
from bot.workflows.orders.order_records import OrderRecord
from bot.workflows.orders.orders import Order
from bot.workflows.tasks.at_order import book_of
from bot.workflows.tasks.book import save_book
from bot.workflows.tasks.lanes import hand_over
from templates import render


def lane_named(order: Order) -> tuple[str | None, tuple[str, ...]]:
    """The lane that one word of an order names, and the other words; ``None`` where no word or several do."""
    lanes = order.scene.settings.tasks.lanes
    found = [word for word in order.written.arguments if word.lower().removeprefix(names.LANE) in lanes]
    if len(found) != 1:
        return None, order.written.arguments
    others = tuple(word for word in order.written.arguments if word not in found)
    return found[0].lower().removeprefix(names.LANE), others


async def assign_lane(order: Order, number: int, lane: str, people: tuple[str, ...] = ()) -> OrderRecord:
    """Moves the task: its label, and its owner, or the ``people`` named, on issue and pull request.

    Raises ``Refusal`` (``not-assignable``) before anything is moved, ``WorldError``.
    """
    logins = await assignable(order, people)
    github, lanes = order.scene.github, order.scene.settings.tasks.lanes
    issue = order.issue if order.pull is None else await github.issue(number)
    label = f"{names.LANE}{lane}"
    before = [each for each in issue.labels if each.lower().startswith(names.LANE) and each.lower() != label]
    if label not in {each.lower() for each in issue.labels}:
        await github.add_labels(number, (label,))
    for each in before:
        await github.remove_label(number, each)
    pull = await task_pull(order.scene, number)
    given = await hand_over(github, issue, pull, lanes, lane, ordered=True, named=logins)
    book = await book_of(order.scene)
    if book.known and number in book.tasks:  # else the next look would take those off who were named and left a lane
        book.tasks[number].lane = lane
        await save_book(order.scene.ctx, github.full_name, book)
    return order.record("done", text=render("comments/orders/assign-lane.md", lane=lane, logins=given))
