"""What is refused before anything is read: paths in every disguise, protected ones, texts, sizes."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bot.contracts.patch import Create, Delete, Move, PatchBatch
from bot.errors import Refusal
from bot.patching import gate
from bot.patching.apply import apply
from bot.patching.policy import PROTECTED, Policy, policy
from tests.fuzz import fuzzed
from tests.patching.conftest import batch, op, refused, result, tree

UNSAFE = [
    "..", "../a", "a/..", "a/../b", ".", "./a", "a/.", "a/./b", "/", "/a", "//a", "a//b", "a/",
    "\\a", "a\\b", "..\\a", "C:\\a", "C:/a", "c:a", "z:",
    ".git", ".git/config", "a/.git", "a/.git/hooks/x", ".GIT/x", ".Git", ".gIt/config",
    "git~1", "GIT~1/config", "a/git~1", "git~2", ".git.", ".git ", ".git . .", ".git...", ".git/",
    ".git::$INDEX_ALLOCATION", ".git:x", ".git::$DATA/config", "git~1:x",
    ".g\u200cit", ".gi\u200dt/x", "\ufeff.git", ".git\u2060", ".g\u00adit", ".\u180egit", ".git\ufe0f",
    "．git", ".ｇｉｔ", "․git", ".gi\uff54",
    "a\x00b", "a\nb", "a\rb", "a\tb", "\x1b[31ma", "a\x7f", "a\x85b", "a\u2028b", "a\u2029b", "\x01",
    "a\u202eb", "a\u202ab", "a\u2066b", "a\u2069", "\u200ea", "a\u200f", "a\u061cb",
    "...", "a/...", "a/ /b", " ", "a/. .",
    "a" * 256, "a/" + "b" * 256, "é" * 128, "/".join(["abcdefghi"] * 101),
]  # fmt: skip
SAFE = [
    "a", "a/b", ".gitignore", ".github/x", "a.git", "git", "git~", ".gitx", "..a", "a..", "a..b/c", "...a", "-a", "a b",
    "é/ß", "日本/語", "ab:c", "~/a", "$HOME", "a;b", "a" * 255, "/".join(["abcdefgh"] * 111), "CON", "x~1", "😀",
]  # fmt: skip


def made(path, kind):
    """A batch that names a path, made past the reading of JSON (which knows no lone surrogates)."""
    operation = {
        "create": lambda: Create(op="create", path=path, content=""),
        "delete": lambda: Delete(op="delete", path=path),
        "move": lambda: Move(op="move", path="there", to=path),
        "move away": lambda: Move(op="move", path=path, to="here"),
    }[kind]
    return PatchBatch(version=1, operations=(operation(),))


@pytest.mark.parametrize("path", UNSAFE, ids=ascii)
@pytest.mark.parametrize("kind", ["create", "delete", "move", "move away"])
def test_unsafe_paths_in_every_disguise(path, kind):
    with pytest.raises(Refusal) as caught:
        apply(tree({"there": "x"}), made(path, kind), Policy(protected=()))
    assert caught.value.code == "unsafe-path"
    assert caught.value.place.operation == 0
    str(caught.value).encode("utf-8")


@pytest.mark.parametrize("path", SAFE, ids=ascii)
def test_ordinary_paths_go_through(path):
    assert result({"there": "x"}, op("create", path, content="y"))[path] == b"y"


PROTECTED_PATHS = [
    ".github/workflows/ci.yml", ".github/workflows/a/b", ".GitHub/Workflows/ci.yml", ".github/WORKFLOWS/x",
    ".github/workflows", ".github/workflows ", ".github/workflows./ci.yml", ".github /workflows/x",
    ".github/workflows:x/y", ".github/workflows::$INDEX_ALLOCATION/ci.yml", ".github./workflows./x",
    ".ｇithub/workflows/x", ".github/work\u00adflows/x", ".github/wor\u200bkflows/x", "．github/workflows/x",
    "GITHUB~1/workflows/x", ".github/WORKFL~1/x", "github~1/workfl~2/x", "gi4a2f~1/workflows/x",
    ".gitmodules", ".GITMODULES", ".gitmodules.", ".gitmodules ", ".gitmodules:x", "GITMOD~1", "gi7eba~1", "a/.gitmodules",
    ".gitattributes", "a/b/.gitattributes", ".GitAttributes", "GITATT~1", "gi7d29~1", "x/GITATT~1", ".gitattr\u200dibutes",
]  # fmt: skip


@pytest.mark.parametrize("path", PROTECTED_PATHS, ids=ascii)
def test_protected_paths_in_every_disguise(path):
    there = {"there": "x", ".github/workflows/ci.yml": "a: 1\n", ".gitmodules": "", ".gitattributes": ""}
    for operation in (
        op("create", path, content=""),
        op("append", path, text="x"),
        op("delete", path),
        op("chmod", path, mode="100755"),
        op("move", path, to="elsewhere"),
        op("move", "there", to=path),
    ):
        refusal = refused(there, operation)
        assert refusal.code in {"protected-path", "unsafe-path"}, operation
        assert all(each.place.operation == 0 for each in refusal.all)


@pytest.mark.parametrize(
    "path", [".github/dependabot.yml", "workflows/x", "a/.github/workflows/x", "gitmodules", ".github/workflows-old/x"]
)
def test_what_stands_near_a_protected_path_is_free(path):
    assert result({"z": ""}, op("create", path, content="x"))[path] == b"x"


def test_settings_protect_more_and_never_less():
    more = policy(protected=("secrets/**", "*.KEY"))
    assert set(PROTECTED) < set(more.protected)
    for path in ("secrets/a", "Secrets/a/b", "SECRETS./x", "a.key", "b.Key", "secrets"):
        assert refused({"z": ""}, op("create", path, content=""), policy=more).code == "protected-path"
    assert result({"z": ""}, op("create", "a/b.key", content="x"), policy=more)["a/b.key"] == b"x"


@pytest.mark.parametrize(
    ("glob", "path"), [("x[a:b]/**", "X:/y"), ("{a:b,c}/**", "C/x"), ("k. /**", "k/x"), ("Ä*", "äb")]
)
def test_any_glob_that_the_settings_take_protects(glob, path):
    assert refused(
        {"z": ""}, op("create", path.replace("X:", "xa"), content=""), policy=policy(protected=(glob,))
    ).code == ("protected-path")
    assert "n" in result({"z": ""}, op("create", "n", content=""), policy=policy(protected=(glob,)))


def test_the_command_line_can_lift_the_protection_but_not_the_gate():
    lifted = policy(lifted=True)
    assert ".github/workflows/x" in result({"z": ""}, op("create", ".github/workflows/x", content=""), policy=lifted)
    assert refused({"z": ""}, op("create", ".git/x", content=""), policy=lifted).code == "unsafe-path"


@pytest.mark.parametrize(
    ("operation", "code"),
    [
        (op("append", text="a\0b"), "bad-text"),
        (op("create", "n", content="\0"), "bad-text"),
        (op("append", text=base64.b64encode(b"a\0").decode(), encoding="base64"), "bad-text"),
        (op("replace-block", at={"line": 1}, text="", expect="\0"), "bad-text"),
        (op("append", text="no base64!", encoding="base64"), "bad-base64"),
        (op("append", text="YQ", encoding="base64"), "bad-base64"),
        (op("append", text="YQ==\n", encoding="base64"), "bad-base64"),
        (op("append", text="é", encoding="base64"), "bad-base64"),
        (op("create", "n", content="*", encoding="base64"), "bad-base64"),
        (op("replace-block", at={"line": 1}, text="YQ==", expect="*", encoding="base64"), "bad-base64"),
        (op("move", to="a.txt"), "moves-onto-itself"),
    ],
)
def test_texts_that_are_none(operation, code):
    assert refused({"a.txt": "a\n"}, operation).code == code


@pytest.mark.parametrize("members", [{"path": "a\udcff", "content": ""}, {"path": "a", "content": "\ud800"}])
def test_half_a_character_is_no_text(members):
    with pytest.raises(ValidationError):
        Create(op="create", **members)
    unread = Create.model_construct(op="create", encoding="utf-8", mode="100644", **members)
    with pytest.raises(Refusal) as caught:
        gate.check(PatchBatch.model_construct(operations=(unread,)), Policy())
    assert caught.value.code in {"unsafe-path", "bad-text"}


@pytest.mark.parametrize(
    ("limits", "what"),
    [
        ({"max_operations": 2}, "operations"),
        ({"max_files": 2}, "files"),
        ({"max_bytes": 5}, "bytes of text"),
    ],
)
def test_batches_over_the_configured_sizes(limits, what):
    made = [op("create", f"f{number}", content="ab") for number in range(3)]
    refusal = refused({"z": ""}, *made, policy=policy(**limits))
    assert (refusal.code, refusal.values["what"]) == ("batch-too-large", what)
    assert len(result({"z": ""}, *made, policy=policy(max_operations=3, max_files=3, max_bytes=6))) == 4


def test_files_that_are_edited_are_held_within_a_bound():
    made = [op("append", f"f{number}", text="x") for number in range(3)]
    there = {f"f{number}": "abc\n" for number in range(3)}
    refusal = refused(there, *made, policy=Policy(max_edited=11))
    assert (refusal.code, refusal.values["size"], refusal.values["most"]) == ("batch-too-large", 12, 11)
    assert len(result(there, *made, policy=Policy(max_edited=12))) == 3
    assert result({**there, "z": ""}, *(op("delete", path) for path in there), policy=Policy(max_edited=5)) == {
        "z": b""
    }


def test_files_over_a_hundred_megabytes():
    lots = policy(max_bytes=1 << 30)
    half = "x" * 60_000_000
    refusal = refused({"a.txt": half}, op("append", text=half), policy=lots)
    assert (refusal.code, refusal.values["size"]) == ("file-too-large", 120_000_001)
    assert refused({"z": ""}, op("create", content="x" * 100_000_001), policy=lots).code == "file-too-large"
    assert refused({"a.txt": half + half}, op("append", text="x")).code == "file-too-large"
    assert result({"a.txt": half + half}, op("move", to="b.txt")).keys() == {"b.txt"}  # it is only read to be edited


def test_every_fault_of_the_gate_is_told_at_once_and_each_path_once():
    refusal = refused(
        {"z": ""},
        op("append", "../a", text="x"),
        op("append", "../a", text="y"),
        op("create", ".gitmodules", content=""),
        op("append", "z", text="\0"),
    )
    assert [(each.code, each.place.operation) for each in refusal.all] == [
        ("unsafe-path", 0),
        ("protected-path", 2),
        ("bad-text", 3),
    ]


ANY = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=30), st.sampled_from([*UNSAFE, *PROTECTED_PATHS, *SAFE])
)


@fuzzed(300)
@given(st.lists(st.tuples(ANY, ANY), min_size=1, max_size=4))
def test_the_gate_never_crashes_and_what_goes_through_is_one_plain_path(pairs):
    operations = [Create(op="create", path=path, content=text) for path, text in pairs if path]
    if not operations:
        return
    given_batch = PatchBatch(version=1, operations=tuple(operations))
    try:
        gate.check(given_batch, Policy())
    except Refusal as refusal:
        str(refusal).encode("utf-8")
        assert all(each.code in {"unsafe-path", "protected-path", "bad-text"} for each in refusal.all)
        return
    for path, _ in pairs:
        for part in path.split("/") if path else []:
            assert part not in {"", ".", ".."}
            assert part.lower().strip(". ") != "git" or not part.startswith(".")


@fuzzed(300)
@given(st.binary(max_size=300))
def test_no_bytes_crash_the_reading_of_a_batch(data):
    try:
        apply(tree({"a": "a\n"}), PatchBatch.model_validate_json(data))
    except (Refusal, ValueError):
        return


def test_a_batch_is_read_as_it_is_written():
    assert batch(op("append", text="x")).operations[0].text == "x"
