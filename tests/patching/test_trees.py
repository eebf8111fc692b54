"""What a commit did, read from its two trees; and the same as a unified diff that git takes."""

import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.contracts.patch import PatchBatch
from bot.contracts.tree import EXECUTABLE, SYMLINK
from bot.errors import Refusal
from bot.patching.apply import apply
from bot.patching.bridges import convert
from bot.patching.ground import Ground
from bot.patching.policy import Policy
from bot.patching.trees import between_trees
from bot.patching.unified import unified
from tests.patching.conftest import batch, op, tree

TEXTS = st.sampled_from(["", "a\n", "a\nb\n", "b\na\nc", "x\r\ny\r\n", "é\n", b"\xff\n", "a\nb\nc\nd\ne\nf\ng\nh\ni\n"])
FILES = st.dictionaries(
    st.sampled_from(["a", "b", "d/a", "d/b", "d/e/f", "with space", "ü", 'q"']),
    st.one_of(TEXTS, TEXTS.map(lambda text: (EXECUTABLE, text if isinstance(text, bytes) else text.encode()))),
    max_size=6,
)
LOOSE = Policy(protected=(), check_syntax=False)


def applied(before, operations):
    return before.apply(apply(before, PatchBatch(version=1, operations=operations), LOOSE).edits)


@settings(max_examples=300)
@given(FILES, FILES)
def test_the_batch_between_two_trees_makes_the_second(one, two):
    before, after = tree(one), tree(two)
    operations = between_trees(before, after)
    if before.oid == after.oid:
        assert operations == ()
    else:
        assert applied(before, operations).oid == after.oid


@settings(max_examples=300)
@given(FILES, FILES)
def test_the_diff_of_a_batch_is_converted_to_the_same_tree(one, two):
    before, after = tree(one), tree(two)
    operations = between_trees(before, after)
    if not operations:
        return
    diff = unified(before, apply(before, PatchBatch(version=1, operations=operations), LOOSE))
    again = convert(diff, "diff", Ground(before).read)
    assert applied(before, again.operations).oid == after.oid


def test_a_file_that_only_changed_its_path_is_moved():
    (operation,) = between_trees(tree({"a/x": "1\n", "b": "2\n"}), tree({"c/x": "1\n", "b": "2\n"}))
    assert (operation.op, operation.path, operation.to) == ("move", "a/x", "c/x")


@pytest.mark.parametrize(
    ("one", "two"),
    [({"l": (SYMLINK, b"x")}, {}), ({}, {"l": (SYMLINK, b"x")}), ({"b": b"\0"}, {"b": b"\1\0"})],
)
def test_what_no_batch_can_make_is_refused(one, two):
    with pytest.raises(Refusal) as caught:
        between_trees(tree({"a": "1", **one}), tree({"a": "1", **two}))
    assert caught.value.code == "not-a-batch"


def test_git_takes_the_diff(tmp_path):
    old = "".join(f"line {n}\n" for n in range(40))
    before = {"big": old, "gone": "x\n", "run": "#!/bin/sh\n", "was here": "a\nb\nc\nd\ne\nf\n", "no end": "a"}
    operations = [
        op("replace-block", "big", at={"lines": [3, 4]}, text="three\n"),
        op("insert-after", "big", at={"line": 30}, text="more\n"),
        op("delete", "gone"),
        op("chmod", "run", mode="100755"),
        op("move", "was here", to="now/there"),
        op("replace-block", "now/there", at={"line": 1}, text="A\n"),
        op("append", "no end", text="b"),
        op("create", "new é", content="n"),
    ]
    made = apply(tree(before), batch(*operations), LOOSE)
    for name, text in before.items():
        (tmp_path / name).write_text(text)
    git = ["git", "-C", str(tmp_path)]
    subprocess.run([*git, "init", "-q"], check=True)
    subprocess.run([*git, "add", "-A"], check=True)
    subprocess.run([*git, "apply", "--index", "-"], input=unified(tree(before), made), check=True)
    found = subprocess.run([*git, "write-tree"], capture_output=True, check=True, text=True).stdout.strip()
    assert found == tree(before).apply(made.edits).oid
