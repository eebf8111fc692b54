"""The reader of native batches: strict, exact about places, fast; and the id of a batch."""

import json
from contextlib import suppress
from typing import get_args

import pytest

from bot.contracts.patch import Operation, PatchBatch
from bot.errors import Refusal
from bot.patching import batch as module
from bot.patching.batch import batch_id, canonical, load_batch
from tests.effort import effort, soon

ONE = {"op": "append", "path": "a", "text": "x"}
GOOD = {"version": 1, "operations": [ONE]}


def data(**members):
    return json.dumps({**GOOD, **members}).encode()


def refused(payload, form="json"):
    with pytest.raises(Refusal) as caught:
        load_batch(payload, form, "b")
    assert caught.value.place.file == "b"
    return [(each.code, each.place.line, each.place.key) for each in caught.value.all]


def test_both_formats_read_the_same():
    text = b"version: 1\noperations:\n  - {op: append, path: a, text: x}\n"
    assert load_batch(text, "yaml") == load_batch(data(), "json") == PatchBatch.model_validate_json(data())
    assert load_batch(b"\xef\xbb\xbf" + data(), "json") == load_batch(data(), "json")


@pytest.mark.parametrize(
    ("payload", "wanted"),
    [
        (data(base=None), ("wrong-type", 1, "base")),
        (data(version=True), ("wrong-type", 1, "version")),
        (data(version="1"), ("wrong-type", 1, "version")),
        (data(operations=[{**ONE, "zz": 1}]), ("unknown-key", 1, "operations[0].zz")),
        (data(operations=[{"op": "append", "path": "a"}]), ("missing-key", 1, "operations[0].text")),
        (data(operations=[{**ONE, "op": "insert-after", "at": {"line": "3"}}]), ("wrong-type", 1, "operations[0].at.line")),
        (data(operations=[]), ("bad-value", 1, "operations")),
        (data(operations=[{**ONE, "op": "add"}]), ("bad-value", 1, "operations[0].op")),
        (data(operations=[{**ONE, "op": ["append"]}]), ("wrong-type", 1, "operations[0].op")),
        (data(operations=[{"path": "a"}]), ("missing-key", 1, "operations[0].op")),
        (b'{\n"version": 1,\n"version": 1,\n"operations": []}', ("duplicate-key", 3, "version")),
        (b'{"version": 1,\n"operations": [{"op": "append", "path": "a",\n"path": "b", "text": "x"}]}', ("duplicate-key", 3, "operations[0].path")),
        (data().replace(b'"x"', b'\n"\\ud800"'), ("bad-json", 2, "operations[0].text")),
        (data().replace(b'"x"', b'\n"\\u0000"'), ("bad-text", 2, "operations[0].text")),
        (data(reason="a\0"), ("bad-text", 1, "reason")),
        (data(operations=[{**ONE, "text": "e!", "encoding": "base64"}]), ("bad-base64", 1, "operations[0].text")),
        (data(operations=[{**ONE, "text": "é===", "encoding": "base64"}]), ("bad-base64", 1, "operations[0].text")),
        (data(operations=[ONE, {"op": "replace-block", "path": "a", "at": {"line": 1}, "text": "eA==", "expect": "x", "encoding": "base64"}]), ("bad-base64", 1, "operations[1].expect")),
        (data(operations=[{"op": "create", "path": "a", "content": "x", "encoding": "base64"}]), ("bad-base64", 1, "operations[0].content")),
        (b'{"version": 1, "operations": [NaN]}', ("bad-json", 1, "operations[0]")),
        (b'{"version": 1, "operations": [\n', ("bad-json", 2, "operations[0]")),
        (b"\xff", ("not-utf8", 1, None)),
        (b"[" * 100_000, ("too-deep", 1, None)),
        (b"[]", ("wrong-type", 1, None)),
        (b"1" * 10_000, ("bad-json", 1, None)),
    ],
)  # fmt: skip
def test_what_is_refused(payload, wanted):
    code, line, key = refused(payload)[0]
    assert (code, line) == wanted[:2]
    assert code in {"too-deep", "bad-json"} or key == wanted[2]


@pytest.mark.parametrize(
    ("payload", "wanted"),
    [
        (
            b"version: 1\noperations:\n  - {op: append, path: a, text: 1}\n",
            ("ambiguous-scalar", 3, "operations[0].text"),
        ),
        (
            b"version: 1\noperations:\n  - {op: append, path: yes, text: x}\n",
            ("ambiguous-scalar", 3, "operations[0].path"),
        ),
        (
            b'version: 1\noperations:\n  - op: append\n    path: a\n    text: "\\0"\n',
            ("bad-text", 5, "operations[0].text"),
        ),
        (b"version: 1\nbase:\noperations:\n  - {op: delete, path: a}\n", ("ambiguous-scalar", 2, "base")),
    ],
)
def test_what_is_refused_in_yaml(payload, wanted):
    assert refused(payload, "yaml")[0] == wanted


def test_every_fault_is_told():
    wrong = data(version="1", operations=[{**ONE, "text": 1}, {"op": "what", "path": "a"}])
    assert [code for code, _, _ in refused(wrong)] == ["wrong-type", "wrong-type", "bad-value"]


def test_operations_are_read_one_after_the_other():
    each = {
        "op": "replace-block",
        "path": "src/a.ts",
        "at": {"lines": [1, 2]},
        "expect": "o\n" * 25,
        "text": "n\n" * 25,
    }
    few, many = (data(operations=[each] * count) for count in (250, 1000))
    assert len(many) > 200_000
    assert effort(load_batch, many, "json") < 5 * effort(load_batch, few, "json")


@pytest.mark.parametrize(
    "payload",
    [
        b'{"version":1,"operations":[' + b"{}," * 3_000_000 + b"{}]}",
        b'{"version":1,"operations":[' + b"0," * 9_000_000 + b"0]}",
        b'{"version":1,"operations":[' + b'{"op":"delete"},' * 400_000 + b"{}]}",
        b'{"a":' * 2_000_000,
        data(operations=[{**ONE, "zz": 1}] * 200_000),
        data(operations=[ONE] * 200_000 + [{**ONE, "zz": 1}]),
        data(operations=[ONE] * 200_000).replace(b'"version"', b'"version": 1, "version"'),
    ],
    ids=range(7),
)
def test_large_and_wrong_is_refused_in_time(payload):
    def read(some):
        with suppress(Refusal):
            load_batch(some, "json")

    assert refused(payload)[0][0] == "bad-batch"
    assert soon(read, payload, 20)


def test_yaml_that_would_take_long_is_refused():
    assert refused(b"- a\n" * 500_000, "yaml")[0][0] == "patch-too-costly"
    assert refused(b"a" * (3 << 20), "yaml")[0][0] == "too-large"
    with pytest.raises(Refusal, match="too-large"):
        load_batch(data(), "json", max_bytes=10)


def test_the_operations_that_are_known_are_the_contracts():
    models = get_args(get_args(Operation)[0])
    assert {get_args(model.model_fields["op"].annotation)[0] for model in models} == module.OPERATIONS


def test_one_form_and_one_id():
    spaced = json.dumps(
        {"operations": [{"text": "é", "path": "a", "exact": False, "op": "append"}], "version": 1}, indent=2
    ).encode()
    one = load_batch(spaced, "json")
    assert canonical(one) == b'{"operations":[{"op":"append","path":"a","text":"\\u00e9"}],"version":1}'
    assert load_batch(canonical(one), "json") == one
    assert batch_id(one) == batch_id(load_batch(canonical(one), "json"))
    assert batch_id(one) != batch_id(load_batch(data(), "json"))
    assert len(batch_id(one)) == 64
