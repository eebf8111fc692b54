"""``merge_group``: the merge queue asks for checks on a group's own head, or it would stall."""

from __future__ import annotations

import re
from typing import Final

from bot.contracts.webhooks import Payload
from bot.runs.queue import Target
from handlers.targets import merge_group

REF: Final = re.compile(r"(?:refs/heads/)?gh-readonly-queue/.+/pr-([0-9]{1,9})-[0-9a-f]{40}")
"""How GitHub names the branch of a group: with the number of its last pull request."""


def decide(payload: Payload) -> tuple[Target, ...]:
    """The group."""
    if payload.merge_group is None or payload.action != "checks_requested":
        return ()
    named = REF.fullmatch(payload.merge_group.head_ref)
    return merge_group(payload, int(named[1]), payload.merge_group.head_sha) if named is not None else ()
