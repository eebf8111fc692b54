import pytest

from bot.runs.intents import Intent, Intents, once
from bot.runs.memory import Memory


class World:
    """Something outside in which effects can be looked for."""

    def __init__(self, there=None):
        self.there = there
        self.calls = []

    async def find(self):
        self.calls.append("find")
        return self.there

    async def make(self):
        self.calls.append("make")
        self.there = {"number": 7}
        return self.there


async def test_an_intent_goes_from_absent_to_done(store):
    intents = Intents(store)
    assert await intents.get("k") == Intent("absent")
    await intents.start("k")
    assert await intents.get("k") == Intent("started")
    await intents.finish("k", {"number": 1, "name": "é\u0000"})
    assert await intents.get("k") == Intent("done", {"number": 1, "name": "é\u0000"})
    await intents.start("k")
    assert (await intents.get("k")).state == "done"


async def test_many_and_forget_go_by_prefix_exactly(store):
    intents = Intents(store)
    names = ["o/r#1:a", "o/r#1:b", "O/r#1:a", "o/r#1", "o/r#12:a", "o/r#1:é", "o/r%1:a", "o_r#1:a"]
    await intents.start(*names)
    await intents.start()
    assert list(await intents.many("o/r#1:")) == ["o/r#1:a", "o/r#1:b", "o/r#1:é"]
    assert set(await intents.many("")) == set(names)
    assert await intents.forget("o/r#1:") == 3
    assert set(await intents.many("")) == set(names) - {"o/r#1:a", "o/r#1:b", "o/r#1:é"}


@pytest.mark.parametrize(
    ("state", "there", "fresh", "calls"),
    [
        ("absent", None, True, ["make"]),
        ("absent", None, False, ["find", "make"]),
        ("absent", {"number": 7}, False, ["find"]),
        ("started", None, True, ["find", "make"]),
        ("started", {"number": 7}, True, ["find"]),
        ("done", None, True, []),
        ("done", None, False, []),
    ],
)
async def test_once(store, state, there, fresh, calls):
    intents, world = Intents(store), World(there)
    if state != "absent":
        await intents.start("k")
    if state == "done":
        await intents.finish("k", {"number": 7})
    for _ in range(2):
        assert await once(intents, "k", find=world.find, make=world.make, known_fresh=fresh) == {"number": 7}
    assert world.calls == calls
    assert await intents.get("k") == Intent("done", {"number": 7})


async def test_the_intent_is_recorded_before_the_effect(store):
    intents, world = Intents(store), World()

    async def make():
        assert (await intents.get("k")).state == "started"
        await world.make()
        raise ConnectionError("the answer was lost")

    for fresh in (True, False):
        await intents.forget("")
        world.there = None
        world.calls.clear()
        with pytest.raises(ConnectionError):
            await once(intents, "k", find=world.find, make=make, known_fresh=fresh)
        assert await once(intents, "k", find=world.find, make=make, known_fresh=fresh) == {"number": 7}
        assert world.calls.count("make") == 1


async def test_memory(store):
    memory = Memory(store)
    assert await memory.get("a") is None
    await memory.set("a", {"list": [1, None, "x"]})
    await memory.set("a", [1])
    await memory.set("b:1", False)
    await memory.set("b:2", "2")
    assert await memory.get("a") == [1]
    assert await memory.get("b:1") is False
    await memory.delete("a")
    await memory.delete("a")
    assert await memory.get("a") is None
    assert await memory.forget("b:") == 2
    assert await memory.get("b:2") is None
