"""Batches and files made to take for ever: each ends soon, with a result or a refusal.

Each of these took minutes or hours once. Nothing is timed here; pytest's time-out is the law.
"""

import random

import pytest

from bot.patching.nearest import nearest_line
from bot.patching.parsing import Checker
from bot.source.hunks import hunks, join
from tests.patching.conftest import op, refused, result, text

pytestmark = pytest.mark.timeout(60)

LINES = 50_000
LARGE = b"".join(b"line %d of this large file has words\n" % number for number in range(LINES))
MANY = 5_000


def place(at, **members):
    return op("replace-block", at=at, text="x\n", **members)


def test_many_insertions_into_a_large_file():
    found = text(LARGE, *(op("insert-before", at={"line": 10 * n + 1}, text="new\n") for n in range(MANY)))
    assert found.count(b"new\n") == MANY
    assert found.startswith(b"new\nline 0 ")


def test_an_indentation_that_would_fill_the_memory():
    bomb = op("insert-after", at={"line": 1}, text="y\n" * 100_000, indent="preserve")
    assert refused({"a.txt": b" " * 1_000_000 + b"x\n"}, bomb).code == "file-too-large"
    made = [op("insert-after", at={"line": 1}, text="y\n" * 50, indent="preserve") for _ in range(MANY)]
    assert refused({"a.txt": b" " * 1_000_000 + b"x\n"}, *made).code == "file-too-large"


def test_many_appends_to_a_large_file():
    assert text(LARGE, *(op("append", text="x") for _ in range(MANY))) == LARGE + b"\n".join([b"x"] * MANY)


def test_many_operations_on_all_of_a_large_file_overlap_before_their_text_is_looked_at():
    refusal = refused({"a.txt": LARGE}, *(place({"lines": [1, LINES]}, expect="x") for _ in range(MANY)))
    assert {each.code for each in refusal.all} == {"operations-overlap", "expect-differs"}
    assert len(refusal.all) == 50


def test_many_markers_that_are_nowhere():
    refusal = refused({"a.txt": LARGE}, *(place({"marker": f"line {n} of this large fish"}) for n in range(MANY)))
    assert {each.code for each in refusal.all} == {"marker-missing"}
    assert refusal.values["nearest"]  # the first ones are told what comes nearest


def test_many_expectations_that_are_wrong():
    wrong = (place({"line": n + 1}, expect=f"line {n} of that large file\n") for n in range(MANY))
    assert refused({"a.txt": LARGE}, *wrong).code == "expect-differs"


def test_many_markers_that_begin_alike_in_a_file_of_nothing_else():
    refusal = refused({"a.txt": b"x" * 300_000}, *(place({"marker": "x" * 24 + str(n)}) for n in range(MANY)))
    assert refusal.code == "batch-too-costly"


def test_many_markers_that_begin_alike_are_found_all_the_same():
    data = b"".join(b"export default async function name%d() {}\n" % n for n in range(2000))
    wanted = [place({"marker": f"export default async function name{n}("}) for n in range(2000)]
    assert text(data, *wanted) == b"x\n" * 2000


@pytest.mark.parametrize(
    ("pattern", "codes"),
    [
        ("(\\pL{{1,100}}){{1,5}}{n}", {"bad-regex", "batch-too-costly"}),
        ("\\pL{{1,30}}{n}", {"regex-missing", "batch-too-costly"}),
        ("|".join(f"w{each}\\pL+" for each in range(200)) + "{n}", {"bad-regex", "batch-too-costly", "regex-missing"}),
        ("(a|aa)+$|{n}", {"regex-ambiguous", "regex-missing"}),
    ],
)
def test_many_regexes_that_are_costly_to_compile(pattern, codes):
    refusal = refused({"a.txt": "line\n" * 10}, *(place({"regex": pattern.format(n=n)}) for n in range(1000)))
    assert {each.code for each in refusal.all} <= codes


def test_many_regexes_that_match_all_over_one_long_line():
    refusal = refused({"a.txt": b"ab" * 500_000}, *(place({"regex": f"a|{n}"}) for n in range(200)))
    assert refusal.code == "operations-overlap"


def test_many_regexes_that_would_cross_every_line_end():
    refusal = refused({"a.txt": LARGE}, *(place({"regex": f"words[^q]line {n}x"}) for n in range(500)))
    assert {each.code for each in refusal.all} <= {"regex-missing", "batch-too-costly"}


def test_a_folder_that_is_half_emptied_and_half_filled():
    there = {f"d/f{n:05}": "x" for n in range(2500)}
    gone = [op("delete", f"d/f{n:05}") for n in range(2499)]
    come = [op("create", f"d/g{n:05}", content="y") for n in range(2500)]
    assert len(result(there, *gone, *come)) == 2501


def test_new_files_in_a_folder_of_very_many():
    there = {f"d/f{n:06}": "x" for n in range(50_000)}
    assert refused(there, *(op("create", f"d/F{n:06}", content="") for n in range(500))).code == "path-twin"


SHUFFLED = [b"%d\n" % n for n in range(LINES)]
random.Random(1).shuffle(SHUFFLED)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (SHUFFLED, SHUFFLED[::-1]),
        (SHUFFLED, sorted(SHUFFLED)),
        ([b"a\n", b"b\n"] * LINES, [b"b\n", b"a\n", b"a\n"] * LINES),
        ([b"%d\n" % (n % 300) for n in range(LINES)], [b"%d\n" % (n % 299) for n in range(LINES)]),
    ],
)
def test_any_two_large_texts_are_compared(old, new):
    assert join(old, hunks(old, new)) == b"".join(new)


def test_a_large_text_with_many_small_changes_is_as_many_hunks():
    old = [b"%d\n" % n for n in range(LINES)]
    new = [b"new\n" if n % 10 == 5 else line for n, line in enumerate(old)]
    assert len(hunks(old, new)) == LINES // 10


def test_what_comes_nearest_among_lines_that_are_all_alike():
    lines = [b"a" * (150 + n % 50) + b"b%d\n" % n for n in range(20_000)]
    assert nearest_line(lines, b"b" + b"a" * 180 + b"zz") is not None


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("a.py", b"`${" * 20_000),
        ("a.py", b"(a)=>" * 10_000),
        ("a.py", b"a b\n" * 15_000),
        ("a.ts", b"<" * 50_000),
        ("a.tsx", b"<a>" * 20_000),
        ("a.go", b"func(" * 10_000),
    ],
)
def test_files_that_a_parser_despairs_of(path, data):
    checker = Checker()
    assert checker.judge(path, data, None, tuple).state == "broken"
    assert checker.judge(path, data + b"\n", data, tuple).state in {"unchecked", "broken"}


def test_a_parser_is_not_asked_about_everything():
    checker = Checker(most=100)
    assert checker.judge("a.py", b"x = 1\n" * 20, None, tuple).state == "fine"
    assert checker.judge("a.py", b"(", None, tuple).state == "unchecked"
