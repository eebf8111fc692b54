"""``/import PATH``: brings a plan in that stands on the default branch; the answer says what came of each task."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.contracts.github import Comment
from bot.contracts.tree import FILE, FOLDER, SUBMODULE, SYMLINK, Tree
from bot.errors import Place, Refusal
from bot.planning.tasks.plan_files import MOST_BYTES, read_plan
from bot.source.paths import check_path
from bot.workflows import names
from bot.workflows.bodies import rows_text
from bot.workflows.orders.order_records import OrderRecord
from bot.workflows.orders.orders import Order
from bot.workflows.status_comment import show
from bot.workflows.tasks.plans.bring_in import import_plan
from bot.workflows.tasks.plans.result import Imported, Note, Progress, Row
from bot.workflows.tasks.plans.there import Kept
from templates import render

MOST: Final = 15_000
"""Bytes of the answer."""
MOST_WRITES: Final = 450
"""So many requests that make content fit into an hour beside others (FACTS.md); a job has no longer."""
EACH_TASKS: Final = 20
EACH: Final = timedelta(seconds=30)
"""The comment says how far it is after so many more tasks, or so much time."""
DRY: Final = "dry-run"


@dataclass(frozen=True, slots=True)
class _Asked:
    path: str
    tag: str | None
    dry_run: bool


async def import_order(order: Order) -> OrderRecord:
    """Carries it out; run again, it makes what is missing. Raises ``Refusal``, ``WorldError``.

    Refusals: ``edited-by-another``, ``plan-path-missing``, ``unsafe-path``, ``plan-missing``, ``too-large``, those of
    ``read_plan`` and of ``import_plan``.
    """
    order.own_words()
    scene, asked = order.scene, _asked(order)
    tree = scene.mirror.repository.tree(scene.default.tree)
    data = read_plan_file(tree, asked.path, scene.repository.default_branch)
    plan = read_plan(data, asked.path, tag=asked.tag)
    done = await import_plan(
        scene.github,
        plan,
        who=order.comment.user,
        settings=scene.settings.tasks,
        kept=Kept(scene.ctx.intents, scene.ctx.ledger, scene.now),
        dry_run=asked.dry_run,
        progress=_Said(order, plan.plan).tell,
        file=asked.path,
        most=MOST_WRITES,
    )
    if not asked.dry_run:
        await _note(order, asked.path, done)
    return order.record("answered", text=imported_text(done))


def _asked(order: Order) -> _Asked:
    """The path, which of several lists, and whether it is only a rehearsal. Raises ``Refusal``."""
    words = [word.strip("`") for word in order.written.arguments]
    dry_run = any(word.lower() == DRY for word in words)
    rest = [word for word in words if word and word.lower() != DRY]
    if not 1 <= len(rest) <= 2:
        raise Refusal("plan-path-missing", Place(line=order.written.line), {"given": rest[:20]})
    path = check_path(rest[0].removeprefix("./"))
    return _Asked(path, rest[1] if len(rest) == 2 else None, dry_run)


def read_plan_file(tree: Tree, path: str, branch: str) -> bytes:
    """A file's bytes. Raises ``Refusal``: ``plan-missing`` where there is no ordinary file, ``too-large``."""
    at, mode = tree.oid, FOLDER
    for part in path.split("/"):
        entry = next((each for each in tree.list(at) if each.name == part), None) if mode == FOLDER else None
        if entry is None:
            raise Refusal("plan-missing", values={"path": path, "branch": branch, "found": ""})
        at, mode = entry.oid, entry.mode
    if mode & 0o170000 != FILE & 0o170000:
        found = {FOLDER: "a folder", SYMLINK: "a symbolic link", SUBMODULE: "a submodule"}.get(mode, "no file")
        raise Refusal("plan-missing", values={"path": path, "branch": branch, "found": found})
    if (size := tree.size(at)) > MOST_BYTES:
        raise Refusal("too-large", Place(path), {"size": size, "most": MOST_BYTES})
    return tree.read(at)


class _Said:
    """Says on the status comment how far it is, now and then."""

    def __init__(self, order: Order, plan: str) -> None:
        self._order, self._plan = order, plan
        self._tasks = 0
        self._at: datetime = order.scene.ctx.clock()
        self._comments: list[Comment] | None = None

    async def tell(self, progress: Progress) -> None:
        """One step further."""
        order, now = self._order, self._order.scene.ctx.clock()
        due = progress.tasks - self._tasks >= EACH_TASKS or now - self._at >= EACH
        if not due or progress.writes == progress.of_writes:  # the answer follows at once
            return
        self._tasks, self._at = progress.tasks, now
        text = render("comments/orders/import-progress.md", plan=self._plan, progress=progress)
        github, number = order.scene.github, order.issue.number
        if self._comments is None:
            self._comments = await github.comments(number)
        # Shown, not kept: kept, the order would count as carried out.
        records = [*order.records, order.record("answered", text=text)]
        await show(order.scene.ctx, github, number, orders=records, comments=self._comments)


def imported_text(done: Imported) -> str:
    """The answer: counts, a table of what changed, and what was left as it is."""
    changed: list[tuple[Row | Note, str]] = [(row, "") for row in done.rows if row.did != "unchanged"]
    left = [(note, note_text(note)) for note in done.notes]
    return rows_text("comments/orders/import.md", [*changed, *left], limit=MOST, done=done)


def note_text(note: Note) -> str:
    """What is left as it is, in words, on one line."""
    return render("tasks/import-note.md", note=note).strip()


async def _note(order: Order, path: str, done: Imported) -> None:
    counts: dict[str, str] = {name: str(count) for name, count in done.counts.items()}
    await order.scene.record(
        "TASKS_IMPORTED",
        issue=order.issue.number,
        subject=names.plan_subject(done.plan),
        order=order.key,
        actor=order.comment.user,
        details={"path": path[:500], "related": str(done.related), **counts},
    )
