"""Whether two globs could match one path: by a table, against brute force, and as an index."""

import itertools

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.errors import Refusal
from bot.planning.tasks.overlap import Areas, area, areas_meet, globs_overlap
from bot.source.globs import compile_glob
from tests.effort import effort
from tests.fuzz import fuzzed

TABLE = [
    # one, other, whether they meet
    ("a", "a", True),
    ("a", "b", False),
    ("a", "a/b", False),
    ("a", "a/**", False),
    ("a/b", "a/**", True),
    ("a/b/c", "a/**", True),
    ("**", "a", True),
    ("**", "**", True),
    ("**/a", "a", True),
    ("**/a", "b/a", True),
    ("**/a", "a/b", False),
    ("a/**/b", "a/b", True),
    ("a/**/b", "**/c/b", True),
    ("a/**/b", "c/**", False),
    ("a/**", "**/b", True),
    ("src/*.py", "src/*.js", False),
    ("src/a*.py", "src/*z.py", True),
    ("src/a*", "src/*z", True),
    ("src/a*b", "src/b*a", False),
    ("*a*b*", "*b*a*", True),
    ("?", "??", False),
    ("?", "*", True),
    ("[ab]", "[bc]", True),
    ("[ab]", "[cd]", False),
    ("[a-m]x", "[k-z]x", True),
    ("[!a]", "a", False),
    ("[!a]", "[a-b]", True),
    ("[!ab]", "[a-b]", False),
    ("[!a-c]", "[abc]", False),
    ("[!a]", "[!b]", True),
    ("[^a]", "[a]", False),
    ("[*]", "*", True),
    ("[*]", "a", False),
    ("[]]", "]", True),
    ("[a-]", "-", True),
    ("{a,b}/c", "b/*", True),
    ("{a,b}/c", "{c,d}/c", False),
    ("x{,.bak}", "x.*", True),
    ("src/**/*.{ts,tsx}", "src/ui/**", True),
    ("src/**/*.{ts,tsx}", "src/ui/*.css", False),
    ("docs/**", "documents/**", False),
    (".github/**", "*/**", True),
]


@pytest.mark.parametrize(("one", "other", "expected"), TABLE)
def test_table(one, other, expected):
    assert globs_overlap(one, other) is expected
    assert globs_overlap(other, one) is expected


def test_a_glob_that_is_none_is_refused():
    for pair in (("a/", "a"), ("a", "/a"), ("a", "[")):
        with pytest.raises(Refusal) as caught:
            globs_overlap(*pair)
        assert caught.value.code == "bad-glob"


def test_a_glob_that_is_none_could_be_anything_in_an_area():
    assert areas_meet(area(["a/"]), area(["z/**"]))
    assert not areas_meet(area(["a/"]), area([]))


def test_a_path_is_taken_literally():
    assert areas_meet(area([], ["pages/[id].ts"]), area(["pages/*.ts"]))
    assert not areas_meet(area([], ["pages/[id].ts"]), area([], ["pages/i.ts"]))
    assert not areas_meet(area([], ["pages/[id].ts"]), area(["pages/i.ts"]))
    assert not areas_meet(area([], ["a/**"]), area([], ["a/b"]))
    assert not areas_meet(area([], ["a/*"]), area([], ["a/b"]))
    assert areas_meet(area([], ["{a,b}"]), area(["*"]))


def test_bytes_that_are_no_text_are_in_no_class():
    path = b"a\xff".decode("utf-8", "surrogateescape")
    for glob in ("a?", "a*", "a[!b]", "a[\ud7ff-\ue000]", "a[b-c]"):
        assert areas_meet(area([], [path]), area([glob])) is compile_glob(glob).matches(path), glob


# A small alphabet, and all its paths: what matches both is known.
PATHS = [
    "/".join(parts)
    for count in (1, 2, 3)
    for parts in itertools.product(
        ["a", "b", "ab", "ba", "aa", "bb", "aab", "abb"][: 8 if count < 3 else 4], repeat=count
    )
]
PART = st.sampled_from(
    [
        "a",
        "b",
        "*",
        "?",
        "??",
        "a*",
        "*b",
        "[ab]",
        "[!a]",
        "a?",
        "*a*",
        "**",
        "{a,b}",
        "{a,b*}",
        "[!b]*",
        "b{,b}",
        "{a/b,b}",
    ]
)
GLOB = st.lists(PART, min_size=1, max_size=4).map("/".join)


@given(GLOB, GLOB)
@fuzzed(300)
@example("**/**", "a")
@example("**/**/**", "a/b")
def test_what_matches_both_is_found(one, other):
    mine, theirs = compile_glob(one), compile_glob(other)
    both = [path for path in PATHS if mine.matches(path) and theirs.matches(path)]
    assert globs_overlap(one, other) or not both
    assert globs_overlap(one, other) is globs_overlap(other, one)


SIMPLE = ["a", "b", "*", "?", "a*", "*b", "[ab]", "[!a]", "**", "{a,bb}"]
FEW = [
    "/".join(parts) for count in (1, 2, 3, 4) for parts in itertools.product(["a", "b", "c", "ab", "bb"], repeat=count)
]


def test_exact_both_ways_over_all_small_globs():
    globs = [*SIMPLE, *("/".join(pair) for pair in itertools.product(SIMPLE, repeat=2))]
    matched = {glob: {path for path in FEW if compile_glob(glob).matches(path)} for glob in globs}
    wrong = [
        (one, other)
        for one, other in itertools.combinations_with_replacement(globs, 2)
        if globs_overlap(one, other) is matched[one].isdisjoint(matched[other])
    ]
    assert not wrong


@given(st.lists(st.tuples(st.lists(GLOB, max_size=2), st.lists(st.sampled_from(PATHS), max_size=2)), max_size=8), GLOB)
@fuzzed(150)
def test_the_index_finds_what_comparing_each_finds(entries, glob):
    index = Areas()
    wanted = area([glob])
    expected = set()
    for number, (globs, paths) in enumerate(entries):
        index.add(number, area(globs, paths))
        if areas_meet(area(globs, paths), wanted):
            expected.add(number)
    assert set(index.meeting(wanted)) == expected


@given(st.lists(GLOB, max_size=6), st.sampled_from(PATHS))
@fuzzed(150)
def test_the_index_finds_a_path(globs, path):
    index = Areas()
    for number, glob in enumerate(globs):
        index.add(number, area([glob]))
    assert set(index.meeting(area([], [path]))) == {
        n for n, glob in enumerate(globs) if compile_glob(glob).matches(path)
    }


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("*a" * 500 + "b", "*a" * 500 + "c"),
        ("/".join(["**", "a*"] * 150), "/".join(["**", "*b"] * 150) + "/c"),
        ("{a,b}" * 8 + "*x", "{a,b}" * 8 + "*y"),
        ("[a-z]x*" * 140 + "1", "*x[0-9]" * 140 + "a"),
    ],
)
def test_hostile_globs_end_soon(one, other):
    globs_overlap(one, other)  # else the time-out of every test ends it
    index = Areas()
    for number in range(50):
        index.add(number, area([one]))
    index.meeting(area([other]))


def test_what_takes_too_long_counts_as_meeting():
    assert globs_overlap("*a" * 500 + "b", "*a" * 500 + "c")


def many_areas(count):
    index = Areas()
    for number in range(count):
        index.add(number, area([f"src/{number}/*.py", f"**/only-{number}.md"]))
    return index


def test_many_areas_are_searched_without_comparing_each():
    few, index = many_areas(100), many_areas(10_000)
    for number in range(0, 10_000, 500):
        assert list(index.meeting(area([f"src/{number}/a.py"]))) == [number]
    wanted = area(["src/50/a.py"])
    assert effort(index.meeting, wanted) < 2 * effort(few.meeting, wanted)
    assert len(index.meeting(area(["**"]), 20)) == 20
    assert len(index.meeting(area(["src/**"]), 20, lambda number: number < 9_990)) == 10


def test_a_search_leaves_out_whom_it_is_told_to():
    index = Areas()
    for number in range(5):
        index.add(number, area(["a/**"]))
    assert index.meeting(area(["a/b"]), without=lambda number: number % 2 == 0) == {1: "a/b", 3: "a/b"}
    assert len(index.meeting(area(["a/b"]), 2)) == 2
