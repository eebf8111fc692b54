"""The bot's process for the crash tests: the real server, which may die before or after its n-th effect.

Run as ``python tests/crash/launcher.py`` with ``GRAFTSMAN_*`` settings and ``CRASH_HOME``, a folder where it writes
``url`` (once it listens), ``points`` (their names, at an orderly end) or ``died`` (the point it died at). With
``CRASH_AT=after push #2`` it kills itself when it passes the point of this name for the second time; with
``CRASH_FORGET=1`` intents are not recorded before their effects (what the tests must notice). All is wrapped from
outside: production code knows nothing of it.
"""

import asyncio
import contextlib
import json
import os
import re
import signal
import sys
import threading
from collections import Counter
from pathlib import Path

import aiohttp
from sqlalchemy.engine.default import DefaultDialect

from bot.__main__ import start
from bot.cli.serve import told_to_stop
from bot.config import server_settings
from bot.git import transfer
from bot.github.transport import Transport
from bot.runs.intents import Intents
from bot.runs.leases import Retry
from bot.runs.queue import Queue

MOST_PATIENT, REST = 10.0, 0.4
"""Seconds that a sweep waits for the work of the last one, and that the bot rests before it."""
VARYING = re.compile(r"(?<=comments/)\d+|(?<=installations/)\d+|(?<=deliveries/)\d+")


class Points:
    """Names and counts the points before and after each effect; dies at one of them."""

    def __init__(self, home, at):
        self._home = home
        self._at = at
        self._names = []
        self._counts = Counter()
        self._lock = threading.Lock()

    def __call__(self, name):
        with self._lock:
            self._counts[name] += 1
            self._names.append(f"{name} #{self._counts[name]}")
            if self._names[-1] == self._at:
                (self._home / "died").write_text(self._at)
                os.kill(os.getpid(), signal.SIGKILL)
                threading.Event().wait()  # not one step further

    def save(self):
        (self._home / "points").write_text(json.dumps(self._names))


def wrap_requests(points):
    """Every request that may change something on GitHub; GraphQL queries read."""
    plain = aiohttp.ClientSession._request

    async def request(self, method, url, **options):
        path = VARYING.sub("ID", str(url).partition("/api/")[2])
        writes = method not in {"GET", "HEAD"}
        if path == "graphql":
            writes = b"mutation" in (options.get("data") or b"")[:200]
        if not writes:
            return await plain(self, method, url, **options)
        points(f"before {method} {path}")
        answer = await plain(self, method, url, **options)
        points(f"after {method} {path}")
        return answer

    aiohttp.ClientSession._request = request


def wrap_pushes(points):
    """Every git push."""
    plain = transfer.push

    def push(*arguments, **options):
        points("before push")
        outcome = plain(*arguments, **options)
        points("after push")
        return outcome

    transfer.push = push


def wrap_commits(points):
    """Every commit that changes a row, of our store and of DBOS's."""
    plain = DefaultDialect.do_commit

    def commit(self, connection):
        if not _changed(connection.driver_connection, connection.info):
            return plain(self, connection)
        points("before commit")
        plain(self, connection)
        points("after commit")
        return None

    DefaultDialect.do_commit = commit


def _changed(driver, info):
    if hasattr(driver, "total_changes"):  # SQLite
        before, info["crash"] = info.get("crash", 0), driver.total_changes
        return driver.total_changes > before
    with driver.cursor() as cursor:
        cursor.execute("SELECT pg_current_xact_id_if_assigned()::text")
        return cursor.fetchone()[0] is not None


def hurry():
    """Pauses before another try last a twentieth, as the playground's minutes do last less."""
    delay, pause = Retry.delay, Transport._pause
    Retry.delay = lambda self, attempt, jitter: delay(self, attempt, jitter) / 20
    Transport._pause = lambda self, tries: pause(self, tries) / 20


def give_way():
    """A sweep waits until the last one's work is done, and a little longer: on a slow machine, too, the bot rests between
    them, and people see that nothing is left to do.
    """
    plain = Queue.every

    def every(self, name, seconds, targets):
        seen = []

        async def rested():
            if name == "sweep" and seen:
                with contextlib.suppress(TimeoutError):
                    await self.idle(MOST_PATIENT)
                await asyncio.sleep(REST)
            seen.append(name)
            return await targets()

        plain(self, name, seconds, rested)

    Queue.every = every


async def forget(_intents, *_keys):
    """The planted bug: what may happen from now on is not written down."""


async def main(points, home):
    running = await start(server_settings())
    scratch = home / "url.new"
    scratch.write_text(running.url)
    scratch.replace(home / "url")
    await told_to_stop()
    await running.stop()
    points.save()


def run(environment):
    """The process's whole life; its output goes to ``log``."""
    os.environ.update(environment)
    home = Path(os.environ["CRASH_HOME"])
    log = os.open(home / "log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
        os.dup2(log, stream.fileno())
    hurry()
    give_way()
    if "CRASH_FORGET" in os.environ:
        Intents.start = forget
    points = Points(home, os.environ.get("CRASH_AT"))
    wrap_requests(points)
    wrap_pushes(points)
    wrap_commits(points)
    asyncio.run(main(points, home))


if __name__ == "__main__":
    run({})
