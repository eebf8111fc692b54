"""A ledger is brought in line with the chain that git has: on both databases, whatever was lost or said meanwhile."""

import asyncio

import pytest
import sqlalchemy as sa

from bot.errors import Refusal
from bot.reports.chain import assemble
from bot.runs.leases import Target
from bot.runs.ledger import Head, Ledger
from bot.runs.queue import Queue
from bot.runs.repositories import Known, Repositories
from bot.runs.schema import HEADS, LEDGER
from tests.runs.test_ledger import event


async def nothing(_target, _run):
    pass


async def dump(store):
    """Every row of both tables, every column."""

    def work(connection):
        return {
            table.name: [tuple(row) for row in connection.execute(sa.text(f"SELECT * FROM {table.name} ORDER BY 1, 2"))]
            for table in (LEDGER, HEADS)
        }

    return await store.read(work)


async def empty(store):
    await store.write(lambda c: [c.execute(sa.delete(table)) for table in (LEDGER, HEADS)])


async def written(ledger, *numbers, repository="o/r"):
    """Appends events; gives the chain as git would have it when all of it was written."""
    await ledger.append([event(number, repository) for number in numbers])
    return await ledger.entries(repository)


async def test_an_emptied_database_is_restored_byte_for_byte(store):
    ledger = Ledger(store)
    entries = await written(ledger, 1, 2, 3)
    await written(ledger, 1, repository="o/other")
    await ledger.noted("o/r", 3)
    await ledger.noted("o/other", 1)
    before = await dump(store)
    assert before["graftsman_heads"][1] == ("o/r", 3, entries[-1].hash, 3, None)
    await empty(store)
    assert await dump(store) == {"graftsman_ledger": [], "graftsman_heads": []}
    from_git = assemble([entry.line() for entry in entries]).entries
    done = await ledger.adopt("o/r", from_git)
    assert (done.kept, done.restored, done.moved) == (0, 3, 0)
    await written(ledger, 1, repository="o/other")
    await ledger.noted("o/other", 1)
    assert await dump(store) == before


async def test_a_difference_of_one_byte_would_be_seen(store):
    ledger = Ledger(store)
    entries = await written(ledger, 1)
    before = await dump(store)
    await ledger.adopt("o/r", entries)
    assert await dump(store) != before  # what git has is known now


async def test_what_git_does_not_know_goes_behind_what_it_has(store):
    ledger = Ledger(store)
    theirs = await written(ledger, 1, 2, 3, 4)
    await empty(store)
    await written(ledger, 1, 2, 10, 3, 11)
    await ledger.noted("o/r", 2)
    done = await ledger.adopt("o/r", theirs)
    assert (done.kept, done.restored, done.moved) == (2, 2, 2)
    assert [one.id for one in await ledger.events("o/r")] == ["e1", "e2", "e3", "e4", "e10", "e11"]
    assert (await ledger.entries("o/r"))[:4] == theirs
    assert (await ledger.verify("o/r")).ok
    head = await ledger.head("o/r")
    assert (head.number, head.noted, head.waits) == (6, 4, True)
    before = await dump(store)
    assert (await ledger.adopt("o/r", theirs)).restored == 0
    assert await dump(store) == before


async def test_git_that_is_behind_takes_nothing_away(store):
    ledger = Ledger(store)
    entries = await written(ledger, 1, 2, 3)
    done = await ledger.adopt("o/r", entries[:2])
    assert (done.kept, done.restored, done.moved) == (2, 0, 0)
    assert await ledger.head("o/r") == Head(3, entries[2].hash, 2, waits=True)
    assert (await ledger.adopt("o/none", ())).kept == 0


async def test_notes_that_were_rewritten_are_refused_and_nothing_is_written(store):
    ledger = Ledger(store)
    forged = await written(ledger, 1, 20, 21)
    await empty(store)
    await written(ledger, 1, 2, 3)
    await ledger.noted("o/r", 2)
    before = await dump(store)
    with pytest.raises(Refusal, match="ledger-rewritten") as refused:
        await ledger.adopt("o/r", forged)
    assert (refused.value.values["entry"], refused.value.values["noted"]) == (2, 2)
    assert await dump(store) == before
    await ledger.adopt("o/r", forged, believe=True)
    assert [one.id for one in await ledger.events("o/r")] == ["e1", "e20", "e21", "e2", "e3"]


async def test_a_damaged_row_is_replaced_by_gits(store):
    ledger = Ledger(store)
    entries = await written(ledger, 1, 2, 3)
    await store.write(
        lambda c: c.execute(
            sa.text("UPDATE graftsman_ledger SET event = replace(event, 'ann', 'eve') WHERE number = 2")
        )
    )
    assert not (await ledger.verify("o/r")).ok
    await ledger.adopt("o/r", entries)
    assert (await ledger.verify("o/r")).ok
    assert await ledger.entries("o/r") == entries


async def test_appends_and_adoptions_at_once_make_one_chain(store, where):
    other = await type(store).open(where)
    ledgers = [Ledger(store), Ledger(other)]
    theirs = await written(ledgers[0], *range(100, 110))
    await empty(store)
    work = [ledgers[number % 2].append([event(number)]) for number in range(20)]
    work[10:10] = [ledgers[0].adopt("o/r", theirs), ledgers[1].adopt("o/r", theirs)]
    await asyncio.gather(*work)
    found = await ledgers[0].verify("o/r")
    assert (found.ok, found.entries) == (True, 30)
    assert (await ledgers[0].entries("o/r", limit=10)) == theirs
    await other.close()


async def test_what_waits_is_named_when_it_has_waited_long_enough(store, monkeypatch):
    now = 1000.0
    monkeypatch.setattr(store, "time", lambda _connection: now)
    ledger = Ledger(store)
    await written(ledger, 1, 2)
    now = 1030.0
    await written(ledger, 3)
    await written(ledger, 1, repository="o/later")
    now = 1059.0
    assert await ledger.waiting(60) == ()
    now = 1060.0
    assert await ledger.waiting(60) == ("o/r",)
    await ledger.noted("o/r", 2)  # the rest waits from now on, at the latest
    assert await ledger.waiting(60) == ("o/r",)
    await ledger.noted("o/r", 3)
    assert await ledger.waiting(0) == ("o/later",)
    await ledger.leave("o/later")
    assert await ledger.waiting(0) == ()
    assert not (await ledger.head("o/later")).waits
    await written(ledger, 2, repository="o/later")
    assert await ledger.waiting(0) == ("o/later",)
    await ledger.noted("o/r", 1)  # somebody has put the notes back
    head = await ledger.head("o/r")
    assert (head.noted, head.waits) == (3, True)


async def test_what_was_appended_is_given_back_with_its_entry(store):
    ledger = Ledger(store)
    await ledger.append([event(1)])
    added = await ledger.add([event(2), event(1, details={"said": "otherwise"}), event(2), event(1, "o/other")])
    assert [(one.record.number, one.record.event.repository, one.new) for one in added] == [
        (2, "o/r", True), (1, "o/r", False), (2, "o/r", False), (1, "o/other", True),
    ]  # fmt: skip
    assert added[1].record.event == event(1)
    assert await ledger.add([]) == ()
    assert await ledger.repositories() == ("o/other", "o/r")


async def test_repositories_are_found_whatever_the_case(store):
    queue = Queue(store, {"repository": nothing, "migration": nothing})
    await queue.request(
        [Target("repository", "Acme/Shop", "Acme/Shop", 7), Target("migration", "Acme/Shop#1", "Acme/Shop", 5)]
    )
    found = Repositories(store)
    assert await found.find("acme/SHOP") == Known("Acme/Shop", 7)
    assert await found.find("acme/sho_") is None
    with pytest.raises(Refusal, match="unknown-repository"):
        await found.get("acme/none")
