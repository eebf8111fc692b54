"""``Depends on`` lines: what is one, and what is none."""

import pytest

from bot.planning.tasks.text.boxes import Box, boxes, tick
from bot.planning.tasks.text.links import depends_on_lines


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Depends on #12", [12]),
        ("depends on: #12, #13 and #14", [12, 13, 14]),
        ("BLOCKED BY #9", [9]),
        ("**Depends on:** #9", [9]),
        ("- Depends on #9", [9]),
        ("- [ ] Blocked by #9", [9]),
        ("Depends on #9 because of #10", [9]),
        ("Depends on `#9`", [9]),
        ("Depends on GH-9 & #10", [9, 10]),
        ("Depends on #9 <!-- #10 -->", [9]),
        ("a\nDepends on #9\nb", [9]),
        ("It depends on #9", []),
        ("Depends on the parser (#9)", []),
        ("Depends only on #9", []),
        ("Depends onto #9", []),
        ("> Depends on #9", []),
        ("    Depends on #9", []),
        ("```\nDepends on #9\n```", []),
        ("<!--\nDepends on #9\n-->", []),
        ("<pre>\nDepends on #9\n</pre>", []),
        ("<blockquote>\n\nDepends on #9\n\n</blockquote>\n\nDepends on #8", [8]),
        ("`a\nDepends on #9\nb`", []),
        ("Depends on other/repo#9", []),
        ("Depends on #0, #7", [7]),
    ],
)
def test_lines(text, expected):
    assert [number for number, _ in depends_on_lines(text)] == expected


def test_line_numbers_are_those_of_the_body():
    assert depends_on_lines("a\r\n\r\nDepends on #1\r\n\r\n- Blocked by #2, #3\r\n") == ((1, 3), (2, 5), (3, 5))


def test_an_address_counts_for_its_own_repository_alone():
    text = "Depends on https://github.com/acme/web/issues/5, acme/web#6"
    assert depends_on_lines(text) == ()
    assert depends_on_lines(text, "Acme/Web") == ((5, 1), (6, 1))


LIST = "- [ ] a\r\n* [X] b `c`\r\n\r\n> - [ ] a\r\n\r\n```\r\n- [ ] a\r\n```\r\n1. [ ] d\r\n   e\r\n- [x]\r\n"


def test_boxes_outside_code_and_quotes():
    assert boxes(LIST) == (Box("a", False, 1), Box("b `c`", True, 2), Box("d e", False, 9))


def test_ticking_touches_the_box_alone():
    assert tick(LIST, {"a": True, "b `c`": False, "x": True}) == LIST.replace("- [ ] a", "- [x] a", 1).replace(
        "[X]", "[ ]"
    )
    assert tick(LIST, {"b  `c`": True, "a": False}) == LIST
    assert tick(LIST, {"d e": True}) == LIST.replace("1. [ ]", "1. [x]")
