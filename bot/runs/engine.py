"""DBOS as the executor of jobs: launched, fed and destroyed here, and imported nowhere else.

A workflow is thin: its id names the run, its arguments are ``(kind, key)``, its result says how the run ended. DBOS
is one for each process, runs workflows on our own event loop, and takes up unfinished ones at launch; whether such a
run is still the current one, the queue's table says (FACTS, DBOS section: what is set here, and why).
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import structlog
from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer, SetWorkflowID

from bot.errors import UsageError
from bot.runs.store import BUSY_SECONDS, STALLED_SECONDS, Store

APPLICATION_VERSION = "graftsman-1"
"""Constant: DBOS would hash the source, and work left by another version would wait for ever."""
MOST_THREADS = 32
Body = Callable[[str, str, str], Awaitable[dict[str, Any]]]
log = structlog.get_logger(__name__)


class _Connection(sqlite3.Connection):
    """SQLite for DBOS: WAL, and ``unixepoch('subsec')`` where SQLite is older than 3.42.

    ``synchronous=NORMAL`` survives a kill; after a power cut the newest records of runs may be gone, which loses no
    work: what is wanted stands in our own table, which is FULL.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.execute(f"PRAGMA busy_timeout={BUSY_SECONDS * 1000}")
        self.execute("PRAGMA journal_mode=WAL")
        self.execute("PRAGMA synchronous=NORMAL")
        if sqlite3.sqlite_version_info < (3, 42):
            self.create_function("unixepoch", -1, lambda *_: time.time(), deterministic=True)


class Engine:
    """DBOS, launched for one queue."""

    def __init__(self, store: Store, executor_id: str, body: Body) -> None:
        self._store = store
        self._executor_id = executor_id
        self._body = body
        self._workflow: Any = None

    def launch(self) -> None:
        """Starts DBOS on the running loop. Raises ``UsageError`` when this process runs a queue already."""
        asyncio.get_running_loop()
        if Engine._running:
            raise UsageError("this process runs a queue already: DBOS is one for each process")
        DBOS(config=self._config())
        body = self._body

        async def reconcile(kind: str, key: str) -> dict[str, Any]:
            return await body(DBOS.workflow_id or "", kind, key)

        self._workflow = DBOS.workflow(name="reconcile")(reconcile)
        try:
            DBOS.launch()
        except BaseException:
            DBOS.destroy(destroy_registry=True)
            raise
        Engine._running = True

    _running = False

    async def start(self, run: str, kind: str, key: str) -> None:
        """Starts the workflow with this id; one that was started before is the same workflow."""
        with SetWorkflowID(run):
            await DBOS.start_workflow_async(self._workflow, kind, key)

    async def cancel(self, runs: list[str]) -> None:
        """Ends the records of runs whose process died, so that they do not stay pending for ever."""
        await DBOS.cancel_workflows_async(runs)

    async def outcome(self, run: str) -> dict[str, Any] | None:
        """What DBOS has on record for a run: its status and result."""
        status = await DBOS.get_workflow_status_async(run)
        return None if status is None else {"status": status.status, "result": status.output}

    async def prune(self, older_than: timedelta) -> int:
        """Deletes the records of runs that ended longer ago; returns how many. DBOS itself keeps them for ever."""
        limit = (datetime.now(UTC) - older_than).isoformat()
        count = 0
        while True:
            old = await DBOS.list_workflows_async(
                completed_before=limit, name="reconcile", limit=200, load_input=False, load_output=False
            )
            if not old:
                return count
            await DBOS.delete_workflows_async([status.workflow_id for status in old])
            count += len(old)

    async def destroy(self) -> None:
        """Stops DBOS and gives the loop an executor of its own again (DBOS had put its own there)."""
        loop = asyncio.get_running_loop()
        loop.set_default_executor(ThreadPoolExecutor(MOST_THREADS, "worker"))
        with ThreadPoolExecutor(1, "dbos-destroy") as thread:
            await loop.run_in_executor(thread, lambda: DBOS.destroy(destroy_registry=True))
        Engine._running = False

    def _config(self) -> DBOSConfig:
        if file := self._store.file:
            url = f"sqlite:///{Path(f'{file}.dbos')}"
            connect: dict[str, Any] = {"factory": _Connection}
        else:
            url = self._store.url.render_as_string(hide_password=False)
            connect = {"application_name": "graftsman-dbos"}
        return DBOSConfig(
            name="graftsman",
            system_database_url=url,
            application_version=APPLICATION_VERSION,
            executor_id=self._executor_id,
            serializer=DBOSPortableJSONSerializer(),
            db_engine_kwargs={"connect_args": connect, "hide_parameters": True},
            sys_db_pool_size=4,
            sys_db_idle_transaction_timeout_sec=STALLED_SECONDS,
            max_executor_threads=MOST_THREADS,
            notification_listener_polling_interval_sec=0.1,  # it sleeps so long before it sees that it should end
            log_level="ERROR",
            enable_otlp=False,
        )
