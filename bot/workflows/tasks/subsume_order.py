"""``/subsume #9 #10`` on an epic: they close as subsumed, and whoever waited for them waits for it.

What is new comes first and what is old goes last, so that nothing is free to start in between; a repetition after a
kill does what was left.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from bot.errors import Place, Refusal
from bot.planning.tasks.model import Graph
from bot.planning.tasks.subsume import Subsumed, subsume
from bot.workflows import names
from bot.workflows.orders.order_records import OrderRecord
from bot.workflows.orders.orders import Order
from bot.workflows.tasks.at_order import needs_task, tasks_now
from bot.workflows.tasks.book import save_book
from bot.workflows.tasks.world import TaskWorld, by_id
from templates import render

MOST: Final = 100
"""GitHub lets an issue have so many sub-issues."""
_NUMBER: Final = re.compile(r"#?([1-9][0-9]{0,8}),?")


async def subsume_tasks(order: Order) -> OrderRecord:
    """Carries it out. Raises ``Refusal``: ``no-task``, ``subsume-nothing``, ``relations-missing``, and those of
    ``bot.planning.tasks.subsume``; then nothing is changed. ``WorldError``.
    """
    epic, numbers = needs_task(order), _numbers(order)
    looked = await tasks_now(order.scene)
    world = looked.world
    if not world.native:
        raise Refusal("relations-missing")
    plan = subsume(_before(world, looked.graph, epic, numbers), epic, numbers)
    await _note(order, world, plan)
    await _hand_over(order, world, plan)
    return order.record("done", text=render("comments/orders/subsume.md", numbers=plan.numbers, added=plan.add))


def _numbers(order: Order) -> tuple[int, ...]:
    words = [_NUMBER.fullmatch(word) for word in order.written.arguments]
    found = tuple(dict.fromkeys(int(word[1]) for word in words if word))
    if not found or not all(words) or len(found) > MOST:
        raise Refusal("subsume-nothing", Place("comment", order.written.line), {"most": MOST})
    return found


def _before(world: TaskWorld, graph: Graph, epic: int, numbers: Sequence[int]) -> Graph:
    """The graph as it was before this very order, where a kill came in the middle of it."""
    done = [n for n in numbers if n in graph and graph[n].closed and world.book.of(n).subsumed_by == epic]
    return Graph({**graph.tasks, **{n: replace(graph[n], closed="", subsumed_by=None) for n in done}})


async def _note(order: Order, world: TaskWorld, plan: Subsumed) -> None:
    """Before anything closes: else it would look as if somebody had dropped it."""
    for number in plan.numbers:
        world.book.of(number).subsumed_by = plan.epic
        await order.scene.record(
            "TASK_SUBSUMED",
            issue=number,
            subject=names.task_subject(number),
            order=order.key,
            actor=order.comment.user,
            details={"epic": str(plan.epic)},
        )
    await save_book(order.scene.ctx, order.scene.github.full_name, world.book)


async def _hand_over(order: Order, world: TaskWorld, plan: Subsumed) -> None:
    github = order.scene.github
    for waits, on in plan.add:
        await github.add_blocked_by(waits, _id(world, on))
    for waits, on in plan.remove:
        await github.remove_blocked_by(waits, _id(world, on))
    for number in plan.numbers:
        issue = world.issues[number]
        if issue.parent != plan.epic:
            await github.add_sub_issue(plan.epic, issue.id, replace_parent=True)
        if issue.state == "open":
            await github.update_issue(number, state="closed", state_reason="not_planned")


def _id(world: TaskWorld, number: int) -> int:
    """GitHub's id of an issue of the graph."""
    return -number if number < 0 else by_id(world)[number].id
