import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from bot.runs import inbox as module
from bot.runs.inbox import Delivery, Inbox
from bot.runs.store import StoreUnavailable

NOW = datetime(2026, 11, 20, 12, 0, 0, 250000, tzinfo=UTC)


def delivery(number, payload=b"{}", at=NOW, **values):
    fields = {"event": "push", "action": None, "installation": 7, "repository": "o/r", **values}
    return Delivery(id=str(number), payload=payload, received_at=at, **fields)


async def test_what_was_put_comes_out_the_same_and_once(store):
    inbox = Inbox(store)
    one = delivery(1, b"\x00\xff{}", action="opened")
    two = delivery(2, action=None, installation=None, repository=None)
    assert await inbox.put(one)
    assert await inbox.put(two)
    assert not await inbox.put(one)
    assert await inbox.pending() == [one, two]
    await inbox.done(["1"])
    assert await inbox.pending() == [two]
    assert not await inbox.put(one)
    assert await inbox.pending() == [two]
    assert await inbox.waiting() == 1


async def test_doubles_inside_one_commit(store):
    inbox = Inbox(store)
    answers = await asyncio.gather(*(inbox.put(delivery(number % 50)) for number in range(200)))
    assert answers.count(True) == 50
    assert answers[:50] == [True] * 50
    assert [one.id for one in await inbox.pending(100)] == [str(number) for number in range(50)]


async def test_puts_share_commits(store, where):
    inbox = Inbox(store)
    commits = 0
    write = store.write

    async def counting(work):
        nonlocal commits
        commits += 1
        return await write(work)

    store.write = counting
    await asyncio.gather(*(inbox.put(delivery(number)) for number in range(300)))
    assert commits <= 3


async def test_pending_is_bounded_in_bytes(store):
    inbox = Inbox(store)
    big = b"x" * (module.MOST_BYTES // 2 - 1)
    for number in range(4):
        await inbox.put(delivery(number, big))
    assert [one.id for one in await inbox.pending()] == ["0", "1"]
    await inbox.put(delivery("huge", b"x" * (module.MOST_BYTES + 1)))
    await inbox.done(["0", "1", "2", "3"])
    assert [one.id for one in await inbox.pending()] == ["huge"]


async def test_arrivals_are_announced(store):
    inbox = Inbox(store)
    await inbox.put(delivery(1))
    assert inbox.arrived.is_set()
    inbox.arrived.clear()
    await inbox.put(delivery(1))
    assert not inbox.arrived.is_set()


async def test_pruning_keeps_what_waits_and_what_is_young(store):
    inbox = Inbox(store)
    now = datetime.now(UTC)
    await inbox.put(delivery("old-done", at=now - timedelta(days=8)))
    await inbox.put(delivery("old-pending", at=now - timedelta(days=8)))
    await inbox.put(delivery("young-done", at=now - timedelta(days=6)))
    await inbox.done(["old-done", "young-done"])
    assert await inbox.prune() == 1
    assert [one.id for one in await inbox.pending()] == ["old-pending"]
    assert not await inbox.put(delivery("young-done"))
    assert await inbox.put(delivery("old-done"))


async def test_a_lost_store_fails_every_put_and_the_next_one_works(store):
    inbox = Inbox(store)
    write = store.write

    async def broken(work):
        raise StoreUnavailable("gone")

    store.write = broken
    failed = await asyncio.gather(*(inbox.put(delivery(number)) for number in range(5)), return_exceptions=True)
    assert all(isinstance(one, StoreUnavailable) for one in failed)
    store.write = write
    assert await inbox.put(delivery(1))


async def test_a_caller_that_leaves_harms_nobody(store):
    inbox = Inbox(store)
    leaving = asyncio.create_task(inbox.put(delivery(1)))
    staying = asyncio.create_task(inbox.put(delivery(2)))
    await asyncio.sleep(0)
    leaving.cancel()
    assert await staying
    with pytest.raises(asyncio.CancelledError):
        await leaving
    assert {one.id for one in await inbox.pending()} == {"1", "2"}
