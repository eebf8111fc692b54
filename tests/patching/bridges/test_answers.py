"""Whole answers: prose, code blocks of all kinds, and what is in them; native batches among them."""

import json
from pathlib import Path

import pytest

from bot.errors import Refusal
from bot.patching.bridges import convert
from tests import scan
from tests.patching.bridges.conftest import code, made, refusal, refused, text

ABC = b"a\nb\nc\nd\n"
DIFF = b"--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n-a\n+A\n b\n"
DIFF_2 = b"--- a/y\n+++ b/y\n@@ -1,2 +1,2 @@\n-a\n+A\n b\n"
BLOCK = b"x\n<<<<<<< SEARCH\nb\n=======\nB\n>>>>>>> REPLACE\n"
PATCH = b"*** Begin Patch\n*** Update File: x\n@@\n-a\n+A\n*** End Patch\n"
BATCH = {"version": 1, "operations": [{"op": "append", "path": "x", "text": "e\n"}]}
JSON = json.dumps(BATCH, indent=1).encode()
YAML = b"version: 1\noperations:\n  - op: append\n    path: x\n    text: |\n      e\n"
FILES = {"x": ABC, "y": ABC}


def test_several_code_blocks_of_one_kind_are_joined_in_order():
    answer = b"First:\n```diff\n" + DIFF + b"```\nthen\n```diff\n" + DIFF_2 + b"```\n"
    assert made(FILES, answer) == dict.fromkeys(FILES, b"A\n" + ABC[2:])


def test_code_blocks_that_are_no_patch_are_left_alone():
    other = b"```python\nprint('{')\n```\n\n~~~\n- a\n+ b\n~~~\n\n```json\n{\"a\": 1}\n```\n\n```yaml\na: 1\n```\n"
    assert text(ABC, other + b"```diff\n" + DIFF + b"```\n" + other) == b"A\nb\nc\nd\n"


def test_longer_fences_hold_shorter_ones():
    old = b"# T\n\n```sh\nrun\n```\n"
    diff = b"--- a/x\n+++ b/x\n@@ -1,5 +1,5 @@\n # T\n \n-```sh\n+```bash\n run\n ```\n"
    for fence in (b"````", b"```", b"~~~"):
        assert text(old, fence + b"diff\n" + diff + fence + b"\n") == b"# T\n\n```bash\nrun\n```\n"


@pytest.mark.parametrize("data", [JSON, YAML])
def test_native_batches(data):
    form = "json" if data is JSON else "yaml"
    for given in ("auto", form):
        assert text(ABC, data, given) == ABC + b"e\n"
        assert text(ABC, data.replace(b"\n", b"\r\n"), given) == ABC + b"e\n"
        assert text(ABC, b"Here:\n```" + form.encode() + b"\n" + data + b"\n```\n", given) == ABC + b"e\n"
        assert text(ABC, b"Here:\n```\n" + data + b"\n```\n", given) == ABC + b"e\n"


def test_native_batches_in_one_answer_are_joined():
    first = json.dumps({**BATCH, "base": "a" * 40, "reason": "one", "requester": "codex"}).encode()
    second = json.dumps({**BATCH, "reason": "two", "task": "#1"}).encode()
    batch = convert(b"```json\n" + first + b"\n```\n\n```json\n" + second + b"\n```\n", "auto", FILES.get)
    assert (batch.base, batch.reason, batch.requester, batch.task) == ("a" * 40, "one", "codex", "#1")
    assert len(batch.operations) == 2


def test_the_base_is_put_in_and_must_agree():
    assert convert(DIFF, "auto", FILES.get, base="a" * 40).base == "a" * 40
    assert convert(DIFF, "auto", FILES.get).base == ""
    assert convert(JSON, "auto", FILES.get, base="a" * 40).base == "a" * 40
    based = json.dumps({**BATCH, "base": "b" * 40}).encode()
    assert convert(based, "auto", FILES.get, base="b" * 40).base == "b" * 40
    found = refusal(FILES, based, base="a" * 40)
    assert (found.code, found.values) == ("base-differs", {"given": "b" * 40, "base": "a" * 40})


def test_faults_of_a_native_batch_keep_their_line_in_the_answer():
    wrong = JSON.replace(b'"version": 1', b'"version": "1"')
    assert refused(FILES, b"Here:\n\n```json\n" + wrong + b"\n```\n") == [("wrong-type", 5)]
    assert refused(FILES, b"Here:\n\n```yaml\n" + YAML + b"zz: 1\n```\n") == [("unknown-key", 10)]
    assert refused(FILES, b'{"version": 1, "operations": [}', "json") == [("bad-json", 1)]


@pytest.mark.parametrize(
    ("payload", "form", "wanted"),
    [
        (b"", "auto", [("patch-not-recognised", 1)]),
        (b"Nothing to do.\n", "auto", [("patch-not-recognised", 1)]),
        (b"```\ncode\n```\n", "auto", [("patch-not-recognised", 1)]),
        (b"\x00\xff", "diff", [("patch-not-recognised", 1)]),
        (DIFF, "search-replace", [("patch-not-recognised", 1)]),
        (DIFF + b"\n" + BLOCK, "auto", [("patch-mixed", 9)]),
        (DIFF + b"\n" + BLOCK, "diff", [("patch-mixed", 9)]),
        (PATCH + DIFF, "auto", [("patch-mixed", 7)]),
        (b"```json\n" + JSON + b"\n```\n" + DIFF, "auto", [("patch-mixed", 13)]),
        (b"```diff\n" + DIFF, "auto", [("fence-unclosed", 1)]),
        (b"so\n```\n" + PATCH, "auto", [("fence-unclosed", 2)]),
        (b"```json\n" + JSON, "auto", [("fence-unclosed", 1)]),
    ],
)
def test_what_is_refused(payload, form, wanted):
    assert refused(FILES, payload, form) == wanted


def test_what_is_too_large_is_not_read():
    assert code(FILES, b"x" * ((32 << 20) + 1)) == "too-large"


def test_at_most_fifty_faults_are_told():
    many = b"".join(b"--- a/x\n+++ b/x\n@@ -1 +1 @@\n-q%d\n+Q\n" % each for each in range(200))
    assert len(refused(FILES, many)) == 50


def test_a_refusal_names_the_payload():
    with pytest.raises(Refusal) as caught:
        convert(b"", "auto", FILES.get, name="comment")
    assert str(caught.value.place) == "comment:1"


def test_operations_are_pinned_to_the_blob_that_was_read():
    batch = convert(DIFF, "auto", FILES.get)
    assert [each.expect_blob for each in batch.operations] == ["d68dd4031d2ad5b7a3829ad7df6635e27a7daa22"]
    assert [each.expect for each in batch.operations] == ["a\n"]


def test_more_lines_than_a_patch_can_have_are_not_looked_through():
    assert code(FILES, b"\n" * 2_000_001) == "patch-too-costly"


def test_every_code_of_the_bridges_stands_in_their_tests():
    folder = Path(__file__).parent
    told = "".join(path.read_text("utf-8") for path in (*folder.glob("test_*.py"), folder.parent / "test_batch.py"))
    raised = {
        each.code
        for file, source in scan.sources()
        if file.startswith("bot/patching/bridges/") or file == "bot/patching/batch.py"
        for each in scan.refusals(file, source)[0]
    }
    assert len(raised) > 25
    assert {each for each in raised if f'"{each}"' not in told} == set()
