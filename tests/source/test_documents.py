import contextlib
import json
import math
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field

from bot.config import repository_settings
from bot.contracts.base import Contract
from bot.contracts.migration import Manifest
from bot.errors import Refusal
from bot.source.documents import load, read
from bot.source.scalars import is_canonical, resolve
from tests.effort import soon

GOOD = b"""\
version: 1
folders:
  - id: a
    source: s
    destination: d
    include: ["**"]
    imports:
      - {files: "**/*.ts", from: "x", to: "y"}
      - {regex: "x", to: ""}
  - each: STAGING/*
    destination: "apps/{name}"
"""


def found(data, model=Manifest, form="yaml"):
    """Every refusal of a document as (code, line, column, key path)."""
    with pytest.raises(Refusal) as caught:
        read(data, form, "m.yml", model)
    refusals = caught.value.all
    for refusal in refusals:
        assert refusal.place.file == "m.yml"
        json.dumps(refusal.values).encode()
    return [(r.code, r.place.line, r.place.column, r.place.key) for r in refusals]


def first(data, **options):
    return found(data, **options)[0]


def test_a_manifest_is_read_the_same_from_both_formats():
    manifest = read(GOOD, "yaml", "m.yml", Manifest)
    assert manifest.folders[0].imports[0].from_ == "x"
    assert manifest.folders[1].each == "STAGING/*"
    same = json.dumps(manifest.model_dump(mode="json", by_alias=True, exclude_none=True)).encode()
    assert read(same, "json", "m.json", Manifest) == manifest
    assert read(b"\xef\xbb\xbf" + GOOD, "yaml", "m.yml", Manifest) == manifest
    assert read(GOOD.replace(b"\n", b"\r\n"), "yaml", "m.yml", Manifest) == manifest


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"a: [1\n", ("bad-yaml", 2, 1, None)),
        (b"a: 'x\n", ("bad-yaml", 2, 1, None)),
        (b"a:\n\t- b\n", ("bad-yaml", 2, 1, None)),
        (b"a: b: c\n", ("bad-yaml", 1, 5, None)),
        (b"a: \x07\n", ("bad-yaml", 1, 4, None)),
        (b'a: "\\ud800"\n', ("bad-yaml", 1, 4, "a")),
        (b"[a]: b\n", ("bad-yaml", 1, 1, None)),
        (b"%YAML 1.1\n---\na: b\n", ("bad-yaml", 2, 1, None)),
        ('é: ü\nb: "'.encode() + b'\xff"\n', ("not-utf8", 2, 5, None)),
        (b"\xff\xfea\0", ("not-utf8", 1, 1, None)),
        (b"a: 1\nb: 2\na: 3\n", ("duplicate-key", 3, 1, "a")),
        (b"x:\n  - {on: 1, 'on': 2}\n", ("duplicate-key", 2, 13, "x[0].on")),
        (b"a: &q 1\n", ("anchor", 1, 4, "a")),
        (b"a: *q\n", ("alias", 1, 4, "a")),
        (b"&q a: 1\n", ("anchor", 1, 1, None)),
        (b"a: !!str x\n", ("tag", 1, 4, "a")),
        (b"a: ! x\n", ("tag", 1, 4, "a")),
        (b"!x {}\n", ("tag", 1, 1, None)),
        (b"a:\n  <<: {b: c}\n", ("merge-key", 2, 3, "a")),
        (b"a: 1\n---\nb: 2\n", ("several-documents", 2, 1, None)),
        (b"---\n---\n", ("several-documents", 2, 1, None)),
        (b"[" * 33, ("too-deep", 1, 33, "[0]" * 32)),
        (b"".join(b" " * n + b"a:\n" for n in range(40)), ("too-deep", 33, 33, ".".join("a" * 32))),
        (b" " * ((1 << 20) + 1), ("too-large", None, None, None)),
    ],
)
def test_yaml_refused(data, expected):
    assert first(data) == expected


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", ("bad-json", 1, 1, None)),
        (b'{"a": 1,}', ("bad-json", 1, 9, None)),
        (b"[1,\n 2 3]", ("bad-json", 2, 4, None)),
        (b'{"a" 1}', ("bad-json", 1, 6, "a")),
        (b"{a: 1}", ("bad-json", 1, 2, None)),
        (b"[1] x", ("bad-json", 1, 5, None)),
        (b"// no\n{}", ("bad-json", 1, 1, None)),
        (b"[NaN]", ("bad-json", 1, 2, "[0]")),
        (b"[01]", ("bad-json", 1, 3, None)),
        (b"[1e999]", ("bad-json", 1, 2, "[0]")),
        (b"[" + b"9" * 5000 + b"]", ("bad-json", 1, 2, "[0]")),
        (b'["a\nb"]', ("bad-json", 1, 4, "[0]")),
        (b'["\\x"]', ("bad-json", 1, 3, "[0]")),
        (b'["\\u12"]', ("bad-json", 1, 3, "[0]")),
        (b'["\\ud800"]', ("bad-json", 1, 2, "[0]")),
        (b'["', ("bad-json", 1, 3, "[0]")),
        (b'{"a": 1,\n "a": 2}', ("duplicate-key", 2, 2, "a")),
        (b'{"a": 1, "\\u0061": 2}', ("duplicate-key", 1, 10, "a")),
        (b"[" * 33, ("too-deep", 1, 33, "[0]" * 32)),
        (b'"\xff"', ("not-utf8", 1, 2, None)),
    ],
)
def test_json_refused(data, expected):
    assert first(data, form="json") == expected


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", ("wrong-type", 1, 1, None)),
        (b"- a\n", ("wrong-type", 1, 1, None)),
        (b"version: 1\nfolders: []\n", ("bad-value", 2, 10, "folders")),
        (b"version: 1\nfolders:\n", ("wrong-type", 2, 1, "folders")),
        (b"version: 1\n", ("missing-key", 1, 1, "folders")),
        (GOOD + b"x: 1\n", ("unknown-key", 12, 1, "x")),
        (GOOD.replace(b"    source: s\n", b""), ("missing-key", 3, 5, "folders[0].source")),
        (GOOD.replace(b"source", b"sorce"), ("unknown-key", 4, 5, "folders[0].sorce")),
        (GOOD.replace(b"source: s", b"source: [s]"), ("wrong-type", 4, 13, "folders[0].source")),
        (GOOD.replace(b'["**"]', b"[1]"), ("ambiguous-scalar", 6, 15, "folders[0].include[0]")),
        (GOOD.replace(b'["**"]', b'"**"'), ("wrong-type", 6, 14, "folders[0].include")),
        (GOOD.replace(b'from: "x"', b"from: on"), ("ambiguous-scalar", 8, 34, "folders[0].imports[0].from")),
        (GOOD.replace(b'regex: "x"', b"regex: [x]"), ("wrong-type", 9, 17, "folders[0].imports[1].regex")),
        (GOOD.replace(b'regex: "x", ', b'regex: "x", from: y, '), ("unknown-key", 9, 22, "folders[0].imports[1].from")),
        (GOOD.replace(b'regex: "x"', b'regx: "x"'), ("unknown-key", 9, 10, "folders[0].imports[1].regx")),
        (GOOD.replace(b'from: "x"', b'form: "x"'), ("unknown-key", 8, 28, "folders[0].imports[0].form")),
        (
            GOOD.replace(b'destination: "', b'source: a\n    destination: "'),
            ("unknown-key", 11, 5, "folders[1].source"),
        ),
        (GOOD.replace(b"each: STAGING/*", b"each: 7"), ("ambiguous-scalar", 10, 11, "folders[1].each")),
        (GOOD.replace(b"each: STAGING/*", b"mode: x"), None),
        (GOOD.replace(b"version: 1", b'version: "1"'), ("wrong-type", 1, 10, "version")),
        (GOOD.replace(b"version: 1", b"version: 2"), ("bad-value", 1, 10, "version")),
        (GOOD.replace(b"version: 1", b"version: yes"), ("ambiguous-scalar", 1, 10, "version")),
        (GOOD.replace(b"version: 1", b"version: 0x1"), ("ambiguous-scalar", 1, 10, "version")),
        (GOOD + b"spec: ~\n", ("ambiguous-scalar", 12, 7, "spec")),
        (GOOD + b"name: null\n", ("ambiguous-scalar", 12, 7, "name")),
        (GOOD + b"name:\n", ("ambiguous-scalar", 12, 1, "name")),
        (GOOD + b"name: 2026\n", ("ambiguous-scalar", 12, 7, "name")),
        (GOOD + b"name: ''\n", ("bad-value", 12, 7, "name")),
        (GOOD + b"    mode: on\n", ("ambiguous-scalar", 12, 11, "folders[1].mode")),
        (GOOD + b"    mode: mv\n", ("bad-value", 12, 11, "folders[1].mode")),
        (GOOD + b"    exclude: no\n", ("wrong-type", 12, 14, "folders[1].exclude")),
        (GOOD + b"    exclude: {a: b}\n", ("wrong-type", 12, 14, "folders[1].exclude")),
        (GOOD + b"  - word\n", ("wrong-type", 12, 5, "folders[2]")),
        (GOOD + b"  - yes\n", ("wrong-type", 12, 5, "folders[2]")),
        (GOOD + b"  - [x]\n", ("wrong-type", 12, 5, "folders[2]")),
    ],
)
def test_models_refused(data, expected):
    refusals = found(data)
    if expected is not None:
        assert refusals == [expected]
    else:  # neither kind of folder: both keys that would tell are missing, one branch is spoken about
        assert {code for code, *_ in refusals} == {"missing-key", "bad-value"}


def test_faults_come_in_the_order_of_the_text_and_all_at_once():
    data = b"name: yes\nversion: 1\nfolders:\n  - {id: 1, source: s, destination: [d]}\n  - {each: x, dst: y}\n"
    assert found(data) == [
        ("ambiguous-scalar", 1, 7, "name"),
        ("ambiguous-scalar", 4, 10, "folders[0].id"),
        ("wrong-type", 4, 37, "folders[0].destination"),
        ("missing-key", 5, 5, "folders[1].destination"),
        ("unknown-key", 5, 15, "folders[1].dst"),
    ]


def test_no_more_than_fifty_faults():
    assert len(found(b"version: 1\nfolders:\n" + b"  - x\n" * 200)) == 50


def test_a_misspelt_key_gets_a_suggestion():
    with pytest.raises(Refusal) as caught:
        read(GOOD.replace(b"destination: d", b"destinaton: d"), "yaml", "m.yml", Manifest)
    assert caught.value.values["nearest"] == "destination"
    assert "destination" in caught.value.values["known"]
    assert not caught.value.also


class Cat(Contract):
    kind: Literal["cat"]
    lives: Annotated[int, Field(le=9)]


class Dog(Contract):
    kind: Literal["dog"]
    name: str


class Zoo(Contract):
    pet: Annotated[Cat | Dog, Field(discriminator="kind")] | None = None
    size: int | str = 1
    open: bool = True
    weight: float = 1.0
    ages: dict[str, int] = Field(default_factory=dict)
    pair: tuple[int, str] = (1, "a")
    anything: Any = None
    count: int | None = None


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"pet: {kind: cat, lives: x}", [("wrong-type", 1, 25, "pet.lives")]),
        (b"pet: {kind: cat, lives: 12}", [("bad-value", 1, 25, "pet.lives")]),
        (b"pet: {kind: dog, nam: x}", [("unknown-key", 1, 18, "pet.nam")]),
        (b"pet: {kind: cow}", [("bad-value", 1, 13, "pet.kind")]),
        (b"size: [1]", [("wrong-type", 1, 7, "size")]),
        (b"size: yes", [("ambiguous-scalar", 1, 7, "size")]),
        (b"open: yes", [("ambiguous-scalar", 1, 7, "open")]),
        (b"open: True", [("ambiguous-scalar", 1, 7, "open")]),
        (b"open: 'true'", [("wrong-type", 1, 7, "open")]),
        (b"open: 1", [("wrong-type", 1, 7, "open")]),
        (b"weight: 1_0", [("ambiguous-scalar", 1, 9, "weight")]),
        (b"weight: .5", [("ambiguous-scalar", 1, 9, "weight")]),
        (b"ages: {a: b}", [("wrong-type", 1, 11, "ages.a")]),
        (b"ages: {a: 010}", [("ambiguous-scalar", 1, 11, "ages.a")]),
        (b"pair: [1]", None),
        (b"pair: [x, z]", [("wrong-type", 1, 8, "pair[0]")]),
        (b"anything: {a: [on]}", [("ambiguous-scalar", 1, 16, "anything.a[0]")]),
        (b"count: 1.0", [("wrong-type", 1, 8, "count")]),
        (b"count: 99999999999999999999999", [("ambiguous-scalar", 1, 8, "count")]),
    ],
)
def test_other_models_refused(data, expected):
    refusals = found(data, Zoo)
    assert expected is None or refusals == expected


def test_other_models_taken():
    zoo = read(
        b"open: false\nweight: 1.5e3\nages: {yes: 3}\npair: [2, '3']\nanything: {b: [true, 1, x]}\ncount: -5",
        "yaml",
        "z",
        Zoo,
    )
    assert (zoo.open, zoo.weight, zoo.ages, zoo.pair, zoo.count) == (False, 1500.0, {"yes": 3}, (2, "3"), -5)
    assert zoo.anything == {"b": [True, 1, "x"]}
    assert read(b'{"pet": null, "count": null, "size": "no", "weight": 2}', "json", "z", Zoo).size == "no"


def test_values_and_places():
    document = load(b"a: 1\nlist:\n  - yes\n  - k: 'v'\n    day: 2026-11-01\nnone: ~\n", "yaml", "m.yml")
    assert document.value == {"a": 1, "list": [True, {"k": "v", "day": "2026-11-01"}], "none": None}
    document.value["a"] = 2
    assert document.value["a"] == 1
    places = [document.place(path) for path in ((), ("a",), ("list", 1, "k"), ("list", 7), ("a", "b"))]
    assert [(p.line, p.column, p.key) for p in places] == [
        (1, 1, None),
        (1, 4, "a"),
        (4, 8, "list[1].k"),
        (3, 3, "list[7]"),
        (1, 4, "a.b"),
    ]
    assert document.place(("list", 1, "day"), key=True).column == 5
    assert load(b'{"a":\r\n  [1, "x"]}', "json", "m").place(("a", 1)).line == 2


def test_lines_are_those_of_editors_and_columns_count_characters():
    document = load('a: "\u2028"\nb: {é: x, c: y}\n'.encode(), "yaml", "m")
    assert (document.place(("b", "c")).line, document.place(("b", "c")).column) == (2, 14)


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("yes", "boolean", True), ("Off", "boolean", False), ("y", "boolean", True), ("TRUE", "boolean", True),
        ("~", "null", None), ("", "null", None), ("Null", "null", None),
        ("1", "number", 1), ("-0", "number", 0), ("+12", "number", 12), ("0x1F", "number", 31), ("0b11", "number", 3),
        ("010", "number", 8), ("0o17", "number", 15), ("08", "number", 8), ("1_000", "number", 1000), ("1:30", "number", 90),
        ("190:20:30", "number", 685230), ("1.5", "number", 1.5), (".5", "number", 0.5), ("1.", "number", 1.0),
        ("1e3", "number", 1000.0), ("1.5:30", "text", "1.5:30"), ("1:30.5", "number", 90.5), ("-.inf", "number", -math.inf),
        ("yEs", "text", "yEs"), ("1.2.3", "text", "1.2.3"), ("v1", "text", "v1"), ("2026-11-01", "text", "2026-11-01"),
        ("-", "text", "-"), (".", "text", "."), ("+", "text", "+"), ("..", "text", ".."), ("0x", "text", "0x"), ("1:99", "text", "1:99"),
        ("_1", "text", "_1"), ("none", "text", "none"), ("9" * 200, "number", "9" * 200),
    ],
)  # fmt: skip
def test_plain_scalars(text, kind, value):
    assert resolve(text) == (kind, value)


def test_canonical_scalars():
    assert all(map(is_canonical, ["true", "false", "0", "-1", "12", "1.0", "-2.5e-3"]))
    assert not any(
        map(is_canonical, ["True", "yes", "~", "", "null", "00", "+1", "1_0", "0x1", "1.", ".5", "1e3", "9" * 20])
    )
    assert resolve(".nan")[1] != resolve(".nan")[1]


@given(st.sampled_from(["yaml", "json"]), st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(form, data):
    for call in (lambda: load(data, form, "m"), lambda: read(data, form, "m", Manifest)):
        try:
            call()
        except Refusal as refusal:
            assert refusal.code


YAML_PIECES = [
    "a", ": ", ":", "- ", "\n", "\n  ", "\n    ", "[", "]", "{", "}", ",", "'", '"', "|", ">", "-", "+1", "&a ", "*a", "!", "!!str ", "%", "---",
    "...", "#", " ", "\t", "?", "? ", "yes", "1", "\\", "\\u12", "\\U00110000", "\x85", "\u2028", "\ufeff", "\r", "@", "`", "<<", "~", "=", "\0", "!<", "%YAML 1.",
]  # fmt: skip


@given(st.lists(st.sampled_from(YAML_PIECES), max_size=40).map("".join))
def test_any_yaml_like_text_is_read_or_refused(text):
    try:
        document = load(text.encode(), "yaml", "m")
    except Refusal as refusal:
        assert refusal.place.line is None or refusal.place.line <= text.count("\n") + 1
    else:
        assert document.place(("a", 0, "b")).line


@given(st.lists(st.sampled_from(list('{}[]:,"\\u12e.-+ \nnulltrue')), max_size=40).map("".join))
def test_json_agrees_with_the_standard_library(text):
    def no_constant(name):
        raise ValueError(name)

    def no_twins(pairs):
        assert len({key for key, _ in pairs}) == len(pairs)
        return dict(pairs)

    try:
        expected = json.loads(text, parse_constant=no_constant, object_pairs_hook=no_twins)
    except (ValueError, AssertionError):
        with pytest.raises(Refusal):
            load(text.encode(), "json", "m")
    else:
        try:
            assert load(text.encode(), "json", "m").value == expected
        except Refusal as refusal:
            assert refusal.code in {"too-deep", "bad-json"}
            assert (
                refusal.code == "too-deep"
                or "half" in refusal.values["problem"]
                or "number" in refusal.values["problem"]
            )


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(JSON)
def test_json_values_come_back(value):
    assert load(json.dumps(value).encode(), "json", "m").value == value
    assert load(json.dumps(value, ensure_ascii=False, indent=1).encode(), "json", "m").value == value


@pytest.mark.parametrize("data", [b"- " * 500_000, b"'" + b"\n" * 1_000_000, b"a" * 1_000_000, b"#\n" * 500_000, b"{a: " * 250_000, b"? " * 500_000, b"[" * 1_000_000, b"\t" * 1_000_000, b"a\n" * 500_000])  # fmt: skip
@pytest.mark.parametrize("form", ["yaml", "json"])
def test_hostile_documents_are_quick(data, form):
    def read(some):
        with contextlib.suppress(Refusal):
            load(some, form, "m")

    assert soon(read, data[: 1 << 20], 20)


@pytest.mark.parametrize("version", ["true", "1.0", '"1"'])
def test_only_the_number_is_a_version(version):
    with pytest.raises(Refusal) as caught:
        repository_settings(f"version: {version}\n".encode())
    assert (caught.value.code, caught.value.place.line) == ("wrong-type", 1)
