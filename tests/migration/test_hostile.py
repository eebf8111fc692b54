"""Files made to stall the engine: every search is linear in the file."""

import json

import pytest

from bot.migration.plan import plan

from .conftest import manifest_of

N = 200_000
HOSTILE = {
    "spaces.ts": b"import" + b" " * N + b"!\n'./a' from",
    "from.ts": b"import " + b"from " * (N // 5) + b"\n'./a",
    "export.ts": b"export " + b" " * N + b"* " + b" " * N + b"x './a'",
    "slashes.ts": b"/*" * (N // 2) + b"'./a'",
    "braces.ts": b"import {" + b"a," * (N // 2) + b"'./a'",
    "hashes.py": b"from a import (\n" + b"#" * N + b"\n x y",
    "lines.py": b"from .a import (\n" + b"#\n" * (N // 2) + b" x y",
    "names.py": b"import " + b"a, " * (N // 3) + b"!\nfrom . import x",
    "doc.py": b'"""' + b'"" ' * (N // 3) + b"from . import x",
    "dots.py": b"from " + b"." * N + b"a import",
    "go.go": b"package a\nimport (" + b"\n" * N + b'"old"',
    "package.json": b'{"a": "' + b'\\"' * (N // 2),
    "pyproject.toml": b"'" * N + b'"' * (N + 1),
    "go.mod": b"../" * (N // 3),
    "text.md": b"demos/old" * (N // 9) + b"./" * 1000,
}


@pytest.mark.timeout(20)
@pytest.mark.parametrize("name", sorted(HOSTILE))
@pytest.mark.parametrize("mode", ["copy", "move"])
def test_hostile_files(tree, name, mode):
    base = tree(
        {f"demos/old/{name}": HOSTILE[name], "demos/old/x.ts": "export {};\n", f"other/{name}": HOSTILE[name] + b" old"}
    )
    rules = [{"from": "./a", "to": "./b"}, {"from": "a.*", "to": "b.*"}]
    folder = {"id": "f", "source": "demos/old", "destination": "apps/new", "mode": mode, "imports": rules}
    planned = plan(base, manifest_of([folder]))
    planned.folder("f")
    planned.together()


@pytest.mark.timeout(20)
def test_too_many_folders(tree):
    from bot.errors import Refusal
    from bot.migration.manifest import load_manifest
    from templates import explain_all

    base = tree({f"demos/d{n}/a": "" for n in range(5001)})
    text = json.dumps({"version": 1, "folders": [{"each": "demos/*", "destination": "apps/{name}"}]}).encode()
    with pytest.raises(Refusal) as caught:
        plan(base, load_manifest(text, "json", "m.json"))
    assert (caught.value.code, caught.value.values["count"]) == ("too-many-folders", 5001)
    explain_all(caught.value)


@pytest.mark.timeout(20)
def test_a_large_file_is_not_searched_and_that_is_said(tree, one):
    base = tree({"s/x.ts": b"import './a';\n" + b" " * (8 << 20), "s/a.ts": "export {};\n"})
    result, proof = one(base, source="s", destination="d", imports=[{"from": "./a", "to": "./b"}])
    assert result.files()["d/x.ts"] == base.files()["s/x.ts"]
    assert [(w.code, w.file) for w in proof.warnings] == [("not-searched", "d/x.ts")]
