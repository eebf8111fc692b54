"""Which labels stand, so that taking one off does not turn a gate green.

A rule may be about a label. Whoever may label may also take labels off, with triage access alone; so a label goes
only when somebody with write access takes it off.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from bot.contracts.github import LabelEvent
from bot.contracts.policy import RANKS


def standing_labels(events: Sequence[LabelEvent], roles: Mapping[str, str], present: Collection[str]) -> frozenset[str]:
    """The labels that are on it, and those that somebody without write access took off last.

    ``events`` in GitHub's order, read after ``present``: a label that went between the two is in ``events`` then.
    ``roles`` are people's roles now by login in lower case; who is missing has none.
    """
    last: dict[str, LabelEvent] = {}
    for event in sorted(events, key=lambda event: event.created_at):  # stable: one second may hold several
        last[event.label.casefold()] = event
    there = {label.casefold() for label in present}
    taken = {
        event.label
        for name, event in last.items()
        if name not in there
        and event.event == "unlabeled"
        and RANKS.get(roles.get(event.actor.lower(), "none"), 0) < RANKS["write"]
    }
    return frozenset(present) | taken
