"""The merge forecast of a repository with tasks: a task's pull request goes after those of what it waits for."""

from __future__ import annotations

from bot.planning.tasks.model import Graph
from bot.workflows.forecast.read import read_forecast
from bot.workflows.forecast.tell import tell_pulls
from bot.workflows.forecast.text import forecast_text
from bot.workflows.tasks.world import TaskWorld


async def keep_forecast(world: TaskWorld, graph: Graph) -> str:
    """Tells those pull requests of Graftsman's that will collide with one ahead of them; gives the whole for people.

    Raises ``WorldError``.
    """
    open_pulls = {pull.number: pull for pull in world.open_pulls}
    open_pulls |= {pull.number: pull for pull in world.pulls.values()}
    still = [pull for pull in open_pulls.values() if pull.state == "open"]
    forecast = await read_forecast(world.scene, still, _after(world, graph))
    await tell_pulls(world.scene, forecast)
    return forecast_text(forecast)


def _after(world: TaskWorld, graph: Graph) -> dict[int, list[int]]:
    """For each task's pull request, those of the open tasks that it waits for."""
    return {
        pull.number: [
            world.pulls[other].number
            for other in graph[number].blocked_by
            if other in world.pulls and world.pulls[other].state == "open"
        ]
        for number, pull in world.pulls.items()
        if number in graph
    }
