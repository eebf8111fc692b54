"""A mini-spec's front matter, the generated index of all specs, and what ``graftsman spec-guard`` prints."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from bot.contracts.base import Contract, First
from bot.contracts.refusal import Refused, RefusedFault

SpecId = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
Title = Annotated[str, Field(min_length=1, max_length=200)]
Name = Annotated[str, Field(min_length=1, max_length=200)]
Glob = Annotated[str, Field(min_length=1, max_length=1024)]
RequirementId = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9]*(?:-[A-Z0-9]+)*-[0-9]+$", max_length=64)]
Rule = Literal[
    "approval-unknown",
    "bad-front-matter",
    "duplicate-id",
    "duplicate-requirement",
    "evidence-incomplete",
    "future-review",
    "index-stale",
    "no-review",
    "not-approved",
    "requirement-unlinked",
    "spec-missing",
    "spec-not-named",
    "spec-removed",
    "stale-review",
    "uncovered",
]
"""What the spec guard can find, by its stable code. Waivers name these."""
Severity = Literal["failure", "warning", "notice"]


class SpecFront(Contract):
    """The front matter of a mini-spec. Members that are not named here may hold anything."""

    model_config = ConfigDict(extra="ignore")

    id: SpecId
    """Names the spec for good, also when its file is moved. Quote it where it looks like a number."""
    title: Title
    """What it is about, in one line."""
    owners: tuple[Name, ...] = ()
    """Who answers for it, for people to read: who may approve is the policy's word."""
    last_review: date | None = None
    """The day of the last review, `YYYY-MM-DD`."""
    covers: tuple[Glob, ...] = ()
    """Globs of the paths that it covers."""
    status: Any = None
    """A record that the bot proposes; believed by nobody."""
    approvals: Any = None
    """A record that the bot proposes; believed by nobody."""


class IndexedRequirement(Contract):
    """One requirement of a spec."""

    id: RequirementId
    text: str
    done: bool
    """Whether its box is ticked."""


class IndexedSpec(Contract):
    """One spec, as the index shows it."""

    id: SpecId
    title: Title
    path: Annotated[str, Field(min_length=1)]
    covers: tuple[Glob, ...]
    owners: tuple[Name, ...]
    status: str | None
    """As the file says; a record, no more."""
    last_review: date | None
    content: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    """SHA-256 of its content: of all but `status`, `approvals` and `last_review`. Approvals are given for this."""
    requirements: tuple[IndexedRequirement, ...]


class SpecIndex(Contract):
    """The generated index of the specs. Made from them alone: the same specs, the same bytes."""

    version: First = 1
    specs: tuple[IndexedSpec, ...]
    """By id, then by path. A spec that cannot be read is not in it."""


class ReportedFinding(Contract):
    """One finding of the spec guard."""

    rule: Rule
    path: str
    line: int
    """From 1."""
    spec: str | None
    """The id of the spec that it is about."""
    worse: bool
    """Whether the head made it so: it was not there, or not so, on the base."""
    severity: Severity
    message: str
    """What it is."""
    next: str
    """What to do about it."""
    fix: str | None
    """The fix that mends it: `record-review` or `update-index`."""


class SpecReport(Contract):
    """What the spec guard says of a head, as JSON."""

    version: First = 1
    base: str
    """The commit that the head is compared with."""
    head: str
    """The commit that is judged."""
    today: date
    conclusion: Literal["success", "failure", "neutral"]
    approvals: Literal["checked", "not-checked"]
    """Approvals are reviews on GitHub: offline they are not checked."""
    findings: tuple[ReportedFinding, ...]
    refused: tuple[RefusedFault, ...] = ()
    """The findings for which it fails, as all refusals are told."""

    def plain(self) -> dict[str, Any]:
        """As plain JSON values. Nothing is checked: a path may be no UTF-8."""
        return {
            **{name: getattr(self, name) for name in ("version", "base", "head", "conclusion", "approvals")},
            "today": self.today.isoformat(),
            "findings": [dict(each) for each in self.findings],
            **Refused.model_construct(refused=self.refused).plain(),
        }
