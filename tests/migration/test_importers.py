"""Files elsewhere that name a folder which moves: rewritten or listed."""

import json

import pytest

from bot.migration.plan import plan

from .conftest import manifest_of

MOVE = {"source": "src/old", "destination": "packages/new", "mode": "move"}


def warnings(proof):
    return [(w.code, w.file, w.line, w.text) for w in proof.warnings]


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        ("src/app.ts", "import x from './old/x';\n", "import x from '../packages/new/x';\n"),
        ("src/app.ts", "import x from './old';\n", "import x from '../packages/new';\n"),
        ("src/app.ts", "import x from './old/x.js';\n", "import x from '../packages/new/x.js';\n"),
        ("src/app.ts", "jest.mock('./old/x');\n", "jest.mock('../packages/new/x');\n"),
        ("test/deep/t.tsx", "export * from '../../src/old/x';\n", "export * from '../../packages/new/x';\n"),
        ("src/app.ts", "// './old/x'\nconst a = './old/x';\n", None),
        ("src/app.ts", "import x from './older';\nimport y from 'old';\n", None),
        ("packages/new2/a.js", "require('../../src/old/x');\n", "require('../new/x');\n"),
    ],
)
def test_scripts(tree, one, path, before, after):
    base = tree({"src/old/x.ts": "", "src/old/index.ts": "", "src/older.ts": "", path: before})
    result, proof = one(base, **MOVE)
    assert result.text(path) == (after or before)
    assert [file.source for file in proof.importers] == ([path] if after else [])
    if after:
        assert {r.rule for r in proof.importers[0].rewrites} == {"importer"}


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        ("app.py", "from src.old.x import A\n", "from packages.new.x import A\n"),
        ("src/app.py", "from old.x import A\n", "from packages.new.x import A\n"),
        ("src/app.py", "import old.x as x\n", "import packages.new.x as x\n"),
        ("app.py", "from src.old import x\n", "from packages.new import x\n"),
        ("app.py", "from src import old\n", None),
        (
            "app.py",
            "import importlib\nimportlib.import_module('src.old.x')\n",
            "import importlib\nimportlib.import_module('packages.new.x')\n",
        ),
        ("app.py", "# from src.old.x import A\ns = 'src.old.x'\n", None),
    ],
)
def test_python(tree, one, path, before, after):
    base = tree({"src/old/x.py": "A = 1\n", "src/old/__init__.py": "", path: before})
    result, _ = one(base, **MOVE)
    assert result.text(path) == (after or before)


def test_python_relative(tree, one):
    base = tree(
        {
            "pkg/__init__.py": "",
            "pkg/old/__init__.py": "",
            "pkg/old/x.py": "",
            "pkg/app.py": "from .old import x\nfrom . import old\n",
        }
    )
    result, _ = one(base, source="pkg/old", destination="pkg/area/old", mode="move")
    assert result.text("pkg/app.py") == "from .area.old import x\nfrom .area import old\n"


def test_python_sibling_modules_win(tree, one):
    base = tree(
        {
            "utils/__init__.py": "",
            "script/utils.py": "",
            "script/run.py": "import utils\n",
            "run.py": "import utils as u\n",
        }
    )
    result, _ = one(base, source="utils", destination="shared/utils", mode="move")
    assert result.text("script/run.py") == "import utils\n"
    assert result.text("run.py") == "import shared.utils as u\n"


def test_plain_imports_that_bind_another_name_are_said(tree, one):
    base = tree({"old/__init__.py": "", "run.py": "import old\nold.f()\n"})
    result, proof = one(base, source="old", destination="shared/old", mode="move")
    assert result.text("run.py") == "import shared.old\nold.f()\n"
    assert ("binding-changed", "run.py", 1, "old -> shared.old") in warnings(proof)


def test_left_behind_files_follow_what_went(tree, one):
    base = tree({"s/a.ts": "export {};\n", "s/a.test.ts": "import './a';\n"})
    result, proof = one(base, source="s", destination="d", mode="move", exclude=["*.test.ts"])
    assert result.text("s/a.test.ts") == "import '../d/a';\n"
    assert [left.source for left in proof.left_out] == ["s/a.test.ts"]
    assert [file.source for file in proof.importers] == ["s/a.test.ts"]


def test_path_references_are_rewritten_in_place(tree, one):
    files = {
        "package.json": '{\n  "name": "old",\n  "workspaces": ["src/old", "src/old/*", "./src/old", "other/*"],\n  "main": "src/old/index.js",\n'
        '  "exports": {"./src/old": "./src/old/index.js"},\n  "dependencies": {"o": "file:./src/old", "p": "link:src/old/x"},\n'
        '  "scripts": {"x": "tsc -p src/old/tsconfig.json"}\n}\n',
        "apps/web/tsconfig.json": '{\r\n  // the base\r\n  "extends": "../../src/old/tsconfig.json",\r\n  "references": [{"path": "../../src/old"}]\r\n}\r\n',
        "tsconfig.base.json": '{"compilerOptions": {"baseUrl": "./src", "paths": {"@old/*": ["old/*"], "@o": ["./old/index.ts"]}}}',
        "pyproject.toml": "[tool.x]\npaths = ['src/old', \"src/older\"]\n",
        "go.mod": "module m\n\nreplace example.com/old => ./src/old\n",
        "go.work": "go 1.22\n\nuse (\n\t./src/old\n\t./src/older\n)\n",
    }
    base = tree(
        {
            "src/old/index.js": "",
            "src/old/x/y": "",
            "src/old/tsconfig.json": "{}",
            "src/old/index.ts": "",
            "src/older/a": "",
            **files,
        }
    )
    result, proof = one(base, **MOVE)
    assert result.text("package.json") == (
        '{\n  "name": "old",\n  "workspaces": ["packages/new", "packages/new/*", "./packages/new", "other/*"],\n  "main": "packages/new/index.js",\n'
        '  "exports": {"./src/old": "./packages/new/index.js"},\n  "dependencies": {"o": "file:./packages/new", "p": "link:packages/new/x"},\n'
        '  "scripts": {"x": "tsc -p src/old/tsconfig.json"}\n}\n'
    )
    assert result.text("apps/web/tsconfig.json") == files["apps/web/tsconfig.json"].replace("src/old", "packages/new")
    assert json.loads(result.text("tsconfig.base.json"))["compilerOptions"]["paths"] == {
        "@old/*": ["../packages/new/*"],
        "@o": ["../packages/new/index.ts"],
    }
    assert result.text("pyproject.toml") == "[tool.x]\npaths = ['packages/new', \"src/older\"]\n"
    assert result.text("go.mod") == "module m\n\nreplace example.com/old => ./packages/new\n"
    assert result.text("go.work") == "go 1.22\n\nuse (\n\t./packages/new\n\t./src/older\n)\n"
    assert {r.rule for file in proof.importers for r in file.rewrites} == {"path-reference"}
    assert [(code, file, line) for code, file, line, _ in warnings(proof)] == [
        ("path-reference", "package.json", 5),
        ("path-reference", "package.json", 7),
    ]


def test_other_mentions_are_listed(tree, one):
    base = tree(
        {
            "src/old/x.ts": "",
            ".github/workflows/ci.yml": "on: push\npaths: [src/old/**]\n",
            "Dockerfile": "COPY src/old /app\nCOPY src/older /app\n",
            "docs/guide.md": "see\n`src/old/x.ts`\n",
            "app.ts": "const p = 'src/old/x.ts';\n",
            "link": ("link", "src/old/x.ts"),
            "blob.bin": b"src/old\0",
        }
    )
    _, proof = one(base, **MOVE)
    assert proof.importers == ()
    assert warnings(proof) == [
        ("path-reference", ".github/workflows/ci.yml", 2, "paths: [src/old/**]"),
        ("path-reference", "Dockerfile", 1, "COPY src/old /app"),
        ("path-reference", "app.ts", 1, "const p = 'src/old/x.ts';"),
        ("path-reference", "docs/guide.md", 2, "`src/old/x.ts`"),
        ("path-reference", "link", 1, "src/old/x.ts"),
    ]


def test_config_inside_the_folder_follows(tree, one):
    base = tree(
        {
            "tsconfig.base.json": "{}",
            "libs/u/package.json": "{}",
            "src/old/tsconfig.json": '{"extends": "../../tsconfig.base.json", "include": ["./x"]}',
            "src/old/package.json": '{"dependencies": {"u": "file:../../libs/u"}}',
            "src/old/x": "",
        }
    )
    result, proof = one(base, source="src/old", destination="new", mode="move")
    assert result.text("new/tsconfig.json") == '{"extends": "../tsconfig.base.json", "include": ["./x"]}'
    assert result.text("new/package.json") == '{"dependencies": {"u": "file:../libs/u"}}'
    result, proof = one(base, source="src/old", destination="new")
    assert [(w.code, w.file, w.line) for w in proof.warnings] == [
        ("points-nowhere", "new/package.json", 1),
        ("points-nowhere", "new/tsconfig.json", 1),
    ]


def test_blobs_are_searched_once(tree):
    files = {f"x/{n}.ts": f"// {n}\n" for n in range(20)}
    base = tree({"src/old/x.ts": "", **files})
    manifest, cache = manifest_of([{"id": "f", **MOVE}]), {}
    plan(base, manifest, cache=cache).folder("f")
    again = tree({"src/old/x.ts": "", **files, "x/new.ts": "import '../src/old/x';\n"})
    planned = plan(again, manifest, cache=cache).folder("f")
    assert [file.source for file in planned.certificate.importers] == ["x/new.ts"]
    assert len(set(again.reads)) <= 2


def test_many_names_in_one_pass(tree):
    names = ["api", "api-v2", "a", "utils"]
    files = {f"demos/{n}/index.ts": "export {};\n" for n in names}
    base = tree(
        {**files, "all.ts": "".join(f"import './demos/{n}';\n" for n in names), "one.ts": "import './demos/api-v2';\n"}
    )
    folders = [{"each": "demos/*", "destination": "apps/{name}", "mode": "move"}]
    planned = plan(base, manifest_of(folders))
    assert [f.source for f in planned.folder("api").certificate.importers] == ["all.ts"]
    assert [f.source for f in planned.folder("api-v2").certificate.importers] == ["all.ts", "one.ts"]
    result = base.apply(planned.together())
    assert result.text("all.ts") == "".join(f"import './apps/{n}';\n" for n in names)
    assert plan(result, manifest_of(folders)).together() == ()


COMMENTED = [
    (
        "tsconfig.json",
        '{\n // was "./src/old/x.ts"\n /* don\'t "src/old/x.ts" */ "files": ["./src/old/x.ts"], "a": "", "b": "c"\n}',
        ['/* don\'t "src/old/x.ts" */ "files": ["./packages/new/x.ts"]', '// was "./src/old/x.ts"'],
    ),
    (
        "pyproject.toml",
        '# don\'t: "src/old"\na = "src/old" # "src/old"\nb = """\n"src/old"\n"""\nc = \'\'\'\n"src/old"\'\'\'\nd = ["", \'src/old\']\n',
        ['a = "packages/new" # "src/old"', '"""\n"src/old"\n"""', "\"src/old\"'''", "d = [\"\", 'packages/new']"],
    ),
    (
        "go.mod",
        "module m\n// ./src/old stays\nreplace x => ./src/old // see ./src/old\n",
        ["// ./src/old stays\nreplace x => ./packages/new // see ./src/old"],
    ),
]


@pytest.mark.parametrize(("path", "before", "parts"), COMMENTED, ids=[row[0] for row in COMMENTED])
def test_comments_and_long_texts_of_configuration_are_listed_not_rewritten(tree, one, path, before, parts):
    result, proof = one(tree({"src/old/x.ts": "", path: before}), **MOVE)
    for part in parts:
        assert part in result.text(path)
    assert {"path-reference"} == {code for code, file, *_ in warnings(proof) if file == path}


BESIDE = {
    "src/old/page.vue": "<script>import a from '../lib/a'; import b from './b.vue'</script>\n<img src=../lib/p.png>\n",
    "src/old/b.vue": "",
    "src/old/s.css": "@import \"../lib/a.css\";\nb { c: url(../lib/p.png) url(data:x) url('./s.css') }\n",
    "src/old/types.ts": '/// <reference path="../lib/a.ts" />\ndeclare module "../lib/a" {}\n'
    'new Worker(new URL("../lib/a.ts", import.meta.url));\nnew URL("../lib/a.ts", base);\n',
    "src/lib/a.ts": "",
    "src/lib/a.css": "",
    "src/lib/p.png": "\0",
    "src/app.svelte": "<script>\nimport p from './old/page.vue'; import './lib/a'; import './old/never'\n</script>",
    "src/app.ts": 'declare module "./old/types" {}\n',
}


def test_paths_beside_imports_that_a_move_breaks_are_listed(tree, one):
    result, proof = one(tree(BESIDE), **MOVE)
    assert warnings(proof) == [
        ("points-nowhere", "packages/new/page.vue", 1, "../lib/a"),
        ("points-nowhere", "packages/new/page.vue", 2, "../lib/p.png"),
        ("points-nowhere", "packages/new/s.css", 1, "../lib/a.css"),
        ("points-nowhere", "packages/new/s.css", 2, "../lib/p.png"),
        ("points-nowhere", "packages/new/types.ts", 1, "../lib/a.ts"),
        ("points-nowhere", "packages/new/types.ts", 2, "../lib/a"),
        ("points-nowhere", "packages/new/types.ts", 3, "../lib/a.ts"),
        ("points-nowhere", "src/app.svelte", 2, "./old/page.vue"),
        ("points-nowhere", "src/app.ts", 1, "./old/types"),
    ]
    assert result.text("packages/new/page.vue") == BESIDE["src/old/page.vue"]


def test_pages_that_stay_behind_are_looked_into(tree, one):
    _, proof = one(tree({"src/old/x.vue": "", "src/old/stay.vue": "import './x.vue'"}), exclude=["stay.vue"], **MOVE)
    assert warnings(proof) == [("points-nowhere", "src/old/stay.vue", 1, "./x.vue")]


def test_a_copied_page_is_looked_into(tree, one):
    _, proof = one(tree(BESIDE), source="src/old", destination="packages/new", include=["*.css"])
    assert [line for _, _, line, _ in warnings(proof)] == [1, 2]


def test_dotted_names_in_plain_text_are_listed(tree, one):
    base = tree(
        {
            "src/app/__init__.py": "",
            "src/app/old/__init__.py": "",
            "src/app/old/cli.py": "",
            "pyproject.toml": '[project.scripts]\nx = "app.old.cli:main"\ny = "app.older:main"\nz = "my.app.old"\n',
            "tests/test_x.py": 'from app.old import cli\npatch("app.old.cli.f")\nimport_module(".old.cli", "app")\n',
        }
    )
    result, proof = one(base, source="src/app/old", destination="src/app/new", mode="move")
    assert result.text("tests/test_x.py").startswith("from app.new import cli\n")
    assert warnings(proof) == [
        ("path-reference", "pyproject.toml", 2, 'x = "app.old.cli:main"'),
        ("path-reference", "tests/test_x.py", 2, 'patch("app.old.cli.f")'),
        ("not-recomputed", "tests/test_x.py", 3, ".old.cli"),
    ]
