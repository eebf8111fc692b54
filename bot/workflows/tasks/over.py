"""What is over: tasks that are none any more, epics whose parts are done, what was merged."""

from __future__ import annotations

from typing import Final

from bot.planning.tasks.model import Planned
from bot.workflows.alone import alone
from bot.workflows.gates.pull_scene import issue_or_none
from bot.workflows.tasks.asides import say_aside
from bot.workflows.tasks.finish import clear_away, is_over
from bot.workflows.tasks.labels import let_go
from bot.workflows.tasks.world import TaskWorld, is_here, is_task
from templates import render

MANY: Final = 5
"""When more tasks than that are none any more at once, it is rather the label that was renamed: no branch goes then."""


async def let_go_of_gone(world: TaskWorld) -> None:
    """Of those that are no tasks any more our labels go, and a branch that nobody worked on."""
    for number, pull in world.gone.items():
        issue = await issue_or_none(world.scene.github, number)
        if issue is not None and is_task(world.scene, issue):
            continue  # labelled again meanwhile, or the listing missed it: its pages shift while they are read
        few = len(world.gone) <= MANY
        cleared = pull is not None and few and await clear_away(world, number, pull)
        if issue is not None:
            with alone(world.scene.github.full_name, number):
                await let_go(world, issue)
                if few and issue.state == "open" and world.book.of(number).text and is_here(world.scene, issue):
                    text = render("comments/task/gone.md", pull=pull, cleared=cleared)
                    await say_aside(world.scene.ctx, world.scene.github, number, text)
        world.book.tasks.pop(number, None)
        if pull is not None and pull.merged_at is None:
            world.book.let_go[number] = pull.number
    for number, pull in list(world.pulls.items()):
        if is_over(world, number) and await clear_away(world, number, pull):
            del world.pulls[number]


async def close_done(world: TaskWorld, planned: Planned) -> None:
    """Closes the epics whose parts are done, and what was merged where GitHub's own keyword went out of the text.

    One that a person opened again stays open.
    """
    for number, issue in world.issues.items():
        made, pull = planned.decisions.get(number), world.pulls.get(number)
        merged = (
            pull is not None and pull.merged_at is not None and pull.base.ref == world.scene.repository.default_branch
        )
        epic = made is not None and made.action == "close-epic"
        if issue.state == "open" and issue.state_reason != "reopened" and (merged or epic):
            with alone(world.scene.github.full_name, number):
                await world.scene.github.update_issue(number, state="closed", state_reason="completed")
                closed = {"state": "closed", "state_reason": "completed", "closed_at": world.scene.now}
                world.issues[number] = issue.model_copy(update=closed)
