"""What one commit did, put on another tree: held against git's own merges, and shown with both sides where it collides."""

import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.contracts.tree import EXECUTABLE
from bot.patching.merge import merge
from bot.patching.merge_text import merge_text
from tests.fuzz import fuzzed
from tests.migration.conftest import make_tree
from tests.patching.conftest import tree

LINES = "".join(f"line {number}\n" for number in range(1, 21))


def merged(base, ours, theirs, **options):
    """The files afterwards (path to bytes, executables with ``*``), or the conflicts."""
    one, two, three = map(tree, (base, ours, theirs))
    done = merge(one, two, three, **options)
    if done.conflicts:
        return [(each.path, each.kind) for each in done.conflicts]
    return {path + "*" * (mode == EXECUTABLE): data for path, (mode, data) in two.apply(done.edits).files().items()}


def changed(*lines, text="x"):
    return "".join(f"{text} {n}\n" if n in lines else f"line {n}\n" for n in range(1, 21))


def test_changes_in_other_places_come_together():
    files = merged({"a": LINES, "b": "1"}, {"a": changed(3), "b": "1"}, {"a": changed(10, text="y"), "b": "1"})
    assert files["a"] == changed(3).replace("line 10\n", "y 10\n").encode()


def test_the_same_change_is_there_already():
    assert merged({"a": LINES}, {"a": changed(3)}, {"a": changed(3)}) == {"a": changed(3).encode()}
    assert merged({"a": "1"}, {}, {}) == {}
    assert merged({}, {"a": "1"}, {"a": "1"}) == {"a": b"1"}


@pytest.mark.parametrize("line", [9, 10, 11])
def test_the_same_or_neighbouring_lines_collide_and_both_sides_are_shown(line):
    done = merge(tree({"a": LINES}), tree({"a": changed(10)}), tree({"a": changed(line, text="y")}))
    (conflict,) = done.conflicts
    (clash,) = conflict.clashes
    assert (conflict.path, conflict.kind, clash.line) == ("a", "both-changed", min(line, 10))
    assert "x 10\n" in clash.ours and f"y {line}\n" in clash.theirs
    assert "x" not in clash.theirs and "y" not in clash.ours


def test_a_clash_is_placed_in_our_text():
    ours = "new\nnew\n" + changed(10)
    (conflict,) = merge(tree({"a": LINES}), tree({"a": ours}), tree({"a": changed(10, text="y")})).conflicts
    assert conflict.clashes[0].line == 12


def test_a_side_may_be_favoured_where_they_collide_and_only_there():
    trees = {"a": LINES}, {"a": changed(10)}, {"a": changed(2, 10, text="y")}
    assert merged(*trees, favour="ours") == {"a": changed(10).replace("line 2\n", "y 2\n").encode()}
    assert merged(*trees, favour="theirs") == {"a": changed(2, 10, text="y").encode()}


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "kind", "result_theirs"),
    [
        ({"a": "1"}, {}, {"a": "2"}, "deleted-by-us", {"a": b"2"}),
        ({"a": "1"}, {"a": "2"}, {}, "deleted-by-them", {}),
        ({}, {"a": "1"}, {"a": "2"}, "both-added", {"a": b"2"}),
        ({"a": b"\0001"}, {"a": b"\0002"}, {"a": b"\0003"}, "not-text", {"a": b"\0003"}),
        ({}, {"a": "1"}, {"a/b": "2"}, "in-the-way", {"a/b": b"2"}),
        ({}, {"a/b": "1"}, {"a": "2"}, "in-the-way", {"a": b"2"}),
    ],
)
def test_what_is_no_text_on_both_sides_collides(base, ours, theirs, kind, result_theirs):
    path = next(iter(theirs or ours))
    assert merged(base, ours, theirs) == [(path, kind)]
    assert merged(base, ours, theirs, favour="theirs") == result_theirs
    assert merged(base, ours, theirs, favour="ours") == {
        at: data.encode() if isinstance(data, str) else data for at, data in ours.items()
    }


def test_modes_are_merged_beside_texts():
    executable = (EXECUTABLE, LINES.encode())
    assert merged({"a": LINES}, {"a": changed(3)}, {"a": executable}) == {"a*": changed(3).encode()}
    assert merged({"a": LINES}, {"a": executable}, {"a": changed(3)}) == {"a*": changed(3).encode()}


def test_files_and_folders_change_places():
    assert merged({"a": "1"}, {"a": "1", "c": "1"}, {"a/b": "2"}) == {"a/b": b"2", "c": b"1"}
    assert merged({"a/b": "1"}, {"a/b": "1", "c": "1"}, {"a": "2"}) == {"a": b"2", "c": b"1"}
    assert merged({"a/b": "1"}, {"a/b": "1", "a/c": "1"}, {"a": "2"}) == [("a", "in-the-way")]


def test_a_symlink_is_no_text():
    one, two, three = (make_tree({"a": each}) for each in (("link", "x"), ("link", "y"), ("link", "z")))
    assert [each.kind for each in merge(one, two, three).conflicts] == ["not-text"]
    assert [each.kind for each in merge(one, one, three).conflicts] == []


def test_only_what_the_commit_changed_is_read():
    others = {f"other/{number}/f": "x" for number in range(50)}
    one, two, three = tree({"a": LINES, **others}), tree({"a": changed(3), **others}), tree({"a": changed(9), **others})
    merge(one, two, three)
    assert len(one.reads + two.reads + three.reads) == 3


edits = st.lists(st.tuples(st.integers(0, 11), st.integers(0, 2), st.lists(st.integers(0, 3), max_size=2)), max_size=3)


def edited(lines, changes, name):
    made = list(lines)
    for start, length, new in sorted(changes, reverse=True):
        made[start : start + length] = [f"{name} {number}\n" for number in new]
    return "".join(made)


@fuzzed(150)
@given(edits, edits, st.booleans())
def test_texts_merge_as_git_merges_them(tmp_path_factory, first, second, alike):
    """Lines of the base differ, so that there is one way to compare them. What we merge, git merges to the same."""
    lines = [f"line {number}\n" for number in range(12)]
    base, ours = "".join(lines), edited(lines, first, "new")
    theirs = edited(lines, second, "new" if alike else "other")
    folder = tmp_path_factory.mktemp("merge")
    for name, text in (("base", base), ("ours", ours), ("theirs", theirs)):
        (folder / name).write_text(text)
    done = subprocess.run(
        ["git", "merge-file", "-p", "ours", "base", "theirs"], cwd=folder, capture_output=True, check=False
    )
    mine = merge_text(base.encode(), ours.encode(), theirs.encode())
    if not mine.clashes:
        assert (done.returncode, done.stdout) == (0, mine.data)
    if done.returncode and not alike:
        assert mine.clashes
