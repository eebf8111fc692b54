"""Who ordered what by a tick: from every version of a text, whatever people and the bot wrote in between."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given as each
from hypothesis import settings
from hypothesis import strategies as st

from bot.contracts.github import BodyEdit, BodyHistory
from bot.planning.tasks.board.ticks import Act, given, orders_in, parted

BOT, END = "graftsman[bot]", "<!-- graftsman:end -->"
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
START, HOLD, HELD, RAISE = Act("start", 12), Act("hold", 13), Act("unhold", 14), Act("raise")
BOXES = (START, HOLD, HELD, RAISE)


def page(*ordered, more=""):
    """A page with all boxes; those ordered are clicked."""
    lines = [box.line(f"{box.kind} it") for box in BOXES]
    clicked = [
        line.replace("[x]" if box.ticked else "[ ]", "[ ]" if box.ticked else "[x]") if box in ordered else line
        for box, line in zip(BOXES, lines, strict=True)
    ]
    return "\n".join(["# Page", *clicked, more, END, "below"])


def history(*versions, complete=True):
    """Versions as (who, text); the last one is what is there."""
    edits = [
        BodyEdit(id=f"e{at}", login=who, at=NOON + timedelta(seconds=at), text=text)
        for at, (who, text) in enumerate(versions)
    ]
    return BodyHistory(body=versions[-1][1] or page(), edits=tuple(edits), complete=complete)


def told(found):
    return [(one.act.name, one.by) for one in found]


def test_what_the_bot_writes_orders_nothing_and_every_click_is_one_order():
    assert orders_in(page(), END) == ()
    for box in BOXES:
        assert orders_in(page(box), END) == (box,)
        assert orders_in(page(box).replace("\n", "\r\n"), END) == (box,)


@pytest.mark.parametrize(
    "line",
    [
        "- [x] a <!-- act:start -->",
        "- [x] a <!-- act:start=0 -->",
        "- [x] a <!-- act:start=-1 -->",
        "- [x] a <!-- act:start=1234567890 -->",
        "- [x] a <!-- act:raise=3 -->",
        "- [x] a <!-- act:delete=3 -->",
        "- [x] a <!-- act:start=12 --> and more",
        "- [x] a \\<\\!\\-\\- act:start=12 \\-\\-\\>",
        "x - [x] a <!-- act:start=12 -->",
        "| - [x] a | <!-- act:start=12 -->",
        "- [y] a <!-- act:start=12 -->",
    ],
)
def test_what_is_no_box_orders_nothing(line):
    assert orders_in(line) == ()


def test_below_the_end_nothing_is_ordered_and_within_a_line_the_end_is_none():
    line = "- [x] a <!-- act:start=12 -->"
    assert orders_in(f"a\n{END}\n{line}", END) == ()
    assert orders_in(f"| `{END}` |\n{line}\n{END}", END) == (START,)
    assert parted(f"a\r\n{END}\r\nb\r\n", END) == (f"a\n{END}", "\nb\n")
    assert parted("a\nb", END) == ("a\nb", "")


@pytest.mark.parametrize(
    ("versions", "wanted"),
    [
        pytest.param([(BOT, page()), ("ben", page(START))], [("start=12", ("ben",))], id="one tick"),
        pytest.param(
            [(BOT, page()), ("ben", page(START)), ("ada", page(START, RAISE))],
            [("start=12", ("ben",)), ("raise", ("ada",))],
            id="each is its own's",
        ),
        pytest.param(
            [(BOT, page()), ("ben", page(START)), ("ada", page()), ("tess", page(START))],
            [("start=12", ("tess",))],
            id="taken back and given again",
        ),
        pytest.param([(BOT, page()), ("ben", page(START)), ("ada", page())], [], id="taken back"),
        pytest.param(
            [(BOT, page()), ("ben", page(START)), (BOT, page()), ("ada", page(more="hi"))], [], id="overwritten before"
        ),
        pytest.param(
            [(BOT, page()), ("ben", None), ("ada", page(START))], [("start=12", ("ben", "ada"))], id="a version is gone"
        ),
        pytest.param([(BOT, page()), ("ben", page(HELD))], [("unhold=14", ("ben",))], id="unticked"),
        pytest.param([("Graftsman[bot]", page()), ("ben", page(START))], [("start=12", ("ben",))], id="case"),
        pytest.param([(BOT, None), ("ben", page(START))], [("start=12", ("ben",))], id="ours is gone"),
    ],
)
def test_an_order_is_of_whoever_put_it_there(versions, wanted):
    assert told(given(history(*versions), BOT, END)) == wanted


def test_where_the_beginning_is_not_to_be_seen_nobody_is_named():
    cut = history(("ben", page(START)), ("ada", page(START, RAISE)), complete=False)
    assert told(given(cut, BOT, END)) == [("start=12", ()), ("raise", ("ada",))]
    assert told(given(BodyHistory(body=page(START)), BOT, END)) == [("start=12", ())]
    odd = history((BOT, page()), ("ben", page())).model_copy(update={"body": page(START)})
    assert told(given(odd, BOT, END)) == [("start=12", ("ben",))], "the newest version is what is there"


def test_what_we_overwrote_unseen_is_an_order_all_the_same_and_only_once():
    versions = [(BOT, page()), ("ben", page(START)), (BOT, page()), ("ada", page(RAISE)), (BOT, page())]
    found = history(*versions)
    assert told(given(found, BOT, END)) == [], "without a memory only what is there now counts"
    assert told(given(found, BOT, END, "")) == [("start=12", ("ben",)), ("raise", ("ada",))]
    assert told(given(found, BOT, END, "e0")) == [("start=12", ("ben",)), ("raise", ("ada",))]
    assert told(given(found, BOT, END, "e1")) == [("raise", ("ada",))]
    assert told(given(found, BOT, END, "e2")) == [("raise", ("ada",))]
    assert told(given(found, BOT, END, "e4")) == []
    assert told(given(found, BOT, END, "forgotten")) == []


people = st.sampled_from(["ada", "ben", "tess"])
texts = st.one_of(st.none(), st.sets(st.sampled_from(BOXES)).map(lambda some: page(*some)))
histories = st.lists(st.one_of(st.just((BOT, page())), st.tuples(people, texts)), max_size=12)


@settings(max_examples=400)
@each(histories, st.integers(0, 11))
def test_who_is_named_wrote_a_version_with_it_and_what_was_seen_is_not_told_again(some, at):
    found = history((BOT, page()), *some)
    seen = found.edits[min(at, len(found.edits) - 1)].id
    whole, rest = given(found, BOT, END, ""), given(found, BOT, END, seen)
    keys = [(one.act, one.edit.id) for one in whole]
    assert len(set(keys)) == len(keys)
    assert [key for key in keys if int(key[1][1:]) > int(seen[1:])] == [(one.act, one.edit.id) for one in rest]
    for one in whole:
        assert one.by and BOT not in one.by
        assert one.edit.login in one.by
        place = int(one.edit.id[1:])
        text = found.body if place == len(found.edits) - 1 else one.edit.text
        assert one.act in orders_in(text, END)
        before = next((e.text for e in reversed(found.edits[:place]) if e.text is not None), page())
        assert one.act not in orders_in(before, END), "it was there before: it is another one's"
    assert set(orders_in(found.body, END)) <= {one.act for one in whole}
