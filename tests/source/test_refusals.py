"""Every refusal of this package has its sentence and its next step, made from the values it really carries."""

import pytest

from bot.contracts.migration import Manifest
from bot.errors import Refusal
from bot.source.documents import load, read
from bot.source.globs import compile_glob
from bot.source.paths import check_path
from bot.source.regexes import check_replacement, compile_regex
from templates import explain

CASES = {
    "unsafe-path": lambda: check_path("../@x\udcff"),
    "bad-glob": lambda: compile_glob("[a"),
    "bad-regex": lambda: compile_regex("("),
    "bad-replacement": lambda: check_replacement(compile_regex("(a)"), "\\2"),
    "bad-yaml": lambda: load(b"a: [", "yaml", "m.yml"),
    "bad-json": lambda: load(b"[", "json", "m.json"),
    "not-utf8": lambda: load(b"\xff", "json", "m.json"),
    "duplicate-key": lambda: load(b"a: 1\na: 2", "yaml", "m.yml"),
    "alias": lambda: load(b"a: *b", "yaml", "m.yml"),
    "anchor": lambda: load(b"a: &b 1", "yaml", "m.yml"),
    "tag": lambda: load(b"a: !b 1", "yaml", "m.yml"),
    "merge-key": lambda: load(b"<<: {}", "yaml", "m.yml"),
    "several-documents": lambda: load(b"a\n---\nb", "yaml", "m.yml"),
    "too-large": lambda: load(b"abc", "yaml", "m.yml", max_bytes=2),
    "too-deep": lambda: load(b"[[[]]]", "json", "m.json", max_depth=2),
    "unknown-key": lambda: read(b"version: 1\nfolders: [{id: a, sorce: b, destination: c}]", "yaml", "m.yml", Manifest),
    "missing-key": lambda: read(b"version: 1", "yaml", "m.yml", Manifest),
    "wrong-type": lambda: read(b"[]", "yaml", "m.yml", Manifest),
    "ambiguous-scalar": lambda: read(
        b"version: 1\nfolders: [{id: on, source: b, destination: c}]", "yaml", "m.yml", Manifest
    ),
    "bad-value": lambda: read(b"version: 1\nfolders: []", "yaml", "m.yml", Manifest),
}


@pytest.mark.parametrize("code", sorted(CASES))
def test_a_refusal_teaches(code):
    with pytest.raises(Refusal) as caught:
        CASES[code]()
    assert caught.value.code == code
    text = explain(caught.value)
    assert "**Next:** " in text
    assert f"Code: `{code}`" in text
    assert "@x" not in text or "`" in text
    text.encode("utf-8")


def test_other_words_of_a_sentence():
    for data in (b"name: ~", b"qwertz: 1", b"version: [1]"):
        with pytest.raises(Refusal) as caught:
            read(data, "yaml", "m.yml", Manifest)
        for refusal in caught.value.all:
            assert "**Next:** " in explain(refusal)
