"""What the spec guard is handed and what it gives back. All of it is frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any, Final, Literal, NamedTuple, Protocol, TypeAlias

from bot.contracts.spec import Rule, Severity, SpecFront
from bot.errors import Refusal
from bot.source.globs import Glob

Fix = Literal["record-review", "update-index"]
"""A fix that a button of the check run applies; GitHub takes identifiers of 20 characters."""
SETTINGS: Final = ".github/graftsman.yml"
"""Where the settings stand, for places; ``bot.config`` reads them."""
GONE: Final = ""
"""Stands for the content of a spec that the head removes: its removal is approved under this digest."""


class Rules(Protocol):
    """What the guard asks of settings (``bot.config.SpecSettings`` fits)."""

    @property
    def max_age_days(self) -> int:
        """A spec must have been reviewed within so many days."""
        ...

    @property
    def guarded(self) -> tuple[str, ...]:
        """Globs of paths that may not change without a spec that covers them."""
        ...

    @property
    def index(self) -> str:
        """The path of the generated index."""
        ...


class ApprovalKey(NamedTuple):
    """What an approval is given for: a spec's content, by its digest (``GONE``: its removal)."""

    path: str
    content: str


@dataclass(frozen=True, slots=True)
class ApprovalRecord:
    """An approval that reviews prove."""

    by: tuple[str, ...]
    """Logins of those whose reviews count."""
    pull: int | None = None
    """The pull request in which they reviewed it."""
    commit: str | None = None
    """The head that they reviewed."""
    on: date | None = None
    """The day of the last of these reviews, UTC."""


@dataclass(frozen=True, slots=True)
class Unapproved:
    """Why a content is not approved. ``reason`` chooses the words; ``could`` names those who could approve it."""

    reason: Literal["not-reviewed", "changes-requested", "not-enough", "outdated", "no-pull", "unknown"] = "unknown"
    could: tuple[str, ...] = ()
    pull: int | None = None


Approvals: TypeAlias = Mapping[ApprovalKey, ApprovalRecord | Unapproved] | Literal["not-checked"]
"""Derived from reviews by the caller; a key that is missing is not approved. Offline nobody can: ``not-checked``."""


@dataclass(frozen=True, slots=True)
class Requirement:
    """A ticked or open box with an id in a spec. ``line`` is the file's."""

    id: str
    text: str
    done: bool
    line: int


@dataclass(frozen=True)
class Spec:
    """One spec file, read. What is wrong with it is in ``faults``, the rest is there all the same."""

    path: str
    content: str
    """SHA-256 of all but the records, in hexadecimal digits."""
    front: SpecFront | None = None
    """``None`` when it has faults: then nothing of it counts as approved."""
    id: str | None = None
    covers: tuple[Glob, ...] = ()
    """What it covers, or would if it had no faults."""
    requirements: tuple[Requirement, ...] = ()
    faults: tuple[Refusal, ...] = ()
    lines: Mapping[str, int] = field(default_factory=dict)
    """The line of every key of the front matter."""
    reviewed: date | None = None
    given_review: str | None = None
    """What stands as ``last_review``, also when it is no date."""

    def covering(self, path: str) -> bool:
        """Whether one of its globs matches."""
        return any(glob.matches(path) for glob in self.covers)

    def line(self, key: str) -> int:
        """The line of a key; of the front matter's beginning when it is not there."""
        return self.lines.get(key, 1)


@dataclass(frozen=True)
class SpecSet:
    """All specs of a tree, by path, and the bytes of the index that stands beside them."""

    specs: tuple[Spec, ...] = ()
    index: bytes | None = None

    @cached_property
    def by_path(self) -> Mapping[str, Spec]:
        """The specs by path."""
        return {spec.path: spec for spec in self.specs}

    @cached_property
    def by_id(self) -> Mapping[str, tuple[Spec, ...]]:
        """The specs by id, those with one."""
        found: dict[str, tuple[Spec, ...]] = {}
        for spec in self.specs:
            if spec.id is not None:
                found[spec.id] = (*found.get(spec.id, ()), spec)
        return found

    def covering(self, path: str) -> tuple[Spec, ...]:
        """The specs that cover a path."""
        return tuple(spec for spec in self.specs if spec.covering(path))


class Change(NamedTuple):
    """A path in which the head differs from the base."""

    path: str
    state: Literal["added", "changed", "deleted"] = "changed"


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where requirements are pointed at: id to paths, sorted. ``complete``: all that had to be searched was."""

    found: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    complete: bool = True


@dataclass(frozen=True, slots=True)
class Named:
    """The spec that a migration's manifest names, read on the base; judged besides what the paths ask for."""

    path: str | None
    """``None``: the manifest names none."""
    spec: Spec | None
    """``None``: there is no such file."""
    required: bool = False
    manifest: str = ""
    """The manifest's path."""


@dataclass(frozen=True)
class Case:
    """What is judged: the head of a pull request against its base.

    ``base`` is what the head will be merged into as it was when the head left it (the merge base), so that ``changed``
    holds the head's own changes. Settings come from the base, never from the head.
    """

    base: SpecSet
    head: SpecSet
    changed: tuple[Change, ...]
    rules: Rules
    today: date
    approvals: Approvals
    evidence: Evidence | None = None
    """In the head. ``None``: nobody asks where requirements are pointed at."""
    base_evidence: Evidence = Evidence()
    """In the files of the base that the head changed or deleted: the others are in the head as well."""
    named: Named | None = None


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, at its place, with what its sentence needs."""

    rule: Rule
    subject: str
    """What it is about, for good: path, spec's path or requirement. With ``rule`` it names the finding."""
    path: str
    line: int
    worse: bool
    """Whether the head made it so."""
    severity: Severity
    spec: str | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    fix: Fix | None = None
    fault: Refusal | None = None
    """What is wrong in the front matter, in the words of all refusals."""

    @property
    def key(self) -> str:
        """Names the finding from run to run; a waiver binds to it."""
        return f"{self.rule} {self.subject}"


@dataclass(frozen=True)
class Verdict:
    """What the guard decided, and why. ``failure`` when a finding is one, ``neutral`` when nothing asks for a spec."""

    conclusion: Literal["success", "failure", "neutral"]
    findings: tuple[Finding, ...]
    """Worse ones first, then by path and line."""
    needing: int = 0
    """How many changed paths need a spec."""
    covered_by: tuple[Spec, ...] = ()
    """The specs that cover them and are approved (as far as that is checked) and fresh."""
    approved: Mapping[ApprovalKey, ApprovalRecord] = field(default_factory=dict)
    """The approvals that counted."""
    approvals_checked: bool = True
    wanted: tuple[ApprovalKey, ...] = ()
    """The approvals that this verdict asked for."""

    @property
    def worse(self) -> tuple[Finding, ...]:
        """What the head made worse."""
        return tuple(finding for finding in self.findings if finding.worse)

    @property
    def old(self) -> tuple[Finding, ...]:
        """What was so before."""
        return tuple(finding for finding in self.findings if not finding.worse)

    @property
    def fixes(self) -> tuple[Fix, ...]:
        """The fixes that would mend something, in order: buttons of the check run."""
        offered = {finding.fix for finding in self.findings}
        both: tuple[Fix, ...] = ("record-review", "update-index")
        return tuple(fix for fix in both if fix in offered)
