"""What the texts of many tasks say they depend on is looked at in one go."""

import asyncio
from datetime import UTC, datetime
from types import SimpleNamespace

from bot.contracts.github import Issue
from bot.contracts.task import TaskSettings
from bot.planning.tasks.text.form import read_form
from bot.workflows.tasks.book import Book
from bot.workflows.tasks.relations import relate
from bot.workflows.tasks.world import TaskWorld
from tests.effort import effort

AT = datetime(2026, 11, 1, tzinfo=UTC)


def old_server(depends):
    """Tasks of a server without issue dependencies: their texts are the truth."""
    issues, forms = {}, {}
    for number, others in depends.items():
        body = "".join(f"Depends on #{other}\n" for other in others)
        issues[number] = Issue(
            number=number, id=number, title="T", body=body, state="open", user="ada", created_at=AT, updated_at=AT
        )
        forms[number] = read_form(body)
    scene = SimpleNamespace(github=SimpleNamespace(full_name="acme/platform"), mirror=SimpleNamespace(repository=None))
    return TaskWorld(scene, Book(), TaskSettings(), issues, forms, {}, {}, {}, [], native=False)


def test_on_an_old_server_each_look_takes_time_by_what_there_is_and_not_by_its_square():
    few, many = (
        old_server({n: [n - step for step in range(1, 6) if n > step] for n in range(1, count)}) for count in (101, 401)
    )
    assert effort(asyncio.run, relate(many)) < 5 * effort(asyncio.run, relate(few))
    assert many.bad_relations == {}


async def test_on_an_old_server_a_circle_is_told_of_those_on_it():
    world = old_server({1: [2], 2: [3], 3: [1], 4: [1], 5: [4]})
    await relate(world)
    told = {
        number: [(each.code, each.values["cycle"]) for each in some] for number, some in world.bad_relations.items()
    }
    assert told == {
        1: [("task-dependency-cycle", [1, 2, 3])],
        2: [("task-dependency-cycle", [2, 3, 1])],
        3: [("task-dependency-cycle", [3, 1, 2])],
    }
