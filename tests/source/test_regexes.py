import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import Place
from bot.source.regexes import check_replacement, compile_regex


def apply(data, spans):
    out, at = [], 0
    for start, end, _, after in spans:
        out += [data[at:start], after]
        at = end
    return b"".join([*out, data[at:]])


def test_the_design_example():
    regex = compile_regex(r"(['\"])\./llm/([a-z-]+)\1")
    data = b"import a from './llm/open-ai'\r\n"
    (span,) = regex.rewrites(data, r"\1@shared/llm/\2\1")
    assert span == (14, 29, b"'./llm/open-ai'", b"'@shared/llm/open-ai'")
    assert regex.groups == 2


@pytest.mark.parametrize(
    ("pattern", "to", "data", "result"),
    [
        ("a", "b", b"banana", b"bbnbnb"),
        ("a*", "x", b"baab", b"bxb"),
        ("(?i)FOO", r"[\0]", b"foo Foo", b"[foo] [Foo]"),
        ("(a)|b", r"<\1>", b"ab", b"<a><>"),
        ("(?m)^x", "y", b"x\nax\r\nx", b"y\nax\r\ny"),
        ("^x", "y", b"x\nx", b"y\nx"),
        ("é", "e", "café".encode(), b"cafe"),
        (".", r"<\0>", "é!".encode(), "<é><!>".encode()),
        ("a", r"\\1\\", b"a", b"\\1\\"),
        ("(a)", r"\10", b"a", b"a0"),
        ("x", "", b"axb", b"ab"),
        ("b.", "Z", b"\xffb\xfe\xff", b"\xffZ\xff"),
        ("'.*'", "q", b"x '\xe9' y", b"x q y"),
        ("é", "e", b"\xff\xc3\xa9", b"\xffe"),
        ("[é]", "e", b"\xff\xc3\xa9\xc3", b"\xffe\xc3"),
        ("a", "ü", b"\xffa", b"\xff\xc3\xbc"),
        ("\r\n", "\n", b"a\r\nb", b"a\nb"),
    ],
)
def test_rewrites(pattern, to, data, result):
    regex = compile_regex(pattern)
    check_replacement(regex, to)
    spans = regex.rewrites(data, to)
    assert apply(data, spans) == result
    assert regex.matches(data) == bool(spans) or pattern == "a*"


PATTERNS = ["a", "[ab]+", "(a)(b)?", "b*", "(?i)A.", r"\d+", "é|a", r"[^x]", r"(?s).{1,3}", r"\bb", "(?m)$", "x?a"]


@given(
    st.sampled_from(PATTERNS),
    st.lists(st.sampled_from([b"a", b"b", b"x", b"\n", b"\xff", "é".encode(), b"7", b" "])).map(b"".join),
)
def test_all_other_bytes_are_kept(pattern, data):
    at = 0
    kept = b""
    spans = compile_regex(pattern).rewrites(data, "<>")
    for start, end, before, after in spans:
        assert at <= start < end <= len(data)
        assert data[start:end] == before
        assert after == b"<>"
        kept += data[at:start]
        at = end
    kept += data[at:]
    assert apply(data, spans).replace(b"<>", b"") == kept


@given(
    st.sampled_from(["a", "[ab]+", "(a)(b)?", "(?i)A", r"[0-9]+", "x?a", "a|ab"]),
    st.text(st.sampled_from(list("abAx7 \n"))),
)
def test_agrees_with_re_on_ascii(pattern, text):
    expected = re.sub(pattern, lambda found: f"<{found[0]}>" if found[0] else "", text)
    assert apply(text.encode(), compile_regex(pattern).rewrites(text.encode(), r"<\0>")).decode() == expected


@pytest.mark.parametrize(
    "pattern", ["(", r"(a)\1", "(?=a)", "(?<!a)b", "a{2000}", "[z-a]", r"\C", r"a\\\Cb", "*", r"\Z", "a\udcff"]
)
def test_refused(pattern, refused):
    refusal = refused(compile_regex, pattern, Place("m.yml", 4, 2, "folders[0].imports[0].regex"))
    assert (refusal.code, refusal.place.line) == ("bad-regex", 4)
    assert refusal.values["reason"]
    refusal.values["pattern"].encode()


def test_an_escaped_backslash_before_c_is_no_byte():
    assert compile_regex(r"\\C").rewrites(rb"a\C", "x")[0].before == rb"\C"


@pytest.mark.parametrize(
    ("to", "reference"), [(r"\2", r"\2"), (r"a\n", r"\n"), ("a\\", "\\"), (r"\g<1>", r"\g"), (r"\٣", r"\٣")]
)
def test_bad_replacements(to, reference, refused):
    refusal = refused(check_replacement, compile_regex("(a)"), to, Place("m.yml", 5))
    assert (refusal.code, refusal.place.line) == ("bad-replacement", 5)
    assert refusal.values == {"replacement": to, "reference": reference, "groups": 1}


def test_a_hostile_pattern_ends():
    assert compile_regex("(a+)+$").rewrites(b"a" * 50_000 + b"!", "x") == []


@given(st.text(max_size=20))
def test_any_text_is_a_pattern_or_refused(pattern):
    from bot.errors import Refusal

    try:
        compile_regex(pattern).rewrites(b"some \xff text", "")
    except Refusal as refusal:
        assert refusal.code == "bad-regex"
