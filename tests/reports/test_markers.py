"""Markers are found again, and nothing can break out of one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.reports.markers import Marker, marker_of


def test_round_trip():
    marker = Marker("folder", {"issue": "12", "folder": "a.b-c_d"})
    assert str(marker) == "<!-- graftsman:folder issue=12 folder=a.b-c_d -->"
    assert marker_of(f"{marker}\n### Title\n") == marker
    assert marker_of(f"{marker}\r\nx") == marker


@pytest.mark.parametrize(
    "body",
    [
        "",
        "x\n<!-- graftsman:plan issue=1 -->",
        "> <!-- graftsman:plan issue=1 -->",
        "<!-- graftsman:plan issue=1 --> x",
    ],
)
def test_only_the_first_line_counts(body):
    assert marker_of(body) is None


@given(st.text())
def test_no_value_breaks_out(value):
    try:
        text = str(Marker("plan", {"x": value}))
    except ValueError:
        return
    assert text.count("-->") == 1
    assert marker_of(text) == Marker("plan", {"x": value})


@pytest.mark.parametrize("value", ["a--b", "a---b", "a----", "-"])
def test_dashes_end_no_comment_and_come_back(value):
    marker = Marker("folder", {"folder": value})
    assert "--" not in str(marker)[4:-3]
    assert marker_of(str(marker)) == marker
