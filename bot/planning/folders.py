"""What becomes of each folder of a migration next, and why: one pure function over what GitHub and git say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

State = Literal["planned", "waiting", "held", "open", "merged", "closed", "refused", "nothing-to-do"]
Action = Literal["none", "compute", "publish"]


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one folder.

    ``branch``: ``ours`` holds one commit that the bot computed, ``people`` anything else. ``branch_digest`` is the
    digest of the manifest entry that our commit was computed from. ``known``: what an earlier computation on the
    present base and entry found (``nothing-to-do`` or ``refused``).
    """

    id: str
    digest: str
    depends_on: tuple[str, ...] = ()
    pull: Literal["open", "merged", "closed"] | None = None
    branch: Literal["absent", "ours", "people"] = "absent"
    branch_digest: str | None = None
    known: Literal["nothing-to-do", "refused"] | None = None
    on_hold: bool = False
    """Whether its pull request is to be left as it is."""


@dataclass(frozen=True, slots=True)
class Decision:
    """The state a folder is in, what to do about it, and why: names for the templates, with ids behind a colon."""

    state: State
    action: Action
    because: tuple[str, ...] = ()


def decide(folders: Sequence[Facts], *, max_open: int = 0, held: Sequence[str] = ()) -> dict[str, Decision]:
    """Decides for all folders of a migration. ``max_open`` bounds the open pull requests (0: no bound).

    ``held`` says why no further folder is opened: ``plan-approval`` (then an edited manifest changes no open one
    either), ``hold``.
    """
    settled = {facts.id: facts for facts in folders}
    made: dict[str, Decision] = {}
    open_now = sum(1 for facts in folders if facts.pull == "open")
    for facts in folders:
        decision = _with_pull(facts) if facts.pull is not None else _without_pull(facts, settled)
        if held and decision.action != "none":
            decision = _held(facts, decision, tuple(held))
        if decision.action != "none" and facts.pull is None:
            if max_open and open_now >= max_open:
                decision = Decision("planned", "none", (f"limit:{max_open}",))
            else:
                open_now += 1
        made[facts.id] = decision
    return made


def _held(facts: Facts, decision: Decision, held: tuple[str, ...]) -> Decision:
    if facts.pull is None:
        return Decision("held", "none", held)
    if decision.action == "compute" and "plan-approval" in held:
        return Decision(decision.state, "none", (*decision.because, "plan-approval"))
    return decision


def _with_pull(facts: Facts) -> Decision:
    right = facts.branch == "ours" and facts.branch_digest == facts.digest
    if facts.pull == "merged":  # merged before its checks were made: they are made all the same
        return Decision("merged", "publish" if right else "none")
    if facts.pull == "closed":
        return Decision("closed", "none")
    if facts.branch == "people":
        return Decision("open", "none", ("people",))
    if right:
        return Decision("open", "publish")
    if facts.on_hold:
        return Decision("open", "none", ("manifest-changed", "hold"))
    return Decision("open", "compute", ("manifest-changed",))


def _without_pull(facts: Facts, all_facts: Mapping[str, Facts]) -> Decision:
    if facts.branch == "people":
        return Decision("held", "none", ("people",))
    if facts.known is not None:
        return Decision(facts.known, "none")
    waiting = tuple(other for other in facts.depends_on if not _done(all_facts.get(other)))
    if waiting:
        return Decision("waiting", "none", tuple(f"depends:{other}" for other in waiting))
    # A branch that is right already (a kill after the push, or a later slice of a large migration) is only published.
    right = facts.branch == "ours" and facts.branch_digest == facts.digest
    return Decision("planned", "publish" if right else "compute")


def _done(facts: Facts | None) -> bool:
    return facts is not None and (facts.pull == "merged" or (facts.pull is None and facts.known == "nothing-to-do"))
