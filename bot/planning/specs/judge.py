"""The spec guard's decision: what the head makes worse fails it, what was so before is only told."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

from bot.errors import Place
from bot.planning.specs.findings import Findings
from bot.planning.specs.freshness import freshness
from bot.planning.specs.model import (
    GONE,
    SETTINGS,
    ApprovalKey,
    ApprovalRecord,
    Case,
    Change,
    Spec,
    Unapproved,
    Verdict,
)
from bot.planning.specs.pairs import Pairs, approval_keys, has_new_content, pair
from bot.planning.specs.standing import index, named, requirements, standing
from bot.source.globs import Glob, compile_glob

MOST_SHOWN: Final = 5
"""Paths that a finding about a spec names."""


@dataclass(frozen=True)
class Need:
    """A changed path that needs a spec, and why: what covers it in the head, or covered it on the base."""

    change: Change
    head: tuple[Spec, ...]
    base: tuple[Spec, ...]


def needs(case: Case) -> tuple[Need, ...]:
    """The changed paths that need a spec: covered on the base or in the head, or guarded. Specs and index are none.

    A spec that drops a path in the same head does not free it. Raises ``Refusal('bad-glob')`` for a guarded glob.
    """
    guarded = _guarded(case.rules.guarded)
    exempt = {*case.base.by_path, *case.head.by_path, case.rules.index}
    found = []
    for change in case.changed:
        if change.path in exempt:
            continue
        need = Need(change, case.head.covering(change.path), case.base.covering(change.path))
        if need.head or need.base or any(glob.matches(change.path) for glob in guarded):
            found.append(need)
    return tuple(found)


def wanted_approvals(case: Case) -> tuple[ApprovalKey, ...]:
    """The approvals that ``judge`` will ask for, so that the caller derives these and no others.

    Those of the head's specs that cover a changed path, of contents that the head brings, and of removals (``GONE``).
    """
    return _wanted(case, needs(case), pair(case))


def _wanted(case: Case, asked: tuple[Need, ...], pairs: Pairs) -> tuple[ApprovalKey, ...]:
    covering = {spec.path for need in asked for spec in need.head}
    specs = [spec for spec in case.head.specs if spec.path in covering or has_new_content(spec, pairs)]
    keys = [key for spec in specs for key in approval_keys(spec, pairs)]
    return tuple(dict.fromkeys([*keys, *(ApprovalKey(spec.path, GONE) for spec in pairs.removed)]))


def judge(case: Case) -> Verdict:
    """Judges a head. Raises ``Refusal('bad-glob')`` for a glob of the settings."""
    pairs = pair(case)
    asked = needs(case)
    findings = Findings(case, pairs)
    desk = _Approvals(case, pairs)
    covered = _coverage(findings, desk, asked)
    _contents(findings, desk, pairs)
    standing(findings)
    requirements(findings)
    index(findings)
    named(findings)
    found = findings.sorted()
    failed = any(finding.severity == "failure" for finding in found)
    touched = bool(asked or pairs.removed or (case.named and case.named.path))
    touched = touched or any(has_new_content(spec, pairs) for spec in case.head.specs)
    conclusion: Literal["success", "failure", "neutral"] = "failure" if failed else "success" if touched else "neutral"
    return Verdict(
        conclusion=conclusion,
        findings=found,
        needing=len(asked),
        covered_by=tuple(sorted(covered.values(), key=lambda spec: spec.path)),
        approved=desk.counted,
        approvals_checked=case.approvals != "not-checked",
        wanted=_wanted(case, asked, pairs),
    )


class _Approvals:
    """Looks approvals up, and remembers those that counted."""

    def __init__(self, case: Case, pairs: Pairs) -> None:
        self._approvals, self._pairs = case.approvals, pairs
        self.counted: dict[ApprovalKey, ApprovalRecord] = {}

    @property
    def checked(self) -> bool:
        return self._approvals != "not-checked"

    def missing(self, keys: Iterable[ApprovalKey]) -> Unapproved | None:
        """Why none of these is approved; ``None`` when one is. Where nobody checks, none is missed here."""
        if isinstance(self._approvals, str):
            return None
        why = Unapproved()
        for number, key in enumerate(keys):
            found = self._approvals.get(key, Unapproved())
            if isinstance(found, ApprovalRecord):
                self.counted[key] = found
                return None
            why = why if number else found
        return why

    def of(self, spec: Spec) -> Unapproved | None:
        return self.missing(approval_keys(spec, self._pairs))


def _coverage(findings: Findings, desk: _Approvals, asked: tuple[Need, ...]) -> dict[str, Spec]:
    """Every path needs one spec of the head that has no faults, is approved, and is fresh. Gives those that count."""
    case = findings.case
    effective: dict[str, bool] = {}
    blocked: dict[str, tuple[Spec, list[str]]] = {}
    counting: dict[str, Spec] = {}
    for need in asked:
        good = []
        for spec in need.head:
            if spec.path not in effective:
                fresh = freshness(spec.reviewed, case.today, case.rules.max_age_days) == "fresh"
                effective[spec.path] = fresh and not spec.faults and desk.of(spec) is None
            if effective[spec.path]:
                good.append(spec)
        counting.update({spec.path: spec for spec in good})
        if not need.head:
            findings.uncovered(need.change, need.base)
        elif not good:
            for spec in need.head:
                blocked.setdefault(spec.path, (spec, []))[1].append(need.change.path)
    for spec, paths in blocked.values():
        findings.blocks(spec, tuple(paths[:MOST_SHOWN]), len(paths))
        if not spec.faults and (why := desk.of(spec)) is not None:
            findings.not_approved(spec, why)
    return counting


def _contents(findings: Findings, desk: _Approvals, pairs: Pairs) -> None:
    """What the head does to specs is approved by itself: a new content, and a removal."""
    unchecked = []
    for spec in findings.case.head.specs:
        if not has_new_content(spec, pairs):
            continue
        if not desk.checked:
            unchecked.append(spec)
        elif (why := desk.of(spec)) is not None:
            findings.not_approved(spec, why)
    for spec in unchecked:
        findings.approval_unknown(spec)
    for spec in pairs.removed:
        why = desk.missing([ApprovalKey(spec.path, GONE)])
        if why is not None or not desk.checked:
            findings.removed(spec, why, checked=desk.checked)


def _guarded(patterns: tuple[str, ...]) -> list[Glob]:
    return [compile_glob(glob, Place(SETTINGS, key=f"spec.guarded[{at}]")) for at, glob in enumerate(patterns)]
