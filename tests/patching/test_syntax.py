"""Source files whose syntax a batch breaks: refused, but only for errors that were not there before."""

import pytest

from bot.patching.parsing import MOST_BYTES
from bot.patching.policy import policy
from tests.patching.conftest import op, refused, result

GOOD = {
    "a.py": "def f():\n    return 1\n",
    "a.js": "export const a = () => 1;\n",
    "a.jsx": "const a = <b>c</b>;\n",
    "a.ts": "const a: number = 1;\n",
    "a.tsx": "const a: X = <b>c</b>;\n",
    "a.go": "package a\n\nfunc f() int { return 1 }\n",
}
BROKEN = {
    "a.py": "def g(:\n",
    "a.js": "const = (;\n",
    "a.jsx": "const b = <b>;\n",
    "a.ts": "const b: = ;\n",
    "a.tsx": "const b = <b>;\n",
    "a.go": "func g( {\n",
}


@pytest.mark.parametrize("path", GOOD)
def test_each_language_with_a_grammar(path):
    files = {path: GOOD[path]}
    assert result(files, op("append", path, text="\n")) == {path: (GOOD[path] + "\n").encode()}
    refusal = refused(files, op("append", path, text=BROKEN[path]))
    assert (refusal.code, refusal.place.file) == ("breaks-syntax", path)
    assert refusal.values["line"] >= 1
    assert refused({"z": ""}, op("create", path, content=BROKEN[path])).code == "breaks-syntax"


@pytest.mark.parametrize("path", ["a.md", "a.txt", "Makefile", "a.py.txt", "py", ".py", "a.rs"])
def test_files_without_a_grammar_are_not_judged(path):
    assert path in result({"z": ""}, op("create", path, content="def f(:\n"))


def test_the_line_and_its_words_are_told():
    refusal = refused({"a.py": "x = 1\ny = 2\nz = 3\n"}, op("replace-block", "a.py", at={"line": 2}, text="y = = 2\n"))
    assert (refusal.values["line"], refusal.values["excerpt"]) == (2, "y = = 2")


def test_what_was_broken_before_may_be_edited_and_is_noted():
    files = {"a.py": "x = 1\ny = = 2\nz = 3\n"}
    assert result(files, op("replace-block", "a.py", at={"line": 1}, text="x = 4\n"))
    assert result(files, op("insert-before", "a.py", at={"line": 1}, text="a = 1\nb = 2\n"))
    assert result(files, op("replace-block", "a.py", at={"line": 2}, text="y = 2\n"))
    refusal = refused(files, op("append", "a.py", text="def g(:\n"))
    assert (refusal.code, refusal.values["line"]) == ("breaks-syntax", 4)


def test_all_broken_files_are_told():
    files = {"a.py": GOOD["a.py"], "b.go": GOOD["a.go"]}
    refusal = refused(files, op("append", "a.py", text="def g(:\n"), op("append", "b.go", text="func g( {\n"))
    assert [each.place.file for each in refusal.all] == ["a.py", "b.go"]


def test_it_can_be_turned_off():
    made = op("append", "a.py", text="def g(:\n")
    assert result({"a.py": GOOD["a.py"]}, made, policy=policy(check_syntax=False))["a.py"].endswith(b"(:\n")


def test_moves_and_modes_are_not_judged():
    assert result({"a.txt": "def g(:\n"}, op("move", "a.txt", to="a.py")) == {"a.py": b"def g(:\n"}


def test_very_large_files_are_not_parsed():
    assert result({"z": ""}, op("create", "a.py", content="(" * (MOST_BYTES + 1)))


@pytest.mark.parametrize("data", [b"\xff\xfe\xfd", b"\xef\xbb\xbfx = 1\n", b"\r\r\r", b"", b"x = '\xe9'\n"])
def test_no_bytes_crash_the_judge(data):
    for path in GOOD:
        for text in ("x = 1\n", "\ufeff", "}"):
            try:
                result({path: data}, op("append", path, text=text))
            except Exception as error:
                assert getattr(error, "code", "") == "breaks-syntax"
