"""``graftsman tasks``: plans of tasks, in files without GitHub or network, or as the issues of a repository."""

from __future__ import annotations

import re
import sys
from datetime import UTC, datetime
from importlib import import_module
from types import ModuleType
from typing import Annotated, Any, Final, Literal

import typer
from rich.markup import escape
from rich.table import Table

from bot.cli.outcome import WORDS, emit, ending
from bot.cli.tasks_files import name_of, read_file
from bot.contracts.task import State, TaskPlan, TaskSettings
from bot.errors import Place, Refusal, UsageError
from bot.planning.tasks.decide import decide
from bot.planning.tasks.model import Planned, Reason
from bot.planning.tasks.plan_files import KINDS, Kind, kind_of, read_plan, write_plan
from bot.planning.tasks.plan_files.as_graph import PlanGraph, graph_of
from bot.reports.mermaid import TaskNode, task_graph
from bot.workflows.tasks.reasons import reason_text
from templates import plural, printable, unmarked

_FILES = "A Markdown task list, task-master's tasks.json, a plan as JSON; - is standard input."
File = Annotated[str | None, typer.Argument(help=_FILES)]
Repository = Annotated[str | None, typer.Option("--repository", help="In place of a file: OWNER/NAME on GitHub.")]
Tag = Annotated[str | None, typer.Option("--tag", help="Which of task-master's lists; by default master.")]
Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON on standard output.")]


def make_app() -> typer.Typer:
    """The commands below ``graftsman tasks``."""
    app = typer.Typer(
        help="Plans of tasks: check them, draw them, say what is next, convert them, bring them in.",
        no_args_is_help=True,
    )
    app.command("lint")(lint_command)
    app.command("graph")(graph_command)
    app.command("next")(next_command)
    app.command("export")(export_command)
    app.command("import")(import_command)
    return app


class _Opened:
    """A plan from a file or a repository, and what becomes of its tasks."""

    def __init__(self, file: str | None, repository: str | None, tag: str | None, *, lint: bool = False) -> None:
        if (file is None) == (repository is None):
            raise UsageError("give a file, or --repository OWNER/NAME")
        if file is not None:
            data, self.name = read_file(file), name_of(file)
            self.kind: Kind | Literal["repository"] = kind_of(data, self.name)
            self.plan = read_plan(data, self.name, tag=tag)
            self._settings = TaskSettings(max_open=0)
        else:
            self.kind, self.name = "repository", repository or ""
            self.plan, self._settings = _remote().plan_in(self.name, lint=lint)

    def decided(self) -> tuple[PlanGraph, Planned]:
        """What could be worked on. Of a file in no repository in particular: nothing limits it but the plan."""
        made = graph_of(self.plan.tasks)
        return made, decide(made.graph, self._settings, datetime.now(UTC))


def lint_command(file: File = None, repository: Repository = None, tag: Tag = None, as_json: Json = False) -> None:
    """Check a plan; exit code 3 and every reason when something is wrong with it."""

    def work() -> None:
        opened = _Opened(file, repository, tag, lint=True)
        said = _counts(opened.plan) | {"kind": opened.kind}
        if as_json:
            emit(said)
        _words(
            f"{said['plan']} ({said['kind']}): {plural(said['tasks'], 'task')}, {said['finished']} of them finished, "
            f"{plural(said['epics'], 'epic')}, {plural(said['dependencies'], 'dependency', 'dependencies')}. "
            "Nothing is wrong with it."
        )

    ending(work)


def _counts(plan: TaskPlan) -> dict[str, Any]:
    return {
        "plan": plan.plan,
        "tasks": len(plan.tasks),
        "finished": sum(task.state in {"done", "subsumed", "deprecated"} for task in plan.tasks),
        "epics": len({task.parent for task in plan.tasks if task.parent is not None}),
        "dependencies": sum(len(task.depends_on) for task in plan.tasks),
    }


def graph_command(file: File = None, repository: Repository = None, tag: Tag = None, as_json: Json = False) -> None:
    """Print the plan as a Mermaid flowchart: state by colour, the critical path with thick arrows."""

    def work() -> None:
        opened = _Opened(file, repository, tag)
        made, planned = opened.decided()
        states = {made.id(number): decision.state for number, decision in planned.decisions.items()}
        nodes = [
            TaskNode(task.id, task.title, _shown(task.state, states.get(task.id)), task.depends_on, task.parent)
            for task in opened.plan.tasks
        ]
        critical = [made.id(number) for number in planned.critical]
        drawn = task_graph(nodes, critical)
        if as_json:
            tasks = [
                {"id": n.id, "title": n.title, "state": n.state, "depends_on": n.depends_on, "parent": n.parent}
                for n in nodes
            ]
            emit({"plan": opened.plan.plan, "tasks": tasks, "critical": critical, "mermaid": drawn})
        elif drawn is None:
            raise Refusal("plan-not-drawn", Place(opened.name))
        else:
            sys.stdout.write(drawn + "\n")
            _tell_left_out(drawn, len(nodes))

    ending(work)


def _shown(said: State, decided: State | None) -> State:
    """The state of a task in the picture: one that its plan puts off is not ready, though nothing blocks it."""
    return said if decided is None or (said == "blocked" and decided == "ready") else decided


def _tell_left_out(drawn: str, count: int) -> None:
    shown = len(_NODE.findall(drawn))
    if shown < count:
        _words(
            f"{shown} of {plural(count, 'task')} are drawn. Where there is no room for all, what is finished is left "
            "out, then sub-tasks: what they wait for counts for their epic. --json has all."
        )


def next_command(
    file: File = None,
    repository: Repository = None,
    tag: Tag = None,
    most: Annotated[int, typer.Option("--most", min=1, help="How many at most.")] = 10,
    as_json: Json = False,
) -> None:
    """Say what to take next, best first, with the reasons."""

    def work() -> None:
        opened = _Opened(file, repository, tag)
        made, planned = opened.decided()
        tasks = {task.id: task for task in opened.plan.tasks}
        chosen = [(tasks[made.id(choice.number)], choice.because) for choice in planned.next[:most]]
        if as_json:
            emit(
                {
                    "plan": opened.plan.plan,
                    "next": [
                        {"id": t.id, "title": t.title, "lane": t.lane, "priority": t.priority,
                         "because": [_reason(made, reason) for reason in because]}
                        for t, because in chosen
                    ],
                    "critical": [made.id(number) for number in planned.critical],
                }
            )  # fmt: skip
            return
        table = Table(title=escape(printable(opened.plan.plan)))
        for name in ("task", "lane", "because"):
            table.add_column(name)
        for task, because in chosen:
            why = " ".join(_said(made, reason) for reason in because)
            table.add_row(*(escape(printable(text)) for text in (f"{task.id} {task.title}", task.lane, why)))
        WORDS.print(table)
        if not chosen:
            _words("Nothing can be taken now.")

    ending(work)


_NODE: Final = re.compile(r'^  t[0-9]+\["', re.MULTILINE)
"""A task as the flowchart has it."""
_COUNTED = frozenset({"critical-path", "behind"})
"""Reasons whose number is a count."""


def _reason(made: PlanGraph, reason: Reason) -> dict[str, Any]:
    if reason.code in _COUNTED:
        return {"code": reason.code, "count": reason.numbers[0], "tasks": [], "words": list(reason.words)}
    ids = [made.id(number) for number in reason.numbers]
    return {"code": reason.code, "count": len(ids), "tasks": ids, "words": list(reason.words)}


def _said(made: PlanGraph, reason: Reason) -> str:
    called = {} if reason.code in _COUNTED else {number: made.id(number) for number in reason.numbers}
    return unmarked(reason_text(reason, called))


def export_command(
    file: Annotated[str, typer.Argument(help=_FILES)],
    to: Annotated[str | None, typer.Option("--to", help="markdown, task-master or json.")] = None,
    into: Annotated[
        str | None, typer.Option("--into", help="A file of that kind: print it brought up to date, not a fresh one.")
    ] = None,
    repository: Annotated[
        str | None, typer.Option("--repository", help="Write FILE from the issues of OWNER/NAME, in its own format.")
    ] = None,
    tag: Tag = None,
) -> None:
    """Print a plan as another format on standard output, or write it back from a repository's issues."""

    def work() -> None:
        if repository is not None:
            if into is not None:
                raise UsageError("--into goes without --repository: FILE itself is written")
            _remote().export_repository(file, repository, to, tag)
            return
        if to not in KINDS:
            raise UsageError("--to is one of markdown, task-master, json")
        kind: Kind = to
        opened = _Opened(file, None, tag)
        original = None if into is None else read_file(into)
        name = name_of(into or file)
        made = write_plan(opened.plan, kind, original, name=name, tag=tag if opened.kind == kind else None)
        sys.stdout.buffer.write(made)

    ending(work)


def import_command(
    file: Annotated[str, typer.Argument(help=_FILES)],
    repository: Annotated[str | None, typer.Option("--repository", help="Where to: OWNER/NAME on GitHub.")] = None,
    tag: Tag = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")] = False,
    as_json: Json = False,
) -> None:
    """Bring a plan in: an issue for each task, with its dependencies and sub-issues; again without doubles."""

    def work() -> None:
        if repository is None:
            raise UsageError("say where to bring it in: --repository OWNER/NAME")
        _remote().bring_in(file, repository, tag, dry_run=dry_run, as_json=as_json)

    ending(work)


def _remote() -> ModuleType:
    """What needs GitHub, loaded where it is asked for: files need no network."""
    return import_module("bot.cli.tasks_remote")


def _words(text: str) -> None:
    WORDS.print(printable(text), markup=False)
