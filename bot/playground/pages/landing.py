"""How a pull request lands by itself: auto-merge and the merge queue, as buttons. What its pages share."""

from __future__ import annotations

import re
from typing import cast

from bot.playground.acts import auto_merge, merge_queue
from bot.playground.pages.html import Safe, el, join
from bot.playground.pages.layout import button, who
from bot.playground.pages.serve import REPO, Route
from bot.playground.pages.visit import Visit, repo_url
from bot.playground.problems import Problem, not_found
from bot.playground.rules import has_queue, merge_state
from bot.playground.state import Method, Pull

METHODS = {"merge": "Create a merge commit", "squash": "Squash and merge", "rebase": "Rebase and merge"}
ONE = REPO + r"/pull/{number:\d+}"


def pull_of(visit: Visit) -> Pull:
    """The pull request of the address. Raises a 404 ``Problem``."""
    return visit.repo.pull(visit.number())


def pull_url(pull: Pull, *parts: str) -> str:
    """Where a pull request is."""
    return repo_url(pull.repo, "pull", str(pull.number), *parts)


def seen_head(visit: Visit, pull: Pull) -> str:
    """The head that the person looked at. Raises a 422 or 409 ``Problem``."""
    sha = visit.field("sha")
    if not re.fullmatch("[0-9a-f]{40}", sha):
        raise Problem(422, "The form does not say which commit it is about.")
    if sha != pull.head_sha:
        raise Problem(409, "The branch has moved since you looked at it. Look again, then repeat.")
    return sha


def method_select(name: str, *, disabled: bool = False) -> Safe:
    """The choice of how to merge."""
    options = [el("option", words, value=value) for value, words in METHODS.items()]
    return el("select", options, name="method", id=name, disabled=disabled)


def chosen_method(visit: Visit) -> Method:
    """What was chosen there. Raises a 404 ``Problem``."""
    method = visit.field("method", "merge")
    if method not in METHODS:
        raise not_found()
    return cast("Method", method)


async def landing_form(visit: Visit, pull: Pull) -> Safe:
    """What waits, and the buttons to let it wait or not."""
    may = visit.may(pull.repo, "write")
    sha = el("input", type="hidden", name="sha", value=pull.head_sha)
    if (entry := pull.queued) is not None:
        state = entry.state.replace("_", " ").lower()
        place = merge_queue.position(entry)
        told = el("p", f"In the merge queue at place {place}, put there by ", who(entry.user), f": {state}.")
        out = visit.form(pull_url(pull, "queue"), sha, button("Remove from the queue", name="out", value="1"))
        return join(told, out if may else None)
    if (order := pull.auto_merge) is not None:
        told = el("p", "Auto-merge (", METHODS[order.method].lower(), ") was enabled by ", who(order.user), ".")
        off = visit.form(pull_url(pull, "auto-merge"), sha, button("Disable auto-merge", name="off", value="1"))
        return join(told, off if may else None)
    state = await merge_state(pull)
    if not may or state not in {"clean", "unstable", "blocked"}:
        return Safe("")
    if has_queue(pull) and state != "blocked":
        return visit.form(pull_url(pull, "queue"), sha, button("Merge when ready", "main"), class_="row")
    if state == "blocked" and pull.repo.allow_auto_merge:
        how = el("label", "How, later", for_="auto-method")
        row = [how, method_select("auto-method"), button("Enable auto-merge")]
        return visit.form(pull_url(pull, "auto-merge"), sha, row, class_="row")
    return Safe("")


async def change_auto_merge(visit: Visit) -> str:
    """Enables or disables auto-merge."""
    pull = pull_of(visit)
    visit.need(pull.repo, "write")
    if visit.field("off"):
        await auto_merge.disable(visit.world, pull, visit.actor)
    else:
        seen_head(visit, pull)
        await auto_merge.enable(visit.world, pull, visit.actor, chosen_method(visit))
    return pull_url(pull)


async def change_queue(visit: Visit) -> str:
    """Puts a pull request into the merge queue, or takes it out."""
    pull = pull_of(visit)
    visit.need(pull.repo, "write")
    if visit.field("out"):
        await merge_queue.dequeue(visit.world, pull, visit.actor)
    else:
        seen_head(visit, pull)
        await merge_queue.enqueue(visit.world, pull, visit.actor)
    return pull_url(pull)


ROUTES: list[Route] = [
    ("POST", ONE + "/auto-merge", change_auto_merge),
    ("POST", ONE + "/queue", change_queue),
]
