"""Copies and moves, selection, certificates, second runs."""

import json

import pytest

from bot.contracts.tree import EXECUTABLE, FILE, FOLDER, SYMLINK, Put, Remove
from bot.migration.plan import plan

from .conftest import manifest_of, run

DEMO = {
    "demos/one/index.ts": "import { x } from './lib/x';\n",
    "demos/one/lib/x.ts": "export const x = 1;\r\n",
    "demos/one/run.sh": (EXECUTABLE, b"#!/bin/sh\necho hi\n"),
    "demos/one/logo.png": b"\x89PNG\r\n\0\xff",
    "demos/one/latin.txt": b"caf\xe9\n",
    "demos/one/bom.ts": b"\xef\xbb\xbfimport y from './lib/x';\r\n",
    "demos/one/link": ("link", "lib/x.ts"),
    "demos/one/yarn.lock": "lock\n",
    "other/file.txt": "other\n",
}


def test_a_plain_copy_is_one_put(tree, one):
    base = tree(DEMO)
    planned = plan(base, manifest_of([{"id": "f", "source": "demos/one", "destination": "apps/one"}])).folder("f")
    source = base.list(base.list(base.oid)[0].oid)[0].oid
    assert planned.edits == (Put("apps/one", FOLDER, source),)
    after = base.apply(planned.edits).files()
    assert {p.removeprefix("apps/"): c for p, c in after.items() if p.startswith("apps/")} == {
        p.removeprefix("demos/"): c for p, c in base.files().items() if p.startswith("demos/")
    }
    assert len(planned.certificate.moved) == 8
    assert planned.certificate.status == "changes"
    assert planned.certificate.base_tree == base.oid
    assert planned.certificate.result_tree is None
    assert planned.certificate.warnings == ()


def test_a_plain_move_is_a_put_and_a_remove(tree):
    base = tree(DEMO)
    planned = plan(
        base, manifest_of([{"id": "f", "source": "demos/one", "destination": "apps/one", "mode": "move"}])
    ).folder("f")
    assert [type(edit) for edit in planned.edits] == [Put, Remove]
    assert sorted(base.apply(planned.edits).files()) == sorted(p.replace("demos/", "apps/") for p in DEMO)


def test_unchanged_subtrees_are_spliced_beside_changed_files(tree):
    base = tree({"s/a/1.txt": "1", "s/a/2.txt": "2", "s/b/x.js": "require('old')\n", "s/b/c/3.txt": "3"})
    rules = [{"from": "old", "to": "new"}]
    planned = plan(base, manifest_of([{"id": "f", "source": "s", "destination": "d", "imports": rules}])).folder("f")
    assert [(type(edit).__name__, edit.path) for edit in planned.edits] == [
        ("Put", "d/a"),
        ("Put", "d/b/c"),
        ("Write", "d/b/x.js"),
    ]
    assert [file.source for file in planned.certificate.moved] == ["s/a/1.txt", "s/a/2.txt", "s/b/c/3.txt"]
    assert [file.source for file in planned.certificate.changed] == ["s/b/x.js"]


def test_left_out_and_why(tree, one):
    base = tree(DEMO)
    after, proof = one(
        base,
        source="demos/one",
        destination="apps/one",
        include=["**/*.ts", "*.lock"],
        exclude=["**/*.lock", "lib/**"],
        mode="move",
    )
    assert {(left.source, left.reason, left.glob) for left in proof.left_out} == {
        ("demos/one/yarn.lock", "excluded", "**/*.lock"),
        ("demos/one/lib/x.ts", "excluded", "lib/**"),
        ("demos/one/run.sh", "not-included", None),
        ("demos/one/logo.png", "not-included", None),
        ("demos/one/latin.txt", "not-included", None),
        ("demos/one/link", "not-included", None),
    }
    assert sorted(p for p in after.files() if p.startswith("apps")) == ["apps/one/bom.ts", "apps/one/index.ts"]
    assert after.text("apps/one/index.ts") == "import { x } from '../../demos/one/lib/x';\n"
    assert "demos/one/yarn.lock" in after.files()
    assert "demos/one/index.ts" not in after.files()
    assert {(w.code, w.file, w.line) for w in proof.warnings} == {
        ("points-at-old-place", "apps/one/index.ts", 1),
        ("points-at-old-place", "apps/one/bom.ts", 1),
    }


def test_what_is_there_already_counts_as_present(tree, one):
    base = tree({**DEMO, "apps/one/lib/x.ts": "export const x = 1;\r\n", "apps/one/own.txt": "a person's"})
    after, proof = one(base, source="demos/one", destination="apps/one")
    assert (proof.present, len(proof.moved)) == (1, 7)
    assert after.text("apps/one/own.txt") == "a person's"


@pytest.mark.parametrize("mode", ["copy", "move"])
def test_a_second_run_does_nothing(tree, mode):
    base = tree({**DEMO, "demos/use.ts": "import './one/index';\n"})
    rules = [{"from": "./lib/x", "to": "@lib/x"}, {"regex": "hi", "to": "ho"}]
    folders = [{"id": "f", "source": "demos/one", "destination": "apps/one", "imports": rules, "mode": mode}]
    after = run(base, folders)
    assert after.oid != base.oid
    again = plan(after, manifest_of(folders))
    assert again.together() == ()
    proof = again.folder("f").certificate
    assert proof.status == "nothing-to-do"
    assert again.folder("f").edits == ()
    assert proof.present == (8 if mode == "copy" else 0)


def test_modes_survive(tree, one):
    base = tree({"s/run": (EXECUTABLE, b"old"), "s/link": ("link", "run"), "s/plain": "x"})
    after, proof = one(base, source="s", destination="d", imports=[{"regex": "old", "to": "new"}])
    assert after.files()["d/run"] == (EXECUTABLE, b"new")
    assert after.files()["d/link"] == (SYMLINK, b"run")
    assert after.files()["d/plain"] == (FILE, b"x")
    assert proof.changed[0].mode == "100755"


def test_each(tree):
    base = tree({f"demos/{name}/a.txt": name for name in ("b", "a", "we ird", ".dot")} | {"demos/readme": "no folder"})
    planned = plan(base, manifest_of([{"each": "demos/*", "destination": "apps/{name}"}]))
    assert [(head.id, head.source, head.destination) for head in planned.folders] == [
        ("a", "demos/a", "apps/a"),
        ("b", "demos/b", "apps/b"),
        ("dot", "demos/.dot", "apps/.dot"),
        ("we-ird", "demos/we ird", "apps/we ird"),
    ]
    assert sorted(base.apply(planned.together()).files())[:4] == [
        "apps/.dot/a.txt",
        "apps/a/a.txt",
        "apps/b/a.txt",
        "apps/we ird/a.txt",
    ]


def test_each_with_braces_and_depth(tree):
    base = tree({"x/a/src/1": "1", "x/b/src/1": "1", "x/c/src/1": "1", "x/a/lib/1": "1"})
    planned = plan(base, manifest_of([{"each": "**/{a,b}", "destination": "y/{name}"}]))
    assert [head.source for head in planned.folders] == ["x/a", "x/b"]


def test_moved_each_is_done_the_second_time(tree):
    base = tree({"demos/a/1.txt": "1", "demos/b/2.txt": "2", "last/3.txt": "3"})
    folders = [
        {"each": "demos/*", "destination": "apps/{name}", "mode": "move"},
        {"id": "last", "source": "last", "destination": "apps/last", "depends_on": ["a", "b"]},
    ]
    after = run(base, folders)
    again = plan(after, manifest_of(folders))
    assert again.together() == ()
    assert [(head.id, head.depends_on) for head in again.folders] == [("last", ())]


def test_depends_on_reaches_the_heads(tree):
    base = tree({"s/a/1": "1", "s/b/1": "1", "t/1": "1"})
    folders = [
        {"id": "first", "source": "t", "destination": "d/t"},
        {"each": "s/*", "destination": "d/{name}", "depends_on": ["first"]},
    ]
    heads = plan(base, manifest_of(folders)).folders
    assert [(head.id, head.depends_on, head.mode) for head in heads] == [
        ("a", ("first",), "copy"),
        ("b", ("first",), "copy"),
        ("first", (), "copy"),
    ]


def test_names_that_are_not_utf8(tree, one):
    name = b"caf\xe9.txt".decode("utf-8", "surrogateescape")
    after, proof = one(tree({f"s/{name}": "x"}), source="s", destination="d")
    assert f"d/{name}" in after.files()
    assert proof.moved[0].destination == "d/caf\\xe9.txt"
    proof.model_dump_json()


def test_a_symlink_to_what_is_left_out_is_said(tree, one):
    _, proof = one(
        tree({"s/a": "1", "s/b": "2", "s/l": ("link", "./b"), "s/m": ("link", "a")}),
        source="s",
        destination="d",
        exclude=["b"],
    )
    assert [(w.code, w.file, w.text) for w in proof.warnings] == [("points-nowhere", "d/l", "./b")]


def test_a_copy_reads_nothing_it_need_not(tree):
    base = tree(
        {**{f"s/{n}.txt": str(n) for n in range(50)}, "s/a.ts": "export {};\n", "elsewhere/b.ts": "import '../s/a';\n"}
    )
    base.reads.clear()
    plan(
        base,
        manifest_of(
            [{"id": "f", "source": "s", "destination": "d", "imports": [{"files": "**/*.ts", "from": "x", "to": "y"}]}]
        ),
    ).folder("f")
    assert len(base.reads) == 1


def test_loaded_from_python(tree):
    """A manifest built in Python, not loaded from text, is planned all the same."""
    from bot.contracts.migration import Folder, Manifest

    manifest = Manifest(version=1, name="m", folders=(Folder(id="f", source="s", destination="d"),))
    assert plan(tree({"s/a": "1"}), manifest).folder("f").certificate.migration == "m"


def test_the_name_comes_from_the_file():
    from bot.migration.manifest import load_manifest

    text = json.dumps({"version": 1, "folders": [{"id": "f", "source": "s", "destination": "d"}]}).encode()
    assert load_manifest(text, "json", "a/b/my migration.v2.json").name == "my-migration.v2"
    assert load_manifest(text, "json", "staging").name == "staging"
    assert load_manifest(text, "json", "-").name == "migration"
