"""What an imported task's issue is rendered from: the answers of the form, made harmless and read back as they are."""

from __future__ import annotations

import hashlib
import re
from typing import Final, TypedDict

from bot.contracts.task import PlannedTask
from bot.planning.tasks.text.boxes import one_line
from bot.planning.tasks.text.code_spans import spanned
from bot.planning.tasks.text.form_text import quiet, written_answer
from bot.planning.tasks.text.shown import split_lines

_BOX: Final = re.compile(r"^([ \t]*(?:[-+*]|[0-9]{1,9}[.)])[ \t]+)\[[xX]\](?=[ \t])")


class IssueText(TypedDict):
    """Values of ``templates/tasks/issue.md``: Markdown that needs no filter any more."""

    goal: str
    acceptance: list[str]
    paths: list[str]
    lane: str
    priority: str
    spec: str
    verification: str


def issue_text(task: PlannedTask) -> IssueText:
    """The answers of the form for a task. What it depends on is not among them: that is told to GitHub itself."""
    boxes = [f"- [{'x' if at in task.ticked else ' '}] " for at in range(len(task.acceptance))]
    return {
        "goal": written_answer(task.goal),
        "acceptance": [box + quiet(one_line(text)) for box, text in zip(boxes, task.acceptance, strict=True)],
        "paths": [spanned(path) for path in task.paths],
        "lane": task.lane,
        "priority": task.priority,
        "spec": spanned(task.spec) if task.spec else "",
        "verification": written_answer(task.verification),
    }


def digest(title: str, body: str) -> str:
    """A digest of what the bot wrote: 16 hexadecimal digits. Ticks, line ends and white space at ends do not count."""
    lines = [_BOX.sub(r"\1[ ]", line.rstrip()) for line in split_lines(body)]
    text = "\n".join(lines).strip("\n")
    return hashlib.sha256(f"{one_line(title)}\0{text}".encode("utf-8", "replace")).hexdigest()[:16]
