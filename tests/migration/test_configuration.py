"""Paths in tsconfig.json, package.json and pyproject.toml that no slash gives away, and those that count from baseUrl."""

import json

import pytest

from bot.migration.plan import plan

from .conftest import manifest_of

MOVE = {"source": "old", "destination": "pk/new", "mode": "move"}


def test_plain_words_where_only_paths_stand(tree, one):
    tsconfig = {"include": ["old", "other"], "exclude": ["old"], "references": [{"path": "old"}]}
    tsconfig["compilerOptions"] = {"rootDir": "old", "module": "old"}
    base = tree(
        {
            "old/a.ts": "",
            "other/b.ts": "",
            "tsconfig.json": json.dumps(tsconfig, indent=1),
            "package.json": json.dumps({"name": "old", "workspaces": ["old"], "files": ["old"]}, indent=1),
            "sub/tsconfig.json": '{"include": ["old"]}',
            "pyproject.toml": '[tool.pytest.ini_options]\ntestpaths = ["old"]\n',
        }
    )
    result, proof = one(base, **MOVE)
    new = json.loads(result.text("tsconfig.json"))
    assert new["compilerOptions"] == {"rootDir": "pk/new", "module": "old"}
    assert (new["include"], new["exclude"]) == (["pk/new", "other"], ["pk/new"])
    assert new["references"] == [{"path": "pk/new"}]
    package = json.loads(result.text("package.json"))
    assert package == {"name": "old", "workspaces": ["pk/new"], "files": ["pk/new"]}
    assert result.text("sub/tsconfig.json") == '{"include": ["old"]}'
    listed = {(w.file, w.text) for w in proof.warnings}
    assert listed == {
        ("package.json", '"name": "old",'),
        ("pyproject.toml", 'testpaths = ["old"]'),
        ("tsconfig.json", '"module": "old"'),
    }
    again = plan(result, manifest_of([{"id": "f", **MOVE}])).folder("f")
    assert again.edits == ()


BASES = [
    ("tsconfig.json", "old", {"@a": ["./a.ts"], "@u": ["../u.ts"]}, "pk/new", {"@a": ["./a.ts"], "@u": ["../../u.ts"]}),
    ("tsconfig.json", "./old", {"@x": ["../x/*"]}, "./pk/new", {"@x": ["../../x/*"]}),
    ("old/tsconfig.json", "../x", {"@": ["./v.ts"], "@a": ["../old/a.ts"]}, "../../x", {"@": ["./v.ts"], "@a": ["../pk/new/a.ts"]}),
    ("old/tsconfig.json", "..", {"@": ["x/v.ts"], "@a": ["old/a.ts"]}, "../..", {"@": ["x/v.ts"], "@a": ["pk/new/a.ts"]}),
]  # fmt: skip


@pytest.mark.parametrize(("file", "base_url", "paths", "new_url", "new_paths"), BASES)
def test_paths_count_from_base_url_before_and_after(tree, one, file, base_url, paths, new_url, new_paths):
    text = json.dumps({"compilerOptions": {"baseUrl": base_url, "paths": paths}})
    result, _ = one(tree({"old/a.ts": "", "u.ts": "", "x/v.ts": "", file: text}), **MOVE)
    new = json.loads(result.text(file.replace("old/", "pk/new/")))["compilerOptions"]
    assert new == {"baseUrl": new_url, "paths": new_paths}
