"""What each operation does, and what no batch may say at once."""

import base64

import pytest
from pydantic import ValidationError

from bot.contracts.tree import EXECUTABLE, FILE
from bot.errors import Refusal
from bot.patching.apply import apply
from bot.patching.text import blob_oid
from tests.migration.conftest import make_tree
from tests.patching.conftest import batch, op, refused, result, text, tree

ABC = "a\nb\nc\n"


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        (op("replace-block", at={"line": 2}, text="x\ny\n"), b"a\nx\ny\nc\n"),
        (op("replace-block", at={"lines": [1, 2]}, text="x\n"), b"x\nc\n"),
        (op("replace-block", at={"lines": [2, 3]}, text=""), b"a\n"),
        (op("replace-block", at={"lines": [1, 3]}, text=""), b""),
        (op("insert-before", at={"line": 1}, text="x\n"), b"x\na\nb\nc\n"),
        (op("insert-before", at={"lines": [2, 3]}, text="x\n"), b"a\nx\nb\nc\n"),
        (op("insert-after", at={"lines": [1, 2]}, text="x\n"), b"a\nb\nx\nc\n"),
        (op("insert-after", at={"line": 3}, text="x\n"), b"a\nb\nc\nx\n"),
        (op("insert-after", at={"line": 3}, text="x"), b"a\nb\nc\nx"),
        (op("append", text="x\n"), b"a\nb\nc\nx\n"),
        (op("prepend", text="x\n"), b"x\na\nb\nc\n"),
        (op("prepend", text="x"), b"x\na\nb\nc\n"),
    ],
)
def test_text_operations(operation, expected):
    assert text(ABC, operation) == expected


def test_create_delete_move_chmod():
    files = {"a.txt": ABC, "d/b.txt": "b"}
    assert result(files, op("create", "n/e/w", content="new")) == {
        "a.txt": b"a\nb\nc\n",
        "d/b.txt": b"b",
        "n/e/w": b"new",
    }
    assert result(files, op("create", "x", content="", mode="100755"))["x*"] == b""
    assert result(files, op("create", "x", content="AP8=", encoding="base64"))["x"] == b"\x00\xff"
    assert result(files, op("delete", "d/b.txt")) == {"a.txt": b"a\nb\nc\n"}
    assert result(files, op("move", "d/b.txt", to="e/f/g")) == {"a.txt": b"a\nb\nc\n", "e/f/g": b"b"}
    assert result(files, op("chmod", "d/b.txt", mode="100755"))["d/b.txt*"] == b"b"


def test_the_executable_bit_is_kept_by_edits_and_moves():
    files = {"run": (EXECUTABLE, b"a\n")}
    assert result(files, op("append", "run", text="b\n")) == {"run*": b"a\nb\n"}
    assert result(files, op("move", "run", to="go"), op("append", "go", text="b\n")) == {"go*": b"a\nb\n"}
    assert result(files, op("chmod", "run", mode="100644"), op("append", "run", text="b\n")) == {"run": b"a\nb\n"}


def test_an_old_mode_becomes_the_one_that_git_writes_today():
    assert result({"a.txt": (0o100664, b"a")}, op("append", text="b")) == {"a.txt": b"a\nb"}


def test_a_moved_file_is_edited_under_its_new_path():
    assert result({"a": ABC}, op("replace-block", "b", at={"line": 1}, text="x\n"), op("move", "a", to="b")) == {
        "b": b"x\nb\nc\n"
    }


def test_coordinates_count_in_the_file_as_it_is_at_the_base():
    operations = [
        op("insert-before", at={"line": 1}, text="1\n2\n"),
        op("replace-block", at={"line": 2}, text="x\n"),
        op("replace-block", at={"line": 3}, text="y\n"),
    ]
    assert text(ABC, *operations) == text(ABC, *operations[::-1]) == b"1\n2\na\nx\ny\n"


def test_several_insertions_at_one_place_keep_their_order():
    made = [op("insert-after", at={"line": 1}, text="1\n"), op("insert-before", at={"line": 2}, text="2\n")]
    assert text(ABC, *made, op("insert-after", at={"line": 1}, text="3\n")) == b"a\n1\n2\n3\nb\nc\n"


@pytest.mark.parametrize(
    ("one", "two", "overlap"),
    [
        (("replace-block", {"lines": [1, 2]}), ("replace-block", {"lines": [2, 3]}), True),
        (("replace-block", {"line": 2}), ("replace-block", {"line": 2}), True),
        (("replace-block", {"lines": [1, 3]}), ("replace-block", {"line": 2}), True),
        (("replace-block", {"lines": [1, 3]}), ("insert-after", {"line": 2}), True),
        (("replace-block", {"lines": [1, 3]}), ("insert-before", {"line": 2}), True),
        (("replace-block", {"line": 2}), ("insert-before", {"line": 2}), False),
        (("replace-block", {"line": 2}), ("insert-after", {"line": 2}), False),
        (("replace-block", {"line": 1}), ("replace-block", {"line": 2}), False),
    ],
)
@pytest.mark.parametrize("swapped", [False, True])
def test_operations_that_overlap_are_refused(one, two, overlap, swapped):
    made = [op(kind, at=at, text=f"{kind}\n") for kind, at in ((two, one) if swapped else (one, two))]
    if not overlap:
        assert text(ABC, *made)
        return
    refusal = refused({"a.txt": ABC}, *made)
    assert (refusal.code, refusal.place.operation, refusal.values["other"]) == ("operations-overlap", 1, 0)
    assert refusal.also == ()


MOVE = op("move", "a", to="b")


@pytest.mark.parametrize(
    ("operations", "what"),
    [
        ([op("create", "n", content=""), op("create", "n", content="")], "is created"),
        ([op("delete", "a"), op("delete", "a")], "is deleted"),
        ([MOVE, op("move", "a", to="c")], "is moved away"),
        ([MOVE, op("move", "x", to="b")], "is moved there"),
        ([op("create", "n", content=""), op("append", "n", text="x")], "is created"),
        ([op("create", "n", content=""), op("chmod", "n", mode="100755")], "is created"),
        ([op("delete", "a"), op("append", "a", text="x")], "is deleted"),
        ([op("delete", "a"), op("create", "a", content="")], "is deleted"),
        ([MOVE, op("delete", "a")], "is moved away"),
        ([MOVE, op("append", "a", text="x")], "is moved away"),
        ([MOVE, op("create", "b", content="")], "is moved there"),
        ([op("chmod", "a", mode="100755"), op("chmod", "a", mode="100644")], "gets its mode"),
    ],
)
def test_operations_that_cannot_both_be_meant(operations, what):
    for given in (operations, operations[::-1]):
        refusal = refused({"a": "a", "x": "x"}, *given)
        assert refusal.code == "operations-conflict"
        assert refusal.values["what"] == what
        assert {refusal.place.operation, refusal.values["other"]} == {0, 1}


def test_expect_pins_the_lines():
    good = op("replace-block", at={"lines": [1, 2]}, text="x\n", expect="a\nb\n")
    assert text(ABC, good) == b"x\nc\n"
    assert text("a\r\nb\r\nc\r\n", good) == b"x\r\nc\r\n"
    refusal = refused({"a.txt": "a\nb \nc\n"}, good)
    assert (refusal.code, refusal.place.line) == ("expect-differs", 1)
    assert refusal.values["nearest"] == "line 1 differs in white space or line ends only"
    assert (refusal.values["expected"], refusal.values["found"]) == ("a\nb\n", "a\nb \n")
    moved = refused({"a.txt": "new\nalpha beta\ngamma delta\n"}, good | {"expect": "alpha beta\ngamma  delta\n"})
    assert moved.values["nearest"] == "line 3 differs in white space only"


def test_exact_expectations_mean_their_line_ends():
    exact = op("replace-block", at={"line": 1}, text="x\n", expect="a\n", exact=True)
    assert text("a\nb\r\n", exact) == b"x\nb\r\n"
    assert refused({"a.txt": "a\r\nb\r\n"}, exact).code == "expect-differs"


def test_an_expected_blob_pins_the_file():
    right, wrong = blob_oid(ABC.encode()), blob_oid(b"other")
    for operation in (
        op("append", text="x"),
        op("delete"),
        op("move", to="b"),
        op("chmod", mode="100755"),
        op("replace-block", at={"line": 1}, text=""),
    ):
        assert result({"a.txt": ABC, "z": ""}, operation | {"expect_blob": right}) != {"a.txt": ABC.encode(), "z": b""}
        refusal = refused({"a.txt": ABC}, operation | {"expect_blob": wrong})
        assert (refusal.code, refusal.values["found"]) == ("blob-differs", right)


def test_base64_brings_any_bytes_as_they_are():
    old = b"a\r\n\xe9\r\nc\r\n"
    made = op("replace-block", at={"line": 2}, encoding="base64")
    made |= {"text": base64.b64encode(b"\xff\n").decode(), "expect": base64.b64encode(b"\xe9\r\n").decode()}
    assert text(old, made) == b"a\r\n\xff\nc\r\n"


def test_nothing_to_do_is_a_result():
    before = tree({"a.txt": ABC})
    applied = apply(before, batch(op("replace-block", at={"line": 1}, text="a\n"), op("chmod", mode="100644")))
    assert (applied.files, applied.edits, applied.paths) == ((), (), ())


def test_all_or_nothing_and_all_faults_at_once():
    refusal = refused(
        {"a.txt": ABC, "b.txt": ABC},
        op("append", "b.txt", text="fine"),
        op("replace-block", at={"line": 9}, text=""),
        op("delete", "gone"),
        op("replace-block", at={"marker": "nowhere"}, text=""),
    )
    assert [(each.code, each.place.file, each.place.operation) for each in refusal.all] == [
        ("line-out-of-range", "a.txt", 1),
        ("file-missing", "gone", 2),
        ("marker-missing", "a.txt", 3),
    ]


def test_the_same_batch_gives_the_same_edits_and_changes_no_tree():
    before = tree({"a.txt": ABC, "b": "b"})
    made = batch(op("append", text="x"), op("move", "b", to="c"), op("create", "d", content="d"))
    oid = before.oid
    assert apply(before, made).edits == apply(before, made).edits
    assert before.oid == oid


def test_what_a_reviewer_should_look_at():
    files = {"run": "x", "old": "x", ".github/dependabot.yml": "a: 1\n", "broken.py": "(\n"}
    applied = apply(
        tree(files),
        batch(
            op("chmod", "run", mode="100755"),
            op("delete", "old"),
            op("append", ".github/dependabot.yml", text="b: 1\n"),
            op("create", "docs/CODEOWNERS", content="* @a\n"),
            op("append", "broken.py", text="x = 1\n"),
        ),
    )
    assert {(note.code, note.path, note.operation) for note in applied.notes} == {
        ("becomes-executable", "run", 0),
        ("file-deleted", "old", 1),
        ("governs-the-repository", ".github/dependabot.yml", 2),
        ("governs-the-repository", "docs/CODEOWNERS", 3),
        ("syntax-not-checked", "broken.py", 4),
    }


# --- what is no ordinary file


@pytest.mark.parametrize(
    ("files", "kind"),
    [
        ({"a.txt/b": "x"}, "folder"),
        ({"a.txt": ("link", "b")}, "symlink"),
        ({"a.txt": ("submodule", "1" * 40)}, "submodule"),
    ],
)
@pytest.mark.parametrize("kind_of_operation", ["append", "delete", "move", "chmod"])
def test_only_ordinary_files_are_targets(files, kind, kind_of_operation):
    more = {"append": {"text": "x"}, "delete": {}, "move": {"to": "n"}, "chmod": {"mode": "100755"}}[kind_of_operation]
    before = make_tree({**files, "z": "z"})
    with pytest.raises(Refusal) as caught:
        apply(before, batch(op(kind_of_operation, **more)))
    assert (caught.value.code, caught.value.values["kind"]) == ("not-a-file", kind)


@pytest.mark.parametrize("data", [b"a\0b", "a\n".encode("utf-16"), b"\x89PNG\r\n\x1a\n\0\0"])
def test_binary_files_take_no_text_but_are_moved_and_deleted(data):
    assert refused({"a.txt": data}, op("append", text="x")).code == "binary-file"
    assert result({"a.txt": data}, op("move", to="b")) == {"b": data}
    assert result({"a.txt": data, "z": ""}, op("delete")) == {"z": b""}


# --- strict reading


@pytest.mark.parametrize(
    "operations",
    [
        [],
        [op("replace-block", at={"line": "1"}, text="")],
        [op("replace-block", at={"line": True}, text="")],
        [op("replace-block", at={"line": 1.0}, text="")],
        [op("replace-block", at={"line": 0}, text="")],
        [op("replace-block", at={"line": -1}, text="")],
        [op("replace-block", at={"lines": [1]}, text="")],
        [op("replace-block", at={"lines": [1, 2, 3]}, text="")],
        [op("replace-block", at={"line": 1, "marker": "a"}, text="")],
        [op("replace-block", at={}, text="")],
        [op("replace-block", at={"start": {"line": 1}}, text="")],
        [op("replace-block", at={"start": {"lines": [1, 2]}, "end": {"line": 3}}, text="")],
        [op("replace-block", at={"marker": ""}, text="")],
        [op("replace-block", text="")],
        [op("insert-before", at={"line": 1}, text="")],
        [op("append", text="")],
        [op("append", text=None)],
        [op("append", text="x", at={"line": 1})],
        [op("append", text="x", indent="preserve")],
        [op("append", text="x", exact="true")],
        [op("append", text="x", encoding="latin-1")],
        [op("append", text="x", unknown=1)],
        [op("append", text="x", expect_blob="abc")],
        [op("append", text="x", expect_blob="A" * 40)],
        [op("create", content="x", mode="120000")],
        [op("create", content="x", mode="160000")],
        [op("create", content="x", mode="100664")],
        [op("create", content="x", mode=100644)],
        [op("create")],
        [op("chmod", mode="040000")],
        [op("chmod", mode="777")],
        [op("move")],
        [op("rename", to="b")],
        [{"path": "a", "text": "x"}],
        [op("append", "", text="x")],
        [op("replace-block", at={"line": 1}, text="x", exact=True, indent="preserve")],
        [op("replace-block", at={"line": 1}, text="x", encoding="base64", indent="preserve")],
    ],
)
def test_nothing_is_guessed_from_a_batch(operations):
    with pytest.raises(ValidationError):
        batch(*operations)


@pytest.mark.parametrize(
    "members",
    [
        {"base": None},
        {"base": "abc"},
        {"base": "A" * 40},
        {"version": 2},
        {"version": "1"},
        {"version": True},
        {"x": 1},
    ],
)
def test_nothing_is_guessed_around_the_operations(members):
    with pytest.raises(ValidationError):
        batch(op("append", text="x"), **members)


def test_the_mode_of_what_is_written_is_one_of_two():
    applied = apply(tree({"a.txt": (0o100775, b"a")}), batch(op("append", text="b")))
    assert {edit.mode for edit in applied.edits} <= {FILE, EXECUTABLE}
