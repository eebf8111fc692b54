import itertools

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.errors import Place, Refusal
from bot.source.globs import compile_glob


def reference(pattern, path):
    """A slow matcher, written apart from the one under test: expands braces by hand, then walks both."""
    return any(walk(each.split("/"), path.split("/")) for each in expand(pattern))


def expand(pattern):
    opening = bracket = -1
    depth = 0
    cuts = []
    for at, char in enumerate(pattern):
        if bracket >= 0:
            if char == "]" and at > bracket + 1 + (pattern[bracket + 1] == "!"):
                bracket = -1
            continue
        if char == "[":
            bracket = at
        elif char == "{":
            if depth == 0:
                opening, cuts = at, [at]
            depth += 1
        elif char == "," and depth == 1:
            cuts.append(at)
        elif char == "}":
            depth -= 1
            if depth == 0:
                cuts.append(at)
                middles = [pattern[a + 1 : b] for a, b in itertools.pairwise(cuts)]
                return [one for middle in middles for one in expand(pattern[:opening] + middle + pattern[at + 1 :])]
    return [pattern]


def walk(parts, names):
    if not parts:
        return not names
    if parts[0] == "**":
        if len(parts) == 1:
            return bool(names)
        return any(walk(parts[1:], names[skip:]) for skip in range(len(names) + 1))
    return bool(names) and one(parts[0], names[0]) and walk(parts[1:], names[1:])


def one(pattern, name):
    if not pattern:
        return not name
    if pattern[0] == "*":
        return any(one(pattern[1:], name[skip:]) for skip in range(len(name) + 1))
    if not name:
        return False
    if pattern[0] == "?":
        return one(pattern[1:], name[1:])
    if pattern[0] == "[":
        negated = pattern[1] == "!"
        first = 2 if negated else 1
        end = pattern.index("]", first + 1)
        members = pattern[first:end]
        inside, at = set(), 0
        while at < len(members):
            if at + 2 < len(members) and members[at + 1] == "-":
                inside |= {chr(c) for c in range(ord(members[at]), ord(members[at + 2]) + 1)}
                at += 3
            else:
                inside.add(members[at])
                at += 1
        return (name[0] in inside) != negated and one(pattern[end + 1 :], name[1:])
    return pattern[0] == name[0] and one(pattern[1:], name[1:])


PIECES = [
    "a",
    "b",
    "*",
    "**",
    "?",
    "/",
    "/",
    "[ab]",
    "[!a]",
    "[a-c]",
    "[]a]",
    "{a,b}",
    "{a/,}",
    "{*.b,{c,a}?}",
    ".",
    "-",
    "é",
    "+",
    "(",
]
GLOBS = st.lists(st.sampled_from(PIECES), min_size=1, max_size=7).map("".join)
PATHS = st.lists(st.text(st.sampled_from(list("abc.-é+(]\n")), min_size=1, max_size=4), min_size=1, max_size=4).map(
    "/".join
)


@given(GLOBS, st.lists(PATHS, min_size=1, max_size=8))
def test_agrees_with_the_slow_matcher(pattern, paths):
    try:
        glob = compile_glob(pattern)
    except Refusal:
        assume(False)
    for path in paths:
        assert glob.matches(path) == reference(pattern, path), path


@pytest.mark.parametrize(
    ("pattern", "yes", "no"),
    [
        ("**", ["a", "a/b", ".x/y", ""], []),
        ("*", ["a", ".a"], ["a/b"]),
        ("**/*.lock", ["a.lock", "x/y/a.lock", ".lock"], ["a.locks", "a.lock/x"]),
        ("**/*.{ts,tsx}", ["a.ts", "b/c.tsx"], ["a.tsx.bak", "ts", "a.js"]),
        ("src/**", ["src/a", "src/a/b"], ["src", "srcs/a"]),
        ("a/**/b", ["a/b", "a/x/b", "a/x/y/b"], ["ab", "a/xb"]),
        ("**/a", ["a", "x/a"], ["xa"]),
        ("a/*/c", ["a/b/c"], ["a/c", "a/b/b/c"]),
        ("{a,b/{c,d}}/x", ["a/x", "b/c/x", "b/d/x"], ["b/x"]),
        ("{**/,}x", ["x", "a/x"], []),
        ("f?o", ["foo", "féo"], ["fo", "f/o"]),
        ("[*]", ["*"], ["a"]),
        ("[!.]*", ["a"], [".a"]),
        ("*[0-9]*", ["a1b", "1"], ["ab", "1/2"]),
        ("*[^a]*b", ["xb"], ["ab", "b"]),
        ("a.b", ["a.b"], ["axb"]),
        ("(a|b)+$", ["(a|b)+$"], ["a"]),
        ("**/*.{ts}", ["a.ts"], ["a.{ts}"]),
        ("STAGING/ai/demos/*", ["STAGING/ai/demos/x"], ["STAGING/ai/demos", "STAGING/ai/demos/x/y"]),
        ("a,b", ["a,b"], ["a"]),
        ("**/[a-c]?", ["ax", "q/c\udcff"], ["d1"]),
        ("**/*x*", ["\udcffx", "a/x\udc80"], ["\udcff"]),
    ],
)
def test_examples(pattern, yes, no):
    glob = compile_glob(pattern)
    assert glob.pattern == pattern
    assert glob.everything == (pattern == "**")
    assert [path for path in yes if not glob.matches(path)] == []
    assert [path for path in no if glob.matches(path)] == []


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("", "empty"),
        ("a\\*", "backslash"),
        ("/a", "slash"),
        ("a/", "slash"),
        ("a//b", "empty"),
        ("./a", "'.'"),
        ("a/../b", "'..'"),
        ("**.ts", "**"),
        ("a**", "**"),
        ("***", "**"),
        ("[a", "bracket"),
        ("[]", "bracket"),
        ("[a/b]", "slash"),
        ("[[:alpha:]]", "bracket"),
        ("[z-a]", "backwards"),
        ("[+-9]", "slash"),
        ("{a,b", "brace"),
        ("a}", "brace"),
        ("{}", "braces"),
        ("{1..3}", "braces"),
        ("{a,b}" * 9, "256"),
        ("{" * 20 + "}" * 20, "deep"),
        ("{a,}", "empty"),
        ("a" * 1025, "1024"),
        ("a\nb", "control"),
        ("a\udcff", "control"),
    ],
)
def test_refused(pattern, reason, refused):
    refusal = refused(compile_glob, pattern, Place("m.yml", 2))
    assert (refusal.code, refusal.place.line) == ("bad-glob", 2)
    assert reason in refusal.values["reason"]


@given(st.text(max_size=30))
def test_any_text_is_a_glob_or_refused(pattern):
    try:
        compile_glob(pattern).matches("a/b")
    except Refusal as refusal:
        assert refusal.code == "bad-glob"


@given(st.text(st.sampled_from(list("ab*?[]{},!-/")), max_size=40))
def test_any_magic_is_a_glob_or_refused(pattern):
    try:
        compile_glob(pattern).matches("a/b")
    except Refusal as refusal:
        assert refusal.code == "bad-glob"


def test_a_hostile_glob_on_a_long_path_ends():
    glob = compile_glob("*a" * 200 + "b")
    assert not glob.matches("a" * 20_000)
    assert not compile_glob("**/" * 20 + "x").matches("a/" * 400 + "y")


def test_a_glob_of_many_alternatives_still_answers_rightly():
    glob = compile_glob("{" + ",".join(f"**/{n}?x*" for n in range(90)) + "}")
    assert glob.matches("a/b/77_xyz")
    assert not glob.matches("a/b/91_xyz")
