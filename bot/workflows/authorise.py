"""Who started a migration, and may they? Read from the timeline, never from the text (laws 6 and 7)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from bot.workflows.ports import GitHub

WRITERS = frozenset({"admin", "maintain", "write"})


@dataclass(frozen=True, slots=True)
class Authorisation:
    """Whether the migration may go on, and why."""

    state: Literal["granted", "not-labelled", "labeller-may-not-write", "edited-since"]
    who: str = ""
    """Who labelled it or, for ``edited-since``, who edited it."""

    @property
    def granted(self) -> bool:
        """Whether work may go on."""
        return self.state == "granted"


async def authorise(github: GitHub, issue: int, label: str) -> Authorisation:
    """Decides by the latest time the label was put on, and by edits of the body since then.

    An edit by somebody who may write is theirs to make; by anybody else the issue needs the label anew. GitHub's
    times are whole seconds, so an edit in the very second of the labelling counts as after it.
    """
    events = [event for event in await github.label_events(issue) if event.label.lower() == label]
    if not events or events[-1].event != "labeled":
        return Authorisation("not-labelled")
    labelled = events[-1]
    if await github.permission(labelled.actor) not in WRITERS:
        return Authorisation("labeller-may-not-write", labelled.actor)
    edit = await github.last_edit(issue)
    edited_since = edit is not None and edit.at >= labelled.created_at and edit.login != labelled.actor
    if edit is not None and edited_since and await github.permission(edit.login) not in WRITERS:
        return Authorisation("edited-since", edit.login)
    return Authorisation("granted", labelled.actor)
