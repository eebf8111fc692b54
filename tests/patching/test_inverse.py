"""The batch that undoes a batch: byte for byte, and on top of later work."""

import pytest

from bot.contracts.tree import EXECUTABLE
from bot.errors import Refusal
from bot.patching.apply import apply
from bot.patching.inverse import inverse
from bot.patching.replay import replay
from tests.patching.conftest import batch, op, tree

FILES = {
    "a": "one\ntwo\nthree\n",
    "crlf": b"\xef\xbb\xbfone\r\ntwo",
    "latin": b"caf\xe9\nx\n",
    "bin": b"\0\1",
    "run": (EXECUTABLE, b"#!\n"),
}


@pytest.mark.parametrize(
    "operations",
    [
        [op("replace-block", "a", at={"line": 2}, text="x\ny\n")],
        [op("replace-block", "a", at={"lines": [1, 3]}, text="")],
        [op("insert-before", "a", at={"line": 1}, text="x"), op("append", "a", text="y")],
        [op("append", "crlf", text="three"), op("prepend", "crlf", text="zero")],
        [op("replace-block", "latin", at={"line": 1}, text="cafe\n")],
        [op("append", "latin", text="/w==", encoding="base64")],
        [op("create", "n/e/w", content="x", mode="100755")],
        [op("delete", "bin"), op("delete", "run"), op("delete", "latin")],
        [op("move", "bin", to="d/bin"), op("chmod", "d/bin", mode="100755")],
        [op("chmod", "run", mode="100644"), op("append", "run", text="x\n")],
        [op("move", "a", to="b"), op("append", "b", text="x\n"), op("create", "a", content="new")],
        [op("move", "a", to="crlf"), op("move", "crlf", to="a")],
        [op("move", "a", to="A")],
        [op("delete", "a"), op("create", "a/b", content="x")],
        [op("delete", "a"), op("move", "run", to="a")],
    ],
)
def test_apply_then_inverse_is_identity(operations):
    before = tree(FILES)
    applied = apply(before, batch(*operations))
    after = before.apply(applied.edits)
    undo = inverse(before, applied, "2" * 40)
    assert undo.base == "2" * 40
    back = apply(after, undo)
    assert after.apply(back.edits).oid == before.oid
    again = inverse(after, back)
    assert before.apply(apply(before, again).edits).oid == after.oid


def test_nothing_done_is_nothing_to_undo():
    before = tree(FILES)
    assert inverse(before, apply(before, batch(op("chmod", "run", mode="100755")))) is None


def test_an_inverse_is_pinned_to_what_was_made():
    before = tree(FILES)
    applied = apply(before, batch(op("append", "a", text="four\n")))
    undo = inverse(before, applied)
    with pytest.raises(Refusal) as caught:
        apply(tree({**FILES, "a": "one\ntwo\nthree\nfour\nfive\n"}), undo)
    assert caught.value.code == "blob-differs"


def test_later_work_stays_when_the_inverse_is_replayed_on_it():
    lines = "".join(f"{number}\n" for number in range(20))
    before = tree({"a": lines})
    applied = apply(before, batch(op("replace-block", "a", at={"line": 3}, text="changed\n")))
    after = before.apply(applied.edits)
    later = tree({"a": "new\n" + after.files()["a"][1].decode(), "b": ""})
    done = replay(after, later, inverse(before, applied), "3" * 40)
    assert later.apply(apply(later, done.batch).edits).files()["a"][1] == ("new\n" + lines).encode()
