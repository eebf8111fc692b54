"""What is wrong in the specs themselves, in their requirements and their index; worse only if the base had it not."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any, Final

from bot.contracts.spec import Rule
from bot.errors import Refusal
from bot.planning.specs.findings import Findings
from bot.planning.specs.freshness import freshness
from bot.planning.specs.index import index_is_stale
from bot.planning.specs.model import SETTINGS, Fix, Spec

_INDEX: Final = re.compile(r"\[[0-9]+\]")
"""A list that grows makes nothing new of what was wrong in it."""


def standing(findings: Findings) -> None:
    """Faults of front matter, reviews that are none, old or to come, and ids that are taken twice."""
    case, pairs = findings.case, findings.pairs
    for spec in case.head.specs:
        before = pairs.before.get(spec.path)
        _faults(findings, spec, before)
        if not spec.faults:
            _review(findings, spec, before)
    for name, specs in case.head.by_id.items():
        for spec in specs[1:]:
            before = pairs.before.get(spec.path)
            old = before is not None and before in case.base.by_id.get(name, ())[1:]
            findings.add(
                "duplicate-id",
                spec.path,
                spec.path,
                spec.line("id"),
                worse=not old,
                spec=name,
                id=name,
                first=specs[0].path,
            )


def _faults(findings: Findings, spec: Spec, before: Spec | None) -> None:
    known = Counter(map(_fault_key, before.faults)) if before is not None else Counter[tuple[str, str]]()
    paths, count = findings.blocked(spec)
    for number, fault in enumerate(spec.faults):
        key = _fault_key(fault)
        old = known[key] > 0
        known[key] -= 1
        findings.add(
            "bad-front-matter",
            f"{spec.path} {number}",
            spec.path,
            fault.place.line or 1,
            worse=count > 0 or not old,
            spec=spec.id,
            fault=fault,
            paths=list(paths),
            count=count,
        )


def _fault_key(fault: Refusal) -> tuple[str, str]:
    values = {key: value for key, value in fault.values.items() if key not in {"path", "size"}}
    return fault.code, f"{_INDEX.sub('[]', fault.place.key or '')} {sorted(values.items())}"


def _review(findings: Findings, spec: Spec, before: Spec | None) -> None:
    case = findings.case
    state = freshness(spec.reviewed, case.today, case.rules.max_age_days)
    if state == "fresh":
        return
    was = before is not None and freshness(before.reviewed, case.today, case.rules.max_age_days) == state
    paths, count = findings.blocked(spec)
    _add_review(findings, state, spec, worse=count > 0 or not was, paths=list(paths), count=count)


def _add_review(findings: Findings, state: Rule, spec: Spec, *, worse: bool, **values: Any) -> None:
    case = findings.case
    fix: Fix | None = "record-review" if spec.path in case.head.by_path else None
    findings.add(
        state,
        spec.path,
        spec.path,
        spec.line("last_review"),
        worse=worse,
        spec=spec.id,
        fix=fix,
        reviewed=spec.reviewed,
        given=spec.given_review,
        age_days=None if spec.reviewed is None else (case.today - spec.reviewed).days,
        max_age_days=case.rules.max_age_days,
        **values,
    )


def requirements(findings: Findings) -> None:
    """Requirements with one id, and those that nothing points at (any more)."""
    case = findings.case
    before = Counter(each.id for spec in case.base.specs for each in spec.requirements)
    seen: dict[str, str] = {}
    times: Counter[str] = Counter()
    for spec in case.head.specs:
        for each in spec.requirements:
            times[each.id] += 1
            if each.id in seen:
                findings.add(
                    "duplicate-requirement",
                    f"{spec.path} {each.id} {times[each.id]}",
                    spec.path,
                    each.line,
                    worse=times[each.id] > before[each.id],
                    spec=spec.id,
                    id=each.id,
                    first=seen[each.id],
                )
                continue
            seen[each.id] = spec.path
            if case.evidence is None or each.id in case.evidence.found:
                continue
            lost = each.id in case.base_evidence.found
            worse = lost or not before[each.id]
            findings.add(
                "requirement-unlinked",
                each.id,
                spec.path,
                each.line,
                worse=worse,
                severity=None if case.evidence.complete else "warning" if worse else "notice",
                spec=spec.id,
                id=each.id,
                lost=lost,
                was=list(case.base_evidence.found.get(each.id, ())[:3]),
                done=each.done,
            )
    if case.evidence is not None and not case.evidence.complete:
        findings.add("evidence-incomplete", SETTINGS, SETTINGS, 1, worse=False)


def index(findings: Findings) -> None:
    """The generated index is that of the head's specs."""
    case = findings.case
    if index_is_stale(case.head):
        path = case.rules.index
        never_had_one = case.head.index is None and case.base.index is None
        findings.add(
            "index-stale",
            path,
            path,
            1,
            worse=not (never_had_one or index_is_stale(case.base)),
            fix="update-index",
            missing=case.head.index is None,
        )


def named(findings: Findings) -> None:
    """The spec that a migration's manifest names. What is wrong with it holds the migration up, so all of it counts."""
    asked = findings.case.named
    if asked is None:
        return
    if asked.path is None:
        if asked.required:
            findings.add("spec-not-named", asked.manifest, asked.manifest, 1, worse=True)
        return
    spec = asked.spec
    if spec is None:
        findings.add("spec-missing", asked.path, asked.path, 1, worse=True, manifest=asked.manifest)
        return
    if spec.faults and not spec.lines:  # its front matter cannot be read at all
        for number, fault in enumerate(spec.faults):
            findings.add(
                "bad-front-matter",
                f"{spec.path} {number}",
                spec.path,
                fault.place.line or 1,
                worse=True,
                fault=fault,
                paths=[],
                count=0,
            )
        return
    state = freshness(spec.reviewed, findings.case.today, findings.case.rules.max_age_days)
    if state != "fresh":
        _add_review(findings, state, spec, worse=True, paths=[], count=0)
