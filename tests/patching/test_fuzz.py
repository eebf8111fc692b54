"""Anything at all, handed to gate, bridges and engine: a batch or a refusal, never a crash; and laws of what comes out."""

import json

from hypothesis import given
from hypothesis import strategies as st

from bot.contracts.patch import PatchBatch
from bot.contracts.tree import EXECUTABLE, FILE
from bot.errors import Refusal
from bot.patching.apply import apply
from bot.patching.batch import load_batch
from bot.patching.bridges import convert
from bot.patching.policy import Policy
from bot.patching.trees import between_trees
from bot.patching.unified import unified
from templates import explain_all
from tests.fuzz import fuzzed
from tests.patching.conftest import batch, tree
from tests.patching.test_oracle import files, operations

FILES = {"a": b"one\ntwo\nthree\n", "d/b.py": b"x = 1\r\ny = 2", "d/c": b"\xff\n\n\n"}
ANYTHING = Policy(protected=(), check_syntax=False)
PIECES = st.sampled_from(
    [
        b"diff --git a/a b/a\n", b"--- a/a\n+++ b/a\n", b"--- /dev/null\n", b"+++ b/new\n", b"@@ -1,3 +1,3 @@\n", b"@@ -1 +1,0 @@\n",
        b"@@ -0,0 +1 @@\n", b"@@\n", b"@@ two\n", b" one\n", b"-two\n", b"+2\n", b" three\n", b"\\ No newline at end of file\n",
        b"new file mode 100755\n", b"deleted file mode 100644\n", b"old mode 100644\nnew mode 120000\n", b"similarity index 100%\n",
        b"rename from a\nrename to z\n", b"copy from a\ncopy to z\n", b"GIT binary patch\nliteral 3\nKcmZQzU|?imU|<9Q00jU6\n\n",
        b"index 0000000..1111111 100644\n", b"Binary files a/a and b/a differ\n",
        b"<<<<<<< SEARCH\n", b"=======\n", b">>>>>>> REPLACE\n", b"a\n", b"d/b.py\n", b"```\n", b"```diff\n", b"```json\n", b"~~~\n",
        b"*** Begin Patch\n", b"*** End Patch\n", b"*** Update File: a\n", b"*** Add File: n\n", b"*** Delete File: d/c\n",
        b"*** Move to: m\n", b"*** End of File\n", b'{"version": 1, "operations": [', b'{"op": "delete", "path": "a"}', b"]}", b"version: 1\n",
        b"operations:\n", b"  - {op: delete, path: a}\n", b"\n", b"\r\n", b"\0", b"\xff\xfe", b"one\n", b"two\n",
    ]
)  # fmt: skip
PAYLOADS = st.one_of(
    st.lists(PIECES, max_size=14).map(b"".join),
    st.lists(st.one_of(PIECES, st.binary(max_size=12)), max_size=10).map(b"".join),
    st.binary(max_size=200),
)


@fuzzed(400)
@given(PAYLOADS, st.sampled_from(["auto", "diff", "search-replace", "apply-patch", "json", "yaml"]))
def test_no_payload_crashes_a_bridge_or_the_engine(payload, form):
    try:
        made = convert(payload, form, FILES.get)
        edits = apply(tree(FILES), made, ANYTHING).edits
    except Refusal as refusal:
        explain_all(refusal)
        return
    tree(FILES).apply(edits)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-2, 12)
    | st.sampled_from(["a", "d/b.py", "two", "", "x\n", "100755", "^t"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["op", "path", "at", "line", "lines", "marker", "regex", "start", "end", "text", "to", "mode"]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=8,
)
KINDS = st.sampled_from(
    ["replace-block", "insert-before", "insert-after", "append", "create", "delete", "move", "chmod"]
)


@fuzzed(300)
@given(
    st.lists(
        st.tuples(
            KINDS,
            st.dictionaries(
                st.sampled_from(["path", "at", "text", "to", "mode", "content", "expect", "exact", "indent"]),
                JSON,
                max_size=5,
            ),
        ),
        max_size=3,
    ),
    JSON,
)
def test_no_document_crashes_the_reading(made, other):
    for document in (
        {"version": 1, "operations": [{"op": kind, "path": "a", **members} for kind, members in made]},
        other,
    ):
        try:
            apply(tree(FILES), load_batch(json.dumps(document).encode(), "json"), ANYTHING)
        except Refusal as refusal:
            explain_all(refusal)


@st.composite
def changed(draw):
    data = draw(files())
    return data, draw(st.lists(operations(data), min_size=1, max_size=4))


@fuzzed(200)
@given(changed())
def test_a_batch_shown_as_a_diff_is_the_same_batch(case):
    data, wanted = case
    before = tree({"f": data, "z": ""})
    try:
        applied = apply(before, batch(*wanted), ANYTHING)
    except Refusal:
        return
    after = before.apply(applied.edits)
    shown = unified(before, applied)
    if not applied.files:
        assert shown == b""
        return
    again = convert(shown, "diff", {"f": data}.get)
    assert before.apply(apply(before, again, ANYTHING).edits).oid == after.oid


CONTENTS = st.one_of(st.sampled_from([b"", b"a\n", b"b", b"\xff", b"a\nb\nc\n"]), files())
TREES = st.dictionaries(
    st.sampled_from(["a", "b", "d/a", "d/e/f", "x"]),
    st.tuples(st.sampled_from([FILE, EXECUTABLE]), CONTENTS),
    min_size=1,
)


@fuzzed(200)
@given(TREES, TREES)
def test_the_batch_between_two_trees_makes_the_second_of_the_first(one, two):
    before, after = tree(one), tree(two)
    made = between_trees(before, after)
    if not made:
        assert before.oid == after.oid
        return
    assert before.apply(apply(before, PatchBatch(version=1, operations=made), ANYTHING).edits).oid == after.oid


def test_what_no_batch_can_make_is_refused():
    try:
        between_trees(tree({"a": b"\0"}), tree({"a": b"\1\0"}))
    except Refusal as refusal:
        assert (refusal.code, refusal.place.file) == ("not-a-batch", "a")
    else:
        raise AssertionError
