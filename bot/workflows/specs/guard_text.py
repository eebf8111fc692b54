"""The spec guard's verdict for people: title, summary, annotations and buttons of the check run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from bot.contracts.github import Annotation, CheckAction
from bot.contracts.tree import Tree
from bot.planning.specs.model import Change, Finding, Fix, Verdict
from bot.planning.specs.read import entry_at
from bot.workflows.bodies import MAX_BODY, rows_text
from templates import plain, printable, render, unmarked

MOST_ANNOTATIONS: Final = 50  # GitHub: a check run takes 50 in one request
MOST_MESSAGE: Final = 4_000
MOST_TITLE: Final = 255
_ROOM_WORSE: Final = MAX_BODY // 2
_ROOM_OLD: Final = MAX_BODY // 6
_MOST_WORD: Final = 300
"""Characters of one value in a sentence: a path may have thousands."""


@dataclass(frozen=True, slots=True)
class GuardText:
    """What the check run shows."""

    title: str
    summary: str
    annotations: tuple[Annotation, ...]
    actions: tuple[CheckAction, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One finding in words, as Markdown: what it is, and what to do."""

    rule: str
    severity: str
    place: str
    sentence: str
    step: str


def guard_text(verdict: Verdict, changed: Sequence[Change], head: Tree) -> GuardText:
    """The words for a verdict. ``changed`` and ``head`` say where an annotation can stand."""
    return GuardText(
        guard_title(verdict), guard_summary(verdict), annotations_of(verdict, changed, head), actions(verdict)
    )


def guard_title(verdict: Verdict) -> str:
    """One line, within GitHub's limit."""
    failures = sum(finding.severity == "failure" for finding in verdict.findings)
    return plain(render("checks/spec-guard-title.md", verdict=verdict, failures=failures))[:MOST_TITLE]


def guard_summary(verdict: Verdict) -> str:
    """What was decided, what was made worse, with the next steps, and folded what was so before."""
    worse = [row_of(finding) for finding in verdict.worse]
    old = [row_of(finding) for finding in verdict.old]
    approvals = {
        spec.path: render(
            "checks/spec-guard-approval.md",
            checked=verdict.approvals_checked,
            record=next((r for key, r in verdict.approved.items() if key.content == spec.content), None),
        )
        for spec in verdict.covered_by[:20]
    }
    return render(
        "checks/spec-guard-summary.md",
        verdict=verdict,
        approvals=approvals,
        worse=rows_text("checks/spec-guard-findings.md", worse, limit=_ROOM_WORSE, old=False),
        old=rows_text("checks/spec-guard-findings.md", old, limit=_ROOM_OLD, old=True),
    ).strip()


def row_of(finding: Finding) -> Row:
    """A finding in words."""
    values = {key: _short(value) for key, value in finding.values.items()}
    if finding.fault is not None:
        fault = {key: _short(value) for key, value in finding.fault.values.items()}
        values["sentence"], values["step"] = _parts(render(f"refusals/{finding.fault.code}.md", **fault))
    text = render(f"checks/spec-guard/{finding.rule}.md", path=_short(finding.path), **values)
    sentence, step = _parts(text)
    return Row(finding.rule, finding.severity, f"{_short(finding.path)}:{finding.line}", sentence, step)


def message(finding: Finding) -> tuple[str, str]:
    """A finding's sentence and next step as plain text: for annotations and terminals."""
    row = row_of(finding)
    return unmarked(row.sentence), unmarked(row.step)


def actions(verdict: Verdict) -> tuple[CheckAction, ...]:
    """The buttons of the check run: the fixes that would mend something."""
    return tuple(_action(fix) for fix in verdict.fixes)


def annotations_of(verdict: Verdict, changed: Sequence[Change], head: Tree) -> tuple[Annotation, ...]:
    """Each finding at its line. One about a file that the head has not stands at the first changed file instead."""
    there = next((each.path for each in changed if each.state != "deleted" and each.path.isprintable()), None)
    made = []
    for finding in verdict.findings:
        path, line = finding.path, finding.line
        if not path.isprintable() or entry_at(head, path) is None:
            path, line = there or "", 1
        if not path:
            continue
        sentence, step = message(finding)
        made.append(
            Annotation(
                path=path,
                start_line=line,
                end_line=line,
                annotation_level=finding.severity,
                title=finding.rule,
                message=printable(f"{sentence}\nNext: {step}")[:MOST_MESSAGE],
            )
        )
        if len(made) == MOST_ANNOTATIONS:
            break
    return tuple(made)


def _action(fix: Fix) -> CheckAction:
    return CheckAction(
        label=render(f"checks/spec-guard-actions/{fix}-label.md"),
        description=render(f"checks/spec-guard-actions/{fix}.md"),
        identifier=fix,
    )


def _parts(text: str) -> tuple[str, str]:
    sentence, _, step = text.strip().partition("\nNext:")
    return " ".join(sentence.split()), " ".join(step.split())


def _short(value: Any) -> Any:
    if isinstance(value, str):
        return value if len(value) <= _MOST_WORD else value[: _MOST_WORD - 1] + "…"
    if isinstance(value, list):
        return [_short(each) for each in value]
    return value
