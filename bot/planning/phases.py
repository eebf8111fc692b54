"""The phases of a migration or task, from what its gates say: where it stands, and what it passed by whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

Stage = Literal["draft", "spec-approved", "plan-approved", "building", "verified", "released"]
STAGES: Final[tuple[Stage, ...]] = ("draft", "spec-approved", "plan-approved", "building", "verified", "released")
"""In their order; each asks for all before it."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Who brought a stage about, and by which review or order (a link's fragment); empty where nobody had to."""

    who: tuple[str, ...] = ()
    by: str = ""


@dataclass(frozen=True, slots=True)
class Work:
    """One branch of it: a folder, or the task itself."""

    id: str
    state: Literal["none", "open", "merged", "over"]
    """``over``: there is nothing to do for it, or it was closed."""
    green: bool = False
    """Whether its gates and checks are open at its present head."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Where it stands. ``passed`` holds the evidence of each stage up to ``now``; ``waits_for`` names what is next."""

    now: Stage
    passed: tuple[tuple[Stage, Evidence], ...]
    waits_for: Literal["spec", "plan", "work", "verification", "release", ""]


def progress(
    *, spec: bool, spec_by: Evidence, plan: bool, plan_by: Evidence, work: Sequence[Work], merged_by: Sequence[str] = ()
) -> Progress:
    """Where a migration stands. ``spec`` and ``plan``: whether that gate is open, or nothing asks for it.

    ``verified``: everything that is to be delivered is open and green, or merged. ``released``: all of it is merged.
    """
    to_do = [each for each in work if each.state != "over"]
    begun = any(each.state in {"open", "merged"} for each in to_do)
    verified = begun and all(each.state == "merged" or (each.state == "open" and each.green) for each in to_do)
    released = begun and all(each.state == "merged" for each in to_do)
    gates: tuple[tuple[Stage, bool, Evidence], ...] = (
        ("draft", True, Evidence()),
        ("spec-approved", spec, spec_by),
        ("plan-approved", plan, plan_by),
        ("building", begun, Evidence()),
        ("verified", verified, Evidence()),
        ("released", released, Evidence(tuple(sorted(set(merged_by))))),
    )
    passed: list[tuple[Stage, Evidence]] = []
    for stage, reached, evidence in gates:
        if not reached:
            break
        passed.append((stage, evidence))
    now = passed[-1][0]
    following: dict[Stage, Literal["spec", "plan", "work", "verification", "release", ""]] = {
        "draft": "spec",
        "spec-approved": "plan",
        "plan-approved": "work",
        "building": "verification",
        "verified": "release",
        "released": "",
    }
    return Progress(now, tuple(passed), following[now])
