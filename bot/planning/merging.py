"""Whether Graftsman merges a pull request, how, and if not what stands against it: one pure function.

A merge that is not due is no error: the reasons say who or what is waited for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from bot.contracts.policy import Merging

Action = Literal["none", "mark-ready", "merge", "queue", "auto", "stop-auto", "leave-queue"]
Because = Literal[
    "never",
    "not-ours",
    "closed",
    "held",
    "draft",
    "approvals",
    "no-approval",
    "spec",
    "checks-failed",
    "checks-pending",
    "goes-second",
    "queued",
    "left-queue",
]
GOOD: Final = frozenset({"success", "neutral", "skipped"})
"""Conclusions of a check run that GitHub takes for passed."""


@dataclass(frozen=True, slots=True)
class MergeFacts:
    """What is known of one pull request at its present head.

    ``checks``: the latest check run of each name with its conclusion, ``None`` while it runs. ``ordered``: somebody
    who may has ordered the merge for this very head. ``drafts``: Graftsman opens its pull requests as drafts; else a
    person made this one a draft, and means it. ``approvals``: the state of the policy's decision.
    """

    ours: bool
    open: bool
    draft: bool = False
    drafts: bool = False
    held: bool = False
    goes_second: int = 0
    """The pull request of another task that changes the same paths and is merged first; 0 for none."""
    approvals: Literal["not-needed", "not-applicable", "approved", "pending", "blocked"] = "not-needed"
    spec: Literal["success", "failure", "neutral"] = "neutral"
    checks: Mapping[str, str | None] = field(default_factory=dict)
    ordered: bool = False
    auto_on: bool = False
    queue: Literal["no", "in", "left"] = "no"
    """Whether this very head, put into the merge queue by Graftsman, is still in it."""


@dataclass(frozen=True, slots=True)
class MergeDecision:
    """What to do now. ``because``: what stands against more, each with what it is about (a check's name, say)."""

    action: Action
    because: tuple[tuple[Because, str], ...] = ()


def decide(settings: Merging, facts: MergeFacts, how: Literal["merge", "queue", "auto"] | None = None) -> MergeDecision:
    """Decides for one pull request. ``how`` is an order's own way, else the settings' one is taken.

    Without an order Graftsman merges its own pull requests alone, and only where somebody's approval was asked for and
    given: nothing is merged that nobody looked at.
    """
    way = how or settings.how
    gates = _gates(facts)
    against = [*_asked_for(settings, facts), *gates]
    if way == "merge":
        against += _checks(facts)
    if gates:
        # What GitHub was told to do by itself must not go on when a gate has closed again.
        if facts.queue == "in":
            return MergeDecision("leave-queue", tuple(against))
        return MergeDecision("stop-auto" if facts.auto_on and facts.ours else "none", tuple(against))
    if facts.queue == "in":
        return MergeDecision("none", (("queued", ""),))
    if against:
        return MergeDecision("none", tuple(against))
    if way == "queue" and facts.queue == "left" and not facts.ordered:
        # GitHub or somebody took it out, and would again.
        return MergeDecision("none", (("left-queue", ""),))
    if facts.draft:
        if facts.ours and facts.drafts:
            return MergeDecision("mark-ready")
        return MergeDecision("none", (("draft", ""),))
    if way == "auto" and facts.auto_on:
        return MergeDecision("none")
    return MergeDecision(way)


def _asked_for(settings: Merging, facts: MergeFacts) -> list[tuple[Because, str]]:
    if not facts.open:
        return [("closed", "")]
    if facts.ordered:
        return []
    if settings.when == "never":
        return [("never", "")]
    if not facts.ours:
        return [("not-ours", "")]
    return [("no-approval", "")] if facts.approvals in {"not-needed", "not-applicable"} else []


def _gates(facts: MergeFacts) -> list[tuple[Because, str]]:
    found: list[tuple[Because, str]] = []
    if facts.held:
        found.append(("held", ""))
    if facts.goes_second and not facts.ordered:
        found.append(("goes-second", str(facts.goes_second)))
    if facts.approvals in {"pending", "blocked"}:
        found.append(("approvals", facts.approvals))
    if facts.spec == "failure":
        found.append(("spec", ""))
    return found


def _checks(facts: MergeFacts) -> list[tuple[Because, str]]:
    """A check that fails or is not done; which of them are required, GitHub decides beside this."""
    found: list[tuple[Because, str]] = []
    for name, conclusion in sorted(facts.checks.items()):
        if conclusion is None:
            found.append(("checks-pending", name))
        elif conclusion not in GOOD:
            found.append(("checks-failed", name))
    return found
