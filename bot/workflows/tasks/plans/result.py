"""What bringing a plan in did, or would do."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from bot.planning.pacing import Writes, forecast

Did = Literal["created", "updated", "closed", "unchanged"]
Code = Literal[
    "edited-by-people",
    "closed-by-people",
    "reopened-by-people",
    "finished",
    "not-in-plan",
    "not-labelled",
    "moved",
    "dropped-dependency",
    "other-dependency",
    "relation-refused",
    "no-relations",
]


@dataclass(frozen=True, slots=True)
class Row:
    """One task of the plan. ``number`` is ``None`` where it has no issue (yet)."""

    id: str
    title: str
    number: int | None
    did: Did
    closes: bool = False


@dataclass(frozen=True, slots=True)
class Note:
    """What is left as it is, and why.

    ``edited-by-people``, ``closed-by-people``, ``reopened-by-people``: people's word stands. ``finished``: the plan
    says so, and no issue is made for it. ``not-in-plan``: an issue whose task went out of the plan. ``not-labelled``:
    somebody took its label off. ``dropped-dependency``: it is new, and on hold, as it waits for tasks (in ``words``)
    that the plan calls dropped. ``moved``: somebody moved it to another repository. ``other-dependency``: it waits
    natively for ``others`` too, which the plan does not say. ``relation-refused``: GitHub refused a relation to
    ``others``, in its own ``words``. ``no-relations``: this server knows none.
    """

    code: Code
    id: str = ""
    number: int | None = None
    others: tuple[int, ...] = ()
    words: str = ""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far it is: tasks that are there, and all requests that write."""

    tasks: int
    of_tasks: int
    writes: int
    of_writes: int


@dataclass(frozen=True)
class Imported:
    """All of it. ``related``: how many dependencies and sub-issues were added; ``writes``: requests that write."""

    plan: str
    dry_run: bool
    rows: tuple[Row, ...] = ()
    related: int = 0
    notes: tuple[Note, ...] = ()
    writes: int = 0
    counts: dict[Did, int] = field(default_factory=dict)

    @property
    def seconds(self) -> float:
        """How long GitHub's limits make so many requests take, at least, if all of them make content."""
        return forecast(self.writes, opening=Writes(1, 0), deciding=Writes(0, 0), pushes=0).seconds

    @property
    def plain(self) -> dict[str, Any]:
        """For programs."""
        return {
            "plan": self.plan,
            "dry_run": self.dry_run,
            "writes": self.writes,
            "related": self.related,
            "counts": self.counts,
            "tasks": [
                {"id": r.id, "title": r.title, "issue": r.number, "did": r.did, "closes": r.closes} for r in self.rows
            ],
            "notes": [
                {"code": n.code, "id": n.id, "issue": n.number, "others": list(n.others), "words": n.words}
                for n in self.notes
            ],
        }
