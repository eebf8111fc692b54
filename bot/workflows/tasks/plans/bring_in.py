"""Brings a plan in: an issue for each task, with its labels in the same request, and one request for each relation.

What is there is read by one listing; what is made is the difference. So the same plan again makes nothing, and after
a kill the rest is made. Blockers come first and relations follow their issue at once; until a task has all that its
marker names, it does not start (``bot.workflows.tasks.plans.waiting``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any, Final

from bot.contracts.github import Issue
from bot.contracts.task import PlannedTask, State, TaskPlan, TaskSettings
from bot.errors import Place, Refusal
from bot.github.errors import InvalidError
from bot.planning.tasks.plan_files.changes import Changes, Close, Create, Relate, Update, changes, match
from bot.planning.tasks.plan_files.issue_text import digest
from bot.planning.tasks.text.form import read_form
from bot.runs.intents import once
from bot.workflows import names
from bot.workflows.ports import GitHub
from bot.workflows.tasks.plans.first_labels import (
    check_lanes,
    first_states,
    labels_of,
    priority_label,
    wait_for_dropped,
)
from bot.workflows.tasks.plans.marks import Mark, issue_body, mark_of
from bot.workflows.tasks.plans.result import Did, Imported, Note, Progress, Row
from bot.workflows.tasks.plans.there import Kept, There, intent, read_there

Tell = Callable[[Progress], Awaitable[None]]
MOST_TEXT: Final = 59_000
"""Characters of an issue's text: with the marker under what GitHub surely takes."""


async def import_plan(
    github: GitHub,
    plan: TaskPlan,
    *,
    who: str,
    settings: TaskSettings,
    kept: Kept | None = None,
    dry_run: bool = False,
    progress: Tell | None = None,
    file: str | None = None,
    most: int | None = None,
) -> Imported:
    """Creates or updates the issues of a plan's tasks with their dependencies and sub-issues; again without doubles.

    ``who`` asks for it: a login, or ``operator``. ``settings`` are the repository's, for its lanes. ``kept`` is what
    the server remembers; without it what was made before is known by its marker alone. With ``dry_run`` nothing is
    written. ``progress`` is told after each request that writes. ``file`` is where refusals say that it stands.
    ``most`` is how many writes it may take at all; a dry run may take more.

    Takes one listing, one read for each open issue of the plan that has dependencies, and one write for each issue to
    make, change or close and for each relation to add. Raises ``Refusal`` before anything is written
    (``task-too-long``, ``task-lane-unknown``, ``plan-too-much``); ``WorldError``.
    """
    check_lanes(plan, settings, file)
    there = await read_there(github, plan, kept)
    work = _Work(github, plan, there, who, settings, kept, progress)
    work.check(file)
    if not dry_run:
        if most is not None and work.total > most:
            raise Refusal("plan-too-much", Place(file), {"plan": plan.plan, "writes": work.total, "most": most})
        await work.states()
        await work.run()
    return work.result(dry_run=dry_run)


class _Work:
    def __init__(
        self,
        github: GitHub,
        plan: TaskPlan,
        there: There,
        who: str,
        settings: TaskSettings,
        kept: Kept | None,
        progress: Tell | None,
    ) -> None:
        self._github, self._plan, self._there, self._who = github, plan, there, who
        self._settings, self._kept, self._progress = settings, kept, progress
        found = match(plan, there.known)
        self._ends = {
            name: (one.number, there.issues[one.number].id) for name, one in found.items() if one.number in there.issues
        }
        """Number and id of each task's issue, as far as there is one."""
        self.native = there.native
        self._found = found
        self._wanted = changes(plan, there.known, self._text)
        self._states: dict[str, State] = {}
        self._held = wait_for_dropped(plan)
        self._notes = list(there.notes)
        self._written = self._related = 0
        self._left: dict[str, list[Relate]] = {}
        for each in self._wanted.relate:  # by an end that is not there yet
            missing = next((end for end in (each.id, each.other) if end not in self._ends), "")
            self._left.setdefault(missing, []).append(each)
        self._did: dict[str, Did] = {}

    @property
    def total(self) -> int:
        """How many writes it takes."""
        wanted = self._wanted
        relations = len(wanted.relate) if self.native else 0
        return len(wanted.create) + len(wanted.update) + relations + len(wanted.close)

    def _text(self, task: PlannedTask) -> str:
        numbers = [] if self.native else [self._ends[name][0] for name in task.depends_on if name in self._ends]
        return issue_body(task, numbers)

    def check(self, file: str | None) -> None:
        """Raises ``Refusal`` (``task-too-long``) where a text is more than GitHub surely takes."""
        found = []
        wanted: list[Create | Update] = [*self._wanted.create, *self._wanted.update]
        for each in wanted:
            if len(each.body) > MOST_TEXT:
                values = {"what": "the text", "size": len(each.body), "most": MOST_TEXT}
                found.append(Refusal("task-too-long", Place(file, each.task.line, key=each.task.id), values))
        if found:
            raise Refusal(found[0].code, found[0].place, found[0].values, tuple(found[1:]))

    async def states(self) -> None:
        """What the graph will say of the new issues, so that their labels are true from the start."""
        if self._wanted.create:
            closed = {name for name, one in self._found.items() if one.closed}
            self._states = first_states(self._plan, closed, await self._github.now())

    async def run(self) -> None:
        """All that is wanted, in an order in which each step makes sense alone."""
        if self._kept is not None:
            marks = [(one.number, self._there.marks.get(one.number)) for one in self._found.values()]
            await self._kept.tell(self._github, [(number, mark) for number, mark in marks if mark is not None])
        await self._relate("")  # what a kill left out comes first
        for new in self._wanted.create:
            await self._create(new)
            await self._relate(new.task.id)
        for old in self._wanted.update:
            await self._update(old)
        for each in self._wanted.close:
            await self._close(each)

    async def _wrote(self) -> None:
        self._written += 1
        if self._progress is not None:
            done = len(self._wanted.create) - sum(each.task.id not in self._ends for each in self._wanted.create)
            await self._progress(Progress(done, len(self._wanted.create), self._written, self.total))

    # --- issues

    def _mark(self, task: PlannedTask, said: str, by: str) -> Mark:
        mine = [each for each in self._wanted.relate if task.id in {each.id, each.other}]
        there = self._found.get(task.id)
        parts = sum(each.parent == there.number for each in self._there.known) if there is not None else 0
        return Mark(
            plan=self._plan.plan,
            id=task.id,
            digest=said,
            by=by,
            deps=sum(each.kind == "blocked-by" and each.id == task.id for each in mine)
            + (len(there.blocked_by) if there is not None else 0),
            parts=sum(each.kind == "sub-issue" and each.other == task.id for each in mine) + parts,
            of=next((each.other for each in mine if each.kind == "sub-issue" and each.id == task.id), ""),
        )

    async def _create(self, new: Create) -> None:
        task, body, said = new.task, new.body, new.digest
        if not self.native:  # its blockers have numbers by now
            body = self._text(task)
            said = digest(new.title, body)
        mark = self._mark(task, said, self._who)
        labels = labels_of(task, self._states.get(task.id, "ready"), self._settings, held=task.id in self._held)
        answers: list[Issue] = []

        async def make() -> dict[str, Any]:
            answers.append(await self._github.create_issue(new.title, f"{mark}\n{body}", labels))
            return {"number": answers[0].number, "id": answers[0].id}

        async def find() -> dict[str, Any] | None:
            return await self._find(task.id)

        if self._kept is None:
            made = await make()
        else:
            key = intent(self._github, self._plan.plan, task.id)
            made = await once(self._kept.intents, key, find=find, make=make)
            await self._kept.tell(self._github, [(int(made["number"]), mark)])
        if answers and answers[0].dependencies is None:
            self.native = False
        self._ends[task.id] = (int(made["number"]), int(made["id"]))
        self._did[task.id] = "created"
        await self._wrote()

    async def _find(self, task: str) -> dict[str, Any] | None:
        """The issue that a killed run has made, which the listing may have missed."""
        for issue in await self._github.issues(labels=[names.TASK_LABEL], state="all"):
            mark = mark_of(issue, self._github.bot_login)
            if mark is not None and (mark.plan, mark.id) == (self._plan.plan, task):
                return {"number": issue.number, "id": issue.id}
        return None

    async def _update(self, old: Update) -> None:
        issue = self._there.issues[old.number]
        before = self._there.marks.get(old.number)
        mark = self._mark(old.task, old.digest, before.by if before is not None else self._who)
        await self._github.edit_issue(old.number, title=old.title, body=f"{mark}\n{old.body}")
        self._did[old.task.id] = "updated"
        await self._wrote()
        if (read_form(issue.body).priority or "medium") != old.task.priority:  # else a label is people's word
            await self._priority(issue, priority_label(old.task))

    async def _priority(self, issue: Issue, wanted: str) -> None:
        there = {label.lower(): label for label in issue.labels if label.lower().startswith(names.PRIORITY)}
        if wanted and wanted not in there:
            await self._github.add_labels(issue.number, (wanted,))
        for name, label in there.items():
            if name != wanted:
                await self._github.remove_label(issue.number, label)

    async def _close(self, each: Close) -> None:
        reason = "completed" if each.reason == "completed" else "not_planned"
        await self._github.update_issue(each.number, state="closed", state_reason=reason)
        if self._did.get(each.id) is None:
            self._did[each.id] = "closed"
        await self._wrote()

    # --- relations

    async def _relate(self, arrived: str) -> None:
        """Adds the relations that only waited for this task's issue; for ``""`` those that wait for none."""
        for each in self._left.pop(arrived, ()):
            missing = next((end for end in (each.id, each.other) if end not in self._ends), None)
            if missing is not None:
                self._left.setdefault(missing, []).append(each)
            elif self.native:
                await self._add(each)

    async def _add(self, each: Relate) -> None:
        (number, own), (other, other_id) = self._ends[each.id], self._ends[each.other]
        try:
            if each.kind == "blocked-by":
                await self._github.add_blocked_by(number, other_id)
            else:
                await self._github.add_sub_issue(other, own)
        except InvalidError as error:
            self._notes.append(Note("relation-refused", each.id, number, (other,), str(error.message)[:300]))
        else:
            self._related += 1
        await self._wrote()

    # --- what came of it

    def result(self, *, dry_run: bool) -> Imported:
        """What was done; for a dry run what would be."""
        wanted = self._wanted
        if dry_run:
            self._did = {
                **{each.id: "closed" for each in wanted.close},
                **{each.task.id: "updated" for each in wanted.update},
                **{each.task.id: "created" for each in wanted.create},
            }
        closing = {each.id for each in wanted.close}
        rows = [self._row(t, closing) for t in self._plan.tasks if t.id in self._ends or t.id in self._did]
        notes = [*self._notes, *self._told(wanted), *self._dropped(wanted), *self._others()]
        if not self.native and wanted.relate:
            notes.append(Note("no-relations"))
        counts = Counter(row.did for row in rows)
        return Imported(
            self._plan.plan,
            dry_run,
            tuple(rows),
            (len(wanted.relate) if self.native else 0) if dry_run else self._related,
            tuple(notes),
            self.total if dry_run else self._written,
            dict(counts),
        )

    def _row(self, task: PlannedTask, closing: set[str]) -> Row:
        number = self._ends.get(task.id, (None, 0))[0]
        return Row(task.id, task.title, number, self._did.get(task.id, "unchanged"), task.id in closing)

    def _told(self, wanted: Changes) -> list[Note]:
        moved = {note.id for note in self._notes if note.code == "moved"}
        return [Note(each.code, each.id, each.number) for each in wanted.told if each.id not in moved]

    def _dropped(self, wanted: Changes) -> list[Note]:
        """New ones that are on hold, as the plan dropped what they wait for."""
        new = {each.task.id for each in wanted.create}
        return [
            Note("dropped-dependency", name, self._ends.get(name, (None, 0))[0], words=", ".join(others[:20]))
            for name, others in self._held.items()
            if name in new
        ]

    def _others(self) -> list[Note]:
        """Native dependencies among the plan's tasks that the plan does not have: people's graph is the truth."""
        found = []
        mine = {one.number for one in self._found.values()}
        for task in self._plan.tasks:
            one = self._found.get(task.id)
            if one is None or one.closed:
                continue
            said = {self._ends[name][0] for name in task.depends_on if name in self._ends}
            others = tuple(sorted(set(one.blocked_by) & mine - said))
            if others:
                found.append(Note("other-dependency", task.id, one.number, others))
        return found
