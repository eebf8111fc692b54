"""The apply_patch format: its files, chunks and anchors, and what is refused."""

import pytest

from tests.patching.bridges.conftest import EXECUTABLE, code, made, refusal, refused, text

ABC = b"a\nb\nc\nd\n"
CLASSES = b"class A:\n    def f(self):\n        return 1\n\nclass B:\n    def f(self):\n        return 1\n"


def patch(body):
    return b"*** Begin Patch\n%s*** End Patch\n" % body


def update(body, path=b"x"):
    return patch(b"*** Update File: %s\n%s" % (path, body))


@pytest.mark.parametrize(
    "wrap",
    [
        b"%s",
        b"Here:\n\n```\n%s```\n",
        b"```patch\n%s```\n",
        b"```diff\n%s```\n",
        b"```bash\napply_patch <<'EOF'\n%sEOF\n```\n",
        b"apply_patch <<'EOF'\n%sEOF\n",
        b"\xef\xbb\xbf%s",
    ],
)
def test_what_stands_around_does_not_matter(wrap):
    whole = wrap.replace(b"%s", update(b"@@\n a\n-b\n+B\n c\n"))
    assert text(ABC, whole) == b"a\nB\nc\nd\n"
    assert text(ABC, whole.replace(b"\n", b"\r\n")) == b"a\nB\nc\nd\n"
    assert text(ABC.replace(b"\n", b"\r\n"), whole) == b"a\r\nB\r\nc\r\nd\r\n"


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        (b"*** Add File: d/n\n+one\n+\n+```\n", {"x*": ABC, "y": ABC, "d/n": b"one\n\n```\n"}),
        (b"*** Add File: n\n*** Delete File: x\n", {"y": ABC, "n": b""}),
        (b"*** Delete File: y\n", {"x*": ABC}),
        (b"*** Update File: x\n*** Move to: d/x\n", {"d/x*": ABC, "y": ABC}),
        (b"*** Update File: x\n*** Move to: z\n@@\n-a\n+A\n", {"z*": b"A\n" + ABC[2:], "y": ABC}),
        (b"*** Update File: x\n-a\n+A\n\n*** Update File: y\n@@\n-d\n", {"x*": b"A\n" + ABC[2:], "y": ABC[:-2]}),
        (b"*** Update File: x\n@@\n-a\n+A\n*** Update File: x\n@@\n-A\n+AA\n", {"x*": b"AA\n" + ABC[2:], "y": ABC}),
        (b"*** Delete File: x\n*** Add File: x\n+new\n", {"x*": b"new\n", "y": ABC}),
        (b"*** Delete File: y\n*** Update File: x\n*** Move to: y\n", {"y*": ABC}),
        (b"*** Add File: n\n+1\n*** Update File: n\n@@\n-1\n+2\n", {"x*": ABC, "y": ABC, "n": b"2\n"}),
    ],
)
def test_files_come_go_move_and_change(body, wanted):
    assert made({"x": (EXECUTABLE, ABC), "y": (0o100644, ABC)}, patch(body)) == wanted


def test_chunks_are_searched_one_after_the_other():
    assert text(b"a\nb\na\n", update(b"@@\n-b\n+B\n@@\n-a\n+A\n")) == b"a\nB\nA\n"
    found = refusal({"x": ABC}, update(b"@@\n-c\n+C\n@@\n-a\n+A\n"))
    assert (found.code, found.place.line, found.values["candidates"]) == ("chunk-out-of-order", 6, ["1"])
    found = refusal({"x": b"a\nb\na\nb\n"}, update(b"@@\n-b\n+B\n"))
    assert (found.code, found.values["candidates"]) == ("chunk-ambiguous", ["2", "4"])


def test_anchors_narrow_down():
    one = b"        return 1\n"
    second = b"-" + one + b"+        return 2\n"
    wanted = CLASSES.removesuffix(one) + b"        return 2\n"
    assert text(CLASSES, update(b"@@ class B:\n" + second)) == wanted
    assert text(CLASSES, update(b"@@ class B:\n@@     def f(self):\n" + second)) == wanted
    assert text(CLASSES, update(b"@@ class B:\n@@ def f(self):\n" + second)) == wanted
    assert text(CLASSES, update(b"@@ class B:\n class B:\n     def f(self):\n" + second)) == wanted
    assert code({"x": CLASSES}, update(b"@@ class A:\n" + second)) == "chunk-ambiguous"
    assert code({"x": CLASSES}, update(b"@@ def f(self):\n" + second)) == "anchor-ambiguous"
    found = refusal({"x": CLASSES}, update(b"@@ class  B:\n" + second))
    assert (found.code, found.values["nearest"]) == ("anchor-not-found", "line 5 differs in white space only")


def test_the_end_of_the_file():
    assert text(b"a\nb\na\n", update(b"@@\n-a\n+A\n*** End of File\n")) == b"a\nb\nA\n"
    assert text(b"a\nb\na", update(b"@@\n+A\n*** End of File\n")) == b"a\nb\na\nA"
    assert text(b"", update(b"@@\n+A\n")) == b"A\n"
    assert code({"x": ABC}, update(b"@@\n-a\n+A\n*** End of File\n")) == "chunk-not-found"


def test_blank_context_lines_may_have_lost_their_space():
    assert text(b"a\n\nb\n", update(b"@@\n a\n\n-b\n+B\n\n")) == b"a\n\nB\n"


@pytest.mark.parametrize(
    ("payload", "wanted"),
    [
        (b"*** Begin Patch\n*** Update File: x\n@@\n-a\n+A\n", [("bad-chunk", 1)]),
        (patch(b"what\n*** Update File: x\n"), [("bad-chunk", 2)]),
        (update(b"@@\n-a\n+A\nb\n c\n"), [("bad-chunk", 6)]),
        (update(b""), [("bad-chunk", 2)]),
        (patch(b"*** Add File: n\n+a\nb\n"), [("bad-chunk", 4)]),
        (update(b"@@\n+new\n"), [("hunk-without-context", 3)]),
        (update(b"@@ b\n+new\n"), [("hunk-without-context", 3)]),
        (update(b"@@\n-q\n+new\n"), [("chunk-not-found", 3)]),
        (update(b"@@\n-a\n+A\n", b"gone"), [("patch-file-missing", 2)]),
        (update(b"@@\n-a\n+A\n", b"/etc/x"), [("unsafe-path", 2)]),
        (patch(b"*** Delete File: gone\n"), [("patch-file-missing", 2)]),
        (patch(b"*** Add File: x\n+a\n"), [("patch-file-exists", 2)]),
        (update(b"*** Move to: y\n"), [("patch-file-exists", 2)]),
        (patch(b"*** Delete File: x\n*** Update File: x\n@@\n-a\n+A\n"), [("patch-conflict", 3)]),
        (patch(b"*** Update File: x\n@@\n-a\n+A\n*** Delete File: x\n"), [("patch-conflict", 6)]),
        (patch(b"*** Add File: n\n+a\n*** Add File: n\n+a\n"), [("patch-conflict", 4)]),
        (patch(b"*** Update File: x\n*** Move to: n\n*** Update File: y\n*** Move to: n\n"), [("patch-conflict", 4)]),
        (patch(b"*** Update File: x\n*** Move to: n\n*** Update File: x\n@@\n-a\n+A\n"), [("patch-conflict", 4)]),
        (patch(b"*** Add File: n\n+a\n*** Delete File: n\n"), [("patch-conflict", 4)]),
        (patch(b""), [("patch-empty", 1)]),
        (update(b"@@\n-q\n+Q\n@@\n-r\n+R\n"), [("chunk-not-found", 3), ("chunk-not-found", 6)]),
    ],
)  # fmt: skip
def test_what_is_refused(payload, wanted):
    assert refused({"x": ABC, "y": ABC}, payload) == wanted
