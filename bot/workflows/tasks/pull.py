"""A task's pull request: its title and text, with the acceptance list as boxes, kept up to date by edits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bot.contracts.github import Pull
from bot.planning.tasks.boxes import boxes
from bot.reports.markers import Marker, marker_of
from bot.workflows import names
from bot.workflows.bodies import MAX_BODY
from bot.workflows.tasks.world import TaskWorld, lane_of
from templates import inert, plain, render

END: Final = "<!-- graftsman:end -->"
"""Where our part of the text ends; what people write below it is theirs."""

MOST_GOAL: Final = 12_000
MOST_VERIFICATION: Final = 6_000
MOST_ACCEPTANCE: Final = 24_000
"""Characters of each in a pull request's text, of which GitHub takes 65,536 (FACTS); the issue holds all of it."""


def title_of(world: TaskWorld, number: int) -> str:
    """The title of a task's pull request."""
    return plain(world.issues[number].title)[:200] or f"Task {number}"


def body_of(world: TaskWorld, number: int, pull: Pull | None) -> str:
    """The text of a task's pull request; of one that is there the ticks and what people wrote below it are kept.

    A box that was ticked or unticked in the issue since is so here, too: what was ticked there when this was last
    written is noted in the marker.
    """
    form = world.forms[number]
    wanted = {box.text: box.ticked for box in form.acceptance}
    ticks = _merged(wanted, pull)
    noted = "".join("1" if ticked else "0" for ticked in wanted.values())
    record = world.book.of(number)
    acceptance: list[tuple[str, bool]] = []
    room = MOST_ACCEPTANCE
    for item in wanted:
        room -= len(inert(item))
        if room < 0:
            break
        acceptance.append((item, ticks[item]))
    text = render(
        "pulls/task.md",
        marker=Marker("task", {"issue": str(number), **({"ticks": noted} if noted else {})}),
        issue=number,
        form=form,
        goal=_cut(form.goal, MOST_GOAL),
        verification=_cut(form.verification, MOST_VERIFICATION),
        lane=lane_of(world, number),
        acceptance=acceptance,
        left=len(wanted) - len(acceptance),
        started_by=record.started_by,
        end=END,
    )
    below = _below(pull)
    return f"{text}{below[: max(0, MAX_BODY - len(text))]}" if below.strip() else text


def _cut(text: str, most: int) -> str:
    """A text as far as there is room: all of it stands in the issue."""
    return text if len(text) <= most else f"{text[:most]}\n… (see the issue)"


def _below(pull: Pull | None) -> str:
    if pull is None:
        return ""
    _, found, below = pull.body.replace("\r\n", "\n").partition(END)
    return below if found else ""


def _merged(wanted: Mapping[str, bool], pull: Pull | None) -> dict[str, bool]:
    """Each box: as it is in the pull request, but for what changed in the issue since it was last written."""
    if pull is None:
        return dict(wanted)
    marker = marker_of(pull.body)
    noted = marker.fields.get("ticks", "") if marker is not None and marker.kind == "task" else ""
    ours = pull.body.replace("\r\n", "\n").partition(END)[0]
    there = {box.text: box.ticked for box in boxes(ours)}
    found = {}
    for at, (text, ticked) in enumerate(wanted.items()):
        before = noted[at : at + 1]
        same_list = len(noted) == len(wanted)
        changed = not same_list or before != ("1" if ticked else "0")
        shown = inert(text)
        found[text] = ticked if shown not in there or (same_list and changed) else there[shown]
    return found


def unticked(world: TaskWorld, number: int) -> tuple[str, ...]:
    """The acceptance that nobody ticked, neither in the issue nor in its pull request."""
    wanted = {box.text: box.ticked for box in world.forms[number].acceptance}
    return tuple(text for text, ticked in _merged(wanted, world.pulls.get(number)).items() if not ticked)


async def keep_pull(world: TaskWorld, number: int) -> None:
    """Makes an open pull request of ours say what the task says now. Raises ``WorldError``."""
    pull = world.pulls.get(number)
    if pull is None or pull.state != "open" or pull.user != world.scene.github.bot_login:
        return
    title, body = title_of(world, number), body_of(world, number, pull)
    if pull.title != title or pull.body.replace("\r\n", "\n").strip() != body.strip():
        world.pulls[number] = await world.scene.github.update_pull(number=pull.number, title=title, body=body)


def is_task_pull(bot_login: str, pull: Pull) -> bool:
    """Whether Graftsman opened a pull request for a task."""
    marker = marker_of(pull.body) if pull.user == bot_login else None
    return marker is not None and marker.kind == "task" and names.task_of_branch(pull.head.ref) is not None
