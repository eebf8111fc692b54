"""GitHub's documented limits, and how to stay inside them. Pure: the time is an argument, in seconds of any clock.

Sources: "Rate limits for the REST API", "Best practices for using the REST API" and "Repository limits" in GitHub's
documentation. Every window here slides, so that it holds whatever the place of GitHub's own windows.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

MINUTE: Final = 60.0
HOUR: Final = 3600.0

CONCURRENT: Final = 100
"""Requests under way at once, REST and GraphQL together (secondary limit)."""
POINTS_A_MINUTE: Final = 900
"""REST points a minute (secondary limit). GraphQL alone may use 2,000; it is counted in the same 900 here."""
POINTS: Final[Mapping[str, int]] = {"read": 1, "write": 5, "create": 5, "push": 0}
"""What one request of each kind costs (secondary limit): GET 1, all others 5. A push is no REST request."""
CREATIONS_A_MINUTE: Final = 80
"""Requests a minute that make content: issues, comments, pull requests, checks (secondary limit)."""
CREATIONS_AN_HOUR: Final = 500
"""The same, an hour (secondary limit)."""
RESERVED_POINTS: Final = 60
"""What only urgent requests may use of a minute's points: a person is answered however busy the installation is."""
BETWEEN_WRITES: Final = 1.0
"""Seconds between the starts of two writes, which go in series (best practices)."""
PUSHES_A_MINUTE: Final = 6
"""Pushes to one repository (repository limits)."""
REQUESTS_AN_HOUR: Final = 5000
"""The least primary limit of an installation; the answers' headers say the real one."""
FIRST_BACK_OFF: Final = 60.0
"""Seconds to wait after a secondary limit that says nothing of its length; doubles each time (best practices)."""
LONGEST_BACK_OFF: Final = HOUR
LONGEST_WAIT: Final = HOUR + MINUTE
"""What a header may ask for at most, in seconds: no limit of GitHub's has a longer window. Then we look again."""
OPEN_PULLS_ON_ONE_BASE: Final = 1000
"""Open pull requests on one base branch (repository limits)."""
BRANCHES: Final = 5000
"""Branches of one repository that GitHub recommends not to exceed (repository limits)."""

Kind = Literal["read", "write", "create", "push"]
"""``create`` is a write that makes content; ``push`` is a git push, and no REST request."""
Reason = Literal[
    "nothing",
    "one write a second",
    "900 points a minute",
    "80 creations a minute",
    "500 creations an hour",
    "6 pushes a minute",
    "the hourly request limit",
    "a back-off that GitHub asked for",
]


@dataclass(frozen=True, slots=True)
class Hold:
    """How long to wait, in seconds (0: go on), and which limit asks for it."""

    seconds: float
    reason: Reason


GO: Final = Hold(0.0, "nothing")


@dataclass(slots=True)
class Window:
    """At most ``limit`` in any stretch of ``seconds``.

    What is under way counts, and its stretch begins when it ended: GitHub saw it at some moment before that.
    """

    limit: int
    seconds: float
    done: deque[tuple[float, int]] = field(default_factory=deque)
    total: int = 0
    under_way: int = 0

    def wait(self, weight: int, now: float) -> float:
        """Seconds until ``weight`` more fit."""
        while self.done and self.done[0][0] + self.seconds <= now:
            self.total -= self.done.popleft()[1]
        over = self.total + self.under_way + weight - self.limit
        if weight == 0 or over <= 0:
            return 0.0
        for at, each in self.done:
            over -= each
            if over <= 0:
                return at + self.seconds - now
        # What is under way fills the window: it frees no sooner than one whole stretch after it has ended.
        return self.seconds

    def begin(self, weight: int) -> None:
        """Counts something that starts now."""
        self.under_way += weight

    def end(self, weight: int, now: float) -> None:
        """Counts its end; ``now`` never goes back."""
        self.under_way -= weight
        if weight:
            self.done.append((now, weight))
            self.total += weight


@dataclass(slots=True)
class _Quota:
    """What the newest answer said of a primary limit. ``until`` is on our clock."""

    remaining: int
    until: float


class Pace:
    """The pacing of one installation. Ask ``wait`` until it says 0, then ``begin``; after the answer ``end``.

    ``scale`` shrinks GitHub's windows, for a playground whose windows are scaled alike. What GitHub says in headers is
    given in real seconds and is not scaled.
    """

    def __init__(self, scale: float = 1.0) -> None:
        if not 0 < scale <= 1:
            raise ValueError("scale must be above 0 and at most 1")
        self.scale = scale
        self._points = Window(POINTS_A_MINUTE, MINUTE * scale)
        self._minute = Window(CREATIONS_A_MINUTE, MINUTE * scale)
        self._hour = Window(CREATIONS_AN_HOUR, HOUR * scale)
        self._pushes: dict[str, Window] = {}
        self._last_write = -math.inf
        self._quotas: dict[str, _Quota] = {}
        self._blocked_until = -math.inf
        self._strikes = 0

    @property
    def between_writes(self) -> float:
        """Seconds between the starts of two writes."""
        return BETWEEN_WRITES * self.scale

    def wait(
        self, kind: Kind, now: float, *, repository: str = "", resource: str = "core", urgent: bool = False
    ) -> float:
        """Seconds to wait before a request of this kind; 0 means now."""
        return self.hold(kind, now, repository=repository, resource=resource, urgent=urgent).seconds

    def hold(
        self, kind: Kind, now: float, *, repository: str = "", resource: str = "core", urgent: bool = False
    ) -> Hold:
        """The same with the limit that asks for it: the longest of all that apply.

        ``repository`` matters to pushes; ``resource`` names the primary limit (``core``, ``graphql``). What is not
        ``urgent`` leaves ``RESERVED_POINTS`` free.
        """
        points = POINTS[kind] + (0 if urgent else RESERVED_POINTS)
        if kind == "push":
            return _longest([Hold(self._window(repository).wait(1, now), "6 pushes a minute")])
        holds = [
            Hold(self._blocked_until - now, "a back-off that GitHub asked for"),
            Hold(self._points.wait(points, now), "900 points a minute"),
        ]
        quota = self._quotas.get(resource)
        if quota is not None and quota.remaining <= 0:
            holds.append(Hold(quota.until - now, "the hourly request limit"))
        if kind != "read":
            holds.append(Hold(self._last_write + self.between_writes - now, "one write a second"))
        if kind == "create":
            holds.append(Hold(self._minute.wait(1, now), "80 creations a minute"))
            holds.append(Hold(self._hour.wait(1, now), "500 creations an hour"))
        return _longest(holds)

    def begin(self, kind: Kind, now: float, *, repository: str = "", resource: str = "core") -> None:
        """Counts a request that is being sent."""
        if kind == "push":
            self._window(repository).begin(1)
            return
        self._points.begin(POINTS[kind])
        quota = self._quotas.get(resource)
        if quota is not None:
            quota.remaining -= 1
        if kind != "read":
            self._last_write = now
        if kind == "create":
            self._minute.begin(1)
            self._hour.begin(1)

    def end(self, kind: Kind, now: float, *, repository: str = "") -> None:
        """Counts the end of a request that was begun, however it ended."""
        if kind == "push":
            self._window(repository).end(1, now)
            return
        self._points.end(POINTS[kind], now)
        if kind == "create":
            self._minute.end(1, now)
            self._hour.end(1, now)

    def answered(
        self, now: float, *, remaining: int | None = None, reset_in: float | None = None, resource: str = "core"
    ) -> None:
        """Takes note of an answer's rate-limit headers. ``reset_in`` is in real seconds.

        Answers may overtake each other, so that within one window of GitHub's the least ``remaining`` counts.
        """
        if remaining is None or reset_in is None:
            return
        until = now + min(max(reset_in, 0.0), LONGEST_WAIT)
        known = self._quotas.get(resource)
        # Two answers of one window name the same reset; whole seconds and latency blur it by some two seconds.
        if known is not None and known.until > now and until <= known.until + 2.0:
            remaining = min(remaining, known.remaining)
            until = max(until, known.until)
        self._quotas[resource] = _Quota(remaining, until)

    def succeeded(self) -> None:
        """A request went through: the next back-off starts small again."""
        self._strikes = 0

    def limited(self, now: float, *, retry_after: float | None = None, reset_in: float | None = None) -> float:
        """GitHub refused a request by a limit; gives the seconds that nothing will be sent now.

        ``retry_after`` as the header says, else ``reset_in`` when nothing remains, else 60 s, doubling each time.
        Several refusals of requests that were under way together count as one.
        """
        if retry_after is None and reset_in is None:
            if now < self._blocked_until:
                return self._blocked_until - now
            pause = min(FIRST_BACK_OFF * 2**self._strikes, LONGEST_BACK_OFF) * self.scale
            self._strikes = min(self._strikes + 1, 16)
        else:
            asked = retry_after if retry_after is not None else reset_in or 0.0
            pause = min(max(asked, 0.0), LONGEST_WAIT)
        self._blocked_until = max(self._blocked_until, now + pause)
        return self._blocked_until - now

    def _window(self, repository: str) -> Window:
        return self._pushes.setdefault(repository.lower(), Window(PUSHES_A_MINUTE, MINUTE * self.scale))


def _longest(holds: list[Hold]) -> Hold:
    longest = max(holds, key=lambda hold: hold.seconds)
    return longest if longest.seconds > 0 else GO


@dataclass(frozen=True, slots=True)
class Writes:
    """How many requests something takes: those that make content, and other writes."""

    creations: int
    others: int


OPENING: Final = Writes(creations=3, others=1)
"""A folder until it is decided: the pull request, its labels, two check runs."""
DECIDING: Final = Writes(creations=2, others=1)
"""A folder that is decided: its comment, the delivery check, one edit of the plan comment."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """How long GitHub's limits make a migration take, at least, however fast everything else is."""

    seconds: float
    """Until all is done, decisions included, if nobody needed time to decide."""
    opening_seconds: float
    """Until every pull request is open with its labels and checks."""
    requests: int
    creations: int
    pushes: int
    bound_by: Reason
    """The limit that asks for most of the time."""


def forecast(
    folders: int, *, opening: Writes = OPENING, deciding: Writes = DECIDING, pushes: int = 1, scale: float = 1.0
) -> Forecast:
    """Forecasts a migration of so many folders by walking it through the very pacing that will hold it.

    Nothing else is taken to use the installation meanwhile. Seconds are real ones, that is, scaled by ``scale``.
    Raises ``ValueError`` for negative counts.
    """
    if min(folders, pushes, opening.creations, opening.others, deciding.creations, deciding.others) < 0:
        raise ValueError("counts are not negative")
    # Walked at GitHub's own speed and scaled at the end: the order of events is the same at every scale.
    walk = _Walk(Pace())
    if folders:
        for _ in range(pushes):
            walk.step("push")
    walk.batch(folders, opening)
    opened = walk.now
    walk.batch(folders, deciding)
    creations = folders * (opening.creations + deciding.creations)
    requests = creations + folders * (opening.others + deciding.others)
    bound_by: Reason = max(walk.waited, key=lambda reason: walk.waited[reason], default="nothing")
    return Forecast(
        seconds=walk.now * scale,
        opening_seconds=opened * scale,
        requests=requests,
        creations=creations,
        pushes=pushes if folders else 0,
        bound_by=bound_by,
    )


class _Walk:
    """A run of writes that take no time themselves. One a second stays below the least hourly request limit."""

    def __init__(self, pace: Pace) -> None:
        self.pace = pace
        self.now = 0.0
        self.waited: dict[Reason, float] = {}

    def step(self, kind: Kind) -> None:
        while (hold := self.pace.hold(kind, self.now)).seconds > 0:
            self._rest(hold)
        self.pace.begin(kind, self.now)
        self.pace.end(kind, self.now)

    def batch(self, folders: int, writes: Writes) -> None:
        for _ in range(folders):
            for _ in range(writes.creations):
                self.step("create")
            for _ in range(writes.others):
                self.step("write")

    def _rest(self, hold: Hold) -> None:
        self.now += hold.seconds
        self.waited[hold.reason] = self.waited.get(hold.reason, 0.0) + hold.seconds
