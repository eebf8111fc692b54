"""Laws of the bridges: any two texts, encoded in any format, give the second one; and nothing but a refusal is raised."""

import difflib

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bot.errors import Refusal
from bot.patching.bridges import convert
from bot.patching.text import BOM, bare, split
from bot.source.hunks import hunks
from tests.effort import soon
from tests.patching.bridges.conftest import made, text
from tests.patching.test_properties import texts

SOME = st.sampled_from([b"a", b"b", b"-- a/x", b"++ b/x", b"- c", b"+ d", b"@@ -1 +1 @@", b"=", b" ", b"", b"\xff"])
LINES = st.lists(SOME, max_size=14)


def unified(old, new, context):
    """A diff as difflib makes it, with the marks of an unended file."""
    lines = difflib.diff_bytes(difflib.unified_diff, split(old), split(new), b"a/x", b"b/x", n=context, lineterm=b"\n")
    mark = b"\n\\ No newline at end of file\n"
    return b"".join(line if line.endswith(b"\n") else line + mark for line in lines)


def strange(data):
    """Whether how its lines end, or that it starts with a mark, is not to be told from a diff without context."""
    return b"\r" in data or data.startswith(BOM)


@given(texts(), texts(), st.integers(0, 3))
def test_a_diff_of_any_two_texts_gives_the_second(old, new, context):
    assume(old != new and (context or not (strange(old) or strange(new))))
    try:
        assert text(old, unified(old, new, context), "diff") == new
    except Refusal as refusal:  # the number is right: only what knows no place at all may be refused
        assert refusal.code == "hunk-without-context"
        assert not context


@given(LINES, LINES, st.data())
def test_wrong_numbers_and_counts_never_give_anything_else(old, new, data):
    old_text, new_text = (b"".join(line + b"\n" for line in lines) for lines in (old, new))
    assume(old_text != new_text)
    whole = unified(old_text, new_text, data.draw(st.integers(0, 3)))
    lines = []
    number = st.integers(0, 20)
    for line in whole.split(b"\n"):
        if line.startswith(b"@@") and line != b"@@ -1 +1 @@":
            line = b"@@ -%d,%d +%d,%d @@" % tuple(data.draw(number) for _ in range(4))
        lines.append(line)
    try:
        result = text(old_text, b"\n".join(lines), "diff")
    except Refusal:
        return
    # A number that is wrong and names an equal place by chance is believed.
    assert result == new_text or len(set(old)) < len(old)


UNIQUE = st.lists(st.integers(0, 99), max_size=20, unique=True)


@given(UNIQUE, UNIQUE, st.integers(1, 3), st.data())
def test_where_lines_are_unique_numbers_do_not_matter(old, new, context, data):
    assume(old and old != new)
    old_text, new_text = (b"".join(b"%d\n" % each for each in lines) for lines in (old, new))
    number = st.integers(0, 30)
    lines = [
        b"@@ -%d,%d +%d,%d @@" % tuple(data.draw(number) for _ in range(4)) if line.startswith(b"@@") else line
        for line in unified(old_text, new_text, context).split(b"\n")
    ]
    try:
        assert text(old_text, b"\n".join(lines), "diff") == new_text
    except Refusal as refusal:
        assert refusal.code == "hunk-without-context"
        assert not set(old) & set(new)


def blocks(old, new, around):
    """Search/replace blocks, from the last change to the first, each with some lines around."""
    old_lines, new_lines = [bare(line) for line in split(old)], [bare(line) for line in split(new)]
    found = [b"x\n"]
    limit = len(old_lines)
    for start, end, fresh in reversed(hunks(old_lines, new_lines)):
        before, after = old_lines[max(start - around, 0) : start], old_lines[end : min(end + around, limit)]
        limit = start
        search, replacement = [*before, *old_lines[start:end], *after], [*before, *fresh, *after]
        found += [b"<<<<<<<<< SEARCH\n", *(line + b"\n" for line in search), b"=========\n"]
        found += [*(line + b"\n" for line in replacement), b">>>>>>>>> REPLACE\n"]
    return b"".join(found)


def chunks(old, new, around):
    """An apply_patch update; contexts do not overlap."""
    old_lines, new_lines = [bare(line) for line in split(old)], [bare(line) for line in split(new)]
    found = [b"*** Begin Patch\n*** Update File: x\n"]
    done = 0
    changes = hunks(old_lines, new_lines)
    for number, (start, end, fresh) in enumerate(changes):
        limit = changes[number + 1].start if number + 1 < len(changes) else len(old_lines)
        until = min(end + around, limit)
        found += [b"@@\n", *(b" " + line + b"\n" for line in old_lines[max(start - around, done) : start])]
        found += [*(b"-" + line + b"\n" for line in old_lines[start:end]), *(b"+" + line + b"\n" for line in fresh)]
        found += [b" " + line + b"\n" for line in old_lines[end:until]]
        done = until
    return b"".join([*found, b"*** End Patch\n"])


@pytest.mark.parametrize("encode", [blocks, chunks])
@given(texts(), texts(), st.integers(0, 3))
@settings(max_examples=300)
def test_edits_in_order_give_the_second_text_or_are_refused(encode, old, new, around):
    """The line ends are the file's: they are compared where the file has only one kind."""
    assume(b"\r" not in old.replace(b"\r\n", b"") and b"\r" not in new.replace(b"\r\n", b""))
    assume([bare(line) for line in split(old)] != [bare(line) for line in split(new)])
    try:
        result = text(old, encode(old, new, around))
    except Refusal as refusal:
        assert refusal.code in {
            "search-ambiguous", "search-empty", "chunk-ambiguous", "hunk-without-context", "bad-block", "patch-empty",
        }  # fmt: skip
        return
    assert [bare(line).removeprefix(BOM) for line in split(result)] == [
        bare(line).removeprefix(BOM) for line in split(new)
    ]
    if b"\r\n" not in old and not old.startswith(BOM) and not new.startswith(BOM):
        assert b"\r\n" not in result
        assert result.endswith(b"\n") == (old.endswith(b"\n") or not old) or not result or result[-1:] == b"\n"


@given(st.lists(st.integers(0, 99), min_size=1, max_size=20, unique=True), st.data(), st.integers(1, 3))
def test_edits_in_order_are_never_refused_where_lines_are_unique(old, data, around):
    new = [each for each in old if data.draw(st.integers(0, 3))] or old[:1]
    for at in sorted(data.draw(st.sets(st.integers(0, len(new)), min_size=1, max_size=3)), reverse=True):
        new.insert(at, 100 + at)
    old_text, new_text = (b"".join(b"%d\n" % each for each in lines) for lines in (old, new))
    try:
        assert text(old_text, chunks(old_text, new_text, around)) == new_text
    except Refusal as refusal:  # all context went to the chunk before it
        assert refusal.code == "hunk-without-context"


# --- nothing but a refusal


FILES = {"x": b"a\r\nb\nc\na\n\nb", "a/x": b"\xef\xbb\xbfa\nb\n", "e": b""}
SEEDS = [
    b"diff --git a/x b/x\nold mode 100644\nnew mode 100755\nindex 1234567..89abcde 100644\n--- a/x\n+++ b/x\n@@ -1,2 +1,3 @@\n a\r\n-b\n+B\n+C\n\\ No newline at end of file\n",
    b'diff --git "a/\\303\\274" b/y\nsimilarity index 50%\nrename from "\\303\\274"\nrename to y\n--- a/x\n+++ /dev/null\n@@ @@\n-a\n',
    b"e\n```\n<<<<<<< SEARCH\n=======\nnew\n>>>>>>> REPLACE\n<<<<<<< SEARCH\nnew\n=======\n=======\nx\n>>>>>>> REPLACE\n```\n",
    b"*** Begin Patch\n*** Update File: x\n*** Move to: y\n@@ a\n@@ c\n b\n-c\n+C\n*** End of File\n*** Add File: n\n+n\n*** Delete File: e\n*** End Patch\n",
    b'```json\n{"version": 1, "operations": [{"op": "append", "path": "x", "text": "e"}]}\n```\n',
    b"version: 1\noperations:\n  - op: delete\n    path: x\n",
]
PIECES = [piece for seed in SEEDS for piece in seed.splitlines(keepends=True)]


def try_all(payload):
    for form in ("auto", "diff", "search-replace", "apply-patch", "json", "yaml"):
        try:
            made(FILES, payload, form)
        except Refusal as refusal:
            assert (
                refusal.place.file in {"patch", *FILES}
                or refusal.place.file is None
                or refusal.place.operation is not None
            )


@given(st.binary(max_size=200))
def test_any_bytes(payload):
    try_all(payload)


@given(st.lists(st.sampled_from(PIECES), max_size=25))
@settings(max_examples=400)
def test_pieces_of_payloads_in_any_order(pieces):
    try_all(b"".join(pieces))


@given(
    st.sampled_from(SEEDS),
    st.lists(st.tuples(st.integers(0, 400), st.integers(0, 30), st.binary(max_size=5)), max_size=4),
)
@settings(max_examples=400)
def test_payloads_with_faults(seed, faults):
    for at, length, junk in faults:
        seed = seed[:at] + junk + seed[at + length :]
    try_all(seed)


@pytest.mark.parametrize("seed", SEEDS)
def test_payloads_cut_off_anywhere(seed):
    for end in range(len(seed)):
        try_all(seed[:end])


# --- hostile inputs, for time


MANY = 200_000
HOSTILE = {
    "equal lines, wrong number": ({"x": b"a\n" * MANY}, b"--- a/x\n+++ b/x\n" + b"@@ -1 +1 @@\n-b\n+c\n" * 20_000),
    "a block that nearly fits": ({"x": b"a\nb\n" * MANY}, b"--- a/x\n+++ b/x\n@@ @@\n" + b" a\n b\n" * 5_000 + b" a\n-a\n+c\n"),
    "many hunks, all ambiguous": ({"x": b"a\n" * MANY}, b"--- a/x\n+++ b/x\n" + b"@@ -0 +1 @@\n-a\n+c\n" * 50_000),
    "many hunks in one place": ({"x": b"a\n" * MANY}, b"--- a/x\n+++ b/x\n" + b"@@ -1 +1 @@\n-a\n+c\n" * 50_000),
    "many sections": ({"x": b"a\n" * 100}, b"--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+c\n" * 100_000),
    "headers without hunks": ({"x": b"a\n"}, b"diff --git a/x b/x\n" * 400_000),
    "overstated counts": ({"x": b"a\n"}, b"--- a/x\n+++ b/x\n" + b"@@ -1,999999999 +1,999999999 @@\n-a\n+b\n" * 200_000),
    "many misses": ({"x": b"a b c d e f\n" * MANY}, b"--- a/x\n+++ b/x\n" + b"@@ -1 +1 @@\n-a b c d e g\n+c\n" * 1000),
    "a long miss": ({"x": b"a\n" * MANY}, b"--- a/x\n+++ b/x\n@@ @@\n" + b"-a\n" * MANY + b"-b\n+c\n"),
    "blocks": ({"x": b"%s" % b"".join(b"%d\n" % each for each in range(MANY))}, b"x\n" + b"<<<<<<< SEARCH\n5\n=======\n5\n6\n>>>>>>> REPLACE\n" * 20_000),
    "blocks that grow": ({"x": b"a\n"}, b"x\n" + b"<<<<<<< SEARCH\na\n=======\n" + b"b\n" * 100 + b"a\n>>>>>>> REPLACE\n" + b"<<<<<<< SEARCH\na\n=======\nb\na\n>>>>>>> REPLACE\n" * 30_000),
    "dividers": ({"x": b"=======\n" * 1000 + b"a\n"}, b"x\n<<<<<<< SEARCH\n" + b"=======\n" * MANY + b">>>>>>> REPLACE\n"),
    "open blocks": ({"x": b"a\n"}, b"x\n" + b"<<<<<<< SEARCH\n" * MANY),
    "blocks alike": ({"x": b"a\nb\n" * 2000 + b"c\n"}, b"x\n" + (b"<<<<<<< SEARCH\n" + b"a\nb\n" * 100 + b"c\n=======\n" + b"b\na\n" * 100 + b"c\n>>>>>>> REPLACE\n") * 500),
    "chunks": ({"x": b"a\n" * MANY}, b"*** Begin Patch\n*** Update File: x\n" + b"@@ b\n-a\n+b\n" * 50_000 + b"*** End Patch\n"),
    "anchors": ({"x": b" a\n" * MANY + b"b\n"}, b"*** Begin Patch\n*** Update File: x\n" + b"@@ a\n" * 50_000 + b"-b\n+c\n*** End Patch\n"),
    "patches": ({"x": b"a\n"}, b"*** Begin Patch\n" * MANY),
    "fences": ({"x": b"a\n"}, b"```json\n{\n" * MANY),
    "indented fences": ({"x": b"a\n"}, b"".join(b" " * (each % 17) + b"`" * (3 + each % 40) + b"\n" for each in range(50_000))),
    "yaml starts": ({"x": b"a\n"}, b"# a\n" * MANY + b"x"),
    "long lines": ({"x": (b"a" * 100_000 + b"b\n") * 100}, b"--- a/x\n+++ b/x\n" + (b"@@ @@\n-" + b"a" * 100_000 + b"c\n+x\n") * 100),
    "a name of quotes": ({}, b'diff --git "' + b'\\"' * 500_000 + b"\n--- " + b'"\\' * 100_000 + b"\n+++ x\n@@\n"),
    "a title of ticks": ({}, b"`a" * 400_000 + b"\n<<<<<<< SEARCH\n=======\n>>>>>>> REPLACE\n"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_payloads_end_soon(name):
    files, payload = HOSTILE[name]

    def read(some):
        with pytest.raises(Refusal):
            convert(some, "auto", files.get)

    assert soon(read, payload, 15)
