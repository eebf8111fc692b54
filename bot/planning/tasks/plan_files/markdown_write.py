"""Writes a plan afresh as a Markdown task list that is read back as the same plan."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from bot.contracts.task import PlannedTask, TaskPlan
from bot.planning.tasks.plan_files.markdown_heads import read_head, slug
from bot.planning.tasks.text.code_spans import quoted, spanned
from bot.planning.tasks.text.form_text import clean

_TICKED: Final = frozenset({"done", "subsumed"})
_ONE_LINE: Final = re.compile(r"[A-Za-z0-9][\w ,.;:'’%=?–—()-]*", re.ASCII)


def write_fresh(plan: TaskPlan) -> str:
    """The list: a heading with the plan's name, tasks in order, sub-tasks below their epics."""
    below: dict[str | None, list[PlannedTask]] = {}
    for task in plan.tasks:
        below.setdefault(task.parent, []).append(task)
    lines = [f"# {plan.plan}", ""]
    waiting = [(task, 0) for task in reversed(below.get(None, []))]
    while waiting:
        task, depth = waiting.pop()
        lines += [("  " * depth + line).rstrip() for line in _task(task)]
        waiting += [(each, depth + 1) for each in reversed(below.get(task.id, []))]
    return "\n".join(lines) + "\n"


def _task(task: PlannedTask) -> Iterator[str]:
    box = "x" if task.state in _TICKED else " "
    title = " ".join(task.title.split())
    head = read_head(title)
    plain = _ONE_LINE.fullmatch(title) is not None and (head.id, head.title, head.said) == ("", title, [])
    own = read_head(f"{task.id}: x")
    if plain and (own.id, own.title) == (task.id, "x"):
        yield f"- [{box}] {task.id}: {title}"
    else:
        yield f"- [{box}] {title if plain else 'task'}"
        if not plain:
            yield f"  - title: {quoted(title)}"
        if not plain or slug(title) != task.id:
            yield f"  - id: {quoted(task.id)}"
    if task.depends_on:
        yield f"  - depends on: {', '.join(quoted(name) for name in task.depends_on)}"
    if task.paths:
        yield f"  - paths: {', '.join(spanned(path) for path in task.paths)}"
    for name, value in (("lane", task.lane), ("spec", task.spec)):
        if value:
            yield f"  - {name}: {quoted(value)}"
    if task.priority != "medium":
        yield f"  - priority: {task.priority}"
    if task.state not in {"ready", "done"}:
        yield f"  - state: {task.state}"
    yield from _text("goal", task.goal)
    yield from _text("verification", task.verification)
    if task.acceptance:
        yield "  - acceptance:"
        for at, text in enumerate(task.acceptance):
            yield f"    - [{'x' if at in task.ticked else ' '}] {quoted(' '.join(text.split()))}"


def _text(name: str, text: str) -> Iterator[str]:
    text = clean(text)
    if _ONE_LINE.fullmatch(text):
        yield f"  - {name}: {text}"
    elif text:
        ticks = "`" * max(3, max((len(run) for run in re.findall("`+", text)), default=0) + 1)
        yield f"  - {name}:"
        yield f"    {ticks}text"
        yield from (f"    {line}" for line in text.split("\n"))
        yield f"    {ticks}"
