"""Every refusal of the engine: its code, its place, its sentence; and nothing is planned."""

import json

import pytest

from bot.errors import Refusal
from bot.migration.inverse import inverse
from bot.migration.manifest import load_manifest
from bot.migration.plan import plan
from templates import explain_all

BASE = {
    "demos/one/a.ts": "export const a = 1;\n",
    "demos/two/b.ts": "export const b = 1;\n",
    "demos/README.md": "hello\n",
    "apps/Taken/x.ts": "x\n",
    "file": "plain\n",
    "with-link/link": ("link", "../demos/one/a.ts"),
    "absolute/link": ("link", "/etc/passwd"),
    "twice/sub/self": ("link", "."),
    "twice/trick": ("link", "sub/self/../../../file"),
    "linked": ("link", "demos"),
    "with-submodule/inner": ("submodule", "1" * 40),
    "with-submodule/a.txt": "a\n",
    ".github/workflows/ci.yml": "on: push\n",
    "deep/.github/workflows/ci.yml": "on: push\n",
}


def folder(**more):
    return {"id": "f", "source": "demos/one", "destination": "apps/one", **more}


def rule(**more):
    return folder(imports=[more])


STATIC = [
    ("bad-id", [folder(id="-x")], "folders[0].id"),
    ("bad-id", [folder(id="a..b")], "folders[0].id"),
    ("bad-id", [folder(id="a.lock")], "folders[0].id"),
    ("bad-id", [folder(id="a/b")], "folders[0].id"),
    ("repeated-id", [folder(), folder(id="F", destination="apps/two")], "folders[1].id"),
    ("no-folders", [], "folders"),
    ("not-yet-supported", [folder(refactor=["x"])], "folders[0].refactor"),
    ("not-yet-supported", [folder(verify=["lint"])], "folders[0].verify"),
    ("each-needs-name", [{"each": "demos/*", "destination": "apps"}], "folders[0].destination"),
    ("bad-wildcard", [rule(**{"from": "x/*", "to": "y"})], "folders[0].imports[0].from"),
    ("bad-wildcard", [rule(**{"from": "x", "to": "y/*"})], "folders[0].imports[0].from"),
    ("bad-wildcard", [rule(**{"from": "x.*", "to": "y/*"})], "folders[0].imports[0].from"),
    ("bad-wildcard", [rule(**{"from": "x/*/z", "to": "y/*/z"})], "folders[0].imports[0].from"),
    ("bad-specifier", [rule(**{"from": "x", "to": "y'"})], "folders[0].imports[0].to"),
    ("bad-specifier", [rule(**{"from": "x", "to": "y\n"})], "folders[0].imports[0].to"),
    ("bad-regex", [rule(regex="(?=x)", to="y")], "folders[0].imports[0].regex"),
    ("bad-replacement", [rule(regex="(x)", to="\\2")], "folders[0].imports[0].to"),
    ("bad-glob", [folder(include=["[a"])], "folders[0].include[0]"),
    ("bad-glob", [folder(exclude=["a\\b"])], "folders[0].exclude[0]"),
    ("bad-glob", [rule(files="{a", **{"from": "x", "to": "y"})], "folders[0].imports[0].files"),
    ("unsafe-path", [folder(source="../x")], "folders[0].source"),
    ("unsafe-path", [folder(destination="/x")], "folders[0].destination"),
    ("unsafe-path", [folder(destination="a/.GIT/x")], "folders[0].destination"),
    ("unsafe-path", [{"each": "demos/*", "destination": "../{name}"}], "folders[0].destination"),
    ("workflows-path", [folder(source=".github")], "folders[0].source"),
    ("workflows-path", [folder(destination=".GitHub/Workflows/x")], "folders[0].destination"),
    ("destination-overlap", [folder(), folder(id="g", source="demos/two")], "folders[1].destination"),
    (
        "destination-overlap",
        [folder(), folder(id="g", source="demos/two", destination="apps/one/x")],
        "folders[1].destination",
    ),
    (
        "destination-overlap",
        [folder(destination="apps/one/x"), folder(id="g", source="demos/two", destination="apps/one")],
        "folders[0].destination",
    ),
    (
        "destination-twin",
        [folder(), folder(id="g", source="demos/two", destination="apps/ONE")],
        "folders[1].destination",
    ),
    (
        "destination-twin",
        [folder(destination="apps/\u00e9"), folder(id="g", source="demos/two", destination="apps/e\u0301")],
        "folders[1].destination",
    ),
    (
        "destination-twin",
        [folder(), folder(id="g", source="demos/two", destination="Apps/two")],
        "folders[1].destination",
    ),
    ("destination-in-source", [folder(destination="demos/one/x")], "folders[0].destination"),
    ("destination-in-source", [folder(destination="demos")], "folders[0].destination"),
    ("destination-in-source", [folder(destination="demos/one")], "folders[0].destination"),
    (
        "destination-in-source",
        [folder(), folder(id="g", source="demos/two", destination="demos/one/y")],
        "folders[1].destination",
    ),
    (
        "destination-in-source",
        [folder(), folder(id="g", source="apps/one/x", destination="b")],
        "folders[0].destination",
    ),
    ("unknown-dependency", [folder(depends_on=["g"])], "folders[0].depends_on[0]"),
    ("dependency-cycle", [folder(depends_on=["f"])], "folders[0].depends_on"),
    (
        "dependency-cycle",
        [folder(depends_on=["g"]), folder(id="g", source="demos/two", destination="apps/two", depends_on=["f"])],
        "folders[0].depends_on",
    ),
]


@pytest.mark.parametrize(("code", "folders", "key"), STATIC, ids=[f"{n}-{row[0]}" for n, row in enumerate(STATIC)])
@pytest.mark.parametrize("form", ["json", "yaml"])
def test_refused_before_any_tree(code, folders, key, form):
    data = json.dumps({"version": 1, "folders": folders}, indent=1).encode()
    with pytest.raises(Refusal) as caught:
        load_manifest(data, form, "migrations/m.json")
    first = caught.value
    assert (first.code, first.place.key, first.place.file) == (code, key, "migrations/m.json")
    assert first.place.line is not None
    assert first.place.column is not None
    assert "Next" in explain_all(first)


def test_the_place_is_the_right_line():
    text = b"version: 1\nfolders:\n  - id: f\n    source: a\n    destination: ../b\n"
    with pytest.raises(Refusal) as caught:
        load_manifest(text, "yaml", "m.yml")
    assert (caught.value.place.line, caught.value.place.column) == (5, 18)


def test_the_place_is_the_member_of_a_rule():
    text = b"version: 1\nfolders:\n  - id: f\n    source: a\n    destination: b\n    imports:\n"
    text += b"      - files: '**'\n        regex: '(?=x)'\n        to: z\n"
    with pytest.raises(Refusal) as caught:
        load_manifest(text, "yaml", "m.yml")
    place = caught.value.place
    assert (place.line, place.column, place.key) == (8, 16, "folders[0].imports[0].regex")


def test_all_faults_at_once():
    text = (
        b"version: 1\nfolders:\n  - {id: f, source: ../a, destination: /b}\n  - {id: -g, source: c, destination: d}\n"
    )
    with pytest.raises(Refusal) as caught:
        load_manifest(text, "yaml", "m.yml")
    assert [(each.code, each.place.key) for each in caught.value.all] == [
        ("unsafe-path", "folders[0].source"),
        ("unsafe-path", "folders[0].destination"),
        ("bad-id", "folders[1].id"),
    ]


@pytest.mark.parametrize("version", ["2", "0", "99"])
def test_unknown_version(version):
    with pytest.raises(Refusal) as caught:
        load_manifest(f"version: {version}\nfolders: []\n".encode(), "yaml", "m.yml")
    assert (caught.value.code, caught.value.place.line) == ("unknown-version", 1)
    assert "version 1" in explain_all(caught.value)


@pytest.mark.parametrize("version", ["'1'", "yes", "1.0", "[1]", "true"])
def test_a_version_of_another_type(version):
    with pytest.raises(Refusal) as caught:
        load_manifest(
            f"version: {version}\nfolders: [{{id: a, source: b, destination: c}}]\n".encode(), "yaml", "m.yml"
        )
    assert caught.value.place.line == 1


def test_a_cycle_is_spelled_out():
    folders = [{"id": i, "source": f"s/{i}", "destination": f"d/{i}", "depends_on": [n]} for i, n in ["ab", "bc", "cb"]]
    with pytest.raises(Refusal) as caught:
        load_manifest(json.dumps({"version": 1, "folders": folders}).encode(), "json", "m.json")
    assert caught.value.values["cycle"] == ["b", "c", "b"]


GROUND = [
    ("source-missing", folder(source="demos/three"), "folders[0].source"),
    ("source-missing", folder(source="demos/three", mode="move"), "folders[0].source"),
    ("source-not-folder", folder(source="demos/README.md"), "folders[0].source"),
    ("source-not-folder", folder(source="file/x"), "folders[0].source"),
    ("source-selects-nothing", folder(include=["*.py"]), "folders[0].source"),
    ("source-selects-nothing", folder(exclude=["**"]), "folders[0].source"),
    ("each-selects-nothing", {"each": "nowhere/*", "destination": "apps/{name}"}, "folders[0].each"),
    ("each-selects-nothing", {"each": "demos/*.md", "destination": "apps/{name}"}, "folders[0].each"),
    ("each-selects-nothing", {"each": "nowhere/*", "destination": "new/{name}", "mode": "move"}, "folders[0].each"),
    ("repeated-id", {"each": "demos/*", "id": "x", "destination": "apps/{name}"}, "folders[0].id"),
    ("workflows-path", {"each": ".git*", "destination": "apps/{name}"}, "folders[0].each"),
    ("destination-is-file", folder(destination="file"), "folders[0].destination"),
    ("destination-is-file", folder(destination="file/x"), "folders[0].destination"),
    ("destination-twin", folder(destination="apps/taken"), "folders[0].destination"),
    ("destination-twin", folder(destination="Apps/new"), "folders[0].destination"),
    ("symlink-on-the-way", folder(source="linked"), "folders[0].source"),
    ("symlink-on-the-way", folder(source="linked/one"), "folders[0].source"),
    ("symlink-on-the-way", folder(destination="linked/new"), "folders[0].destination"),
    ("symlink-leaves-folder", folder(source="with-link"), "folders[0].source"),
    ("symlink-leaves-folder", folder(source="absolute"), "folders[0].source"),
    ("symlink-leaves-folder", folder(source="twice"), "folders[0].source"),
    ("submodule", folder(source="with-submodule"), "folders[0].source"),
    ("submodule", folder(source="with-submodule/inner"), "folders[0].source"),
    ("submodule", folder(destination="with-submodule/inner/x"), "folders[0].destination"),
    ("destination-edited", folder(destination="apps/Taken", source="clash"), "folders[0].destination"),
]


@pytest.mark.parametrize(("code", "entry", "key"), GROUND, ids=[f"{n}-{row[0]}" for n, row in enumerate(GROUND)])
def test_refused_on_the_tree(tree, code, entry, key):
    base = tree({**BASE, "clash/x.ts": "y\n"})
    text = json.dumps({"version": 1, "folders": [entry]}, indent=1).encode()
    manifest = load_manifest(text, "json", "m.json")
    with pytest.raises(Refusal) as caught:
        plan(base, manifest).together()
    first = caught.value
    assert (first.code, first.place.key, first.place.file) == (code, key, "m.json")
    assert first.place.line is not None
    assert "Next" in explain_all(first)


def test_edited_files_are_named(tree):
    base = tree(
        {"s/a": "1", "s/b": "2", "s/c/d": "3", "d/a": "1", "d/b": "changed", "d/c": "a file now", "d/extra": "x"}
    )
    with pytest.raises(Refusal) as caught:
        plan(base, load_manifest(b"version: 1\nfolders: [{id: f, source: s, destination: d}]", "yaml", "m.yml")).folder(
            "f"
        )
    assert (caught.value.code, caught.value.values["files"]) == ("destination-edited", ["d/b", "d/c"])


def test_a_twin_inside_the_destination(tree):
    base = tree({"s/README.md": "1", "d/readme.md": "1"})
    with pytest.raises(Refusal) as caught:
        plan(base, load_manifest(b"version: 1\nfolders: [{id: f, source: s, destination: d}]", "yaml", "m.yml")).folder(
            "f"
        )
    assert (caught.value.code, caught.value.values["existing"]) == ("destination-twin", "d/readme.md")


def test_two_takers_of_a_moved_file(tree):
    base = tree({"s/a.ts": "1", "s/sub/b.ts": "2"})
    folders = [
        {"id": "f", "source": "s", "destination": "d1", "mode": "move"},
        {"id": "g", "source": "s/sub", "destination": "d2"},
    ]
    manifest = load_manifest(json.dumps({"version": 1, "folders": folders}).encode(), "json", "m.json")
    with pytest.raises(Refusal) as caught:
        plan(base, manifest)
    assert caught.value.code == "source-overlap"
    assert caught.value.values["files"] == ["s/sub/b.ts"]
    explain_all(caught.value)
    folders[0]["exclude"] = ["sub/**"]
    assert plan(
        base, load_manifest(json.dumps({"version": 1, "folders": folders}).encode(), "json", "m.json")
    ).together()


def test_unknown_dependency_of_an_each(tree):
    folders = [{"each": "demos/*", "destination": "apps/{name}", "depends_on": ["three"]}]
    manifest = load_manifest(json.dumps({"version": 1, "folders": folders}).encode(), "json", "m.json")
    with pytest.raises(Refusal) as caught:
        plan(tree(BASE), manifest)
    assert caught.value.code == "unknown-dependency"


def test_a_rule_that_would_break_python(tree):
    base = tree({"s/a.py": "import utils\n"})
    text = b"version: 1\nfolders: [{id: f, source: s, destination: d, imports: [{from: utils, to: '@shared/utils'}]}]"
    with pytest.raises(Refusal) as caught:
        plan(base, load_manifest(text, "yaml", "m.yml")).folder("f")
    assert (caught.value.code, caught.value.values["line"]) == ("rule-breaks-syntax", 1)
    place = caught.value.place
    assert (place.line, place.column, place.key) == (2, 74, "folders[0].imports[0].to")
    explain_all(caught.value)


@pytest.mark.parametrize(
    "name", ["a\\b", "a\u202eb", ".git", "git~1", "x" * 300, ".GIT ", "a\x01b", "g\u200cit/../.g\u200cit"]
)
def test_hostile_names_in_the_tree(tree, name):
    base = tree({"s/ok": "1"})
    base = (
        base.apply([_put(base, f"s/{name.partition('/')[0]}")])
        if "/" not in name
        else base.apply([_put(base, "s/.g\u200cit")])
    )
    with pytest.raises(Refusal) as caught:
        plan(base, load_manifest(b"version: 1\nfolders: [{id: f, source: s, destination: d}]", "yaml", "m.yml"))
    assert caught.value.code == "unsafe-path"
    explain_all(caught.value)


def _put(base, path):
    from bot.contracts.tree import FILE, Write

    return Write(path, FILE, b"x")


def test_rollback_refusals(tree):
    before, after = tree({"a": "1\n"}), tree({"a": "2\n"})
    with pytest.raises(Refusal) as caught:
        inverse(before, after, tree({"a": "3\n"}))
    assert (caught.value.code, caught.value.values["files"]) == ("rollback-collides", ["a"])
    explain_all(caught.value)
    with pytest.raises(Refusal) as caught:
        inverse(before, after, before)
    assert caught.value.code == "nothing-to-roll-back"
    explain_all(caught.value)


def test_every_code_has_a_sentence():
    """Codes stand as literals in the engine's source: each must have its template."""
    import re
    from pathlib import Path

    root = Path(__file__).parents[2]
    text = "".join(path.read_text("utf-8") for path in (root / "bot/migration").glob("*.py"))
    codes = set(re.findall(r'(?:Refusal|faults\.add)\(\s*"([a-z-]+)"', text))
    assert len(codes) > 20
    assert [code for code in sorted(codes) if not (root / "templates/refusals" / f"{code}.md").exists()] == []


@pytest.mark.parametrize("name", ["onboarding", "Rollback", "patch", "task"])
def test_names_that_other_branches_have(name):
    data = f"version: 1\nname: {name}\nfolders: [{{id: a, source: b, destination: c}}]\n".encode()
    with pytest.raises(Refusal) as caught:
        load_manifest(data, "yaml", "m.yml")
    assert (caught.value.code, caught.value.place.line, caught.value.place.key) == ("reserved-name", 2, "name")
