import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.source.lines import LineIndex, line_of


@given(st.lists(st.sampled_from([b"\n", b"\r\n", b"\r", b"a", b"\xff"])).map(b"".join), st.data())
def test_an_index_agrees_with_counting(data, draw):
    offset = draw.draw(st.integers(0, len(data)))
    index = LineIndex(data)
    line = line_of(data, offset)
    assert index.line(offset) == line == len(data[:offset].split(b"\n"))
    assert index.place(offset) == (line, len(data[:offset].split(b"\n")[-1]) + 1)
    assert len(index) == data.count(b"\n") + 1


def test_line_ends():
    assert [line_of(b"a\r\nb\nc\rd", at) for at in (0, 2, 3, 5, 7)] == [1, 1, 2, 3, 3]
    assert LineIndex(b"a\r\nb\n").start(2) == 3
    with pytest.raises(IndexError):
        LineIndex(b"a").start(0)
    with pytest.raises(IndexError):
        LineIndex(b"a").start(2)
