"""Text from people is inert wherever the bot posts it."""

import re

import jinja2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from bot.errors import Place, Refusal
from templates import code, duration, explain, explain_all, explain_plain, fence, inert, render

MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable("table")


def test_a_missing_value_is_an_error():
    with pytest.raises(jinja2.UndefinedError):
        render("refusals/unknown-folder.md", folder="x")


def test_a_refusal_names_its_place_and_next_step():
    refusal = Refusal("manifest-missing", Place("issue", 3), {"path": "a@b.yml", "branch": "main"})
    text = explain(refusal)
    assert "(`issue:3`)" in text
    assert "**Next:** commit the manifest" in text
    assert text.endswith("Code: `manifest-missing`")
    assert "**" not in explain_plain(refusal)
    both = Refusal("manifest-missing", Place("issue", 3), refusal.values, (refusal,))
    assert explain_all(both).count("Code:") == 2


@given(st.text(alphabet=st.characters(), max_size=60))
def test_inert_text_is_text_alone(value):
    tokens = MARKDOWN.parseInline(inert(value))[0].children
    assert {token.type for token in tokens} <= {"text", "text_special", "softbreak"}
    assert not re.search(r"@\w", inert(value))


@given(st.text(max_size=60))
def test_code_is_one_code_span(value):
    tokens = MARKDOWN.parseInline(code(value))[0].children
    assert [token.type for token in tokens] == ["code_inline"]


@given(st.text(max_size=200))
def test_a_fence_holds(value):
    tokens = MARKDOWN.parse(fence(value))
    assert [token.type for token in tokens] == ["fence"]


def test_durations():
    assert [duration(s) for s in (1, 89, 600, 5400, 7200, 200000)] == [
        "1 s",
        "89 s",
        "10 min",
        "1 h 30 min",
        "2 h",
        "2 d 7 h",
    ]
