"""Where an operation points: exactly one place, or a refusal with the candidates and their lines."""

import pytest

from tests.patching.conftest import op, refused, text

FILE = """\
# begin
def one():
    return 1

def two():
    return 2
# end
"""


def cut(at, content=FILE):
    """The lines that a place names, told by removing them."""
    data = content if isinstance(content, bytes) else content.encode()
    return text(data, op("replace-block", at=at, text="<>", exact=True))


@pytest.mark.parametrize(
    ("at", "first", "last"),
    [
        ({"line": 1}, 1, 1),
        ({"line": 7}, 7, 7),
        ({"lines": [2, 3]}, 2, 3),
        ({"lines": [1, 7]}, 1, 7),
        ({"marker": "def two"}, 5, 5),
        ({"marker": "    return 1"}, 3, 3),
        ({"regex": "^def o"}, 2, 2),
        ({"regex": "^\\s+return 2$"}, 6, 6),
        ({"regex": "^$"}, 4, 4),
        ({"regex": "(?i)^DEF TWO"}, 5, 5),
        ({"start": {"marker": "# begin"}, "end": {"marker": "# end"}}, 1, 7),
        ({"start": {"line": 2}, "end": {"regex": "return 1"}}, 2, 3),
        ({"start": {"regex": "^def two"}, "end": {"line": 6}}, 5, 6),
        ({"start": {"marker": "two"}, "end": {"marker": "two"}}, 5, 5),
    ],
)
def test_each_way_to_name_lines(at, first, last):
    lines = FILE.encode().splitlines(keepends=True)
    assert cut(at) == b"".join([*lines[: first - 1], b"<>", *lines[last:]])


@pytest.mark.parametrize(
    ("at", "code"),
    [
        ({"marker": "return"}, "marker-ambiguous"),
        ({"regex": "^def"}, "regex-ambiguous"),
        ({"start": {"marker": "def"}, "end": {"line": 7}}, "marker-ambiguous"),
        ({"start": {"line": 1}, "end": {"regex": "return"}}, "regex-ambiguous"),
    ],
)
def test_several_places_are_refused_with_the_candidates(at, code):
    refusal = refused({"a.txt": FILE}, op("replace-block", at=at, text=""))
    assert refusal.code == code
    assert len(refusal.values["candidates"]) == 2
    assert all(each.startswith("line ") for each in refusal.values["candidates"])
    assert not refusal.values["more"]


def test_very_many_candidates_are_cut():
    refusal = refused({"a.txt": "same\n" * 100}, op("replace-block", at={"marker": "same"}, text=""))
    assert refusal.values["candidates"][0] == "line 1: same"
    assert len(refusal.values["candidates"]) == 8 and refusal.values["more"]


@pytest.mark.parametrize(
    ("at", "code", "nearest"),
    [
        ({"marker": "def  one():"}, "marker-missing", "line 2 differs in white space only"),
        ({"marker": "DEF TWO():"}, "marker-missing", "line 5 differs in upper and lower case only"),
        ({"marker": "def one(x):"}, "marker-missing", "line 2 is the nearest: def one():"),
        ({"marker": "quite something else"}, "marker-missing", ""),
        ({"regex": "return 3"}, "regex-missing", None),
    ],
)
def test_a_miss_says_what_comes_nearest_and_never_takes_it(at, code, nearest):
    refusal = refused({"a.txt": FILE}, op("replace-block", at=at, text=""))
    assert refusal.code == code
    assert refusal.values.get("nearest") == nearest


@pytest.mark.parametrize(
    ("at", "code"),
    [
        ({"line": 8}, "line-out-of-range"),
        ({"lines": [7, 8]}, "line-out-of-range"),
        ({"lines": [9, 10]}, "line-out-of-range"),
        ({"lines": [3, 2]}, "range-backwards"),
        ({"start": {"marker": "# end"}, "end": {"marker": "# begin"}}, "range-backwards"),
        ({"regex": "("}, "bad-regex"),
        ({"regex": "(?<=a)b"}, "bad-regex"),
        ({"regex": "\\1"}, "bad-regex"),
        ({"marker": " \t"}, "bad-marker"),
        ({"marker": "a\nb"}, "bad-marker"),
        ({"marker": "a\r"}, "bad-marker"),
        ({"marker": "a\0"}, "bad-marker"),
        ({"regex": "a\0"}, "bad-marker"),
    ],
)
def test_places_that_are_none(at, code):
    assert refused({"a.txt": FILE}, op("replace-block", at=at, text="")).code == code


@pytest.mark.parametrize("content", ["", "\n", "one\n"])
def test_the_line_after_the_last_is_no_line(content):
    count = content.count("\n")
    refusal = refused({"a.txt": content}, op("insert-before", at={"line": count + 1}, text="x"))
    assert (refusal.code, refusal.values["count"]) == ("line-out-of-range", count)


@pytest.mark.parametrize("inside", ["\r", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029"])
def test_only_line_feeds_end_lines(inside):
    data = f"one{inside}still one\ntwo\n".encode()
    assert cut({"line": 2}, data) == f"one{inside}still one\n<>".encode()
    assert cut({"marker": "still"}, data) == b"<>two\n"
    assert refused({"a.txt": data}, op("replace-block", at={"line": 3}, text="")).code == "line-out-of-range"


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_regex_stays_within_its_line_whatever_ends_it(end):
    data = f"a{end}b{end}".encode()
    assert cut({"regex": "^b$"}, data) == f"a{end}<>".encode()
    for crossing in ("a\\nb", "a\\s+b", "a[^x]b", "(?s)a.b", "\\A[^x]+b"):
        assert refused({"a.txt": data}, op("replace-block", at={"regex": crossing}, text="")).code == "regex-missing"
    assert cut({"regex": "\\Aa"}, data) == f"<>b{end}".encode()


def test_a_byte_order_mark_is_no_part_of_the_first_line():
    data = b"\xef\xbb\xbfone\ntwo\n"
    assert text(data, op("replace-block", at={"regex": "^one"}, text="x\n")) == b"\xef\xbb\xbfx\ntwo\n"


def test_files_that_are_not_utf8_have_places_as_well():
    data = b"caf\xe9 one\ncaf\xe9 two\n"
    assert cut({"marker": " two"}, data) == b"caf\xe9 one\n<>"
    assert cut({"regex": "^caf. two$"}, data) == b"caf\xe9 one\n<>"
    refusal = refused({"a.txt": data}, op("replace-block", at={"marker": "caf"}, text=""))
    assert refusal.values["candidates"] == ["line 1: caf\\xe9 one", "line 2: caf\\xe9 two"]
