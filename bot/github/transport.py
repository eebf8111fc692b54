"""Sends one request until it worked or may not be repeated: authentication, turns, time-outs, retries, redirects.

What may be repeated is repeated. A request that makes something is only sent again when it certainly did not run.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from urllib.parse import urljoin, urlsplit

import aiohttp
import structlog
from cachetools import TTLCache

from bot.github.answers import Answer, Verdict, failure, quota, retry_after, verdict
from bot.github.counters import Counters
from bot.github.errors import LimitedError, MovedError, UncertainError, UnreachableError
from bot.github.gate import Gate
from bot.github.kinds import Call
from bot.github.settings import AppSettings, origin

MAX_TRIES: Mapping[str, int] = {"lost": 4, "broken": 4, "limited": 8, "fresh": 5, "unauthorised": 1, "redirected": 4}
"""How often a request is sent again, by what was wrong."""
FRESH_SECONDS = 30.0
"""How long after our own create a 404 is taken for a replica that lags."""

log = structlog.get_logger(__name__)


class Auth(Protocol):
    """Who the client speaks as."""

    async def header(self) -> str:
        """The ``Authorization`` header's value."""
        ...

    def refused(self, header: str) -> None:
        """This value was answered with 401: do not use it again."""
        ...


class Lost(Exception):
    """No answer came. ``ran`` says whether the request may have run all the same. Never leaves this module."""

    def __init__(self, cause: BaseException, *, ran: bool) -> None:
        super().__init__(f"{type(cause).__name__}: {cause}" if str(cause) else type(cause).__name__)
        self.ran = ran


@dataclass(frozen=True, slots=True)
class _Seen:
    """GitHub's clock at an answer, and ours."""

    date: datetime
    at: float


class Transport:
    """The way to GitHub for one installation, or for the App itself."""

    def __init__(
        self, session: aiohttp.ClientSession, settings: AppSettings, auth: Auth, gate: Gate, counters: Counters
    ) -> None:
        self._session = session
        self._settings = settings
        self._auth = auth
        self._gate = gate
        self._counters = counters
        self._timeout = settings.timeouts.client()
        self._origins = settings.origins
        self._seen: _Seen | None = None
        self._fresh: TTLCache[str, bool] = TTLCache(256, FRESH_SECONDS, timer=gate.clock)

    @property
    def clock(self) -> Callable[[], float]:
        """Counts seconds, and never goes back."""
        return self._gate.clock

    def made(self, url: str) -> None:
        """We have just made the object at this URL: for a moment a 404 below it may be a replica that lags."""
        self._fresh[urlsplit(url).path] = True

    def now(self) -> datetime | None:
        """GitHub's clock: the newest ``Date`` header and the time gone since; ``None`` before the first answer."""
        if self._seen is None:
            return None
        return self._seen.date + timedelta(seconds=int(self._gate.clock() - self._seen.at))

    async def request(self, call: Call, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """The answer, 2xx or 304. Raises ``GitHubError``."""
        tries: Counter[str] = Counter()
        while True:
            if origin(url) not in self._origins:
                raise MovedError("the way leads to another host", method=method, path=url)
            header = await self._auth.header()
            try:
                answer = await self._once(call, method, url, {**headers, "authorization": header}, body)
            except Lost as lost:
                await self._after_loss(lost, call, method, url, tries)
                continue
            found = verdict(answer)
            if found in {Verdict.OK, Verdict.NOT_MODIFIED}:
                return answer
            if found is Verdict.UNAUTHORISED:
                self._auth.refused(header)
            await self._after_failure(answer, found, call, method, url, tries)
            if found is Verdict.REDIRECTED:
                url = urljoin(url, answer.headers["location"])

    async def _once(self, call: Call, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Sends the request once, in its turn, and takes note of what the answer says of limits."""
        async with self._gate.turn(call.kind, resource=call.resource, urgent=call.urgent):
            outcome = "lost"
            try:
                answer = await self._exchange(method, url, headers, body)
                outcome = verdict(answer).value
            finally:
                self._counters.sent(method, outcome)
            self._note(answer, call)
            return answer

    async def _exchange(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        pinned = {**headers, "x-github-api-version": self._settings.api_version}
        try:
            async with self._session.request(
                method,
                url,
                headers=pinned,
                data=body or None,
                # aiohttp would turn a redirected POST into a GET, and hides where it went.
                allow_redirects=False,
                timeout=self._timeout,
            ) as response:
                return Answer(response.status, response.headers, await response.read())
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise Lost(error, ran=False) from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Lost(error, ran=True) from error

    def _note(self, answer: Answer, call: Call) -> None:
        now = self._gate.clock()
        pace = self._gate.pace
        if (date := answer.date) is not None and (self._seen is None or date >= self._seen.date):
            self._seen = _Seen(date, now)
        limit = quota(answer)
        # An answer to a token that is not taken tells of an anonymous caller's small quota, not of ours.
        if limit is not None and verdict(answer) is not Verdict.UNAUTHORISED:
            pace.answered(now, remaining=limit.remaining, reset_in=limit.reset_in, resource=limit.resource)
        if verdict(answer) is Verdict.LIMITED:
            # Whole seconds: what resets "now" has reset a second later.
            reset_in = limit.reset_in + 1 if limit is not None and limit.remaining == 0 else None
            pause = pace.limited(now, retry_after=retry_after(answer), reset_in=reset_in)
            log.warning("GitHub asks for a pause", answer=answer.message, seconds=round(pause, 1), kind=call.kind)
        else:
            pace.succeeded()

    async def _after_loss(self, lost: Lost, call: Call, method: str, url: str, tries: Counter[str]) -> None:
        path = urlsplit(url).path
        if lost.ran and not call.repeatable:
            raise UncertainError(f"the connection was lost ({lost})", method=method, path=path) from lost
        if not _again("lost", tries):
            raise UnreachableError(str(lost), method=method, path=path) from lost
        log.info("no answer from GitHub, trying again", method=method, path=path, error=str(lost))
        await asyncio.sleep(self._pause(tries["lost"]))

    async def _after_failure(
        self, answer: Answer, found: Verdict, call: Call, method: str, url: str, tries: Counter[str]
    ) -> None:
        """Returns when the request may be sent again (after a pause, where one is due), else raises."""
        path = urlsplit(url).path
        if found is Verdict.BROKEN and not call.repeatable:
            raise UncertainError(answer.message, status=answer.status, method=method, path=path)
        cause = "fresh" if found is Verdict.MISSING else found.value
        may = {
            Verdict.REDIRECTED: method == "GET" and "location" in answer.headers,
            # A 404 has had no effect, whatever the method.
            Verdict.MISSING: self._is_fresh(path),
        }
        if not may.get(found, True) or not _again(cause, tries):
            if found is Verdict.LIMITED:
                raise LimitedError(answer.message, status=answer.status, method=method, path=path)
            raise failure(answer, method, path)
        # After a limit the gate itself holds the next turn back.
        if found in {Verdict.MISSING, Verdict.BROKEN}:
            log.info("GitHub is behind or unwell, trying again", method=method, path=path, status=answer.status)
            await asyncio.sleep(max(self._pause(tries[cause]), retry_after(answer) or 0.0))

    def _pause(self, tries: int) -> float:
        """Exponential, with jitter so that clients that failed together do not come back together."""
        return float(self._settings.retry_seconds * 2 ** (tries - 1)) * random.uniform(0.5, 1.0)

    def _is_fresh(self, path: str) -> bool:
        return any(path == made or path.startswith(f"{made}/") for made in list(self._fresh))


def _again(cause: str, tries: Counter[str]) -> bool:
    tries[cause] += 1
    return tries[cause] <= MAX_TRIES.get(cause, 0)
