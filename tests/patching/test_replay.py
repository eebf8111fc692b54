"""A batch on a newer base, three-way: held against git's own merge, and refused with both versions where it collides."""

import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.contracts.tree import EXECUTABLE
from bot.errors import Refusal
from bot.patching.apply import apply
from bot.patching.hunks import between
from bot.patching.replay import replay
from tests.fuzz import fuzzed
from tests.patching.conftest import batch, op, tree

ONTO = "1" * 40
LINES = "".join(f"line {number}\n" for number in range(1, 21))


def replayed(before, onto, *operations):
    """What comes out of a replay, and the files afterwards (path to bytes, executables with ``*``)."""
    one, two = tree(before), tree(onto)
    done = replay(one, two, batch(*operations), ONTO)
    after = two if done.batch is None else two.apply(apply(two, done.batch).edits)
    if done.batch is not None:
        assert done.batch.base == ONTO
    return done, {path + "*" * (mode == EXECUTABLE): data for path, (mode, data) in after.files().items()}


def collides(before, onto, *operations):
    with pytest.raises(Refusal) as caught:
        replayed(before, onto, *operations)
    assert caught.value.code == "replay-collides"
    return caught.value


def edit(line, text="ours\n"):
    return op("replace-block", "a", at={"line": line}, text=text)


def test_where_nothing_was_touched_the_authors_own_words_stay():
    made = op("replace-block", "a", at={"marker": "line 5"}, text="x\n")
    done, files = replayed({"a": LINES}, {"a": LINES, "b": "new"}, made)
    assert done.batch.operations == batch(made).operations
    assert (done.shifted, done.already) == ((), ())
    assert files == {"a": LINES.replace("line 5\n", "x\n").encode(), "b": b"new"}


def test_a_file_changed_in_another_place_is_edited_where_its_lines_are_now():
    done, files = replayed({"a": LINES}, {"a": "new\nnew\n" + LINES}, edit(10))
    assert done.shifted == ("a",)
    assert files["a"] == ("new\nnew\n" + LINES.replace("line 10\n", "ours\n")).encode()


@pytest.mark.parametrize(("theirs", "ours"), [(10, 10), (9, 10), (11, 10)])
def test_the_same_or_neighbouring_lines_are_refused_with_both_versions(theirs, ours):
    onto = LINES.replace(f"line {theirs}\n", "theirs\n")
    refusal = collides({"a": LINES}, {"a": onto}, edit(ours))
    assert (refusal.place.file, refusal.place.operation) == ("a", 0)
    assert f"line {theirs}\n" in refusal.values["before"] and "theirs" in refusal.values["now"]
    assert "theirs" not in refusal.values["before"]


def test_the_same_change_is_there_already():
    done, files = replayed({"a": LINES}, {"a": LINES.replace("line 5\n", "ours\n")}, edit(5))
    assert (done.batch, done.already) == (None, ("a",))
    assert files["a"] == LINES.replace("line 5\n", "ours\n").encode()
    both = LINES.replace("line 5\n", "ours\n").replace("line 15\n", "theirs\n")
    done, files = replayed({"a": LINES}, {"a": both}, edit(5), edit(10))
    assert done.shifted == ("a",)
    assert files["a"] == both.replace("line 10\n", "ours\n").encode()


@pytest.mark.parametrize(
    ("before", "onto", "operations", "expected"),
    [
        ({"z": ""}, {"z": "1"}, [op("create", "n", content="x")], {"z": b"1", "n": b"x"}),
        ({"z": ""}, {"z": "", "n": "x"}, [op("create", "n", content="x")], {"z": b"", "n": b"x"}),
        ({"a": "a", "z": ""}, {"z": "1"}, [op("delete", "a")], {"z": b"1"}),
        ({"a": "a\n"}, {"a": "a\nb\n"}, [op("move", "a", to="b")], {"b": b"a\nb\n"}),
        ({"a": "a\n"}, {"b": "a\n"}, [op("move", "a", to="b")], {"b": b"a\n"}),
        ({"a": "a\n"}, {"a": "a\nb\n"}, [op("chmod", "a", mode="100755")], {"a*": b"a\nb\n"}),
        ({"a": "a\n"}, {"a": (EXECUTABLE, b"a\n")}, [op("chmod", "a", mode="100755")], {"a*": b"a\n"}),
        ({"a": "a\n"}, {"a": (EXECUTABLE, b"a\n")}, [op("append", "a", text="b\n")], {"a*": b"a\nb\n"}),
        # paths that the batch itself clears are free on the newer base as well
        ({"a": "a\n", "z": ""}, {"a": "a\n", "z": "1"}, [op("move", "a", to="b"), op("create", "a", content="n")],
         {"a": b"n", "b": b"a\n", "z": b"1"}),
        ({"d": "x", "z": ""}, {"d": "x", "z": "1"}, [op("delete", "d"), op("create", "d/a", content="n")],
         {"d/a": b"n", "z": b"1"}),
        ({"d/a": "x", "z": ""}, {"d/a": "x", "z": "1"}, [op("delete", "d/a"), op("create", "d", content="n")],
         {"d": b"n", "z": b"1"}),
        ({"a": "a\n", "b": "b\n"}, {"a": "a\n", "b": "b\nc\n"}, [op("move", "a", to="b"), op("move", "b", to="a")],
         {"a": b"b\nc\n", "b": b"a\n"}),
    ],
)  # fmt: skip
def test_whole_files(before, onto, operations, expected):
    assert replayed(before, onto, *operations)[1] == expected


@pytest.mark.parametrize(
    ("before", "onto", "operations"),
    [
        ({"z": ""}, {"z": "", "n": "other"}, [op("create", "n", content="x")]),
        ({"z": ""}, {"z": "", "n": (EXECUTABLE, b"x")}, [op("create", "n", content="x")]),
        ({"z": ""}, {"z": "", "n/a": "x"}, [op("create", "n", content="x")]),
        ({"a": "a"}, {"a": "b"}, [op("delete", "a")]),
        ({"a": "a\n"}, {"z": ""}, [op("append", "a", text="x")]),
        ({"a": "a\n"}, {"a/b": ""}, [op("append", "a", text="x")]),
        ({"a": "a\n"}, {"a": b"a\0"}, [op("append", "a", text="x")]),
        ({"a": "a\n"}, {"a": "a\nb\n"}, [op("append", "a", text="x\n")]),
    ],
)
def test_whole_files_that_collide(before, onto, operations):
    collides(before, onto, *operations)


def test_a_path_that_was_taken_since_is_refused_by_the_landing():
    before, onto = tree({"a": "a"}), tree({"a": "a", "b": "b"})
    done = replay(before, onto, batch(op("move", "a", to="b")), ONTO)
    with pytest.raises(Refusal) as caught:
        apply(onto, done.batch)
    assert caught.value.code == "file-exists"


def merged(base, ours, theirs, folder):
    """What git's own three-way merge makes of it; ``None`` for a conflict."""
    for name, data in (("base", base), ("ours", ours), ("theirs", theirs)):
        (folder / name).write_bytes(data)
    done = subprocess.run(
        ["git", "merge-file", "-p", "-q", "ours", "base", "theirs"], cwd=folder, capture_output=True, check=False
    )
    return done.stdout if done.returncode == 0 else None


TEXTS = st.lists(st.sampled_from([b"a\n", b"b\n", b"c\r\n", b"}\n", b"\n", b"d\n"]), min_size=4, max_size=14)


@st.composite
def edits(draw, lines):
    made = list(lines)
    for _ in range(draw(st.integers(1, 2))):
        at = draw(st.integers(0, len(made)))
        made[at : at + draw(st.integers(0, 2))] = draw(st.lists(st.sampled_from([b"x\n", b"y\n", b"a\n"]), max_size=2))
    return b"".join(made)


@st.composite
def forks(draw):
    lines = draw(TEXTS)
    return b"".join(lines), draw(edits(lines)), draw(edits(lines))


@fuzzed(150)
@given(forks())
def test_what_is_replayed_is_what_git_merges(tmp_path_factory, fork):
    base, ours, theirs = fork
    made = between("f", base, ours)
    if not made:
        return
    before, onto = tree({"f": base, "z": ""}), tree({"f": theirs, "z": ""})
    try:
        done = replay(before, onto, batch(*[each.model_dump(exclude_none=True) for each in made]), ONTO)
        after = onto if done.batch is None else onto.apply(apply(onto, done.batch).edits)
    except Refusal as refusal:
        assert refusal.code == "replay-collides"
        return
    wanted = merged(base, ours, theirs, tmp_path_factory.getbasetemp())
    if wanted is not None:  # git refuses more in places, and aligns lines that are alike in its own way
        found = after.files()["f"][1]
        assert found == wanted or sorted(found.splitlines()) == sorted(wanted.splitlines())
