"""Paths of the tree that comes out: twins, files against folders, swaps, chains, renames of case."""

import pytest

from bot.contracts.tree import FILE
from bot.errors import Refusal
from bot.patching.apply import apply
from tests.migration.conftest import make_tree
from tests.patching.conftest import batch, op, refused, result


@pytest.mark.parametrize(
    ("there", "path", "twin"),
    [
        ("a.txt", "A.txt", "a.txt"),
        ("d/a.txt", "D/b.txt", "d"),
        ("d/a.txt", "D", "d"),
        ("d", "D/a", "d"),
        ("caf\u00e9", "cafe\u0301", "caf\u00e9"),
        ("stra\u00dfe", "STRASSE", "stra\u00dfe"),
        ("\ufb01le", "file", "\ufb01le"),
        ("\u212bngstrom", "\u00e5ngstrom", "\u212bngstrom"),
        ("a", "a.", "a"),
        ("a", "a ", "a"),
        ("ab", "a\u00adb", "ab"),
        ("ab", "a\u200bb", "ab"),
    ],
)
def test_twins_that_some_file_system_takes_for_one(there, path, twin):
    for operation in (op("create", path, content=""), op("move", "z", to=path)):
        refusal = refused({there: "x", "z": "z"}, operation)
        assert (refusal.code, refusal.values["twin"]) == ("path-twin", twin)


def test_twins_among_what_is_new():
    refusal = refused({"z": ""}, op("create", "n/a", content=""), op("create", "N/b", content=""))
    assert (refusal.code, refusal.place.operation, refusal.values["twin"]) == ("path-twin", 1, "n")


def test_a_twin_may_take_the_place_of_what_goes_away():
    assert result({"a": "a"}, op("move", "a", to="A")) == {"A": b"a"}
    assert result({"a": "a"}, op("delete", "a"), op("create", "A", content="x")) == {"A": b"x"}
    assert result({"d/a": "a", "d/b": "b"}, op("move", "d/a", to="D/a"), op("move", "d/b", to="D/b")) == {
        "D/a": b"a",
        "D/b": b"b",
    }
    assert refused({"d/a": "a", "d/b": "b"}, op("move", "d/a", to="D/a")).code == "path-twin"


def test_twins_that_were_there_before_are_not_the_batchs_doing():
    files = {"a": "a", "A": "b", "d/x": "", "D/y": ""}
    assert result(files, op("append", "a", text="!"))["a"] == b"a\n!"
    assert result(files, op("create", "d/new", content=""))["d/new"] == b""


@pytest.mark.parametrize(
    ("files", "path", "code", "values"),
    [
        ({"a": "x"}, "a", "file-exists", {"kind": "file"}),
        ({"a": ("link", "b")}, "a", "file-exists", {"kind": "symlink"}),
        ({"a": ("submodule", "1" * 40)}, "a", "file-exists", {"kind": "submodule"}),
        ({"a/b": "x"}, "a", "path-clash", {"kind": "folder", "blocker": "a"}),
        ({"a": "x"}, "a/b", "path-clash", {"kind": "file", "blocker": "a"}),
        ({"a": "x"}, "a/b/c", "path-clash", {"kind": "file", "blocker": "a"}),
        ({"a": ("link", "b")}, "a/b", "path-clash", {"kind": "symlink", "blocker": "a"}),
        ({"a": ("submodule", "1" * 40)}, "a/b", "path-clash", {"kind": "submodule", "blocker": "a"}),
    ],
)
def test_what_is_there_is_never_written_over(files, path, code, values):
    for operation in (op("create", path, content=""), op("move", "z", to=path)):
        with pytest.raises(Refusal) as caught:
            apply(make_tree({**files, "z": "z"}), batch(operation))
        assert caught.value.code == code
        assert values.items() <= caught.value.values.items()


@pytest.mark.parametrize("kind", ["symlink", "submodule", "file"])
@pytest.mark.parametrize("operation", [op("append", "a/b", text="x"), op("delete", "a/b"), op("move", "a/b", to="n")])
def test_nothing_is_reached_through_what_is_no_folder(kind, operation):
    content = {"symlink": ("link", "real"), "submodule": ("submodule", "1" * 40), "file": "x"}[kind]
    with pytest.raises(Refusal) as caught:
        apply(make_tree({"a": content, "real/b": "x"}), batch(operation))
    assert (caught.value.code, caught.value.values["blocker"], caught.value.values["kind"]) == ("path-clash", "a", kind)


def test_files_and_folders_change_places():
    assert result({"d/a": "a"}, op("delete", "d/a"), op("create", "d", content="x")) == {"d": b"x"}
    assert result({"d": "x"}, op("delete", "d"), op("create", "d/a", content="a")) == {"d/a": b"a"}
    assert result({"a": "a"}, op("move", "a", to="a/b")) == {"a/b": b"a"}
    assert result({"a/b": "a"}, op("move", "a/b", to="a")) == {"a": b"a"}
    assert refused({"d/a": "", "d/b": ""}, op("delete", "d/a"), op("create", "d", content="")).code == "path-clash"


def test_new_files_and_folders_of_one_batch_clash_as_well():
    for operations in (
        [op("create", "n", content=""), op("create", "n/a", content="")],
        [op("create", "n/a", content=""), op("create", "n", content="")],
    ):
        assert refused({"z": ""}, *operations).code == "path-clash"


def test_swaps_and_chains_of_moves():
    files = {"a": "a", "b": "b", "c": "c"}
    assert result(files, op("move", "a", to="b"), op("move", "b", to="a")) == {"a": b"b", "b": b"a", "c": b"c"}
    chain = [op("move", "a", to="b"), op("move", "b", to="c"), op("move", "c", to="a")]
    assert result(files, *chain) == result(files, *chain[::-1]) == {"a": b"c", "b": b"a", "c": b"b"}
    assert result(files, op("delete", "b"), op("move", "a", to="b")) == {"b": b"a", "c": b"c"}
    assert result(files, op("move", "a", to="x"), op("create", "a", content="new")) == {
        "a": b"new", "b": b"b", "c": b"c", "x": b"a"
    }  # fmt: skip
    assert result(files, op("move", "a", to="b"), op("move", "b", to="a"), op("append", "a", text="!"))["a"] == b"b\n!"
    assert refused(files, op("move", "a", to="b")).code == "file-exists"


def test_a_folder_left_empty_vanishes():
    assert result({"d/e/a": "a", "z": ""}, op("delete", "d/e/a")) == {"z": b""}
    assert result({"z": "z"}, op("delete", "z")) == {}


def test_what_is_missing_is_told_with_what_is_there():
    refusal = refused({"Docs/Read.md": ""}, op("append", "docs/read.md", text="x"))
    assert (refusal.code, refusal.values["nearest"]) == ("file-missing", "Docs/Read.md")
    assert refused({"a": ""}, op("append", "b/c", text="x")).values["nearest"] == ""


def test_names_that_are_not_utf8_stay_as_they_are():
    before = make_tree({"caf\udce9": (FILE, b"x"), "a": "a"})
    after = before.apply(apply(before, batch(op("append", "a", text="b"), op("create", "b", content=""))).edits)
    assert after.files()["caf\udce9"] == (FILE, b"x")
