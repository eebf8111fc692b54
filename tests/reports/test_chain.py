import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.contracts.event import PatchEvent
from bot.reports.chain import Chain, Entry, Walk, assemble, canonical, entry_of, link

AT = datetime(2026, 11, 20, 12, 30, 1, 250_000, tzinfo=UTC)


def event(number, **values):
    said = {
        "id": f"e{number}",
        "type": "PATCH_APPLIED",
        "at": AT,
        "repository": "o/r",
        "issue": 1,
        "subject": "folder:m/a",
    }
    return PatchEvent(**{**said, "actor": "ann", "details": {"é": '\u2028 " \\ \n', "n": str(number)}, **values})


def chain(*events):
    found, last = [], ""
    for number, one in enumerate(events, 1):
        text = canonical(one)
        found.append(Entry(number, last, link(last, text), text))
        last = found[-1].hash
    return found


THREE = chain(event(1), event(2), event(3))


def test_a_line_gives_back_its_entry_to_the_byte():
    for entry in THREE:
        assert entry_of(entry.line()) == entry
        assert entry.line().isascii() and "\n" not in entry.line()
        assert canonical(entry.event()) == entry.text


def test_lines_in_any_order_once_or_twice_between_what_people_wrote_are_the_chain():
    lines = [THREE[2].line(), "reviewed-by: ann", THREE[0].line(), "", '{"number":1}', THREE[1].line(), THREE[0].line()]
    assert assemble(lines) == Chain(tuple(THREE))
    assert assemble(lines).head == THREE[2].hash
    assert assemble([]) == Chain(())


def forged(entry, **values):
    """An entry whose hash fits all the same: whoever writes to git computes hashes, too."""
    made = replace(entry, **values)
    return replace(made, hash=link(made.previous, made.text))


@pytest.mark.parametrize(
    ("entries", "sound", "fault"),
    [
        ([THREE[0], THREE[2]], 1, "entry 2 is missing"),
        ([THREE[1], THREE[2]], 0, "entry 1 is missing"),
        ([replace(THREE[0], number=0)], 0, "entry 1 is missing"),
        ([THREE[0], replace(THREE[1], text=THREE[1].text.replace("ann", "eve"))], 1, "entry 2 was changed"),
        ([THREE[0], replace(THREE[1], previous="0" * 64)], 1, "entry 2 does not follow the one before it"),
        ([THREE[0], forged(THREE[1], previous="0" * 64)], 1, "entry 2 does not follow the one before it"),
        ([*THREE, forged(THREE[2], text=canonical(event(4)))], 2, "entry 3 is told in two ways"),
        ([THREE[0], forged(THREE[1], text=canonical(event(1, actor="eve")))], 1, "entry 2 repeats the id of an earlier one"),
        ([THREE[0], forged(THREE[1], text='{"a":1}')], 1, "entry 2 holds no patch event"),
        ([forged(THREE[0], text=THREE[0].text.replace(".250000Z", ".25Z"))], 0, "entry 1 is not in the one form that an event has"),
    ],
)  # fmt: skip
def test_damage_and_forgery_show(entries, sound, fault):
    found = assemble(entry.line() for entry in entries)
    assert (len(found.entries), found.fault) == (sound, fault)


@pytest.mark.parametrize(
    "line",
    [
        "", "x", "[]", "null", '{"number":1,"previous":"","hash":"","event":{}}', "[" * 100_000, '{"number":' + "9" * 5000 + "}",
        THREE[0].line().replace('"number":1', '"number":true'), THREE[0].line().replace('"number":1', '"number":"1"'),
        THREE[0].line().replace('"number":1', '"number":1,"more":1'), json.dumps({"number": 1, "previous": 1, "hash": THREE[0].hash, "event": {}}),
        json.dumps({"number": 1, "previous": "", "hash": THREE[0].hash, "event": []}),
    ],
)  # fmt: skip
def test_what_is_no_entry_is_none(line):
    assert entry_of(line) is None


def test_a_walk_goes_on_from_where_another_ended():
    walk = Walk(1, THREE[0].hash)
    assert [walk.step(entry) for entry in THREE[1:]] == [None, None]
    assert (walk.entries, walk.head) == (3, THREE[2].hash)
    assert Walk(1, "0" * 64).step(THREE[1]) == "entry 2 does not follow the one before it"
