"""Faults that tests switch on: of the network, of GitHub, of webhooks."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Any, Literal

from bot.playground.webhooks import Delivery

When = Literal["before", "after"]
Kind = Literal["rest", "graphql", "git"]


@dataclass(frozen=True)
class Asked:
    """A request, as predicates see it. ``path`` begins after ``/api/v3``; for git it is ``/o/r.git/...``."""

    method: str
    path: str
    kind: Kind
    body: Any
    actor: str

    @property
    def is_write(self) -> bool:
        """Whether it may change something."""
        if self.kind == "git":
            return self.method == "POST" and self.path.endswith("/git-receive-pack")
        if self.kind == "graphql":
            return isinstance(self.body, dict) and str(self.body.get("query", "")).lstrip().startswith("mutation")
        return self.method not in {"GET", "HEAD", "OPTIONS"}


Which = Callable[[Asked], bool] | str
"""A predicate, or a pattern such as ``POST /repos/*/pulls`` (``*`` also crosses slashes)."""
WhichDelivery = Callable[[Delivery], bool] | int
"""A predicate, or how many of the next."""


class Disconnect(Exception):
    """The connection is to be cut, without an answer."""


@dataclass
class Rule:
    """One fault, which spends itself. ``left`` ``None`` is for ever."""

    matches: Callable[[Asked], bool]
    when: When
    left: int | None
    status: int = 0
    """0 cuts the connection."""
    message: str = "Server Error"
    headers: tuple[tuple[str, str], ...] = ()
    delay: float = 0.0

    def take(self, asked: Asked) -> bool:
        """Whether it strikes now."""
        if self.left == 0 or not self.matches(asked):
            return False
        if self.left is not None:
            self.left -= 1
        return True


def matcher(which: Which) -> Callable[[Asked], bool]:
    """Makes a predicate of a pattern."""
    if callable(which):
        return which
    pattern = which
    return lambda asked: fnmatchcase(f"{asked.method} {asked.path}", pattern)


class Faults:
    """The switchboard. ``clear`` mends everything."""

    def __init__(self) -> None:
        self.watch: Callable[[Asked, When], Awaitable[None] | None] | None = None
        """Called before and after the effect of every request (to kill a client at that point, say)."""
        self.clear()

    def clear(self) -> None:
        """Switches everything off."""
        self.rules: list[Rule] = []
        self.missing: list[tuple[str, re.Pattern[str]]] = []
        self.rejected: list[tuple[str, str]] = []
        self.truncated: list[Rule] = []
        self.silent_bodies = False
        self._hide = 0
        self._hidden: dict[str, int] = {}
        self._webhooks: list[Callable[[Delivery], list[tuple[float, Delivery]] | None]] = []

    # Requests

    def fail_requests(
        self,
        which: Which,
        status: int = 500,
        times: int | None = 1,
        when: When = "before",
        *,
        message: str = "Server Error",
    ) -> None:
        """Answers with an error, before the effect or after it."""
        self.rules.append(Rule(matcher(which), when, times, status, message))

    def disconnect(self, which: Which, when: When = "before", times: int | None = 1) -> None:
        """Cuts the connection, before the effect or after it."""
        self.rules.append(Rule(matcher(which), when, times))

    def delay(self, seconds: float, which: Which = "*", times: int | None = None) -> None:
        """Answers late."""
        self.rules.append(Rule(matcher(which), "before", times, -1, delay=seconds))

    def secondary_limit_next(self, retry_after: int | None = 1, times: int = 1, which: Which = "*") -> None:
        """Answers as a secondary limit does; without ``retry-after`` for ``None``."""
        words = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
        told = () if retry_after is None else (("Retry-After", str(retry_after)),)
        self.rules.append(Rule(matcher(which), "before", times, 403, words, told))

    def missing_endpoint(self, path: str, method: str = "*") -> None:
        """Answers 404 for ever, as an older Enterprise Server does; ``path`` with ``*`` for one part of it."""
        pattern = "/".join("[^/]+" if part == "*" else re.escape(part) for part in path.split("/"))
        self.missing.append((method, re.compile(pattern)))

    def is_missing(self, asked: Asked) -> bool:
        """Whether the endpoint was taken away."""
        path = asked.path
        return any(method in {"*", asked.method} and pattern.fullmatch(path) for method, pattern in self.missing)

    def not_found_after_create(self, times: int = 1, creates: int = 1) -> None:
        """What the next ``creates`` calls create is not found the first ``times`` that it is read."""
        self._hide, self._times = creates, times

    def created(self, path: str) -> None:
        """Notes what was created."""
        if self._hide:
            self._hide -= 1
            self._hidden[path] = self._times

    def hides(self, asked: Asked) -> bool:
        """Whether something is not to be found yet: it, or what belongs to it."""
        if asked.method != "GET":
            return False
        for path, left in self._hidden.items():
            if left and (asked.path == path or asked.path.startswith(f"{path}/")):
                self._hidden[path] -= 1
                return True
        return False

    def reject_refs(self, pattern: str, message: str = "protected branch hook declined") -> None:
        """Refuses pushes to refs that match (``refs/heads/graftsman/*``), as a ruleset does."""
        self.rejected.append((pattern, message))

    def truncate_bodies(self, which: Which = "*", times: int | None = 1) -> None:
        """Breaks the connection off in the middle of the answer's body, after the effect."""
        self.truncated.append(Rule(matcher(which), "after", times))

    def drop_long_updates(self) -> None:
        """Drops over-long bodies of updates silently with a 200, as GitHub is known to."""
        self.silent_bodies = True

    def strikes(self, asked: Asked, when: When) -> Rule | None:
        """The rule that strikes now, if any."""
        return next((rule for rule in self.rules if rule.when == when and rule.take(asked)), None)

    def truncates(self, asked: Asked) -> bool:
        """Whether this answer breaks off."""
        return any(rule.take(asked) for rule in self.truncated)

    # Webhooks

    def drop_webhooks(self, which: WhichDelivery = 1) -> None:
        """Loses deliveries, without a record of them."""
        take = _taker(which)
        self._webhooks.append(lambda one: [] if take(one) else None)

    def duplicate_webhooks(self, which: WhichDelivery = 1, *, new_guid: bool = False, after: float = 0.0) -> None:
        """Delivers twice: under one guid, or under two."""
        take = _taker(which)

        def plan(one: Delivery) -> list[tuple[float, Delivery]] | None:
            if not take(one):
                return None
            twin = replace(one, id=one.id + 10_000_000, guid=f"{one.guid[:-4]}ffff" if new_guid else one.guid)
            return [(0.0, one), (after, twin)]

        self._webhooks.append(plan)

    def reorder_webhooks(self, which: WhichDelivery = 1, by: float = 0.2) -> None:
        """Lets deliveries arrive after those that follow within so many seconds."""
        self.delay_webhooks(by, which)

    def delay_webhooks(self, seconds: float, which: WhichDelivery = 1) -> None:
        """Delivers late; what follows overtakes."""
        take = _taker(which)
        self._webhooks.append(lambda one: [(seconds, one)] if take(one) else None)

    def plan(self, delivery: Delivery) -> list[tuple[float, Delivery]]:
        """What becomes of a delivery."""
        for fault in self._webhooks:
            planned = fault(delivery)
            if planned is not None:
                return planned
        return [(0.0, delivery)]


def _taker(which: WhichDelivery) -> Callable[[Delivery], bool]:
    if callable(which):
        return which
    left = [which]

    def take(delivery: Delivery) -> bool:
        _ = delivery
        left[0] -= 1
        return left[0] >= 0

    return take
