"""Collects findings: each once, the worse one winning, in the order in which people should read them."""

from __future__ import annotations

from typing import Any, Final

from bot.contracts.spec import Rule, Severity
from bot.errors import Refusal
from bot.planning.specs.model import Case, Change, Finding, Fix, Spec, Unapproved
from bot.planning.specs.pairs import Pairs

_ORDER: Final = {"failure": 0, "warning": 1, "notice": 2}


class Findings:
    """The findings of one case."""

    def __init__(self, case: Case, pairs: Pairs) -> None:
        self.case, self.pairs = case, pairs
        self._found: dict[str, Finding] = {}
        self._blocked: dict[str, tuple[tuple[str, ...], int]] = {}

    def sorted(self) -> tuple[Finding, ...]:
        """All of them: failures first, then by path and line."""
        return tuple(
            sorted(
                self._found.values(),
                key=lambda each: (not each.worse, _ORDER[each.severity], each.path, each.line, each.rule, each.subject),
            )
        )

    def add(
        self,
        rule: Rule,
        subject: str,
        path: str,
        line: int,
        *,
        worse: bool,
        severity: Severity | None = None,
        spec: str | None = None,
        fix: Fix | None = None,
        fault: Refusal | None = None,
        **values: Any,
    ) -> None:
        """Adds one, unless the same is there and not less bad."""
        level: Severity = severity or ("failure" if worse else "notice")
        made = Finding(rule, subject, path, max(1, line), worse, level, spec, values, fix, fault)
        there = self._found.get(made.key)
        if there is None or (made.worse, -_ORDER[level]) > (there.worse, -_ORDER[there.severity]):
            self._found[made.key] = made

    def blocks(self, spec: Spec, paths: tuple[str, ...], count: int) -> None:
        """Remembers that changed paths are held up by a spec's state: whatever is wrong with it then counts."""
        self._blocked[spec.path] = (paths, count)

    def blocked(self, spec: Spec) -> tuple[tuple[str, ...], int]:
        """Some of the changed paths that a spec holds up, and how many there are."""
        return self._blocked.get(spec.path, ((), 0))

    def uncovered(self, change: Change, before: tuple[Spec, ...]) -> None:
        """A changed path that no spec of the head covers; ``before`` are those that covered it on the base."""
        self.add(
            "uncovered",
            change.path,
            change.path,
            1,
            worse=True,
            state=change.state,
            before=[spec.path for spec in before[:3]],
        )

    def not_approved(self, spec: Spec, why: Unapproved) -> None:
        """A spec whose content nobody who may has approved."""
        paths, count = self.blocked(spec)
        self.add(
            "not-approved",
            spec.path,
            spec.path,
            1,
            worse=True,
            spec=spec.id,
            reason=why.reason,
            could=list(why.could),
            pull=why.pull,
            paths=list(paths),
            count=count,
        )

    def approval_unknown(self, spec: Spec) -> None:
        """A content that the head brings, where approvals are not checked."""
        self.add("approval-unknown", spec.path, spec.path, 1, worse=True, severity="warning", spec=spec.id)

    def removed(self, spec: Spec, why: Unapproved | None, *, checked: bool) -> None:
        """A spec that the head removes without an approval of that; a warning where approvals are not checked."""
        why = why or Unapproved()
        self.add(
            "spec-removed",
            spec.path,
            spec.path,
            1,
            worse=True,
            severity="failure" if checked else "warning",
            spec=spec.id,
            checked=checked,
            could=list(why.could),
            covers=[glob.pattern for glob in spec.covers[:5]],
        )
