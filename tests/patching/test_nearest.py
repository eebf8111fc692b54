"""What comes nearest to a text that was not found: it says how it differs, or nothing."""

import pytest

from bot.patching.nearest import MOST_LINES, nearest_block, nearest_line

LINES = [
    b"import os\n",
    b"\n",
    b"def alpha(one, two):\r\n",
    b"    return one + two\n",
    b"\tif one:\n",
    b"caf\xe9 au lait\n",
]


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (b"def alpha(one,two):", "line 3 differs in white space only"),
        (b"  return  one + two", "line 4 differs in white space only"),
        (b"    if one:", "line 5 differs in white space only"),
        (b"one+two", "line 4 differs in white space only"),
        (b"DEF ALPHA(one, two):", "line 3 differs in upper and lower case only"),
        (b"def alpha(one, three):", "line 3 is the nearest: def alpha(one, two):"),
        (b"import sys", "line 1 is the nearest: import os"),
        (b"caf\xe8 au lait", "line 6 is the nearest: caf\\xe9 au lait"),
    ],
)
def test_the_nearest_line(wanted, said):
    assert str(nearest_line(LINES, wanted)).strip() == said


@pytest.mark.parametrize("wanted", [b"", b"   ", b"zzzz", b"\xff\xff\xff\xff", b"nothing of the kind is here"])
def test_what_is_like_nothing_is_near_nothing(wanted):
    assert nearest_line(LINES, wanted) is None


@pytest.mark.parametrize("lines", [[], [b""], [b"\n", b" \n"]])
def test_an_empty_file_has_nothing_near(lines):
    assert nearest_line(lines, b"x") is None


def test_a_block_is_told_by_its_first_line_that_differs():
    assert str(nearest_block(LINES, [b"def alpha(one, two):", b"  return one + two"])) == (
        "line 4 differs in white space only"
    )
    assert nearest_block(LINES, [b"", b" "]) is None


def test_only_so_much_is_looked_at():
    assert nearest_line([b"x\n"] * MOST_LINES + [b"wanted one\n"], b"wanted  one") is None
