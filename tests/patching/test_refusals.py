"""Every code that the engine refuses with: a case for each, told in words, and a check that none is missing."""

import pytest

from bot.errors import Refusal
from bot.patching.apply import apply
from bot.patching.policy import policy
from bot.patching.replay import replay
from bot.patching.trees import between_trees
from templates import explain
from tests import scan
from tests.patching.conftest import batch, op, tree

FILES = {"a.txt": "one\ntwo\ntwo\n", "bin": b"\0", "d/f": "x", "a.py": "x = 1\n"}
HERE = {"line": 1}


def place(at=HERE, **members):
    return op("replace-block", at=at, **{"text": "x\n", **members})


CASES = {
    "bad-base64": [op("append", text="*", encoding="base64")],
    "bad-marker": [place({"marker": " "})],
    "bad-regex": [place({"regex": "("})],
    "bad-text": [op("append", text="\0")],
    "batch-too-costly": [place({"regex": f"\\pL{{1,40}}{number}"}) for number in range(3000)],
    "batch-too-large": [op("append", text="x"), op("append", text="x"), op("append", text="x")] * 2000,
    "binary-file": [op("append", "bin", text="x")],
    "blob-differs": [op("append", text="x", expect_blob="1" * 40)],
    "breaks-syntax": [op("append", "a.py", text="def (:\n")],
    "expect-differs": [place(expect="two\n")],
    "file-exists": [op("create", content="")],
    "file-missing": [op("delete", "A.txt")],
    "file-too-large": [op("append", text="x" * 100_000_001)],
    "line-out-of-range": [place({"line": 9})],
    "marker-ambiguous": [place({"marker": "two"})],
    "marker-missing": [place({"marker": "twoo"})],
    "moves-onto-itself": [op("move", to="a.txt")],
    "not-a-batch": [],
    "not-a-file": [op("delete", "d")],
    "operations-conflict": [op("delete"), op("append", text="x")],
    "operations-overlap": [place(), place()],
    "path-clash": [op("create", "d", content="")],
    "path-twin": [op("create", "A.txt", content="")],
    "protected-path": [op("create", ".gitmodules", content="")],
    "range-backwards": [place({"lines": [2, 1]})],
    "regex-ambiguous": [place({"regex": "^t"})],
    "regex-missing": [place({"regex": "z"})],
    "replay-collides": [place()],
    "unsafe-path": [op("create", "../x@y`z\u202e", content="")],
}


def refusal_of(code):
    limits = policy(max_operations=5000, max_bytes=1 << 30)
    with pytest.raises(Refusal) as caught:
        if code == "not-a-batch":
            between_trees(tree(FILES), tree({"bin": b"\0\0"}))
        if code == "replay-collides":
            replay(tree(FILES), tree({"a.txt": "1\n"}), batch(*CASES[code]), "1" * 40)
        if code == "not-a-batch":
            between_trees(tree(FILES), tree({**FILES, "bin": b"\1\0"}))
        apply(tree(FILES), batch(*CASES[code]), limits)
    return caught.value


@pytest.mark.parametrize("code", sorted(CASES))
def test_each_refusal_has_its_case_and_its_words(code):
    refusal = refusal_of(code)
    assert code in {each.code for each in refusal.all}
    for each in refusal.all:
        told = explain(each)
        assert "**Next:** " in told and f"Code: `{each.code}`" in told
        assert "\u202e" not in told
        told.encode("utf-8")
        if each.code != "batch-too-large":
            assert each.place.operation is not None and each.place.file


OURS = [
    (file, source)
    for file, source in scan.sources()
    if file.startswith("bot/patching/") and "/bridges/" not in file and not file.endswith("/batch.py")
]
PASSED_IN = {"bad-regex", "unsafe-path"}
"""Raised by ``bot.source`` and passed on."""


def test_every_code_of_the_engine_has_a_case():
    raised = {each.code for file, source in OURS for each in scan.refusals(file, source)[0]}
    assert len(raised) > 20
    assert raised | PASSED_IN == set(CASES)


def test_this_check_can_fail():
    found, _ = scan.refusals("bot/patching/new.py", "faults.take(fault('no-such-code', path, 1))")
    assert {each.code for each in found} - set(CASES) == {"no-such-code"}


def test_a_refusal_is_told_with_its_place():
    refusal = refusal_of("expect-differs")
    assert str(refusal.place) == "a.txt:1, operation 0"
