"""Names of files and folders that no literal may hold as they are: never written, always listed."""

import pytest

from bot.source.grammars import syntax_errors

MOVE = {"source": "src/old", "mode": "move"}


@pytest.mark.parametrize(
    ("name", "unfit"),
    [("it's", [1, 4]), ('a "b"', [2, 5]), ("`", [3]), ("${x}", [3]), ("b", []), ("a\u00a0b", [])],
)
def test_a_destination_that_a_literal_cannot_hold(tree, one, name, unfit):
    lines = [
        "import './old/x';",
        'import "./old/x";',
        "import(`./old/x`);",
        "jest.mock('./old/x');",
        'require("./old/x");',
    ]
    base = tree({"src/old/x.ts": "", "src/app.ts": "\n".join(lines)})
    result, proof = one(base, destination=f"src/{name}", **MOVE)
    text = result.text("src/app.ts")
    assert not syntax_errors("typescript", text.encode())
    assert [w.line for w in proof.warnings if w.code == "not-recomputed"] == unfit
    assert [n for n, line in enumerate(text.split("\n"), 1) if "./old/x" in line] == unfit


def test_the_rest_behind_a_wildcard(tree, one):
    base = tree({"src/old/a.ts": "import 'x/it\\'s'; import \"x/it's\"; import 'x/ok';\n"})
    result, proof = one(base, source="src/old", destination="new", imports=[{"from": "x/*", "to": "y/*"}])
    assert result.text("new/a.ts") == "import 'x/it\\'s'; import \"y/it's\"; import 'y/ok';\n"
    assert [(w.code, w.text) for w in proof.warnings] == [("not-recomputed", "x/it's")]


def test_configuration(tree, one):
    files = {
        "package.json": '{"files": ["src/old"]}',
        "pyproject.toml": "a = 'src/old'\n",
        "go.mod": "replace a => ./src/old\n",
    }
    for name in ("it's", 'a"b', "a b"):
        result, proof = one(tree({"src/old/x.ts": "", **files}), destination=f"src/{name}", **MOVE)
        fine = {"package.json", "pyproject.toml"} if name == "a b" else set()
        assert {path for path in files if result.text(path) != files[path]} == fine
        assert {w.file for w in proof.warnings} == set(files) - fine
