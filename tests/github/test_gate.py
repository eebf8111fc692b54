"""Turns for requests: an urgent write goes first, and starves nobody."""

import asyncio

import pytest

from bot.github.counters import Counters
from bot.github.gate import Gate
from bot.planning.pacing import Pace

SCALE = 0.05
"""A write every 50 ms."""


@pytest.fixture
async def gate():
    return Gate(Pace(SCALE), Counters())


async def writer(gate, name, sent, *, times=1, urgent=False, kind="write"):
    for _ in range(times):
        async with gate.turn(kind, urgent=urgent):
            sent.append(name)


async def begun(sent):
    while not sent:
        await asyncio.sleep(0)
    return len(sent)


async def test_an_urgent_write_goes_before_all_that_wait(gate):
    sent = []
    waiting = [asyncio.create_task(writer(gate, "late", sent, times=3)) for _ in range(8)]
    before = await begun(sent)
    await writer(gate, "now", sent, urgent=True)
    assert sent.index("now") <= before + 1  # one may be at its turn already
    await asyncio.gather(*waiting)
    assert sent.count("late") == 24


async def test_without_haste_it_would_have_waited(gate):
    for _ in range(5):  # those that have time come in any order, so that one of nine may be next by chance
        sent = []
        waiting = [asyncio.create_task(writer(gate, "late", sent, times=3)) for _ in range(8)]
        before = await begun(sent)
        await writer(gate, "now", sent)
        await asyncio.gather(*waiting)
        if sent.index("now") > before + 1:
            return
    pytest.fail("it was the next one each time")


async def test_a_flood_of_urgent_ones_leaves_every_second_turn_to_others(gate):
    sent = []
    flood = [asyncio.create_task(writer(gate, "now", sent, times=10, urgent=True)) for _ in range(2)]
    others = asyncio.create_task(writer(gate, "late", sent, times=5))
    await others
    assert sent.count("now") <= 12, "of twenty"
    await asyncio.gather(*flood)


async def test_an_urgent_read_holds_nobody_back(gate):
    sent = []
    async with gate.turn("read", urgent=True):
        async with asyncio.timeout(5):
            await writer(gate, "write", sent)
    assert sent == ["write"]


async def test_one_that_is_cancelled_while_it_waits_holds_nobody_back(gate):
    sent = []
    await writer(gate, "first", sent)
    gone = asyncio.create_task(writer(gate, "gone", sent, urgent=True))
    await asyncio.sleep(0)
    gone.cancel()
    async with asyncio.timeout(5):
        await writer(gate, "next", sent)
    assert sent == ["first", "next"]
