import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.contracts.tree import EXECUTABLE, FILE, FOLDER, Put, Remove
from bot.errors import Refusal
from bot.migration.inverse import inverse, merge

from .conftest import make_tree

NAMES = st.lists(st.sampled_from("abc"), min_size=1, max_size=3).map("/".join)
FILES = st.dictionaries(NAMES, st.sampled_from(["1", "2", "3"]), max_size=6).map(
    lambda files: {
        path: text for path, text in files.items() if not any(path.startswith(other + "/") for other in files)
    }
)


@given(FILES, FILES)
def test_the_inverse_of_a_change_gives_what_was_before(one, two):
    before, after = make_tree(one), make_tree(two)
    if before.oid == after.oid:
        return
    assert after.apply(inverse(before, after, after)).oid == before.oid


@given(FILES, FILES, FILES)
def test_later_work_elsewhere_stays(one, two, later):
    before, after = (
        make_tree({f"x/{k}": v for k, v in one.items()} | {"keep": "1"}),
        make_tree({f"x/{k}": v for k, v in two.items()} | {"keep": "1"}),
    )
    if before.oid == after.oid:
        return
    now = make_tree(
        {path: content for path, (_, content) in after.files().items()} | {f"y/{k}": v for k, v in later.items()}
    )
    undone = now.apply(inverse(before, after, now)).files()
    assert {p: c for p, c in undone.items() if p.startswith("y/")} == {
        f"y/{k}": (FILE, v.encode()) for k, v in later.items()
    }
    assert {p: c for p, c in undone.items() if not p.startswith("y/")} == before.files()


def test_cost_follows_the_change():
    before = make_tree({**{f"big/{n}": str(n) for n in range(100)}, "s/a": "1"})
    after = make_tree({**{f"big/{n}": str(n) for n in range(100)}, "d/a": "1"})
    now = make_tree({**{f"big/{n}": str(n) for n in range(100)}, "d/a": "1", "new": "x"})
    assert inverse(before, after, now) == (Remove("d"), Put("s", FOLDER, before.list(before.oid)[1].oid))


def test_an_edit_of_a_moved_file_collides():
    before, after = make_tree({"s/a": "1", "s/b": "1"}), make_tree({"d/a": "1", "d/b": "1"})
    with pytest.raises(Refusal) as caught:
        inverse(before, after, make_tree({"d/a": "1", "d/b": "edited"}))
    assert caught.value.values["files"] == ["d/b"]


def test_a_file_in_the_place_of_the_old_folder_collides():
    before, after = make_tree({"s/a": "1"}), make_tree({"d/a": "1"})
    with pytest.raises(Refusal) as caught:
        inverse(before, after, make_tree({"d/a": "1", "s": "a file"}))
    assert caught.value.values["files"] == ["s"]


def test_what_was_taken_back_by_hand_already_is_left():
    before, after = make_tree({"a": "1", "b": "1"}), make_tree({"a": "2", "b": "2"})
    now = make_tree({"a": "1", "b": "2"})
    assert now.apply(inverse(before, after, now)).files() == before.files()


def test_changes_apart_are_merged():
    before, after = make_tree({"f": "1\n2\n3\n4\n5\n"}), make_tree({"f": "1\nTWO\n3\n4\n5\n"})
    now = make_tree({"f": (EXECUTABLE, b"0\n1\nTWO\n3\n4\nFIVE\n")})
    assert now.apply(inverse(before, after, now)).files() == {"f": (EXECUTABLE, b"0\n1\n2\n3\n4\nFIVE\n")}


@pytest.mark.timeout(10)
def test_endless_repetition_takes_no_endless_time():
    base = b"x\n" * 15_000
    assert merge(base, b"y\n" * 3 + base[20:], base + b"z\n") == b"y\n" * 3 + base[20:] + b"z\n"


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "merged"),
    [
        (b"1\n2\n3\n", b"1\n2\n3\n4\n", b"0\n1\n2\n3\n", b"0\n1\n2\n3\n4\n"),
        (b"1\n2\n3\n", b"1\nx\n3\n", b"1\ny\n3\n", None),
        (b"1\n2\n3\n", b"x\n2\n3\n", b"1\ny\n3\n", None),
        (b"1\n2\n3\n", b"x\n2\n3\n", b"1\n2\nz\n", b"x\n2\nz\n"),
        (b"1\r\n2\r\n3\r\n", b"x\r\n2\r\n3\r\n", b"1\r\n2\r\nz", b"x\r\n2\r\nz"),
        (b"\xff\n2\n3\n", b"\xff\n2\n3\n4", b"1\n2\n3\n", b"1\n2\n3\n4"),
        (b"a\x0cb\n2\n3\n", b"a\x0cc\n2\n3\n", b"a\x0cb\n2\nz\n", b"a\x0cc\n2\nz\n"),
        (b"1\0\n2\n3\n", b"x\n2\n3\n", b"1\n2\nz\n", None),
        (b"1\n2\n", b"1\nx\n", b"1\nx\n", b"1\nx\n"),
    ],
)
def test_merge(base, ours, theirs, merged):
    assert merge(base, ours, theirs) == merged
