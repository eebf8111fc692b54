"""The blocks of a comment, in order; and what in running text is no text."""

import pytest

from bot.source.markdown import DEEPEST, Fence, Html, Text, TextLine, scan
from bot.source.markdown_text import LONGEST_TAG, pieces


def told(body):
    """Each part as a word and its text."""
    return [
        (type(part).__name__, "\n".join(line.text for line in part.lines) if isinstance(part, Text) else part.text)
        for part in scan(body)
    ]


@pytest.mark.parametrize(
    ("body", "parts"),
    [
        ("", []),
        ("\n \n\t\n", []),
        ("a\nb\n\nc", [("Text", "a\nb"), ("Text", "c")]),
        ("a\n===\nb", [("Text", "a"), ("Text", "b")]),
        ("# a\nb", [("Text", "b")]),
        ("#a", [("Text", "#a")]),
        ("a\n    b", [("Text", "a\nb")]),
        ("    a\nb", [("Text", "b")]),
        ("> a\nb\n> c", [("Text", "a\nb\nc")]),
        ("- a\n\n  b\nc", [("Text", "a"), ("Text", "b\nc")]),
        ("-\n\n  a", [("Text", "a")]),
        ("-\n  a", [("Text", "a")]),
        ("a\n2. b", [("Text", "a\n2. b")]),
        ("a\n1. b", [("Text", "a"), ("Text", "b")]),
        ("a\n-\nb", [("Text", "a"), ("Text", "b")]),
        ("<div>\na\n\nb", [("Html", "<div>\na"), ("Text", "b")]),
        ("a\n<div>\nb", [("Text", "a"), ("Html", "<div>\nb")]),
        ("a\n<b>\nc", [("Text", "a\n<b>\nc")]),
        ("<b>\nc", [("Html", "<b>\nc")]),
        ("<b> c", [("Text", "<b> c")]),
        ("<!-- a\n\nb -->c\nd", [("Html", "<!-- a\n\nb -->c"), ("Text", "d")]),
        ("- <!-- a\nb", [("Html", "<!-- a"), ("Text", "b")]),
        ("> ```\n> a\nb", [("Fence", "a\n"), ("Text", "b")]),
    ],
)
def test_the_parts_of_a_text(body, parts):
    assert told(body) == parts


def test_lines_know_their_number_and_whether_they_begin_at_the_margin():
    assert scan("a\n\n> b\nc\n d") == [
        Text((TextLine(1, "a", True),)),
        Text((TextLine(3, "b", False), TextLine(4, "c", True), TextLine(5, "d", False))),
    ]


def test_what_is_deeper_than_anybody_nests_is_text():
    (part,) = scan(">" * (DEEPEST + 2) + "a")
    assert part == Text((TextLine(1, ">>a", False),))
    assert scan(">" * DEEPEST + "```\n") == [Fence("", "", 2, False, True)]


def test_a_form_s_line_ends_are_not_the_texts():
    assert scan("```\r\na\r\n```\r\n") == [Fence("", "a\n", 2, True, False)]
    assert scan("```\r\na\r\nb\n```") == [Fence("", "a\r\nb\n", 2, True, False)]
    assert scan("<b>\r\na") == [Html("<b>\na")]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a `b` c", [("code", "`b`")]),
        ("a ``b` c`` d", [("code", "``b` c``")]),
        ("\\`a`b`", [("code", "`b`")]),
        ("`a\\`b`", [("code", "`a\\`")]),
        ("`<b>`<i>", [("code", "`<b>`"), ("open", "<i>")]),
        ("<a b='`'>`", [("open", "<a b='`'>")]),
        ("\\<b>", []),
        ("<b>x</B >", [("open", "<b>"), ("close", "</B >")]),
        ("a < b > c", []),
        ("<b", []),
        ("<!-- a --> <!--> <!---> <!-- b", [("comment", "<!-- a -->"), ("comment", "<!-->"), ("comment", "<!--->")]),
        ("<?a?><!X b><![CDATA[>]]>", [("comment", "<?a?>"), ("comment", "<!X b>"), ("comment", "<![CDATA[>]]>")]),
        (f"<a b='{'x' * LONGEST_TAG}'>", []),
    ],
)
def test_what_is_no_text(text, found):
    assert [(each.kind, text[each.start : each.end]) for each in pieces(text)] == found


def test_in_html_a_comment_needs_no_end_and_nothing_is_code():
    assert [(each.kind, each.start, each.end) for each in pieces("`<b>` \\<i> <!-- x", html=True)] == [
        ("open", 1, 4),
        ("open", 7, 10),
        ("unended", 11, 17),
    ]
