"""Laws of the engine, on texts and batches that nobody would think of."""

import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.contracts.patch import MarkerAt, PatchBatch
from bot.errors import Refusal
from bot.patching.apply import apply
from bot.patching.coordinates import Misplaced, Resolver
from bot.patching.hunks import between
from bot.patching.inverse import inverse
from bot.patching.policy import Policy
from bot.patching.replay import replay
from bot.patching.text import BOM, Text, split
from bot.source.hunks import hunks, join
from tests.fuzz import fuzzed
from tests.patching.conftest import batch, tree

LINES = st.sampled_from(
    [b"a", b"b", b"", b"  c", b"\td", "é".encode(), b"\xff\xfe", b"x\ry", b"\x0c", "\u2028".encode()]
)
ENDS = st.sampled_from([b"\n", b"\n", b"\n", b"\r\n"])


@st.composite
def texts(draw):
    """Bytes of a text file: mixed line ends, perhaps a byte order mark, perhaps no end at the end."""
    pairs = draw(st.lists(st.tuples(LINES, ENDS), max_size=12))
    data = b"".join(line + end for line, end in pairs)
    if draw(st.booleans()):
        data += draw(LINES)
    return (BOM if draw(st.integers(0, 4)) == 0 else b"") + data


@st.composite
def text_operations(draw, path="f"):
    """Any operation on the text of a file, by line."""
    kind = draw(st.sampled_from(["replace-block", "insert-before", "insert-after", "append", "prepend"]))
    new = draw(st.sampled_from(["n", "n\n", "n\nm\n", "\n", "n\r\nm", "  i\n\n  j\n"]))
    if kind == "replace-block" and draw(st.integers(0, 3)) == 0:
        new = ""
    operation = {"op": kind, "path": path, "text": new}
    if kind in {"append", "prepend"}:
        return operation | draw(st.sampled_from([{}, {"exact": True}]))
    first = draw(st.integers(1, 12))
    at = {"line": first} if draw(st.booleans()) else {"lines": [first, first + draw(st.integers(0, 3))]}
    return operation | {"at": at} | draw(st.sampled_from([{}, {"exact": True}, {"indent": "preserve"}]))


@fuzzed(100)
@given(texts(), texts())
def test_a_batch_made_from_any_two_texts_gives_the_second(old, new):
    made = between("f", old, new)
    if old == new:
        assert made == ()
        return
    before = tree({"f": old})
    after = before.apply(apply(before, PatchBatch(version=1, operations=made)).edits)
    assert after.files()["f"][1] == new


@fuzzed(100)
@given(texts(), texts())
def test_hunks_make_the_second_text_of_the_first(old, new):
    found = hunks(split(old), split(new))
    assert join(split(old), found) == new
    assert all(one.end <= two.start for one, two in itertools.pairwise(found))


@fuzzed(100)
@given(texts(), st.lists(text_operations(), min_size=1, max_size=5))
def test_apply_then_inverse_is_identity(old, operations):
    before = tree({"f": old, "g": "kept"})
    try:
        applied = apply(before, batch(*operations))
    except Refusal:
        return
    after = before.apply(applied.edits)
    undo = inverse(before, applied)
    if undo is None:
        assert after.oid == before.oid
        return
    back = after.apply(apply(after, undo).edits)
    assert back.oid == before.oid


@fuzzed(100)
@given(texts(), st.lists(text_operations(), min_size=1, max_size=5))
def test_the_hunks_of_a_change_are_the_change(old, operations):
    before = tree({"f": old})
    try:
        applied = apply(before, batch(*operations))
    except Refusal:
        return
    for change in applied.files:
        assert join(change.text.lines, change.hunks) == change.data
        made = join(change.text.lines, change.hunks)
        assert made == before.apply(applied.edits).files()["f"][1]
        # Hunks are whole lines of the new text as well: cutting the result at its lines gives the hunks' own lines.
        shift, lines = 0, split(change.data)
        for start, end, new in change.hunks:
            assert tuple(lines[start + shift : start + shift + len(new)]) == new
            shift += len(new) - (end - start)


@fuzzed(100)
@given(texts(), st.lists(text_operations(), min_size=1, max_size=4))
def test_lines_that_no_operation_touches_come_through_byte_for_byte(old, operations):
    before = tree({"f": old})
    try:
        applied = apply(before, batch(*operations))
    except Refusal:
        return
    new = before.apply(applied.edits).files()["f"][1]
    touched = set()
    for operation in operations:
        at = operation.get("at", {})
        first, last = at.get("lines", [at.get("line", 0)] * 2)
        if operation["op"] == "replace-block":
            touched |= set(range(first, last + 1))
    kept = [line for number, line in enumerate(split(old.removeprefix(BOM)), 1) if number not in touched]
    at = 0
    for number, line in enumerate(kept):
        bare = line.rstrip(b"\r\n") if number == len(kept) - 1 else line
        found = new.find(bare, at)
        assert found >= 0, (old, new, line)
        at = found + len(bare)


@fuzzed(200)
@given(st.data())
def test_a_batch_replayed_beside_other_work_gives_both(data):
    lines = [f"line {number}\n".encode() for number in range(30)]
    old = b"".join(lines)
    first = data.draw(st.integers(1, 26))
    ours = {"op": "replace-block", "path": "f", "at": {"lines": [first, first + 2]}, "text": "ours\n"}
    theirs = list(lines)
    where = data.draw(st.integers(0, 29))
    theirs[where : where + data.draw(st.integers(0, 2))] = [b"theirs\n"] * data.draw(st.integers(0, 3))
    before, onto = tree({"f": old}), tree({"f": b"".join(theirs), "new": "n"})
    try:
        replayed = replay(before, onto, batch(ours), "0" * 40)
    except Refusal as refusal:
        assert refusal.code == "replay-collides"
        assert first - 5 <= where + 1 <= first + 4
        return
    after = onto.apply(apply(onto, replayed.batch).edits).files()
    assert after["f"][1].count(b"ours\n") == 1
    assert after["f"][1].count(b"theirs\n") == b"".join(theirs).count(b"theirs\n")
    for number in range(first, first + 3):
        assert f"line {number - 1}\n".encode() not in after["f"][1]
    assert after["new"][1] == b"n"


PATHS = ["a", "b", "d/a", "d/b", "d/e/f", "D", "d"]


@st.composite
def tree_operations(draw):
    kind = draw(st.sampled_from(["create", "delete", "move", "chmod", "append"]))
    path = draw(st.sampled_from(PATHS))
    more = {
        "create": {"content": draw(st.sampled_from(["", "c\n", "c"]))},
        "delete": {},
        "move": {"to": draw(st.sampled_from(PATHS))},
        "chmod": {"mode": draw(st.sampled_from(["100644", "100755"]))},
        "append": {"text": "more\n"},
    }[kind]
    return {"op": kind, "path": path, **more}


@fuzzed(300)
@given(st.sets(st.sampled_from(["a", "b", "d/a", "d/b", "d/e/f"])), st.lists(tree_operations(), min_size=1, max_size=5))
def test_whole_files_apply_and_come_back(there, operations):
    before = tree({path: f"{path}\n" for path in there})
    try:
        applied = apply(before, batch(*operations))
    except Refusal:
        return
    after = before.apply(applied.edits)
    files = after.files()
    assert len({path.lower() for path in files}) == len(files)
    undo = inverse(before, applied)
    if undo is not None:
        back = after.apply(apply(after, undo, Policy()).edits)
        assert back.files() == before.files()


@pytest.mark.parametrize("seed", range(20))
def test_many_markers_are_found_as_one_by_one(seed):
    dice = random.Random(seed)
    words = ["alpha", "beta", "gamma", "delta", "    ", "x"]
    lines = ["".join(dice.choices(words, k=dice.randint(0, 6))) for _ in range(300)]
    data = "\n".join(lines)
    markers = sorted({dice.choice(lines)[:40] for _ in range(80)} | {f"nowhere to be found {n}" for n in range(40)})
    wanted = [MarkerAt(marker=marker) for marker in markers if marker.strip()]

    def ask(resolver, at):
        try:
            return resolver.lines(at)
        except Misplaced as misplaced:
            return misplaced.code, len(misplaced.values.get("candidates", ()))

    together = Resolver(Text(data.encode()), wanted=wanted)
    assert len(together._markers) > 32
    for at in wanted:
        assert ask(together, at) == ask(Resolver(Text(data.encode())), at)
