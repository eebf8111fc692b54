"""Unified diffs as people and models write them: what is read, and what is refused."""

import pytest

from tests.patching.bridges.conftest import EXECUTABLE, FILE, code, made, refusal, refused, text

ABC = b"a\nb\nc\nd\ne\n"
TWICE = b"x\ny\nz\nx\ny\nz\n"
HEAD = b"--- a/x\n+++ b/x\n"
BODY = b" b\n-c\n+C\n d\n"
DONE = b"a\nb\nC\nd\ne\n"


@pytest.mark.parametrize(
    "header",
    [
        b"@@ -2,3 +2,3 @@",
        b"@@ -2,3 +2,3 @@ def f():",
        b"@@ -99,3 +1,3 @@",
        b"@@ -2,1 +2,1 @@",
        b"@@ -2,9 +2,7 @@",
        b"@@ -2,0 +2,0 @@",
        b"@@ -2 +2 @@",
        b"@@ ... @@",
        b"@@",
        b"@@ @@",
        b"@@ -2,3 @@",
    ],
)
@pytest.mark.parametrize("git", [b"", b"diff --git a/x b/x\n", b"diff --git a/x b/x\nindex 1234567..89abcde 100644\n"])
def test_wrong_numbers_and_missing_headers_do_not_matter_where_context_decides(header, git):
    assert text(ABC, git + HEAD + header + b"\n" + BODY) == DONE


@pytest.mark.parametrize(
    "wrap",
    [
        b"%s",
        b"Here it is:\n\n%s",
        b"Here it is:\n```diff\n%s```\nDone.\n",
        b"1. Do this\n\n   ```diff\n   %s   ```\n",
        b"~~~~patch\n%s~~~~",
        b"From 0123456789012345678901234567890123456789 Mon Sep 17 00:00:00 2001\nSubject: x\n---\n x | 2 +-\n\n%s-- \n2.39.0\n\n",
        b"Index: x\n=======\n%s",
        b"diff -u old/x new/x\n%s",
        b"%s\nThis is what it does.\n",
    ],
)
def test_what_stands_around_does_not_matter(wrap):
    diff = HEAD + b"@@ -2,3 +2,3 @@\n" + BODY
    if wrap.startswith(b"1."):
        diff = diff.replace(b"\n", b"\n   ")[:-3]
    whole = wrap.replace(b"%s", diff)
    assert text(ABC, whole) == DONE
    assert text(ABC, whole.replace(b"\n", b"\r\n")) == DONE


def test_blank_context_lines_may_have_lost_their_space():
    old = b"a\n\nb\n\nc\n"
    assert text(old, HEAD + b"@@ -1,5 +1,5 @@\n a\n\n-b\n+B\n\n c\n") == b"a\n\nB\n\nc\n"
    assert text(old, HEAD + b"@@ -1,1 +1,1 @@\n a\n\n-b\n+B\n\n c\n\n") == b"a\n\nB\n\nc\n"
    assert text(old, b"```diff\n" + HEAD + b"@@ @@\n a\n\n-b\n+B\n\n```\n") == b"a\n\nB\n\nc\n"


@pytest.mark.parametrize(
    ("names", "files", "path"),
    [
        (b"--- a/x\n+++ b/x\n", ["x"], "x"),
        (b"--- x\n+++ x\n", ["x"], "x"),
        (b"--- a/x\n+++ a/x\n", ["a/x"], "a/x"),
        (b"--- a/x\n+++ a/x\n", ["x"], "x"),
        (b"--- a/x\n+++ x\n", ["x"], "x"),
        (b"--- i/x\n+++ w/x\n", ["x", "i/x", "w/x"], "x"),
        (b"--- a/x\t2024-01-01 10:00:00.0 +0100\n+++ b/x\t2024-01-01 10:00:00.0 +0100\n", ["x"], "x"),
        (b"--- a/d e/f g\t\n+++ b/d e/f g\t\n", ["d e/f g"], "d e/f g"),
        (b"--- a/d e\n+++ b/d e\n", ["d e"], "d e"),
        (b'--- "a/\\303\\274 \\"q\\""\n+++ "b/\\303\\274 \\"q\\""\n', ['ü "q"'], 'ü "q"'),
        (b"--- ./x\n+++ ./x\n", ["x"], "x"),
        (b"diff --git a/d e b/d e\n--- a/d e\t\n+++ b/d e\t\n", ["d e"], "d e"),
        (b"diff --git a/a b/a b/a b/a\n--- a/a b/a\n+++ b/a b/a\n", ["a b/a"], "a b/a"),
    ],
)
def test_names_in_all_their_forms(names, files, path):
    given = dict.fromkeys(files, ABC)
    assert made(given, names + b"@@ -2,3 +2,3 @@\n" + BODY) == given | {path: DONE}


@pytest.mark.parametrize(
    ("payload", "wanted"),
    [
        (b"diff --git a/n b/n\nnew file mode 100755\nindex 0000000..e69de29\n", {"x*": b"a\n", "n*": b""}),
        (b"new file mode 100755\n--- /dev/null\n+++ b/n\n@@ -0,0 +1 @@\n+n\n", {"x*": b"a\n", "n*": b"n\n"}),
        (b"--- /dev/null\n+++ b/n\n@@ -0,0 +1,2 @@\n+n\n+m\n\\ No newline at end of file\n", {"x*": b"a\n", "n": b"n\nm"}),
        (b"--- /dev/null\n+++ n\n@@\n+n\r\n", {"x*": b"a\n", "n": b"n\r\n"}),
        (b"--- a/n\n+++ b/n\n@@ -0,0 +1 @@\n+n\n", {"x*": b"a\n", "n": b"n\n"}),
        (b"--- a/x\n+++ /dev/null\n@@ -1 +0,0 @@\n-a\n", {}),
        (b"diff --git a/x b/x\ndeleted file mode 100755\nindex 7898192..0000000\n", {}),
        (b"diff --git a/x b/x\nold mode 100755\nnew mode 100644\n", {"x": b"a\n"}),
        (b"diff --git a/x b/y z\nsimilarity index 100%\nrename from x\nrename to y z\n", {"y z*": b"a\n"}),
        (b"rename from x\nrename to y\n", {"y*": b"a\n"}),
        (b"diff --git a/x b/y\nrename from x\nrename to y\n--- a/x\n+++ b/y\n@@ -1 +1,2 @@\n a\n+b\n", {"y*": b"a\nb\n"}),
        (b"diff --git a/x b/y\ncopy from x\ncopy to y\n--- a/x\n+++ b/y\n@@ -1 +1,2 @@\n a\n+b\n", {"x*": b"a\n", "y*": b"a\nb\n"}),
        (b"diff --git a/x b/d/x\nrename from x\nrename to d/x\ndiff --git a/x b/x\nnew file mode 100644\n--- /dev/null\n+++ b/x\n@@ -0,0 +1 @@\n+new\n", {"d/x*": b"a\n", "x": b"new\n"}),
    ],
)  # fmt: skip
def test_files_come_go_move_and_change_their_mode(payload, wanted):
    assert made({"x": (EXECUTABLE, b"a\n")}, payload, "diff") == wanted


def test_two_files_may_change_places():
    files = {"x": (FILE, b"1\n"), "y": (EXECUTABLE, b"2\n")}
    payload = b"diff --git a/x b/y\nrename from x\nrename to y\n--- a/x\n+++ b/y\n@@ -1 +1 @@\n-1\n+one\ndiff --git a/y b/x\nrename from y\nrename to x\n"
    assert made(files, payload) == {"y": b"one\n", "x*": b"2\n"}


def test_several_files_and_several_hunks_in_any_order():
    files = {"x": b"%s" % b"".join(b"%d\n" % each for each in range(30)), "y": ABC}
    payload = HEAD + b"@@ -20,2 +20,2 @@\n 20\n-21\n+XXI\n@@ -3,2 +3,1 @@\n-3\n 4\n--- a/y\n+++ b/y\n@@\n-a\n+A\n"
    wanted = files["x"].replace(b"21\n", b"XXI\n").replace(b"\n3\n", b"\n")
    assert made(files, payload) == {"x": wanted, "y": b"A\n" + ABC[2:]}
    again = payload + HEAD + b"@@\n 28\n 29\n+30\n"
    assert made(files, again)["x"] == wanted + b"30\n"


def test_hunks_that_touch_are_fine_and_those_that_overlap_are_not():
    assert text(ABC, HEAD + b"@@ -1,2 +1,3 @@\n a\n b\n+1\n@@ -3,2 +4,3 @@\n+2\n c\n d\n") == b"a\nb\n1\n2\nc\nd\ne\n"
    assert text(ABC, HEAD + b"@@\n-a\n@@\n-b\n+B\n") == b"B\nc\nd\ne\n"
    assert text(ABC, HEAD + b"@@\n-a\n+A\n b\n c\n@@\n b\n c\n-d\n") == b"A\nb\nc\ne\n"
    assert refused({"x": ABC}, HEAD + b"@@\n-b\n@@\n-b\n+c\n") == [("patch-conflict", 5)]
    assert refused({"x": ABC}, HEAD + b"@@\n-a\n-b\n@@\n b\n-c\n") == [("patch-conflict", 6)]
    assert refused({"x": ABC}, HEAD + b"@@\n a\n+1\n b\n@@\n a\n b\n-c\n") == [("patch-conflict", 7)]


# --- where


def test_a_line_number_decides_between_equal_places():
    assert text(TWICE, HEAD + b"@@ -4,2 +4,2 @@\n x\n-y\n+Y\n") == b"x\ny\nz\nx\nY\nz\n"
    assert text(TWICE, HEAD + b"@@ -1,2 +1,2 @@\n x\n-y\n+Y\n") == b"x\nY\nz\nx\ny\nz\n"


def test_a_wrong_line_number_does_not():
    found = refusal({"x": TWICE}, HEAD + b"@@ -2,2 +2,2 @@\n x\n-y\n+Y\n")
    assert (found.code, found.place.line) == ("hunk-ambiguous", 3)
    assert found.values == {"path": "x", "candidates": ["1", "4"]}


def test_the_order_of_hunks_decides_where_there_is_only_one():
    assert text(TWICE, HEAD + b"@@\n-x\n+1\n@@\n-x\n+2\n") == b"1\ny\nz\n2\ny\nz\n"
    assert code({"x": TWICE + TWICE}, HEAD + b"@@\n-x\n+1\n@@\n-x\n+2\n") == "hunk-ambiguous"


def test_of_very_many_places_none_is_taken_for_the_only_one():
    assert code({"x": b"x\n" * 201}, HEAD + b"@@\n-x\n+y\n" * 200) == "hunk-ambiguous"
    assert text(b"x\n" * 150, HEAD + b"@@\n-x\n+y\n" * 150) == b"y\n" * 150


def test_a_place_with_the_right_line_ends_is_not_preferred_to_the_right_number():
    mixed = b"x\r\ny\r\nz\nx\ny\n"
    assert text(mixed, HEAD + b"@@ -4,2 +4,2 @@\n x\n-y\n+Y\n") == b"x\r\ny\r\nz\nx\nY\n"
    assert code({"x": mixed}, HEAD + b"@@ -1,2 +1,2 @@\n x\n-y\n+Y\n") == "hunk-ambiguous"


def test_what_only_adds_needs_a_right_number_or_an_empty_file():
    assert text(ABC, HEAD + b"@@ -2,0 +3,1 @@\n+new\n") == b"a\nb\nnew\nc\nd\ne\n"
    assert text(ABC, HEAD + b"@@ -0,0 +1,1 @@\n+new\n") == b"new\n" + ABC
    assert text(ABC, HEAD + b"@@ -5,0 +6,1 @@\n+new\n") == ABC + b"new\n"
    assert text(b"", HEAD + b"@@\n+new\n") == b"new\n"
    for header in (b"@@", b"@@ -2 +2 @@", b"@@ -2,0 +3,9 @@", b"@@ -6,0 +7,1 @@"):
        assert code({"x": ABC}, HEAD + header + b"\n+new\n") == "hunk-without-context"


def test_a_miss_tells_the_nearest_line():
    found = refusal(
        {"x": b"def f():\n    return  1\n"}, HEAD + b"@@ -1,2 +1,2 @@\n def f():\n-    return 1\n+    return 2\n"
    )
    assert found.code == "hunk-not-found"
    assert found.values["nearest"] == "line 2 differs in white space only"


# --- bytes


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_new_lines_end_like_the_file(end):
    old = ABC.replace(b"\n", end)
    payload = HEAD + b"@@ -2,2 +2,3 @@\n b\n-c\n+C\n+C2\n"
    wanted = b"a\nb\nC\nC2\nd\ne\n".replace(b"\n", end)
    assert text(old, payload) == wanted
    assert text(old, payload.replace(b"\n", b"\r\n")) == wanted
    assert (
        text(
            old,
            payload.replace(b"c\n", b"c" + end)
            .replace(b"C\n", b"C" + end)
            .replace(b"2\n", b"2" + end)
            .replace(b" b\n", b" b" + end),
        )
        == wanted
    )
    assert text(old, HEAD + b"@@ -2,0 +3,1 @@\n+new\n") == b"a\nb\nnew\nc\nd\ne\n".replace(b"\n", end)


def test_mixed_line_ends_are_the_neighbours():
    assert text(b"a\r\nb\nc\r\nd\n", HEAD + b"@@\n a\n-b\n-c\n+B\n+C\n+D\n d\n") == b"a\r\nB\nC\r\nD\r\nd\n"


def test_line_ends_that_a_diff_changes_are_as_it_says():
    assert text(b"a\r\nb\r\n", HEAD + b"@@ -1,2 +1,2 @@\n-a\r\n+a\n b\r\n") == b"a\nb\r\n"


def test_a_byte_order_mark_stays_at_the_start():
    bom = b"\xef\xbb\xbf"
    assert text(bom + ABC, HEAD + b"@@ -1,2 +1,2 @@\n-a\n+A\n b\n") == bom + b"A\nb\nc\nd\ne\n"
    assert text(bom + ABC, HEAD + b"@@ -1,2 +1,2 @@\n-" + bom + b"a\n+A\n b\n") == b"A\nb\nc\nd\ne\n"
    assert text(bom + ABC, HEAD + b"@@ -0,0 +1,1 @@\n+A\n") == bom + b"A\n" + ABC
    assert code({"x": bom}, HEAD + b"@@ -0,0 +1,1 @@\n+A\n") == "hunk-without-context"
    assert text(bom + ABC, HEAD + b"@@\n-a\n b\n") == bom + ABC[2:]


@pytest.mark.parametrize(
    ("old", "body", "new"),
    [
        (b"a\nb", b" a\n-b\n+c\n", b"a\nc"),
        (b"a\nb", b" a\n b\n+c\n", b"a\nb\nc"),
        (b"a\nb", b" a\n-b\n+c\n+\n", b"a\nc\n\n"),
        (b"a\nb", b" a\n-b\n\\ No newline at end of file\n+c\n", b"a\nc\n"),
        (b"a\nb", b" a\n-b\n\\ No newline at end of file\n+c\n\\ No newline at end of file\n", b"a\nc"),
        (b"a\nb\n", b" a\n-b\n+c\n\\ No newline at end of file\n", b"a\nc"),
        (b"a\nb", b"-a\n+A\n b\n", b"A\nb"),
        (b"a\r\nb", b" a\n-b\n+c\n+d\n", b"a\r\nc\r\nd"),
        (b"a\r\nb", b" a\n-b\n\\ No newline at end of file\n+c\n", b"a\r\nc\r\n"),
    ],
)
def test_the_end_of_a_file(old, body, new):
    assert text(old, HEAD + b"@@ -1,2 +1,2 @@\n" + body) == new


def test_what_says_that_the_file_ends_must_be_at_its_end():
    mark = b"\\ No newline at end of file\n"
    assert code({"x": b"a\nb\n"}, HEAD + b"@@\n a\n-b\n" + mark + b"+c\n") == "hunk-not-found"
    assert code({"x": b"b\nb"}, HEAD + b"@@ -1 +1 @@\n-b\n+c\n" + mark) == "bad-hunk"
    assert code({"x": b"a\nb"}, HEAD + b"@@\n a\n b\n" + mark + b"+c\n") == "bad-hunk"
    assert code({}, b"--- /dev/null\n+++ b/x\n@@\n+a\n" + mark + b"+b\n") == "bad-hunk"


def test_bytes_that_are_no_text_survive():
    old = b"\xff\xfe\nb\n\x0c\xe2\x80\xa8lone\rcr\n"
    assert text(old, HEAD + b"@@ -1,2 +1,2 @@\n-\xff\xfe\n+\xfe\xff\n b\n") == old.replace(b"\xff\xfe", b"\xfe\xff")


# --- lines that look like something else


def test_lines_that_look_like_headers():
    assert text(b"-- a/x\nb\n", HEAD + b"@@ -1,2 +1,2 @@\n--- a/x\n+++ b/x\n b\n") == b"++ b/x\nb\n"
    assert text(b"-- q\nb\n", HEAD + b"@@ -1,2 +1,2 @@\n--- q\n+++ r\n b\n") == b"++ r\nb\n"
    assert text(b"-- q\nb\n", HEAD + b"@@\n--- q\n b\n") == b"b\n"
    files = {"x": ABC, "y": ABC}
    more = b"--- a/y\n+++ b/y\n@@ -1 +1 @@\n-a\n+A\n"
    assert made(files, HEAD + b"@@ -1,2 +1,2 @@\n-a\n+A\n" + more) == dict.fromkeys(files, b"A\n" + ABC[2:])
    two = b"-- q\nb\n-- q\nc\n"
    zero = HEAD + b"@@ -1 +1 @@\n--- q\n+++ r\n@@ -3 +3 @@\n--- q\n+++ s\n"
    assert text(two, zero) == b"++ r\nb\n++ s\nc\n"


@pytest.mark.parametrize(
    ("payload", "wanted"),
    [
        (HEAD + b"@@ -2,9 +2,9 @@\n b\n-c\n+C\nd\n e\n", [("bad-hunk", 7)]),
        (b"```diff\n" + HEAD + b"@@ -2,3 +2,3 @@\n b\n-c\n+C\nd\n e\n```\n", [("bad-hunk", 8)]),
        (b"```diff\n" + HEAD + b"@@ -2,9 +2,9 @@\n b\n-c\n+C\n\nd\n e\n```\n", [("bad-hunk", 9)]),
        (HEAD + b"@@ -2,1 +2,1 @@\n b\n\n+new\n", [("bad-hunk", 6)]),
        (HEAD + b"@@ -2,9 +2,9 @@\n b\n-c\n+C\n\nSo:\n+ it is\n", [("bad-hunk", 9)]),
        (HEAD + b"@@ -2,9 +2,9 @@\nprose\n", [("bad-hunk", 4)]),
        (HEAD + b"@@@ -1 -1 +1 @@@\n  a\n", [("bad-hunk", 3)]),
        (HEAD + b"@@ -1 +1 @@\n\\ No newline at end of file\n", [("bad-hunk", 4)]),
        (HEAD + b"@@\n", [("bad-hunk", 3)]),
        (b"diff --cc x\nindex 1,2..3\n--- a/x\n+++ b/x\n@@@ -1 -1 +1 @@@\n  a\n", [("bad-diff-header", 1), ("bad-hunk", 5)]),
        (b"@@ -1 +1 @@\n-a\n+A\n", [("bad-diff-header", 1)]),
        (b"--- a/x\n@@ -1 +1 @@\n-a\n+A\n", [("bad-diff-header", 1)]),
        (b"+++ b/x\n@@ -1 +1 @@\n-a\n+A\n", [("bad-diff-header", 1)]),
        (HEAD, [("bad-diff-header", 1)]),
        (b"diff --git a/x b/x\nindex 1234567..89abcde 100644\n", [("bad-diff-header", 1)]),
        (b"diff --git a/n b/n\nnew file mode 100644\nindex 0000000..89abcde\n", [("bad-diff-header", 1)]),
        (b"```diff\n-a\n+A\n```\n", [("bad-diff-header", 1)]),
        (b"--- a/x\n+++ b/y\n@@ -1 +1 @@\n-a\n+A\n", [("diff-names-differ", 1)]),
        (b"diff --git a/y b/y\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+A\n", [("diff-names-differ", 1)]),
        (b"diff --git a/x b/y\nrename from x\nrename to y\n--- a/x\n+++ b/z\n@@ -1 +1 @@\n-a\n+A\n", [("diff-names-differ", 1)]),
        (b"diff --git a/x b/x\nindex 1..2 100644\nGIT binary patch\nliteral 1\nIcmZ\n", [("binary-patch", 3)]),
        (b"diff --git a/x b/x\nindex 1..2 100644\nBinary files a/x and b/x differ\n", [("binary-patch", 3)]),
        (b"Binary files a/x and b/x differ\n", [("binary-patch", 1)]),
        (b"diff --git a/n b/n\nnew file mode 120000\n--- /dev/null\n+++ b/n\n@@ -0,0 +1 @@\n+t\n", [("bad-mode", 1)]),
        (b"diff --git a/x b/x\nindex 1..2 160000\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n", [("bad-mode", 1)]),
        (b"diff --git a/x b/x\nold mode 100644\nnew mode 100664\n", [("bad-mode", 1)]),
        (b"--- /dev/null\n+++ b/x\n@@ -0,0 +1 @@\n+n\n", [("patch-file-exists", 1)]),
        (b"--- /dev/null\n+++ b/n\n@@ -1 +1 @@\n-n\n+m\n", [("bad-hunk", 3)]),
        (b"--- a/n\n+++ b/n\n@@ -1 +1 @@\n-n\n+m\n", [("patch-file-missing", 1)]),
        (b"--- a/n\n+++ /dev/null\n@@ -1 +0,0 @@\n-n\n", [("patch-file-missing", 1)]),
        (b"--- a/x\n+++ /dev/null\n@@ -1 +0,0 @@\n-a\n", [("deletion-differs", 1)]),
        (b"diff --git a/x b/x\ndeleted file mode 100644\nindex 1234567..0000000\n", [("deletion-differs", 1)]),
        (b"rename from n\nrename to y\n", [("patch-file-missing", 1)]),
        (b"copy from n\ncopy to y\n--- a/n\n+++ b/y\n@@ -1 +1 @@\n-n\n+m\n", [("patch-file-missing", 1)]),
        (b"rename from x\nrename to y\n", [("patch-file-exists", 1)]),
        (b"--- a/../x\n+++ b/../x\n@@ -1 +1 @@\n-a\n+b\n", [("unsafe-path", 1), ("unsafe-path", 1)]),
        (b"--- a/.git/config\n+++ b/.git/config\n@@ -1 +1 @@\n-a\n+b\n", [("unsafe-path", 1), ("unsafe-path", 1)]),
        (HEAD + b"@@ -1 +1 @@\n-a\n+a\n", [("patch-empty", 1)]),
        (HEAD + b"@@ -1 +1 @@\n-q\n+a\n--- a/y\n+++ b/y\n@@ -1 +1 @@\n-q\n+a\n", [("hunk-not-found", 3), ("hunk-not-found", 8)]),
        (HEAD + b"@@ -1 +1 @@\n-a\n+A\n--- a/x\n+++ /dev/null\n@@ -1,5 +0,0 @@\n-a\n-b\n-c\n-d\n-e\n", [("patch-conflict", 1)]),
        (b"--- a/x\n+++ /dev/null\n@@\n-a\n-b\n-c\n-d\n-e\n" + HEAD + b"@@ -1 +1 @@\n-a\n+A\n", [("patch-conflict", 9)]),
    ],
)  # fmt: skip
def test_what_is_refused(payload, wanted):
    assert refused({"x": ABC, "y": ABC}, payload, "diff") == wanted


def test_which_of_two_files_is_meant_is_not_guessed():
    files = {"x": ABC, "a/x": ABC}
    assert code(files, b"--- a/x\n+++ a/x\n@@ -2,3 +2,3 @@\n" + BODY) == "bad-diff-header"
