"""One file: exact rules on its specifiers, specifiers and paths that must follow a move, then regex rules.

Everything is kept as byte spans, so bytes outside the listed rewrites come through as they were, whatever the encoding.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.contracts.certificate import Warning_
from bot.errors import Place, Refusal
from bot.migration import aliases, follow_go, follow_python, follow_scripts, imports, references
from bot.migration.headers import Interest, find_specifiers
from bot.migration.model import Change, show
from bot.migration.rules import is_dotted
from bot.migration.scene import Step
from bot.source.grammars import language_of, quoted
from bot.source.lines import LineIndex

if TYPE_CHECKING:
    from bot.migration.rules import Exact, Rules
    from bot.migration.scene import Scene, Task
    from bot.source.grammars import Language, Specifier

BINARY = b"\0"
MOST_BYTES = 8 * 1024 * 1024
"""Larger files are not searched for imports."""
ESCAPED = re.compile(r"[\x00-\x1f\x7f\\]")
AS = re.compile(rb"\s+as\b")


@dataclass(slots=True)
class Outcome:
    """What became of a file. ``data`` is ``None`` when not a byte changed."""

    data: bytes | None = None
    changes: tuple[Change, ...] = ()
    """In the order of application: the first stage by offset, then each regex rule by offset."""
    warnings: list[Warning_] = field(default_factory=list)


@dataclass(slots=True)
class _Read:
    """A specifier and what it will read."""

    spec: Specifier
    text: str


def rewrite(scene: Scene, task: Task) -> Outcome:
    """Apply all that concerns one file.

    Raises ``rule-breaks-syntax`` when an exact rule would write something that is no module name in that language.
    """
    language = language_of(task.old)
    known = references.is_known(task.old)
    listing = bool(scene.movers) and (task.own is None or task.own.folder.moves) and references.is_readable(task.old)
    page = references.is_page(task.old)
    if not (language or known or page or task.rules or listing):
        return Outcome()
    large = scene.base.tree.size(task.entry.oid) > MOST_BYTES
    if large and not task.rules.patterns:
        return Outcome(warnings=[_warning(task, "not-searched", 1, "too large")] if language or task.rules else [])
    data = scene.base.tree.read(task.entry.oid)
    if BINARY in data:
        return Outcome()
    outcome = Outcome()
    if references.is_workflow(task.old) and task.own is None:
        _list(scene, task, data, outcome)
        return outcome
    reads: list[_Read] = []
    first: list[Change] = []
    if large:
        outcome.warnings.append(_warning(task, "not-searched", 1, "too large"))
    elif language is not None:
        first, reads = _specifiers(scene, task, language, data, outcome)
    else:
        first = _quoted(task, data)
        if known:
            first += references.follow(scene, task, data)
    first = _disjoint(first)
    result = splice(data, first)
    changes = tuple(first)
    later = _patterns(task.rules, data, result, first)
    if later[1]:
        result, more = later
        changes += tuple(more)
    if result != data:
        outcome.data, outcome.changes = result, changes
    _judge(scene, task, language, reads if not later[1] else None, result, outcome)
    if known and task.own is not None:
        outcome.warnings += [
            Warning_(code="points-nowhere", file=show(task.new), line=line, text=text)
            for line, text in references.lost(scene, task, result)
        ]
    if page or (language is not None and language not in {"python", "go"}):
        outcome.warnings += [
            Warning_(code="points-nowhere", file=show(task.new), line=line, text=text)
            for line, text in references.lost_beside_imports(scene, task, result)
        ]
    if listing:
        _list(scene, task, result, outcome)
    return outcome


def splice(data: bytes, changes: list[Change]) -> bytes:
    """The data with spans (sorted, apart) replaced."""
    if not changes:
        return data
    parts, at = [], 0
    for change in changes:
        parts += [data[at : change.start], change.after]
        at = change.end
    return b"".join([*parts, data[at:]])


def _specifiers(
    scene: Scene, task: Task, language: Language, data: bytes, outcome: Outcome
) -> tuple[list[Change], list[_Read]]:
    aliased = aliases.needed(scene, task)
    rules = task.rules.exact
    interest = None if aliased else Interest(tuple(rule.literal for rule in rules), scene.names(task.own))
    follow = {"python": follow_python.follow, "go": follow_go.follow}.get(language, follow_scripts.follow)
    changes: list[Change] = []
    reads: list[_Read] = []
    for spec in scene.specifiers(language, task, data, interest):
        ruled = _ruled(rules, spec.text)
        if ruled is None and aliased and (was := aliases.before_moves(scene, task, language, spec)) is not None:
            ruled = _ruled(rules, was)
        step = Step()
        if ruled is not None:
            text, rule = ruled[1], f"imports[{ruled[0].index}]"
            if language == "python":
                _check_syntax(task, spec, data, text, rule)
        else:
            step = follow(scene, task, spec)
            outcome.warnings += [_warning(task, code, spec.line, text) for code, text in step.warnings]
            text, rule = step.text if step.text is not None else spec.text, step.rule
        if text != spec.text and not _fits(data, spec, text):
            outcome.warnings.append(_warning(task, "not-recomputed", spec.line, spec.text))
            text = spec.text
        if ruled is not None or not step.settled:
            reads.append(_Read(spec, text))
        if text != spec.text:
            before = data[spec.start : spec.end]
            after = text.encode("utf-8", "surrogateescape")
            changes.append(Change(spec.start, spec.end, after, before, spec.line, rule))
        if language == "python":
            outcome.warnings += _python_warnings(task, rules, spec, data, text, by_rule=ruled is not None)
    return changes, reads


def _fits(data: bytes, spec: Specifier, text: str) -> bool:
    """Whether a text can stand in the literal that held the specifier without ending it or being read otherwise."""
    quote = data[spec.start - 1 : spec.start].decode("latin-1")
    if quote not in {'"', "'", "`"}:
        return True
    return quote not in text and not (quote == "`" and "${" in text) and ESCAPED.search(text) is None


def _ruled(rules: tuple[Exact, ...], text: str) -> tuple[Exact, str] | None:
    """The first rule that matches a specifier, and what it makes of it."""
    return next(((rule, to) for rule in rules if (to := rule.rewrite(text)) is not None), None)


def _check_syntax(task: Task, spec: Specifier, data: bytes, text: str, rule: str) -> None:
    if spec.kind == "dynamic":
        return
    if not is_dotted(text, relative=_is_from(spec, data)):
        values = {"file": show(task.old), "line": spec.line, "rule": rule, "before": spec.text, "after": text}
        raise Refusal("rule-breaks-syntax", Place(), values)


def _is_from(spec: Specifier, data: bytes) -> bool:
    """Whether a Python module name stands behind ``from`` (a relative one can stand nowhere else)."""
    before = data[max(0, spec.start - 80) : spec.start].rstrip(b" \t\r\n\\\f")
    return spec.text.startswith(".") or before.endswith(b"from")


def _python_warnings(
    task: Task, rules: tuple[Exact, ...], spec: Specifier, data: bytes, text: str, *, by_rule: bool
) -> list[Warning_]:
    found = []
    if text != spec.text and spec.kind != "dynamic" and not _is_from(spec, data) and not AS.match(data, spec.end):
        found.append(_warning(task, "binding-changed", spec.line, f"{spec.text} -> {text}"))
    if not by_rule:
        for name in spec.names:
            full = f"{spec.text}{name}" if spec.text.endswith(".") else f"{spec.text}.{name}"
            if any(rule.rewrite(full) is not None for rule in rules):
                found.append(_warning(task, "points-at-old-place", spec.line, full))
    return found


def _quoted(task: Task, data: bytes) -> list[Change]:
    """Exact rules on a file without a grammar: the quoted string, wherever it stands."""
    changes: list[Change] = []
    index = LineIndex(data) if task.rules.exact else LineIndex(b"")
    for rule in task.rules.exact:
        if rule.literal not in data:
            continue
        if rule.below:
            pattern = re.compile(rb"([\"'`])(" + re.escape(rule.literal) + rb"[^\"'`\r\n]+)\1")
            spans = [found.span(2) for found in pattern.finditer(data)]
        else:
            spans = quoted(data, rule.from_)
        for start, end in spans:
            to = rule.rewrite(data[start:end].decode("utf-8", "surrogateescape"))
            if to is None or to.encode("utf-8", "surrogateescape") == data[start:end]:
                continue
            after = to.encode("utf-8", "surrogateescape")
            line = index.line(start)
            changes.append(Change(start, end, after, data[start:end], line, f"imports[{rule.index}]"))
    return changes


def _disjoint(changes: list[Change]) -> list[Change]:
    """Changes by offset; of two that overlap, the first one. Earlier in the list goes first at the same place."""
    kept: list[Change] = []
    for change in sorted(changes, key=lambda change: change.start):
        if not kept or kept[-1].end <= change.start:
            kept.append(change)
    return kept


def _patterns(rules: Rules, data: bytes, result: bytes, first: list[Change]) -> tuple[bytes, list[Change]]:
    """Regex rules, each on what the one before left. Lines are those of the original file."""
    maps = [_Back(first)]
    found: list[Change] = []
    index = LineIndex(data) if rules.patterns else LineIndex(b"")
    for rule in rules.patterns:
        stage = []
        for span in rule.regex.rewrites(result, rule.to):
            if span.before == span.after:
                continue
            offset = span.start
            for back in reversed(maps):
                offset = back(offset)
            line = index.line(offset)
            stage.append(Change(span.start, span.end, span.after, span.before, line, f"imports[{rule.index}]"))
        if stage:
            result = splice(result, stage)
            maps.append(_Back(stage))
            found += stage
    return result, found


class _Back:
    """Maps an offset after some changes to one before them."""

    def __init__(self, changes: list[Change]) -> None:
        self.starts: list[int] = []
        self.rows: list[tuple[int, int, int]] = []
        shift = 0
        for change in changes:
            self.starts.append(change.start + shift)
            self.rows.append((change.start + shift + len(change.after), change.start, change.end))
            shift += len(change.after) - (change.end - change.start)

    def __call__(self, offset: int) -> int:
        at = bisect_right(self.starts, offset) - 1
        if at < 0:
            return offset
        end, old_start, old_end = self.rows[at]
        return old_start if offset < end else old_end + offset - end


def _judge(
    scene: Scene, task: Task, language: Language | None, reads: list[_Read] | None, data: bytes, outcome: Outcome
) -> None:
    """Warn of specifiers that, in the finished file, point nowhere or at the old place."""
    if language is None or len(data) > MOST_BYTES:
        return
    if reads is None:  # a regex rule changed the text: what stands there now is read afresh
        reads = [
            _Read(spec, spec.text) for spec in find_specifiers(language, data, Interest(names=scene.names(task.own)))
        ]
    warned = {(warning.line, warning.text) for warning in outcome.warnings}
    for read in reads:
        if task.own is None and read.text == read.spec.text and imports.is_relative(read.text):
            continue  # elsewhere, only what was rewritten, or may be an alias of the old place, is our business
        if language == "python":
            found = follow_python.judge(scene, task, read.text, read.spec.names, read.spec.kind)
        elif language == "go":
            found = follow_go.judge(scene, task, read.text)
        else:
            found = follow_scripts.judge(scene, task, read.text)
        for code, text in found:
            if (read.spec.line, text) not in warned:
                outcome.warnings.append(_warning(task, code, read.spec.line, text))


def _list(scene: Scene, task: Task, data: bytes, outcome: Outcome) -> None:
    lines = {warning.line for warning in outcome.warnings}
    outcome.warnings += [
        _warning(task, "path-reference", line, text)
        for line, text in {**dict(references.words(scene, task, data)), **dict(references.listed(scene, data))}.items()
        if line not in lines
    ]


def _warning(task: Task, code: str, line: int, text: str) -> Warning_:
    return Warning_(code=code, file=show(task.new), line=line, text=show(text))
