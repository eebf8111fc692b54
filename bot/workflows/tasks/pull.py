"""A task's pull request: its title and text, with the acceptance list as boxes, kept up to date by edits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bot.contracts.github import Pull
from bot.planning.tasks.board.ticks import parted
from bot.planning.tasks.text.boxes import boxes
from bot.reports.markers import Marker, marker_of
from bot.workflows.bodies import MAX_BODY
from bot.workflows.tasks.world import TaskWorld, lane_of
from templates import inert, plain, render

END: Final = "<!-- graftsman:end -->"
"""Where our part of the text ends; what people write below it is theirs."""
_ROOM: Final = ((20_000, 200), (8_000, 200), (8_000, 50), (2_000, 20), (500, 5), (100, 0))
"""Characters of the goal and of the verification, and how many boxes, are shown: the first that fit."""


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
    text = ""
    for longest, shown in _ROOM:  # an issue's text may be four times as long as a pull request's
        text = render(
            "pulls/task.md",
            marker=Marker("task", {"issue": str(number), **({"ticks": noted} if noted else {})}),
            issue=number,
            form=form,
            longest=longest,
            lane=lane_of(world, number),
            acceptance=[(text, ticks[text]) for text in wanted][:shown],
            left=max(0, len(wanted) - shown),
            started_by=record.started_by,
            end=END,
        )
        if len(text.encode("utf-8", "replace")) <= MAX_BODY:
            break
    below = _below(pull)
    room = MAX_BODY - len(text)
    return f"{text}{below[:room]}" if below.strip() else text


def _below(pull: Pull | None) -> str:
    if pull is None:
        return ""
    return parted(pull.body, END)[1]


def _merged(wanted: Mapping[str, bool], pull: Pull | None) -> dict[str, bool]:
    """Each box: as it is in the pull request, but for what changed in the issue since it was last written."""
    if pull is None:
        return dict(wanted)
    marker = marker_of(pull.body)
    noted = marker.fields.get("ticks", "") if marker is not None and marker.kind == "task" else ""
    ours = parted(pull.body, END)[0]
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
