"""What the boxes of the dashboard do. Each may be done again after a kill: it looks before it makes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final

from bot.contracts.policy import Role
from bot.errors import Refusal
from bot.planning.tasks.board.ticks import Act, Kind
from bot.workflows import names
from bot.workflows.migrations.opened import folder_of, migration_of
from bot.workflows.migrations.reconcile_migration import paused_by, reconcile_opened
from bot.workflows.replay.patches import is_patch_pull, replay_patch_pulls
from bot.workflows.tasks.book import save_book
from bot.workflows.tasks.dashboard.board import Outcome
from bot.workflows.tasks.ordered import can_retry, start_by_order
from bot.workflows.tasks.world import TaskWorld, has_label

LIMIT: Final = "max_open"
MOST_OPEN: Final = 1000
"""As in the settings."""


@dataclass(frozen=True, slots=True)
class Right:
    """The slash command whose rule in the settings counts (``""``: none), and the role that it asks for."""

    command: str
    permission: Role


RIGHTS: Final[Mapping[Kind, Right]] = {
    "start": Right("start", "write"),
    "retry": Right("retry", "write"),
    "hold": Right("hold", "triage"),
    "unhold": Right("unhold", "write"),
    "replay": Right("replay", "write"),
    "raise": Right("", "maintain"),
    "lower": Right("", "maintain"),
}


@dataclass(frozen=True, slots=True)
class Did:
    """What became of an act. ``pull``: the one that is open already; ``count``: how many branches, or the new limit."""

    outcome: Outcome
    pull: int = 0
    count: int = 0


@dataclass(frozen=True, slots=True)
class Doing:
    """One act to be done: its order's key, and who gave it."""

    world: TaskWorld
    act: Act
    key: str
    who: str
    board: int
    """The number of the dashboard issue."""


async def do(doing: Doing) -> Did:
    """Does what a box says. Raises ``WorldError``."""
    number, world = doing.act.number, doing.world
    if number:
        issue = world.issues.get(number)
        if issue is None:
            return Did("no-task")
        if issue.state != "open":
            return Did("closed")
    return await _ACTS[doing.act.kind](doing)


def _open_pull(world: TaskWorld, number: int) -> int:
    pull = world.pulls.get(number)
    return pull.number if pull is not None and pull.state == "open" else 0


async def _start(doing: Doing) -> Did:
    world, number = doing.world, doing.act.number
    if pull := _open_pull(world, number):
        return Did("begun", pull)
    await start_by_order(world.scene, world.book, number)
    world.pulls.pop(number, None)
    return Did("done")


async def _retry(doing: Doing) -> Did:
    again = can_retry(doing.world.book, doing.act.number)
    return await _start(doing) if again else Did("nothing")


async def _hold(doing: Doing) -> Did:
    """The label on the task, and on its open pull request: that is not merged then."""
    world, number = doing.world, doing.act.number
    for place in filter(None, (number, _open_pull(world, number))):
        await world.scene.github.add_labels(place, (names.HOLD_LABEL,))
    issue = world.issues[number]
    if not has_label(issue.labels, names.HOLD_LABEL):
        world.issues[number] = issue.model_copy(update={"labels": (*issue.labels, names.HOLD_LABEL)})
    return Did("done")


async def _unhold(doing: Doing) -> Did:
    world, number = doing.world, doing.act.number
    for place in filter(None, (number, _open_pull(world, number))):
        await world.scene.github.remove_label(place, names.HOLD_LABEL)
    issue = world.issues[number]
    left = tuple(label for label in issue.labels if label.lower() != names.HOLD_LABEL)
    world.issues[number] = issue.model_copy(update={"labels": left})
    return Did("done")


async def _replay(doing: Doing) -> Did:
    """All open branches of patches and folders that nobody holds are made anew on the default branch, where that is
    due; what collided before is tried again. Nobody's version wins: what collides waits as before.
    """
    world = doing.world
    scene = world.scene
    free = [pull for pull in world.open_pulls if not has_label(pull.labels, names.HOLD_LABEL)]
    patches = {pull.number: None for pull in free if is_patch_pull(scene, pull)}
    done = await replay_patch_pulls(scene, [p for p in free if p.number in patches], patches, order=doing.key)
    world.judge.update(done)
    made = sum(1 for each in done.values() if each.tip is not None)
    folders: dict[int, list[str]] = {}
    for pull in free:
        found = folder_of(scene, pull)
        if found is not None:
            folders.setdefault(found[0], []).append(found[1])
    for issue, some in folders.items():
        made += await _replay_folders(doing, issue, some)
    return Did("done", count=made)


async def _replay_folders(doing: Doing, issue: int, folders: list[str]) -> int:
    scene = doing.world.scene
    try:
        migration = await migration_of(scene, issue)
    except Refusal:  # told on the migration itself
        return 0
    if migration is None or paused_by(migration.scene.issue):
        return 0
    known = [folder for folder in folders if migration.remote_head(folder) is not None]
    before = {folder: migration.remote_head(folder) for folder in known}
    migration.ways.update(dict.fromkeys(known, "again"))
    migration.order = doing.key
    await reconcile_opened(migration)
    scene.refs = migration.scene.refs
    return sum(1 for folder in known if migration.remote_head(folder) != before[folder])


async def _raise(doing: Doing) -> Did:
    settings, before = doing.world.settings, doing.world.book.raised.get(LIMIT, 0)
    if not settings.max_open or settings.max_open + before >= MOST_OPEN:
        return Did("no-limit")
    return await _limit(doing, before + 1)


async def _lower(doing: Doing) -> Did:
    return Did("nothing") if not doing.world.book.raised.get(LIMIT, 0) else await _limit(doing, 0)


async def _limit(doing: Doing, by: int) -> Did:
    """Told in the ledger first: done again after a kill, it is raised to what was told then, and not once more."""
    world, scene = doing.world, doing.world.scene
    for event in await scene.ctx.ledger.of_order(scene.github.full_name, doing.key):
        if event.type == "LIMIT_RAISED":
            by = int(event.details["by"])
    await scene.record(
        "LIMIT_RAISED",
        issue=doing.board,
        subject=names.order_subject(doing.key),
        order=doing.key,
        actor=doing.who,
        details={"limit": LIMIT, "by": str(by)},
    )
    world.book.raised = {**world.book.raised, LIMIT: by}
    await save_book(scene.ctx, scene.github.full_name, world.book)
    return Did("done", count=world.settings.max_open + by)


_ACTS: Final[Mapping[Kind, Callable[[Doing], Awaitable[Did]]]] = {
    "start": _start,
    "retry": _retry,
    "hold": _hold,
    "unhold": _unhold,
    "replay": _replay,
    "raise": _raise,
    "lower": _lower,
}
