"""A process for the kill tests: inbox, dispatcher and queue over a small world of files; may die at a given point.

The world: each object has a counter of changes. A delivery is a change, then a webhook; it counts as acknowledged when
``put`` returned. A job reads the counter and writes down what it saw. At the end, everything acknowledged must have
been seen. A job holds a lock on its repository, which tells whether two ran at once.
"""

import argparse
import asyncio
import fcntl
import os
import signal
import traceback
from datetime import UTC, datetime
from pathlib import Path

import structlog

from bot.runs.dispatcher import Dispatcher
from bot.runs.inbox import Delivery, Inbox
from bot.runs.queue import Limits, Queue, Retry, Target
from bot.runs.store import Store, StoreUnavailable

OBJECTS = [(("o/one", "o/two", "o/three")[number % 3], str(number)) for number in range(10)]


class Points:
    """Dies at the n-th point that is passed; counts all of them."""

    def __init__(self, at):
        self.at = at
        self.passed = 0

    def __call__(self, _name):
        self.passed += 1
        if self.passed == self.at:
            os.kill(os.getpid(), signal.SIGKILL)


class DyingStore(Store):
    """A store with a point before and after every transaction, and inside it, before the commit."""

    points = Points(0)

    async def write(self, work):
        def inside(connection):
            result = work(connection)
            self.points("inside the transaction")
            return result

        self.points("before the transaction")
        try:
            return await super().write(inside)
        finally:
            self.points("after the transaction")


class World:
    def __init__(self, home, name, stall):
        self.home = home
        self.name = name
        self.stall = stall

    def number(self, path):
        try:
            return int(path.read_text())
        except FileNotFoundError:
            return 0

    def put(self, path, number):
        scratch = self.home / f"scratch-{self.name}"
        scratch.write_text(str(number))
        scratch.replace(path)

    async def job(self, target, run):
        DyingStore.points("job starts")
        with (self.home / f"lock-{target.repository.replace('/', '-')}").open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                (self.home / "violation").write_text(run)
            seen = self.number(self.home / f"changes-{target.key}")
            await asyncio.sleep(0.002)
            if target.key == self.stall:
                self.stall = None
                (self.home / "stalls").touch()
                await asyncio.sleep(1.0)  # the rest of this process comes to rest: nobody is inside a transaction
                os.kill(os.getpid(), signal.SIGSTOP)
            DyingStore.points("job at work")
            self.put(self.home / f"seen-{target.key}", seen)
            with (self.home / "runs").open("a") as runs:
                runs.write(f"{target.key} {self.name} {run}\n")
        DyingStore.points("job ends")


async def main(options):
    home = Path(options.home)
    world = World(home, options.name, options.stall)
    DyingStore.points = Points(options.die)
    store = await DyingStore.open(options.where)
    queue = Queue(
        store,
        {"issue": world.job},
        executor_id=options.name,
        limits=Limits(poll=0.02, again=0.01, lease=options.lease),
        retry=Retry(first=0.05, most=0.2),
    )
    inbox = Inbox(store)
    dispatcher = Dispatcher(
        inbox, queue, lambda one: [Target("issue", one.payload.decode(), one.repository, 1)], batch=3
    )
    await queue.start()
    await dispatcher.start()
    (home / f"ready-{options.name}").touch()
    for number in range(options.first, options.first + options.count):
        repository, key = OBJECTS[number % len(OBJECTS)]
        ack = home / f"ack-{number}"
        if ack.exists():
            continue
        world.put(home / f"changes-{key}", max(number + 1, world.number(home / f"changes-{key}")))
        one = Delivery(f"d{number}", "push", None, 1, repository, key.encode(), datetime.now(UTC))
        while True:
            try:
                await asyncio.gather(inbox.put(one), inbox.put(one))
                break
            except StoreUnavailable:  # answered 503, and delivered again
                await asyncio.sleep(0.1)
        ack.touch()
    await queue.idle(30)
    await dispatcher.stop()
    await queue.stop()
    await store.close()
    (home / "points").write_text(str(DyingStore.points.passed))


def run(words):
    """The process's whole life. Its log goes to a file in the world."""
    parser = argparse.ArgumentParser()
    parser.add_argument("where")
    parser.add_argument("home")
    parser.add_argument("--name", default="one")
    parser.add_argument("--die", type=int, default=0)
    parser.add_argument("--stall")
    parser.add_argument("--lease", type=float, default=2.0)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--count", type=int, default=12)
    options = parser.parse_args(words)
    with (Path(options.home) / "log").open("a", buffering=1) as log:
        structlog.configure(logger_factory=structlog.PrintLoggerFactory(log))
        try:
            asyncio.run(main(options))
        except BaseException:
            log.write(traceback.format_exc())
            os._exit(1)  # threads of DBOS would wait
