"""What a task's text says it depends on becomes GitHub's own issue dependencies, which are the truth from then on.

Each is made once: one that a person takes off natively stays off. One that goes out of the text goes natively, too,
where it came from the text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property

from bot.contracts.github import Issue
from bot.errors import Place, Refusal, WorldError
from bot.github.errors import InvalidError
from bot.planning.tasks.graph import circles_by_task, would_cycle
from bot.planning.tasks.model import Graph
from bot.planning.tasks.net import net
from bot.planning.tasks.relations import relations
from bot.workflows import names
from bot.workflows.alone import alone
from bot.workflows.tasks.world import TaskWorld, blockers_of, by_id, graph_of, key_of


async def relate(world: TaskWorld) -> None:
    """Makes and takes back relations of the open tasks; what cannot be is noted in ``world.bad_relations``.

    Raises ``WorldError``.
    """
    ways = _Ways(world)
    opened = {number: form.depends_on for number, form in world.forms.items() if world.issues[number].state == "open"}
    # First all that goes: what one text lets go of may have closed a circle for another.
    for each in (_take_back, _make):
        for number, wanted in opened.items():
            with alone(world.scene.github.full_name, number):
                await each(world, ways, number, wanted)


class _Ways:
    """The graph while relations are made. It is read once: that looks at every open branch."""

    def __init__(self, world: TaskWorld) -> None:
        self._world = world

    @cached_property
    def _graph(self) -> Graph:
        return graph_of(self._world)

    @cached_property
    def _circles(self) -> Mapping[int, tuple[int, ...]]:
        return circles_by_task(net(relations(self._graph)))

    def moved(self, number: int) -> None:
        """A task waits for something else now."""
        changed = replace(self._graph[number], blocked_by=blockers_of(self._world, number))
        self._graph = Graph({**self._graph.tasks, number: changed})

    def cycle(self, number: int, on: int) -> tuple[int, ...]:
        """The cycle that waiting for that one makes; where the text is the truth, it stands in the graph already."""
        if not self._world.native and not {number, on} <= self._circles.keys():
            return ()
        return would_cycle(self._graph, number, on)


async def _take_back(world: TaskWorld, ways: _Ways, number: int, wanted: tuple[int, ...]) -> None:
    record = world.book.of(number)
    there = {key_of(world, issue) for issue in world.waits.get(number, ())}
    for on in [each for each in record.related if each not in wanted]:
        if world.native and on in there:
            await _remove(world, number, on)
            ways.moved(number)
        else:
            record.related.pop(on)


async def _make(world: TaskWorld, ways: _Ways, number: int, wanted: tuple[int, ...]) -> None:
    record = world.book.of(number)
    there = {key_of(world, issue) for issue in world.waits.get(number, ())}
    for on in wanted:
        if world.native and on in there:
            if on not in record.related:
                record.related[on] = "text"
                await _tell(world, number, on, "made")
            continue
        if on in record.related and (on in world.issues or not world.native):
            continue  # somebody took it off
        fault = await _fault(world, ways, number, on)
        if fault is None and on in record.related:
            continue  # the same of an issue that is no task; one that was deleted took its relations along
        if fault is not None:
            world.bad_relations.setdefault(number, []).append(fault)
        elif world.native:
            await _add(
                world, ways, number, by_id(world)[on] if on in by_id(world) else await world.scene.github.issue(on)
            )


async def _fault(world: TaskWorld, ways: _Ways, number: int, on: int) -> Refusal | None:
    place = Place("issue", _line(world, number, on))
    if on == number:
        return Refusal("task-depends-on-itself", place, {"issue": number})
    if on not in world.issues:
        try:
            issue = await world.scene.github.issue(on)
        except WorldError as error:
            if getattr(error, "status", None) not in {301, 404, 410}:
                raise
            return Refusal("task-dependency-missing", place, {"issue": on})
        if issue.pull_request is not None:
            return Refusal("task-dependency-is-pull", place, {"issue": on})
    cycle = ways.cycle(number, on)
    return Refusal("task-dependency-cycle", place, {"cycle": list(cycle)}) if cycle else None


def _line(world: TaskWorld, number: int, on: int) -> int | None:
    for at, line in enumerate(world.issues[number].body.replace("\r\n", "\n").split("\n"), 1):
        if f"#{on}" in line or f"/issues/{on}" in line:
            return at
    return None


async def _add(world: TaskWorld, ways: _Ways, number: int, on: Issue) -> None:
    try:
        await world.scene.github.add_blocked_by(number, on.id)
    except InvalidError as error:
        values = {"issue": on.number, "detail": str(error)[:500]}
        fault = Refusal("task-dependency-refused", Place("issue", _line(world, number, on.number)), values)
        world.bad_relations.setdefault(number, []).append(fault)
        return
    world.waits[number] = (*world.waits.get(number, ()), on)
    ways.moved(number)
    world.book.of(number).related[on.number] = "text"
    await _tell(world, number, on.number, "made")


async def _remove(world: TaskWorld, number: int, on: int) -> None:
    issue = next(each for each in world.waits[number] if key_of(world, each) == on)
    await world.scene.github.remove_blocked_by(number, issue.id)
    world.waits[number] = tuple(each for each in world.waits[number] if key_of(world, each) != on)
    world.book.of(number).related.pop(on, None)
    await _tell(world, number, on, "taken")


async def _tell(world: TaskWorld, number: int, on: int, how: str) -> None:
    await world.scene.record(
        "TASK_RELATED",
        issue=number,
        subject=names.task_subject(number),
        order=f"relation-{number}-{on}-{how}-{world.issues[number].updated_at}",
        actor=world.scene.github.bot_login,
        details={"on": str(on), "how": how},
    )
