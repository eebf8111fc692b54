"""Bytes are sacred: line ends, byte order marks and the end of the file, whatever is put where."""

import pytest

from tests.patching.conftest import op, text

BOM = b"\xef\xbb\xbf"


@pytest.mark.parametrize(
    ("old", "operation", "new"),
    [
        # new text takes the line ends of its neighbours
        (b"a\r\nb\r\n", op("append", text="x\ny\n"), b"a\r\nb\r\nx\r\ny\r\n"),
        (b"a\r\nb\r\n", op("prepend", text="x\n"), b"x\r\na\r\nb\r\n"),
        (b"a\nb\n", op("append", text="x\r\n"), b"a\nb\nx\n"),
        (b"a\r\nb\n", op("insert-after", at={"line": 1}, text="x\n"), b"a\r\nx\r\nb\n"),
        (b"a\r\nb\n", op("insert-after", at={"line": 2}, text="x\n"), b"a\r\nb\nx\n"),
        (b"a\r\nb\n", op("insert-before", at={"line": 1}, text="x\n"), b"x\r\na\r\nb\n"),
        (b"a\r\nb\n", op("replace-block", at={"line": 1}, text="x\ny\n"), b"x\r\ny\r\nb\n"),
        (b"a\r\nb\n", op("replace-block", at={"lines": [1, 2]}, text="x\ny\nz\n"), b"x\r\ny\nz\n"),
        # a missing end: kept at the end of the file, added in its middle, and added before what is appended
        (b"a\nb", op("append", text="x"), b"a\nb\nx"),
        (b"a\r\nb", op("append", text="x\n"), b"a\r\nb\r\nx\r\n"),
        (b"a\nb", op("insert-after", at={"line": 2}, text="x\n"), b"a\nb\nx\n"),
        (b"a\nb", op("insert-before", at={"line": 2}, text="x"), b"a\nx\nb"),
        (b"a\nb", op("replace-block", at={"line": 1}, text="x"), b"x\nb"),
        (b"a\nb", op("replace-block", at={"line": 2}, text="x"), b"a\nx"),
        (b"a\nb\n", op("replace-block", at={"line": 2}, text="x"), b"a\nx"),
        (b"a\nb", op("replace-block", at={"line": 2}, text="x\n"), b"a\nx\n"),
        (b"", op("append", text="x"), b"x"),
        (b"", op("prepend", text="x\n"), b"x\n"),
        # the byte order mark stays first
        (BOM + b"a\n", op("prepend", text="x\n"), BOM + b"x\na\n"),
        (BOM + b"a\n", op("insert-before", at={"line": 1}, text="x\n"), BOM + b"x\na\n"),
        (BOM + b"a\n", op("replace-block", at={"line": 1}, text="x\n"), BOM + b"x\n"),
        (BOM + b"a\n", op("replace-block", at={"line": 1}, text=""), BOM),
        (BOM + b"a\n", op("replace-block", at={"line": 1}, text="x\n", expect="a\n"), BOM + b"x\n"),
        (BOM + b"a\n", op("prepend", text="\ufeffx\n"), BOM + b"x\na\n"),
        (BOM, op("append", text="x"), BOM + b"x"),
        # exact: the bytes as given
        (b"a\r\nb\r\n", op("append", text="x\n", exact=True), b"a\r\nb\r\nx\n"),
        (b"a\nb", op("append", text="x", exact=True), b"a\nbx"),
        (b"a\nb\n", op("replace-block", at={"line": 1}, text="x", exact=True), b"xb\n"),
        (BOM + b"a\n", op("replace-block", at={"line": 1}, text="x\n", exact=True), b"x\n"),
        # a lone carriage return is a character like any other
        (b"a\rb\r\nc\r\n", op("append", text="x\ry\n"), b"a\rb\r\nc\r\nx\ry\r\n"),
        (b"a\r", op("append", text="x"), b"a\r\nx"),
    ],
)
def test_text_fits_its_file(old, operation, new):
    assert text(old, operation) == new


@pytest.mark.parametrize(
    ("operations", "new"),
    [
        ([op("append", text="x"), op("append", text="y")], b"a\nx\ny"),
        ([op("replace-block", at={"line": 1}, text=""), op("append", text="y")], b"y"),
        ([op("replace-block", at={"line": 1}, text="x"), op("append", text="y")], b"x\ny"),
        ([op("prepend", text="x"), op("append", text="y")], b"x\na\ny"),
    ],
)
def test_several_operations_at_an_end_that_is_missing(operations, new):
    assert text(b"a", *operations) == new


INDENTED = b"def f():\n\tif a:\n\t\treturn\n    spaces\n"


@pytest.mark.parametrize(
    ("at", "given", "inserted"),
    [
        ({"line": 3}, "x\n", b"\t\tx\n"),
        ({"line": 4}, "x\n", b"    x\n"),
        ({"line": 1}, "x\n", b"x\n"),
        ({"line": 3}, "x\n  y\n\tz\n", b"\t\tx\n\t\t  y\n\t\t\tz\n"),
        ({"line": 3}, "x\n\n   \ny\n", b"\t\tx\n\n   \n\t\ty\n"),
    ],
)
def test_indent_preserve_puts_the_anchors_white_space_before_lines_that_are_not_blank(at, given, inserted):
    lines = INDENTED.splitlines(keepends=True)
    after = text(INDENTED, op("insert-after", at=at, text=given, indent="preserve"))
    assert after == b"".join([*lines[: at["line"]], inserted, *lines[at["line"] :]])
    replaced = text(INDENTED, op("replace-block", at=at, text=given, indent="preserve"))
    assert replaced == b"".join([*lines[: at["line"] - 1], inserted, *lines[at["line"] :]])


def test_without_indent_nothing_is_added():
    assert text(INDENTED, op("insert-after", at={"line": 3}, text="x\n")).count(b"\nx\n") == 1


@pytest.mark.parametrize(
    "raw", [b"\xff\xfe latin \xe9", "snow \u2603".encode(), b"\x1b[0m", b"\x80" * 5, b"\r", b"\x0c"]
)
def test_lines_that_are_not_touched_come_out_as_they_went_in(raw):
    old = b"a\n" + raw + b"\r\nb\n" + raw
    assert text(
        old, op("replace-block", at={"line": 1}, text="x\n"), op("insert-before", at={"line": 3}, text="y\n")
    ) == (b"x\n" + raw + b"\r\ny\r\nb\n" + raw)
