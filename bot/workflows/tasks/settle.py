"""What follows from what was decided: labels, pull requests, events and words, each task by itself."""

from __future__ import annotations

from collections.abc import Mapping

from bot.planning.tasks.model import Decision, Graph, Reason
from bot.planning.tasks.similar import duplicates
from bot.workflows import names
from bot.workflows.alone import alone
from bot.workflows.gates.keys import second_key
from bot.workflows.tasks.book import BEGUN, save_book
from bot.workflows.tasks.finish import report_of
from bot.workflows.tasks.labels import keep_labels, note_labels
from bot.workflows.tasks.pull import keep_pull
from bot.workflows.tasks.say import say_task
from bot.workflows.tasks.world import TaskWorld


async def settle(world: TaskWorld, graph: Graph, decisions: Mapping[int, Decision]) -> None:
    """Labels, pull requests, events and words, as it stands now."""
    await keep_labels(world, decisions)
    for number, made in decisions.items():
        with alone(world.scene.github.full_name, number):
            await keep_pull(world, number)
        with alone(world.scene.github.full_name, number):
            if world.issues[number].state == "open" or _is_news(world, number, made):
                await _enter(world, number, made)
                await say_task(world, number, made, await report_of(world, number, made.state, graph))
            await _note_second(world, number, made)
            note_labels(world, number)
            _note_pull(world, number)
    await save_book(world.scene.ctx, world.scene.github.full_name, world.book)


def with_faults(world: TaskWorld, number: int, made: Decision) -> Decision:
    """What only the workflow knows: why nobody's word let it start."""
    words = {"push-refused": (world.book.of(number).barred[:200],)}
    mine = [Reason(code, words=words.get(code, ())) for code in world.faults.get(number, ())]
    because = [each for each in made.because if each.code != "faults"]  # told one by one
    told = {each.code for each in because}
    return made._replace(because=(*because, *(each for each in mine if each.code not in told)))


def with_likeness(graph: Graph, decisions: Mapping[int, Decision]) -> dict[int, Decision]:
    """Of two that may be the same one, the newer says so, until it has begun; a person decides."""
    alike = {newer: older for older, newer, _ in duplicates(graph.tasks.values())}
    return {
        number: decisions[number]._replace(because=(*decisions[number].because, Reason("looks-like", (older,))))
        for number, older in alike.items()
        if decisions[number].state in {"ready", "blocked"}
    }


def _is_news(world: TaskWorld, number: int, made: Decision) -> bool:
    """Whether there is something to tell of a closed task: its state, or that its pull request was merged since."""
    record, pull = world.book.of(number), world.pulls.get(number)
    merged = pull is not None and pull.merged_at is not None and record.outcome != "merged"
    return record.state != made.state or merged


async def _enter(world: TaskWorld, number: int, made: Decision) -> None:
    """Tells the ledger of a new state, once."""
    record, scene = world.book.of(number), world.scene
    pull = world.pulls.get(number)
    if record.state == made.state:
        return
    await scene.record(
        "TASK_ENTERED",
        issue=number,
        subject=names.task_subject(number),
        order=f"task-{number}-{made.state}-after-{record.state}-{record.since}",
        actor=_actor(world, number, made),
        commit=pull.merge_commit_sha if pull is not None and made.state == "done" else None,
        pull=pull.number if pull is not None else None,
        details=_details(world, number, made),
    )
    record.state, record.since = made.state, scene.now


def _details(world: TaskWorld, number: int, made: Decision) -> dict[str, str]:
    record = world.book.of(number)
    told = {"state": made.state, "from": record.state or "", "why": ",".join(each.code for each in made.because)[:200]}
    return {**told, **({"by": record.started_by} if made.state in BEGUN and record.started_by else {})}


def _actor(world: TaskWorld, number: int, made: Decision) -> str:
    pull = world.pulls.get(number)
    if made.state == "done" and pull is not None and pull.merged_by is not None:
        return pull.merged_by
    return world.scene.github.bot_login


async def _note_second(world: TaskWorld, number: int, made: Decision) -> None:
    """For the gates: which other task's pull request is merged before this one."""
    pull, scene = world.pulls.get(number), world.scene
    if pull is None or pull.state != "open":
        return
    first = next((each.numbers[0] for each in made.because if each.code == "goes-second" and each.numbers), 0)
    other = world.pulls.get(first)
    key = second_key(scene.github.full_name, pull.number)
    before = await scene.ctx.memory.get(key)
    if other is not None and before != other.number:
        await scene.ctx.memory.set(key, other.number)
        world.judge.add(pull.number)
    elif other is None and before is not None:
        await scene.ctx.memory.delete(key)
        world.judge.add(pull.number)


def _note_pull(world: TaskWorld, number: int) -> None:
    record, pull = world.book.of(number), world.pulls.get(number)
    if pull is not None:
        record.pull = pull.number
        record.outcome = "merged" if pull.merged_at is not None else "" if pull.state == "open" else "closed"
