"""The store: one SQLite file (WAL, fsync on every commit) or one PostgreSQL database, behind a few threads.

Work is a plain function of a connection; it runs in a thread, in one transaction, and the ``await`` returns after the
commit is durable.
"""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import os
import random
import re
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DatabaseError, DataError, IntegrityError, ProgrammingError, SQLAlchemyError

from bot.errors import UsageError, WorldError
from bot.runs.schema import MEMORY, migrate

T = TypeVar("T")
BUSY_SECONDS = 10
STALLED_SECONDS = 10
"""PostgreSQL ends a transaction that its process left open for so long: a stalled replica must not stop the others."""
_DEADLOCKS = frozenset({"40001", "40P01"})
_NAME = re.compile(r"[A-Za-z0-9._-]{1,64}")


class StoreUnavailable(WorldError):
    """The database cannot be reached or written now; nothing was changed."""


class Store:
    """A handle on the database. Open it with :meth:`open`, close it with :meth:`close`."""

    def __init__(self, url: sa.URL, *, clock: Callable[[], float] = time.time) -> None:
        self.url = url
        self.dialect = url.get_backend_name()
        self._clock = clock
        if self.dialect == "sqlite":
            self._writer = _sqlite_engine(url, "BEGIN IMMEDIATE")
            self._reader = _sqlite_engine(url, "BEGIN")
            self._write_threads = ThreadPoolExecutor(1, "store-write")
            self._read_threads = ThreadPoolExecutor(2, "store-read")
        else:
            self._writer = _postgresql_engine(url)
            # One snapshot for all of a read, as SQLite gives it.
            self._reader = self._writer.execution_options(isolation_level="REPEATABLE READ")
            self._write_threads = ThreadPoolExecutor(4, "store")
            self._read_threads = self._write_threads
        self._held: list[Any] = []

    @classmethod
    async def open(cls, where: str | Path, *, clock: Callable[[], float] = time.time) -> Store:
        """Opens (and makes, and migrates) the store at a ``postgresql://`` URL or the path of an SQLite file.

        ``clock`` gives seconds since the epoch; on PostgreSQL the server's clock is used, since replicas share it.
        Raises ``UsageError`` for another kind of URL or a newer schema, ``StoreUnavailable`` when it cannot be reached.
        """
        store = cls(_url(where), clock=clock)
        try:
            await store.write(migrate)
        except BaseException:
            await store.close()
            raise
        return store

    @property
    def file(self) -> Path | None:
        """The SQLite file, or ``None`` on PostgreSQL."""
        return Path(self.url.database or "") if self.dialect == "sqlite" else None

    def insert(self, table: sa.TableClause) -> sqlite.Insert | postgresql.Insert:
        """An INSERT that knows ``on_conflict_do_nothing`` and ``on_conflict_do_update``."""
        return sqlite.insert(table) if self.dialect == "sqlite" else postgresql.insert(table)

    def time(self, connection: sa.Connection) -> float:
        """Now, in seconds since the epoch, by the one clock that all who share the store share."""
        if self.dialect == "sqlite":
            return self._clock()
        return float(connection.execute(sa.text("SELECT extract(epoch FROM clock_timestamp())")).scalar_one())

    async def write(self, work: Callable[[sa.Connection], T]) -> T:
        """Runs ``work`` in one durable transaction. Raises ``StoreUnavailable``."""
        return await asyncio.get_running_loop().run_in_executor(self._write_threads, self._run, self._writer, work)

    async def read(self, work: Callable[[sa.Connection], T]) -> T:
        """Runs ``work``, which only reads, in one transaction. Raises ``StoreUnavailable``."""
        return await asyncio.get_running_loop().run_in_executor(self._read_threads, self._run, self._reader, work)

    async def ping(self) -> None:
        """Writes one row. Raises ``StoreUnavailable`` when the store cannot be written."""

        def work(connection: sa.Connection) -> None:
            put = self.insert(MEMORY).values(key="store:ping", value=str(self.time(connection)))
            connection.execute(put.on_conflict_do_update(index_elements=["key"], set_={"value": put.excluded.value}))

        await self.write(work)

    async def hold(self, name: str, *, patience: float = 3.0) -> None:
        """Takes the name for this process until the store is closed (or the process dies).

        Raises ``UsageError`` when another live process holds it after ``patience`` seconds.
        """
        if not _NAME.fullmatch(name):
            raise UsageError("the executor id may hold letters, digits, '.', '_' and '-', 64 at most")
        take = self._lock_file if self.file else self._lock_row
        end = time.monotonic() + patience
        while not await asyncio.get_running_loop().run_in_executor(self._write_threads, take, name):
            if time.monotonic() >= end:
                raise UsageError(f"another process with executor id {name!r} uses this store: give each its own")
            await asyncio.sleep(0.1)

    def release(self) -> None:
        """Gives back the names this process holds."""
        while self._held:
            self._held.pop().close()

    async def close(self) -> None:
        """Waits for work under way and closes every connection. May be called again."""
        await asyncio.to_thread(self._write_threads.shutdown)
        await asyncio.to_thread(self._read_threads.shutdown)
        self.release()
        self._writer.dispose()
        self._reader.dispose()

    def _run(self, engine: sa.Engine, work: Callable[[sa.Connection], T]) -> T:
        for attempt in range(1, 7):
            try:
                with engine.begin() as connection:
                    return work(connection)
            except (IntegrityError, ProgrammingError, DataError):
                raise
            except SQLAlchemyError as error:
                if attempt < 6 and getattr(getattr(error, "orig", None), "sqlstate", None) in _DEADLOCKS:
                    time.sleep(random.uniform(0, 0.02 * 2**attempt))
                    continue
                if isinstance(error, DatabaseError | sa.exc.TimeoutError | sa.exc.InterfaceError):
                    raise StoreUnavailable(f"the store is not available: {_reason(error)}") from error
                raise
        raise AssertionError("unreachable")

    def _lock_file(self, name: str) -> bool:
        file = Path(f"{self.file}.{name}.lock").open("ab")  # noqa: SIM115  # held until release()
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.close()
            return False
        self._held.append(file)
        return True

    def _lock_row(self, name: str) -> bool:
        number = int.from_bytes(hashlib.sha256(b"graftsman executor " + name.encode()).digest()[:8], "big", signed=True)
        connection = sa.create_engine(self.url, poolclass=sa.NullPool, hide_parameters=True).connect()
        connection = connection.execution_options(isolation_level="AUTOCOMMIT")
        if connection.execute(sa.select(sa.func.pg_try_advisory_lock(number))).scalar():
            self._held.append(connection)
            return True
        connection.close()
        return False


def _url(where: str | Path) -> sa.URL:
    if isinstance(where, str) and "://" in where:
        try:
            url = sa.make_url(where)
        except (SQLAlchemyError, ValueError):
            raise UsageError("the database URL cannot be read: use postgresql://user:password@host/name") from None
        if url.get_backend_name() in {"postgresql", "postgres"}:
            return url.set(drivername="postgresql+psycopg")
        if url.get_backend_name() != "sqlite" or not url.database or url.database == ":memory:":
            raise UsageError("the database is an SQLite file or postgresql://...")
        where = url.database
    path = Path(where).resolve()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))  # what users wrote is nobody else's
    except OSError as error:
        raise StoreUnavailable(f"the store {path} cannot be made: {error.strerror}") from error
    return sa.URL.create("sqlite", database=str(path))


def _sqlite_engine(url: sa.URL, begin: str) -> sa.Engine:
    engine = sa.create_engine(
        url, pool_size=2, max_overflow=0, connect_args={"timeout": BUSY_SECONDS}, hide_parameters=True
    )

    @sa.event.listens_for(engine, "connect")
    def _connect(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # the driver begins nothing by itself: we say BEGIN, and which
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "wal_autocheckpoint=2000"):
            connection.execute(f"PRAGMA {pragma}")

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


def _postgresql_engine(url: sa.URL) -> sa.Engine:
    return sa.create_engine(
        url,
        pool_size=4,
        max_overflow=0,
        pool_pre_ping=True,
        hide_parameters=True,
        connect_args={
            "connect_timeout": BUSY_SECONDS,
            "application_name": "graftsman",
            "options": f"-c idle_in_transaction_session_timeout={STALLED_SECONDS}s -c lock_timeout={2 * BUSY_SECONDS}s",
        },
    )


def _reason(error: SQLAlchemyError) -> str:
    return str(getattr(error, "orig", error)).splitlines()[0][:200] if str(error) else type(error).__name__
