"""A decision's reasons as a tree, for people and for programs. Codes and values only: the words are a template."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from bot.contracts.explain import (
    ExplainedApproval,
    ExplainedBlocker,
    ExplainedCandidates,
    ExplainedPerson,
    ExplainedRequirement,
    ExplainedReview,
    ExplainedUnowned,
    Explanation,
    Supposition,
)
from bot.planning.approvals import SUPPOSED, Decision, Requirement

MOST_PATHS: Final = 8
"""So many paths of a requirement are named; the rest are counted."""
MOST_NODES: Final = 40
"""So many requirements, reviews or people of one kind are told; the rest are counted."""

Mark = Literal["ok", "waiting", "blocked", "note"]
_MARKS: Final[dict[str, Mark]] = {
    "approved": "ok",
    "not-needed": "ok",
    "not-applicable": "ok",
    "pending": "waiting",
    "blocked": "blocked",
    "impossible": "blocked",
}
Suppositions = Sequence[tuple[str, Decision]]
"""Logins with the decision that their approval would make (``what_if``)."""


@dataclass(frozen=True, slots=True)
class Node:
    """One reason. ``code`` says which words, ``values`` what they are filled with."""

    code: Literal[
        "decision",
        "requirement",
        "given",
        "missing",
        "impossible",
        "ruled-out",
        "emails",
        "paths",
        "blocker",
        "not-counted",
        "ignored",
        "unowned",
        "again",
        "supposed",
        "more",
    ]
    state: Mark
    values: Mapping[str, Any] = field(default_factory=dict)
    children: tuple[Node, ...] = ()


def tree(decision: Decision, supposed: Suppositions = ()) -> Node:
    """The reasons from the whole to the single review."""
    children = [Node("blocker", "blocked", {"user": each.user, "review": each.review}) for each in decision.blockers]
    children += [_requirement(each) for each in decision.requirements]
    children = [
        *_cut(children),
        *(
            Node("unowned", "note", {"rule": each.rule, "phase": each.phase, **_paths(each.paths)})
            for each in decision.unowned
        ),
    ]
    ignored = [
        Node(
            "ignored",
            "note",
            {"user": each.user, "review": each.review, "why": each.why, "requirement": each.requirement},
        )
        for each in decision.ignored
        if each.review != SUPPOSED
    ]
    if ignored:
        children.append(Node("not-counted", "note", {"count": len(ignored)}, tuple(_cut(ignored))))
    if decision.asked:
        children.append(Node("again", "note", {"users": sorted(decision.asked)}))
    children += [_supposed(login, after) for login, after in supposed]
    mark: Mark = "blocked" if decision.blockers else _MARKS[decision.state]
    values = {
        "state": decision.state,
        "open": decision.open,
        "done": sum(each.state == "approved" for each in decision.requirements),
        "all": len(decision.requirements),
        "blockers": len(decision.blockers),
    }
    return Node("decision", mark, values, tuple(children))


def _requirement(each: Requirement) -> Node:
    children = [
        Node("given", "ok", {"user": given.user, "review": given.review, "why": given.why}) for given in each.given
    ]
    who = each.candidates
    if each.state != "approved":
        values = {"count": each.missing, "users": who.users, "teams": who.teams, "permission": who.permission}
        if each.trouble is None:
            children.append(Node("missing", "waiting", values))
        else:
            children.append(Node("impossible", "blocked", {"trouble": each.trouble, "count": each.missing}))
        children += [Node("ruled-out", "note", {"user": out.user, "why": out.why}) for out in who.ruled_out]
        if who.emails:
            children.append(Node("emails", "note", {"emails": who.emails}))
    values = {
        "rule": each.rule,
        "phase": each.phase,
        "owners": each.owners,
        "needed": each.needed,
        "given": len(each.given),
    }
    return Node(
        "requirement",
        _MARKS[each.state],
        values,
        (*_cut(children), Node("paths", "note", _paths(each.scope))),
    )


def _supposed(login: str, after: Decision) -> Node:
    found = _supposition(login, after)
    values = {
        "user": login,
        "open": found.open,
        "counts_for": found.counts_for,
        "still_missing": found.still_missing,
        "blockers": tuple(each.user for each in after.blockers),
        "why_not": found.why_not,
        "state": found.state,
    }
    return Node("supposed", "note", values)


def _paths(paths: Sequence[str]) -> dict[str, Any]:
    return {"paths": tuple(paths[:MOST_PATHS]), "left": max(0, len(paths) - MOST_PATHS)}


def _cut(nodes: Sequence[Node]) -> Iterator[Node]:
    yield from nodes[:MOST_NODES]
    if len(nodes) > MOST_NODES:
        yield Node("more", "note", {"count": len(nodes) - MOST_NODES})


def to_contract(decision: Decision, supposed: Suppositions = ()) -> Explanation:
    """The same for programs, whole. A path that is no UTF-8 is shown with escapes."""
    return Explanation(
        state=decision.state,
        open=decision.open,
        requirements=tuple(_explained(each) for each in decision.requirements),
        blockers=tuple(ExplainedBlocker(user=each.user, review=each.review) for each in decision.blockers),
        ignored=tuple(
            ExplainedReview(user=each.user, review=each.review, why=each.why, requirement=each.requirement)
            for each in decision.ignored
        ),
        unowned=tuple(
            ExplainedUnowned(rule=each.rule, phase=each.phase, paths=_shown(each.paths)) for each in decision.unowned
        ),
        ask_again=tuple(sorted(decision.asked)),
        supposed=tuple(_supposition(login, after) for login, after in supposed),
    )


def _explained(each: Requirement) -> ExplainedRequirement:
    who = each.candidates
    return ExplainedRequirement(
        key=each.key,
        rule=each.rule,
        phase=each.phase,
        owners=each.owners,
        paths=_shown(each.scope),
        needed=each.needed,
        missing=each.missing,
        state=each.state,
        trouble=each.trouble,
        given=tuple(ExplainedApproval(user=given.user, review=given.review, why=given.why) for given in each.given),
        candidates=ExplainedCandidates(
            users=who.users,
            teams=who.teams,
            permission=who.permission,
            emails=who.emails,
            ruled_out=tuple(ExplainedPerson(user=out.user, why=out.why) for out in who.ruled_out),
        ),
    )


def _supposition(login: str, after: Decision) -> Supposition:
    counts = tuple(each.key for each in after.requirements if any(one.review == SUPPOSED for one in each.given))
    whys = [each.why for each in after.ignored if each.review == SUPPOSED]
    return Supposition(
        user=login,
        state=after.state,
        open=after.open,
        counts_for=counts,
        still_missing=tuple(each.key for each in after.requirements if each.state != "approved"),
        why_not=() if counts else tuple(dict.fromkeys(whys)),
    )


def _shown(paths: Sequence[str]) -> tuple[str, ...]:
    return tuple(path.encode("utf-8", "backslashreplace").decode("utf-8") for path in paths)
