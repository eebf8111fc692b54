"""``check_run``: a check is asked for again, its button was pressed, or another App's is done that a merge awaits."""

from __future__ import annotations

import re
from typing import Final

from bot.contracts.webhooks import Payload
from bot.runs.queue import Target
from bot.workflows.names import CHECKS
from handlers.targets import action, pull

BUTTON: Final = re.compile(r"[a-z][a-z0-9-]{0,19}")


def decide(payload: Payload) -> tuple[Target, ...]:
    """The pull requests with its head; the button, for what somebody pressed on a check of ours.

    Another App may have a check of our name: whose it is, is looked up when the button's order is carried out.
    """
    check = payload.check_run
    if check is None:
        return ()
    if payload.action == "requested_action" and payload.requested_action is not None and check.name in CHECKS:
        known = BUTTON.fullmatch(payload.requested_action) is not None and not payload.by_bot
        return action(payload, check.id, payload.requested_action) if known else ()
    if payload.action == "rerequested" or (payload.action == "completed" and check.name not in CHECKS):
        return tuple(target for number in check.pull_requests for target in pull(payload, number))
    return ()
