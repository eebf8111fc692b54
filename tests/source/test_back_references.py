"""The one kind of back-reference that RE2 is given in other words."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import Refusal
from bot.source.back_references import variants
from bot.source.regexes import compile_regex

QUOTED = r"""(['"])\./llm/([a-z-]+)\1"""


def rewritten(pattern, to, data):
    out, at = [], 0
    for span in compile_regex(pattern).rewrites(data, to):
        out += [data[at : span.start], span.after]
        at = span.end
    return b"".join([*out, data[at:]])


def test_a_quoted_string():
    data = b"""require('./llm/chat'); require("./llm/a-b"); require('./llm/x");"""
    assert rewritten(QUOTED, r"\1@shared/llm/\2\1", data) == (
        b"""require('@shared/llm/chat'); require("@shared/llm/a-b"); require('./llm/x");"""
    )


def test_escaped_and_named():
    assert variants(r"""(?P<q>["'])x\1""") == (r"""(?P<q>")x\"""".replace(r"\"", '"'), "(?P<q>')x'")
    assert variants(r"([\"\'])\1") == ('(")"', "(')'")


@pytest.mark.parametrize(
    "pattern",
    [
        r"(a)\1",
        r"(.)\1",
        r"(['\"])?x\1",
        r"(['\"])*x\1",
        r"(['\"]){2}x\1",
        r"([a-z])\1",
        r"([^'])\1",
        r"(['\"]+)\1",
        r"(['\"])?\2",
        r"\1",
    ],
)
def test_any_other_is_refused(pattern):
    with pytest.raises(Refusal) as caught:
        compile_regex(pattern)
    assert caught.value.code == "bad-regex"


@pytest.mark.parametrize("pattern", ["abc", r"\\1", r"[\\1]", r"(a)(b)\.", r"\Q(['])\1\E"])
def test_what_is_none_stays(pattern):
    assert variants(pattern) == (pattern,)


@given(st.text(alphabet="ab'\"x \n", max_size=40))
def test_the_same_as_python_says(text):
    pattern = r"""(['"])([ab]*)\1"""
    expected = re.sub(pattern, r"<\2>", text)
    assert rewritten(pattern, r"<\2>", text.encode()).decode() == expected
