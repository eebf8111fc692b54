import asyncio
import contextlib
import stat
import subprocess
import sys

import pytest
import sqlalchemy as sa

from bot.errors import UsageError, WorldError
from bot.runs.schema import MIGRATIONS
from bot.runs.store import Store, StoreUnavailable


def version(connection):
    return connection.execute(sa.text("SELECT count(*), max(version) FROM graftsman_schema")).one()


async def test_opening_again_migrates_nothing(where):
    for _ in range(2):
        store = await Store.open(where)
        assert tuple(await store.read(version)) == (len(MIGRATIONS), len(MIGRATIONS))
        await store.close()


async def test_many_processes_may_make_the_store_at_once(where):
    code = "import asyncio,sys\nfrom bot.runs.store import Store\nasync def main():\n s = await Store.open(sys.argv[1])\n await s.close()\nasyncio.run(main())"
    opening = [subprocess.Popen([sys.executable, "-c", code, where], stderr=subprocess.PIPE) for _ in range(4)]
    for process in opening:
        _, errors = await asyncio.to_thread(process.communicate, timeout=60)
        assert process.returncode == 0, errors.decode()
    store = await Store.open(where)
    assert tuple(await store.read(version)) == (len(MIGRATIONS), len(MIGRATIONS))
    await store.close()


async def test_a_newer_schema_is_refused(store, where):
    await store.write(lambda c: c.execute(sa.text("INSERT INTO graftsman_schema (version) VALUES (999)")))
    with pytest.raises(UsageError, match="upgrade"):
        await Store.open(where)


async def test_sqlite_is_durable_and_private(tmp_path):
    store = await Store.open(tmp_path / "deep" / "store.db")

    def pragmas(c):
        return [
            c.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "synchronous", "foreign_keys")
        ]

    assert await store.write(pragmas) == ["wal", 2, 1]
    assert stat.S_IMODE((tmp_path / "deep" / "store.db").stat().st_mode) == 0o600
    await store.close()


async def test_a_failed_transaction_leaves_nothing(store):
    def half(c):
        c.execute(sa.text("INSERT INTO graftsman_memory (key, value) VALUES ('a', '1')"))
        raise ValueError("stop")

    with pytest.raises(ValueError, match="stop"):
        await store.write(half)
    assert await store.read(lambda c: c.execute(sa.text("SELECT count(*) FROM graftsman_memory")).scalar()) == 0


async def test_a_broken_file_is_the_worlds_fault(tmp_path):
    (tmp_path / "store.db").write_bytes(b"not a database at all" * 100)
    with pytest.raises(StoreUnavailable, match="not a database"):
        await Store.open(tmp_path / "store.db")


async def test_a_missing_server_is_the_worlds_fault():
    with pytest.raises(WorldError) as caught:
        await Store.open("postgresql://somebody:hunter2@127.0.0.1:1/none")
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    "url", ["mysql://host/name", "sqlite://", "sqlite:///:memory:", "nonsense://", "postgresql://[::"]
)
async def test_other_databases_are_refused(url):
    with pytest.raises(UsageError):
        await Store.open(url)


async def test_a_name_is_held_by_one_process(store, where):
    await store.hold("one")
    other = await Store.open(where)
    await other.hold("two")
    with pytest.raises(UsageError, match="executor id 'one'"):
        await other.hold("one", patience=0.2)
    store.release()
    await other.hold("one", patience=1)
    await other.close()


@pytest.mark.parametrize("name", ["", "a/b", "a b", "x" * 65])
async def test_a_name_is_plain(store, name):
    with pytest.raises(UsageError):
        await store.hold(name)


async def test_ping_needs_a_writable_store(store):
    await store.ping()
    forbid = "PRAGMA query_only = ON" if store.file else "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY"
    with contextlib.suppress(StoreUnavailable):
        for _ in range(4):  # every pooled connection
            await store.write(lambda c: c.exec_driver_sql(forbid))
    with pytest.raises(StoreUnavailable, match=r"(?i)read.?only"):
        await store.ping()


async def test_deadlocks_are_tried_again(postgresql):
    store = await Store.open(postgresql)
    await store.write(lambda c: c.execute(sa.text("INSERT INTO graftsman_memory VALUES ('a', '0'), ('b', '0')")))

    def crosswise(first, second):
        def work(c):
            for key in (first, second):
                c.execute(sa.text("UPDATE graftsman_memory SET value = value || '.' WHERE key = :key"), {"key": key})
                c.execute(sa.text("SELECT pg_sleep(0.1)"))

        return work

    await asyncio.gather(store.write(crosswise("a", "b")), store.write(crosswise("b", "a")))
    values = await store.read(lambda c: c.execute(sa.text("SELECT value FROM graftsman_memory")).scalars().all())
    assert values == ["0..", "0.."]
    await store.close()


async def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(StoreUnavailable):
        await Store.open(tmp_path / "file" / "store.db")
