"""CODEOWNERS, against the examples of GitHub's documentation and against hostile files."""

import fnmatch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.source.codeowners import MOST_BYTES, MOST_WILDCARDS, Fault, parse
from tests.effort import soon

DOCUMENTED = """
# These owners will be the default owners for everything in the repo.
*       @global-owner1 @global-owner2
*.js    @js-owner #This is an inline comment.
*.go docs@example.com
*.txt @octo-org/octocats
/build/logs/ @doctocat
docs/*  docs@example.com
apps/ @octocat
/docs/ @doctocat
/scripts/ @doctocat @octocat
**/logs @octocat
/apps/ @octocat
/apps/github
"""


def owners(text, path):
    return " ".join(parse(text.encode(), "CODEOWNERS").owners(path))


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("README", "global-owner1 global-owner2"),
        ("deep/er/README", "global-owner1 global-owner2"),
        ("a.js", "js-owner"),
        ("deep/er/a.js", "js-owner"),
        ("a.jsx", "global-owner1 global-owner2"),
        ("a.go", "docs@example.com"),
        ("x/a.txt", "octo-org/octocats"),
        ("build/log", "global-owner1 global-owner2"),
        ("docs/a", "doctocat"),
        ("x/apps/y/z", "octocat"),
        ("scripts/x", "doctocat octocat"),
        ("x/scripts/y", "global-owner1 global-owner2"),
        ("build/logs/x", "octocat"),
        ("scripts/logs/x", "octocat"),
        ("deeply/nested/logs/x/y", "octocat"),
        ("apps/x", "octocat"),
        ("apps/github", ""),
        ("apps/github/x", ""),
        ("apps/githubs", "octocat"),
    ],
)
def test_the_documented_file(path, expected):
    assert owners(DOCUMENTED, path) == expected


@pytest.mark.parametrize(
    ("pattern", "takes", "not_these"),
    [
        ("/build/logs/", "build/logs/a build/logs/a/b", "build/logs x/build/logs/a"),
        ("docs/*", "docs/getting-started.md", "docs/build-app/troubleshooting.md x/docs/a"),
        ("/docs/*", "docs/a", "docs/a/b"),
        ("apps/", "apps/x a/apps/x a/apps/x/y", "apps a/apps"),
        ("apps", "apps apps/x a/apps a/apps/x", "app xapps"),
        ("/apps", "apps apps/x", "a/apps"),
        ("a/b", "a/b a/b/c", "x/a/b a/bc"),
        ("*", "a a/b", ""),
        ("/*", "a", "a/b"),
        ("/*/", "a/b a/b/c", "a"),
        ("**", "a a/b", ""),
        ("**/", "a/b a/b/c", "a"),
        ("/**", "a a/b", ""),
        ("**/logs", "logs logs/x a/logs a/b/logs/x", "xlogs"),
        ("a/**", "a/b a/b/c", "a x/a/b"),
        ("a/**/", "a/b/c", "a/b"),
        ("a/**/b", "a/b a/x/b a/x/y/b a/x/b/c", "ab"),
        ("a/**/*", "a/b a/b/c", "a"),
        ("*.py", "x.py a/x.py x.py/y", "xpy x.pyc"),
        ("src/*.py", "src/x.py", "src/a/x.py"),
        ("a?c", "abc x/abc", "ac a/c"),
        ("a**c", "abbc ac", "a/c"),
        ("x/a**c", "x/abc", "x/a/c"),
        ("a\\ b", "a\u0020b".replace(" ", "\x01"), "a"),
        ("a{b,c}", "a{b,c}", "ab ac"),
        ("a{b}*", "a{b}x", "abx"),
        ("\\*", "*", "a"),
        ("a\\{b,c\\}", "a{b,c}", "ab ac"),
        ("a\\{b,c\\}*", "a{b,c}x", "abx acx"),
        ("a\\?", "a?", "ab"),
        ("A", "A", "a"),
        ("ü/", "ü/x", "u/x"),
        (".github/", ".github/x x/.github/y", "github/x"),
        ("@x", "@x", "x"),
    ],
)
def test_a_pattern(pattern, takes, not_these):
    for path in takes.split():
        assert owners(f"{pattern} @me", path.replace("\x01", " ")) == "me", path
    for path in not_these.split():
        assert owners(f"{pattern} @me", path) == "", path


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("!a @x", "negated"),
        ("a[bc] @x", "range"),
        ("a] @x", "range"),
        ("a\\[b @x", "range"),
        ("\\#a @x", "escaped-hash"),
        ("a#b @x", "hash-inside"),
        ("a b", "bad-owner"),
        ("a @", "bad-owner"),
        ("a @x @y/", "bad-owner"),
        ("a @x/y/z", "bad-owner"),
        ("a @x y#", "bad-owner"),
        ("a @-x", "bad-owner"),
        ("a @x[bot]", "bad-owner"),
        ("/ @x", "bad-pattern"),
        ("// @x", "bad-pattern"),
        ("a//b @x", "bad-pattern"),
        ("../a @x", "bad-pattern"),
        ("./a @x", "bad-pattern"),
        ("a\\", "bad-pattern"),
        ("a\\\\b @x", "bad-pattern"),
        ("a\x01b @x", "bad-pattern"),
        ("*" + "a" * 2000 + " @x", "bad-pattern"),
    ],
)
def test_a_wrong_line_is_skipped_and_told(line, why):
    made = parse(f"* @before\n{line}\n".encode(), "CODEOWNERS")
    assert made.faults == (Fault(2, why),)
    assert {made.owners(path) for path in ("a", "b", "#a", "a#b", "ab", "a/b", "!a")} == {("before",)}


@pytest.mark.parametrize("text", ["", "\n\n", "# a @x", "   # a", "#", "\ufeff# a @x"])
def test_nothing_is_said(text):
    made = parse(text.encode(), "CODEOWNERS")
    assert (made.faults, made.owners("a")) == ((), ())


def test_how_lines_are_written():
    text = "\ufeffa\t@X\t @Acme/Core  # why @no\r\n  b   Who@Example.com @x @X\r\nc @x#y\r\nd"
    made = parse(text.encode(), "CODEOWNERS")
    assert made.owners("a") == ("x", "acme/core")
    assert made.owners("b") == ("who@example.com", "x")
    assert made.faults == (Fault(3, "bad-owner"),)


def test_what_is_no_utf8_is_skipped_and_told():
    made = parse(b"* @x\n\xff @y\n*.a @z\n", "CODEOWNERS")
    assert made.faults == (Fault(2, "not-utf8"),)
    assert made.owners("b.a") == ("z",)
    assert made.owners("\udcff") == ("x",)


def test_a_file_that_is_too_large_tells_nothing():
    made = parse(b"*" + b" " * MOST_BYTES + b"@x", "CODEOWNERS")
    assert (made.usable, made.faults, made.owners("a")) == (False, (Fault(0, "too-large"),), ())
    assert parse(b"* @x\n" + b"#" * (MOST_BYTES - 6), "CODEOWNERS").owners("a") == ("x",)
    many = b"".join(b"*%d @x\n" % number for number in range(MOST_WILDCARDS + 1))
    assert not parse(many, "CODEOWNERS").usable


def test_the_last_one_decides_whether_plain_or_not():
    assert owners("*.py @a\n/x/y.py @b", "x/y.py") == "b"
    assert owners("/x/y.py @b\n*.py @a", "x/y.py") == "a"
    assert owners("/x/ @a\n/x/y/ @b\ny @c\n/x/y/z @d", "x/y/z") == "d"
    assert owners("/x/y/z @d\ny @c", "x/y/z") == "c"
    assert owners("/x @a\n/x @b", "x") == "b"
    assert owners("x @a\nx/ @b", "x") == "a"
    assert owners("*.py @a\n*.py", "x.py") == ""


def test_many_wildcards_are_as_few():
    """They are tried by the dozen; which one decides stays the same."""
    text = "\n".join(f"*{number % 150} @o{number}" for number in range(400)) + "\n/x5 @plain\n"
    assert owners(text, "a7") == "o307"
    assert owners(text, "b/a149") == "o349"
    assert owners(text, "x5") == "plain"
    assert owners(f"/x5 @plain\n{text}/y @z", "x5") == "plain"
    assert owners("/x5 @plain\n" + text.removesuffix("/x5 @plain\n"), "x5") == "o305"


def test_wildcards_that_are_too_large_together():
    text = "* @all\n" + "\n".join(f"{'?' * 900}{number} @o{number}" for number in range(60))
    assert parse(text.encode(), "CODEOWNERS")._chunks[0].any.everything
    assert owners(text, "x" * 900 + "57") == "o57"
    assert owners(text, "x" * 900 + "7") == "o7"
    assert owners(text, "x" * 900 + "x") == "all"


def test_groups():
    made = parse(b"*.py @b @a\n*.md @a @b\n*.go @c\n", "CODEOWNERS")
    assert made.groups(["x.py", "x.md", "x.go", "x", "x.py"]) == {
        ("a", "b"): ("x.py", "x.md"),
        ("c",): ("x.go",),
        (): ("x",),
    }


@pytest.mark.parametrize(
    "text",
    [
        "*a" * 500 + " @x",
        "**/" * 300 + "x @x",
        "*" * 1000 + " @x",
        "a " + "@x " * 300_000,
        "a\n" * 100_000,
        "\n".join(f"a{n}*b/*c* @x" for n in range(1_000)),
        "\n".join(f"{'*' + 'ab*' * 300}{n} @x" for n in range(100)),
        "\\" * 1_000_000,
        "#" * 1_000_000 + "\n" + "!" * 1_000_000,
        "\n".join(f"/a/b/{number}/ @x" for number in range(50_000)),
    ],
)
def test_no_file_takes_long(text):
    def read(some):
        made = parse(some.encode(), "CODEOWNERS")
        for path in ("a" * 3000, "a/" * 500 + "b", "a/b/49999/x/y/z"):
            made.owners(path)

    assert soon(read, text, 6)


PART = st.sampled_from(["a", "b", "ab", "a.b", "*", "a*", "*.b", "?", "x"])
PATTERN = st.tuples(st.sampled_from(["", "/"]), st.lists(PART, min_size=1, max_size=3), st.sampled_from(["", "/"]))
PATH = st.lists(st.sampled_from(["a", "b", "ab", "a.b", "x"]), min_size=1, max_size=4).map("/".join)


def reference(pattern, path):
    """A plain reading of the rules for patterns without ``**``."""
    start, parts, end = pattern
    names = path.split("/")
    anchored = bool(start) or len(parts) > 1
    for at in range(1 if anchored else len(names)):
        inside = names[at : at + len(parts)]
        if len(inside) != len(parts) or not all(fnmatch.fnmatchcase(n, p) for n, p in zip(inside, parts, strict=True)):
            continue
        deeper = len(names) > at + len(parts)
        if deeper or not end:
            if deeper and not end and parts[-1] == "*" and anchored:
                continue
            return True
    return False


@given(st.lists(PATTERN, min_size=1, max_size=6), PATH)
def test_against_a_plain_reading(patterns, path):
    text = "\n".join(f"{start}{'/'.join(parts)}{end} @o{n}" for n, (start, parts, end) in enumerate(patterns))
    last = next((n for n in reversed(range(len(patterns))) if reference(patterns[n], path)), None)
    assert owners(text, path) == ("" if last is None else f"o{last}")


@given(st.binary(max_size=300), st.text(max_size=20))
def test_nothing_raises(data, path):
    made = parse(data, "CODEOWNERS")
    made.groups([path])
    assert all(fault.line >= 1 for fault in made.faults)
