"""GitHub's limits: a budget an hour, and the secondary ones that a hasty client meets first. All (D), see FACTS."""

from __future__ import annotations

import math
from collections import defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from bot.playground.access import Caller
from bot.playground.clock import Clock
from bot.playground.problems import Problem
from bot.playground.state import World

HOUR, MINUTE = 3_600.0, 60.0
BASE, MOST, EXTRA, FREE = 5_000, 12_500, 50, 20
"""Requests an hour for an installation: ``EXTRA`` more for each repository and each user above ``FREE``."""
ANONYMOUS = 60
CONCURRENT = 100
POINTS, GRAPHQL_POINTS = 900, 2_000
"""Points a minute."""
CREATIONS_MINUTE, CREATIONS_HOUR = 80, 500
PUSHES = 6
"""Pushes a minute to one repository."""
SECONDARY = (
    "You have exceeded a secondary rate limit. Please wait a few minutes before you try again. For more on scraping "
    "GitHub and how it may affect your rights, please review our Terms of Service."
)
DOCS = "https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api"


@dataclass
class Budget:
    """An hour's requests."""

    resets_at: float
    used: int = 0


@dataclass
class Meter:
    """A sliding window of amounts."""

    entries: deque[tuple[float, int]] = field(default_factory=deque)
    total: int = 0

    def sweep(self, before: float) -> None:
        """Forgets what is older."""
        while self.entries and self.entries[0][0] <= before:
            self.total -= self.entries.popleft()[1]

    def add(self, at: float, amount: int) -> None:
        """Counts."""
        self.entries.append((at, amount))
        self.total += amount


class Limits:
    """Counts what each caller does. With ``enforced`` off it only counts."""

    def __init__(self, clock: Clock, *, enforced: bool = True) -> None:
        self.enforced = enforced
        self._clock = clock
        self._budgets: dict[tuple[str, str], Budget] = {}
        self._meters: dict[tuple[str, str], Meter] = defaultdict(Meter)
        self._running: dict[str, int] = defaultdict(int)
        self.refused = 0
        """How many calls were turned away: a client that paces itself leaves this at 0."""
        self.most_at_once = 0

    def ceiling(self, world: World, caller: Caller) -> int:
        """The requests an hour that a caller has."""
        if not caller.token:
            return BASE if caller.user or caller.app else ANONYMOUS
        one = caller.token.installation
        repos = sum(one.covers(repo) for repo in world.repositories.values())
        users = sum(user.type == "User" for user in world.users.values())
        return min(MOST, BASE + EXTRA * (max(0, repos - FREE) + max(0, users - FREE)))

    def budget(self, caller: Caller, resource: str = "core") -> Budget:
        """What a caller has used of this hour."""
        key, now = (caller.key, resource), self._clock.time()
        budget = self._budgets.get(key)
        if budget is None or budget.resets_at <= now:
            budget = self._budgets[key] = Budget(now + self._clock.span(HOUR))
        return budget

    def headers(self, world: World, caller: Caller, resource: str = "core") -> dict[str, str]:
        """The ``X-RateLimit-*`` headers."""
        limit, budget = self.ceiling(world, caller), self.budget(caller, resource)
        return {
            "X-RateLimit-Limit": str(limit),
            "X-RateLimit-Remaining": str(max(0, limit - budget.used)),
            "X-RateLimit-Reset": str(math.ceil(budget.resets_at)),
            "X-RateLimit-Used": str(budget.used),
            "X-RateLimit-Resource": resource,
        }

    def admit(
        self, world: World, caller: Caller, *, write: bool, creates: bool = False, resource: str = "core"
    ) -> None:
        """Lets a call in, and counts it for the secondary limits. Raises a 403 or 429 ``Problem``."""
        if self.enforced and self.budget(caller, resource).used >= self.ceiling(world, caller):
            self.refused += 1
            told = self.headers(world, caller, resource)
            raise Problem(403, f"API rate limit exceeded for {caller.key}.", headers=told, documentation_url=DOCS)
        points = 5 if write else 1
        most = GRAPHQL_POINTS if resource == "graphql" else POINTS
        self._meter(caller.key, f"points {resource}", points, most, MINUTE)
        if creates:
            self._meter(caller.key, "creations a minute", 1, CREATIONS_MINUTE, MINUTE)
            self._meter(caller.key, "creations an hour", 1, CREATIONS_HOUR, HOUR)

    def push(self, full_name: str) -> None:
        """Lets a push in. Raises a 429 ``Problem``."""
        self._meter(full_name, "pushes", 1, PUSHES, MINUTE, status=429)

    def _meter(self, key: str, name: str, amount: int, most: int, window: float, *, status: int = 403) -> None:
        meter, now, length = self._meters[key, name], self._clock.time(), self._clock.span(window)
        meter.sweep(now - length)
        if self.enforced and meter.total + amount > most:
            self.refused += 1
            raise secondary(meter.entries[0][0] + length - now, status)
        meter.add(now, amount)

    def charge(self, caller: Caller, resource: str = "core") -> None:
        """Counts a call for the hour (a 304 is not)."""
        self.budget(caller, resource).used += 1

    @contextmanager
    def running(self, caller: Caller) -> Iterator[None]:
        """Holds one of the places for calls at the same time. Raises a 403 ``Problem`` when there is none."""
        if self.enforced and self._running[caller.key] >= CONCURRENT:
            self.refused += 1
            raise secondary(self._clock.span(1.0), 403)
        self._running[caller.key] += 1
        self.most_at_once = max(self.most_at_once, self._running[caller.key])
        try:
            yield
        finally:
            self._running[caller.key] -= 1


def secondary(seconds: float, status: int = 403) -> Problem:
    """The answer of a secondary limit; ``retry-after`` is in whole real seconds."""
    told = {"Retry-After": str(max(1, math.ceil(seconds)))}
    return Problem(status, SECONDARY, headers=told, documentation_url=f"{DOCS}#about-secondary-rate-limits")
