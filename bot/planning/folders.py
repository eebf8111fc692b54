"""What becomes of each folder of a migration next, and why: one pure function over what GitHub and git say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

State = Literal["planned", "waiting", "held", "open", "merged", "closed", "refused", "nothing-to-do"]
Action = Literal["none", "compute", "publish", "replay"]
Waits = Literal["collides", "refused", "push-refused", "nothing-left"]
"""Why a branch was left as it was on this very base: what stands on it collides, its entry is refused there, GitHub
did not take it, or the base holds all of it already."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one folder.

    ``branch``: ``ours`` holds one commit that the bot computed, ``built-on`` has other commits on top of that one,
    ``people`` is anything else. ``branch_digest`` is the digest of the manifest entry that our commit was computed
    from. ``known``: what an earlier computation on the present base and entry found (``nothing-to-do`` or
    ``refused``). ``moved``: on the present base our commit would do something else. ``waits``: what an earlier replay
    of this head with this entry onto this base came to; an order to try again makes that void. ``held``: people want
    the branch to stay.
    """

    id: str
    digest: str
    depends_on: tuple[str, ...] = ()
    pull: Literal["open", "merged", "closed"] | None = None
    branch: Literal["absent", "ours", "built-on", "people"] = "absent"
    branch_digest: str | None = None
    known: Literal["nothing-to-do", "refused"] | None = None
    on_hold: bool = False
    """Whether its pull request is to be left as it is."""
    moved: bool = False
    waits: Waits | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """The state a folder is in, what to do about it, and why: names for the templates, with ids behind a colon."""

    state: State
    action: Action
    because: tuple[str, ...] = ()


def decide(folders: Sequence[Facts], *, max_open: int = 0, held: Sequence[str] = ()) -> dict[str, Decision]:
    """Decides for all folders of a migration. ``max_open`` bounds the open pull requests (0: no bound).

    ``held`` says why no further folder is opened: ``spec-approval``, ``plan-approval`` (then an edited manifest changes
    no open one either), ``hold``.
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
    if "manifest-changed" in decision.because and "plan-approval" in held:
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
    return _standing(facts, right=facts.branch_digest == facts.digest)


def _standing(facts: Facts, *, right: bool) -> Decision:
    """An open pull request with our commit: it is replayed when that would be another one by now (law 5)."""
    people = ("people",) if facts.branch == "built-on" else ()
    # The head of a branch with commits on top needs its checks also where our commit is behind the manifest.
    still: Action = "publish" if right or people else "none"
    if right and not facts.moved:
        return Decision("open", "publish", people)
    if facts.on_hold:
        behind = () if right else ("manifest-changed",)
        return Decision("open", still, (*people, *behind, "hold"))
    if facts.waits is not None:
        return Decision("open", still, (*people, f"waits:{facts.waits}"))
    if not right and not people:
        return Decision("open", "compute", ("manifest-changed",))
    return Decision("open", "replay", (*people, "base-moved" if right else "manifest-changed"))


def _without_pull(facts: Facts, all_facts: Mapping[str, Facts]) -> Decision:
    if facts.branch in {"people", "built-on"}:
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
