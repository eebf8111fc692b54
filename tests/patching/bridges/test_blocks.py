"""Search/replace blocks: how they name their file, what they find, and what is refused."""

import pytest

from tests.patching.bridges.conftest import code, made, refusal, refused, text

ABC = b"a\nb\nc\nd\n"


def block(search, replacement):
    return b"<<<<<<< SEARCH\n%s=======\n%s>>>>>>> REPLACE\n" % (search, replacement)


@pytest.mark.parametrize(
    "wrap",
    [
        b"x\n%s",
        b"x\n```\n%s```\n",
        b"```python\nx\n%s```\n",
        b"```python x\n%s```\n",
        b"```x\n%s```\n",
        b"**x**\n\n```\n%s```\n",
        b"`x`:\n%s",
        b"### `x`\n```\n%s```",
        b"Now change `x` like this:\n\n```\n%s```\nDone.\n",
        b"./x\n%s",
        b"- In a list:\n\n  x\n  ```\n  %s  ```\n",
    ],
)
def test_how_a_file_is_named(wrap):
    one = block(b"b\n", b"B\n")
    if b"  ```" in wrap:
        one = one.replace(b"\n", b"\n  ")[:-2]
    payload = wrap.replace(b"%s", one)
    assert text(ABC, payload) == b"a\nB\nc\nd\n"
    assert text(ABC, payload.replace(b"\n", b"\r\n")) == b"a\nB\nc\nd\n"
    assert text(ABC.replace(b"\n", b"\r\n"), payload) == b"a\r\nB\r\nc\r\nd\r\n"


@pytest.mark.parametrize("head", [b"<<<<< SEARCH", b"<<<<<<<<< SEARCH", b"<<<<<<< SEARCH>", b"<<<<<<<SEARCH  "])
def test_markers_may_be_of_five_to_nine_characters(head):
    assert text(ABC, b"x\n" + head + b"\nb\n=====\nB\n>>>>>>>>> REPLACE") == b"a\nB\nc\nd\n"


def test_blocks_apply_in_order_each_in_what_the_earlier_ones_left():
    payload = b"x\n" + block(b"a\n", b"z\nz2\n") + block(b"z2\nb\n", b"") + b"\nand\n" + block(b"c\n", b"a\n")
    assert text(ABC, payload) == b"z\na\nd\n"
    assert code({"x": ABC}, b"x\n" + block(b"a\n", b"z\n") + block(b"a\n", b"y\n")) == "search-not-found"
    assert text(b"a\na\n", b"x\n" + block(b"a\na\n", b"b\na\n") + block(b"a\n", b"c\n")) == b"b\nc\n"


def test_several_files():
    payload = b"x\n" + block(b"a\n", b"A\n") + b"y/z\n" + block(b"a\n", b"B\n") + block(b"b\n", b"C\n")
    assert made({"x": ABC, "y/z": ABC}, payload) == {"x": b"A\n" + ABC[2:], "y/z": b"B\nC\nc\nd\n"}


def test_an_empty_search_makes_a_file_and_later_blocks_may_edit_it():
    payload = b"src/new.py\n" + block(b"", b"one\ntwo\n") + block(b"two\n", b"2\n")
    assert made({}, payload) == {"src/new.py": b"one\n2\n"}
    assert made({"e": b""}, b"e\n" + block(b"", b"one\n")) == {"e": b"one\n"}
    assert code({"x": ABC}, b"x\n" + block(b"", b"one\n")) == "search-empty"


def test_only_changed_lines_are_touched():
    mixed = b"\xef\xbb\xbfa\r\nb\nc\r\nd"
    assert text(mixed, b"x\n" + block(b"a\nb\nc\nd\n", b"a\nB\nc\nd\ne\n")) == b"\xef\xbb\xbfa\r\nB\nc\r\nd\r\ne"
    assert text(mixed, b"x\n" + block(b"a\nb\n", b"A\nA2\nA3\n")) == b"\xef\xbb\xbfA\r\nA2\nA3\nc\r\nd"
    assert text(b"\xef\xbb\xbf", b"x\n" + block(b"\n", b"a\n\n")) == b"\xef\xbb\xbfa\n\n"
    assert text(mixed, b"x\n" + block(b"a\n", b"")) == b"\xef\xbb\xbfb\nc\r\nd"
    assert text(mixed, b"x\n" + block(b"a\n", b"new\na\n")) == b"\xef\xbb\xbfnew\r\na\r\nb\nc\r\nd"


def test_searches_that_hold_lines_of_equals_signs():
    old = b"Title\n=======\ntext\n"
    assert text(old, b"x\n" + block(b"=======\ntext\n", b"===\nnew\n")) == b"Title\n===\nnew\n"
    assert text(old, b"x\n" + block(b"text\n", b"Sub\n=======\nmore\n")) == b"Title\n=======\nSub\n=======\nmore\n"
    assert made({}, b"new.md\n" + block(b"", b"Title\n=======\n")) == {"new.md": b"Title\n=======\n"}
    found = refusal({"x": old}, b"x\n" + block(b"Title\n", b"=======\ntext\n"))
    assert found.code == "bad-block"


def test_what_a_block_holds_may_be_fences_and_diffs():
    old = b"```py\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n```\n"
    payload = b"x\n```\n" + block(b"```py\n--- a/x\n", b"```sh\n--- a/x\n") + b"```\n"
    assert text(old, payload) == old.replace(b"```py", b"```sh")


@pytest.mark.parametrize(
    ("payload", "wanted"),
    [
        (b"x\n" + block(b"q\n", b"Q\n"), [("search-not-found", 2)]),
        (b"x\n" + block(b"a", b"Q\n").replace(b"a===", b"a\n==="), []),
        (b"x\n" + block(b"dup\n", b"Q\n"), [("search-ambiguous", 2)]),
        (b"x\n<<<<<<< SEARCH\na\n>>>>>>> REPLACE\n", [("bad-block", 2)]),
        (b"x\n<<<<<<< SEARCH\na\n=======\nb\n", [("bad-block", 2)]),
        (b"x\n<<<<<<< SEARCH\na\n=======\nb\n" + block(b"a\n", b"b\n"), [("bad-block", 2)]),
        (block(b"a\n", b"b\n"), [("bad-block", 1)]),
        (b"In `x` and `y`:\n" + block(b"a\n", b"b\n"), [("bad-block", 2)]),
        (b"gone.py\n" + block(b"a\n", b"b\n"), [("patch-file-missing", 2)]),
        (b"a/../x.py\n" + block(b"", b"b\n"), [("unsafe-path", 2)]),
        (b"x\n" + block(b"a\n", b"a\n"), [("patch-empty", 1)]),
        (b"x\n" + block(b"q\n", b"Q\n") + block(b"r\n", b"Q\n"), [("search-not-found", 2), ("search-not-found", 7)]),
    ],
)  # fmt: skip
def test_what_is_refused(payload, wanted):
    files = {"x": ABC + b"dup\ndup\n", "y": ABC}
    if wanted:
        assert refused(files, payload) == wanted
    else:
        made(files, payload)


def test_the_refusals_say_where():
    found = refusal({"x": b"if a:\n  dup\n\tdup\n  dup\n"}, b"x\n" + block(b"  dup\n", b"Q\n"))
    assert found.values == {"path": "x", "candidates": ["2", "4"]}
    found = refusal({"x": b"if a:\n  one\n"}, b"x\n" + block(b"if a:\n one\n", b"Q\n"))
    assert found.values == {"path": "x", "text": "if a:", "nearest": "line 2 differs in white space only"}
