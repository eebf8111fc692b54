"""Which head of a branch the author of a comment saw: that one alone is what their command is about.

A comment carries no head (FACTS.md). It was seen at ``created_at``, so the newest push before that tells, unless it
came so shortly before that the page may not have shown it. GitHub's times are whole seconds, cut off: two that are
``n`` apart were more than ``n - 1`` apart, and of two that are equal nobody knows which came first.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

SHORTLY: Final = timedelta(seconds=10)
"""A push so long before a comment, or less, may not have been seen by its author."""

State = Literal["bound", "pushed-before", "pushed-since", "unknown-oid", "not-known"]
Because = Literal[
    "named",
    "last-push",
    "shortly-before",
    "same-second",
    "later-push",
    "named-earlier-head",
    "named-several-heads",
    "named-no-head",
    "no-activity",
    "activity-lacks-head",
]


@dataclass(frozen=True, slots=True)
class Moment:
    """A push to the branch: the head that it left (40 hexadecimal digits, zeros for a deletion), and when."""

    after: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Head:
    """What a command is about. Only a ``bound`` one may be carried out; the others ask their author again.

    ``pushed-before``: a push shortly before, perhaps unseen. ``pushed-since``: the branch has moved. ``unknown-oid``:
    the ``@oid`` was never the head. ``not-known``: nothing tells when the present head came; an ``@oid`` settles it.
    """

    state: State
    oid: str
    """The present head. For a ``bound`` one it is what the author saw or named."""
    seen: str | None
    """The head that the author saw or named, as far as that is known."""
    because: Because


def head_at(moments: Iterable[Moment], created_at: datetime, current: str, named: str | None = None) -> Head:
    """Decides for one comment. ``moments`` are the pushes seen (a branch's activity), in any order.

    ``current`` is the present head, ``named`` an ``@oid`` of 7 to 40 hexadecimal digits in lower case.
    """
    known = tuple(moments)
    if named is not None:
        return _named(known, current, named)
    if not known:
        return Head("not-known", current, None, "no-activity")
    newest = max(moment.at for moment in known)
    seen = _seen(known, created_at)
    if newest > created_at:
        return Head("pushed-since", current, seen, "later-push")
    # Two pushes in one second: either may be the last.
    if current not in {moment.after for moment in known if moment.at == newest}:
        return Head("not-known", current, seen, "activity-lacks-head")
    if newest == created_at:
        return Head("pushed-before", current, seen, "same-second")
    if created_at - newest <= SHORTLY:
        return Head("pushed-before", current, seen, "shortly-before")
    return Head("bound", current, current, "last-push")


def _named(known: tuple[Moment, ...], current: str, named: str) -> Head:
    heads = {moment.after for moment in known if moment.after.startswith(named)}
    if not current.startswith(named):
        if heads:
            return Head("pushed-since", current, min(heads), "named-earlier-head")
        return Head("unknown-oid", current, None, "named-no-head")
    # A short one can be met on purpose by a later commit.
    if heads - {current}:
        return Head("pushed-since", current, None, "named-several-heads")
    return Head("bound", current, current, "named")


def _seen(known: tuple[Moment, ...], created_at: datetime) -> str | None:
    """The head that surely stood at that time; ``None`` where two pushes of one second leave it open."""
    before = [moment for moment in known if moment.at < created_at]
    if not before or any(moment.at == created_at for moment in known):
        return None
    last = max(moment.at for moment in before)
    heads = {moment.after for moment in before if moment.at == last}
    return heads.pop() if len(heads) == 1 else None
