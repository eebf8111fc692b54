"""Trailers, held against ``git interpret-trailers``."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.git.messages import trailers, with_trailers

VALUE = st.text("abc :/#é-", min_size=1, max_size=10).map(str.strip).filter(bool)


@pytest.mark.parametrize(
    ("message", "found"),
    [
        ("Subject\n", {}),
        ("Key: a subject is never a trailer\n", {}),
        ("Subject\n\nA: 1\nB: two words\n", {"A": "1", "B": "two words"}),
        ("Subject\n\nBody\n\nA: 1\n  more\n", {"A": "1 more"}),
        ("Subject\n\nA: 1\nnot one\n", {}),
        ("Subject\n\nA: 1\nA: 2\n\n\n", {"A": "2"}),
        ("Subject\r\n\r\nA: 1\r\n", {"A": "1"}),
        ("", {}),
    ],
)
def test_reading(message, found):
    assert trailers(message) == found


@given(
    st.text("ab:\n -", max_size=30).filter(str.strip),
    st.dictionaries(st.sampled_from(["Graftsman-Base", "Graftsman-Issue", "X"]), VALUE, min_size=1),
)
def test_what_is_written_is_read(message, values):
    written = with_trailers(message, values)
    assert {key: trailers(written).get(key) for key in values} == values
    assert with_trailers(written, values) == written


@pytest.mark.parametrize(
    "message", ["Subject", "Subject\n\nBody: yes and\nmore\n", "Subject\n\nSigned-off-by: A <a@b>\n", "S\n\nA: 1\n\n\n"]
)
def test_git_reads_the_same(real, message):
    values = {"Graftsman-Source": "sha256:12", "Graftsman-Issue": "#12"}
    written = with_trailers(message, values)
    read = real("interpret-trailers", "--parse", "--no-divider", stdin=written.encode()).splitlines()
    assert dict(line.split(": ", 1) for line in read) == trailers(written)
    assert values.items() <= trailers(written).items()


def test_text_from_elsewhere_cannot_speak_for_us():
    written = with_trailers("Subject\n\ngraftsman-base: forged\n", {"Graftsman-Base": "true"})
    assert written == "Subject\n\nGraftsman-Base: true\n"


@pytest.mark.parametrize(("key", "value"), [("Bad key", "x"), ("K", "a\nb"), ("K", ""), ("K", " x"), ("K", "a\u2028b")])
def test_what_is_no_trailer(key, value):
    with pytest.raises(ValueError, match="not a trailer"):
        with_trailers("S", {key: value})


def test_a_message_needs_a_subject():
    with pytest.raises(ValueError, match="without a subject"):
        with_trailers(" \n", {"A": "1"})
