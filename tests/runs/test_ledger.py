import asyncio
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from bot.contracts.event import PatchEvent
from bot.contracts.report import DeliveryReport
from bot.runs.ledger import Ledger, Reports, canonical, link

START = datetime(2026, 11, 20, tzinfo=UTC)


def event(number, repository="o/r", subject="folder:m/a", **values):
    said = {
        "id": f"e{number}",
        "type": "PATCH_APPLIED",
        "at": START + timedelta(seconds=number),
        "repository": repository,
        "issue": 1,
        "subject": subject,
        "actor": "ann",
        "details": {"é": "\u2028"},
    }
    return PatchEvent(**{**said, **values})


async def test_saying_it_twice_stores_it_once(store):
    ledger = Ledger(store)
    assert await ledger.append([event(1), event(2), event(1)]) == 2
    assert await ledger.append([event(2), event(3)]) == 1
    assert await ledger.append([event(1, details={"said": "otherwise"})]) == 0
    assert await ledger.append([]) == 0
    assert await ledger.events("o/r") == (event(1), event(2), event(3))
    assert (await ledger.verify("o/r")).entries == 3


async def test_each_repository_has_its_own_chain(store):
    ledger = Ledger(store)
    assert await ledger.append([event(1), event(1, "o/s"), event(2, "o/s")]) == 3
    assert [record.number for record in await ledger.records("o/s")] == [1, 2]
    assert (await ledger.verify("o/r")).entries == 1
    assert (await ledger.verify("o/none")).entries == 0
    assert await ledger.events("o/none") == ()


async def test_the_chain_is_what_it_says(store):
    ledger = Ledger(store)
    await ledger.append([event(1), event(2)])
    first, second = await ledger.records("o/r")
    assert first.previous == ""
    assert first.hash == link("", canonical(event(1)))
    assert (second.previous, second.hash) == (first.hash, link(first.hash, canonical(event(2))))
    found = await ledger.verify("o/r")
    assert (found.ok, found.entries, found.head) == (True, 2, second.hash)


async def test_pages_and_subjects(store):
    ledger = Ledger(store)
    await ledger.append([event(number, subject=f"folder:m/{number % 2}") for number in range(1, 8)])
    page = await ledger.records("o/r", limit=3)
    assert [record.number for record in page] == [1, 2, 3]
    assert [record.number for record in await ledger.records("o/r", after=page[-1].number)] == [4, 5, 6, 7]
    assert [one.id for one in await ledger.events("o/r", subject="folder:m/0")] == ["e2", "e4", "e6"]
    assert [one.id for one in await ledger.events("o/r", subject="folder:m/0", after=2, limit=1)] == ["e4"]


async def test_all_events_go_over_many_pages(store):
    ledger = Ledger(store)
    await ledger.append([event(number) for number in range(2300)])
    assert len(await ledger.events("o/r")) == 2300
    assert len(await ledger.events("o/r", limit=1500)) == 1500


@pytest.mark.parametrize(
    ("damage", "fault"),
    [
        ("UPDATE graftsman_ledger SET event = replace(event, 'ann', 'eve') WHERE number = 2", "entry 2 was changed"),
        ("DELETE FROM graftsman_ledger WHERE number = 2", "entry 2 is missing"),
        ("DELETE FROM graftsman_ledger WHERE number = 3", "the chain ends at entry 2"),
        ("UPDATE graftsman_ledger SET previous = 'x' WHERE number = 2", "entry 2 does not follow"),
        ("UPDATE graftsman_ledger SET subject = 'other' WHERE number = 2", "entry 2 is filed"),
        ("UPDATE graftsman_ledger SET id = 'other' WHERE number = 2", "entry 2 is filed"),
        ("UPDATE graftsman_heads SET hash = 'x'", "the chain ends at entry 3"),
        ("DELETE FROM graftsman_heads", "the chain ends at entry 3"),
        ("DELETE FROM graftsman_ledger", "the chain ends at entry 0"),
    ],
)
async def test_damage_shows(store, damage, fault):
    ledger = Ledger(store)
    await ledger.append([event(1), event(2), event(3)])
    await store.write(lambda c: c.execute(sa.text(damage)))
    found = await ledger.verify("o/r")
    assert not found.ok
    assert fault in found.fault


async def test_appends_at_once_make_one_chain(store, where):
    other = await type(store).open(where)
    ledgers = [Ledger(store), Ledger(other)]
    await asyncio.gather(*(ledgers[number % 2].append([event(number // 2), event(number)]) for number in range(40)))
    found = await ledgers[0].verify("o/r")
    assert (found.ok, found.entries) == (True, 40)
    await other.close()


def report(number, repository="o/r", **values):
    return DeliveryReport(
        **{
            "id": f"{repository}#{number}",
            "repository": repository,
            "issue": 1,
            "pull": number,
            "migration": "m",
            "folder": "a",
            "outcome": "open",
            "head": "1" * 40,
            "base": "2" * 40,
            "files_moved": 1,
            "files_changed": 0,
            "importers_changed": 0,
            "files_left_out": 0,
            "rewrites": 0,
            "warnings": 0,
            "opened_at": START,
            **values,
        }
    )


async def test_reports(store):
    reports = Reports(store)
    for number in range(5):
        await reports.put(report(number))
    await reports.put(report(1, "o/s"))
    merged = report(1, outcome="merged", approvals=("ann",), decided_at=START)
    await reports.put(merged)
    assert await reports.get("o/r#1") == merged
    assert await reports.get("o/r#9") is None
    page = await reports.list("o/r", limit=3)
    assert [one.pull for one in page.reports] == [0, 1, 2]
    rest = await reports.list("o/r", cursor=page.cursor, limit=3)
    assert ([one.pull for one in rest.reports], rest.cursor) == ([3, 4], None)
    assert (await reports.list("o/s")).reports == (report(1, "o/s"),)
