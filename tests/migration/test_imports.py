"""Relative imports that a folder's own files hold: recomputed, kept, or said to point nowhere."""

import pytest

from bot.migration.plan import plan

from .conftest import manifest_of, run


def warnings(proof):
    return [(w.code, w.file, w.line, w.text) for w in proof.warnings]


SCRIPTS = {
    "packages/utils/index.ts": "export {};\n",
    "packages/utils/deep.tsx": "export {};\n",
    "packages/utils/types.d.ts": "export {};\n",
    "packages/old/a/b.ts": "export {};\n",
    "packages/old/c.js": "module.exports = {};\n",
    "root.json": "{}\n",
}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("./a/b", "./a/b"),
        ("./a/b.js", "./a/b.js"),
        (".", "."),
        ("./", "./"),
        ("../old/c", "./c"),
        ("../utils", "../../packages/utils"),
        ("../utils/", "../../packages/utils/"),
        ("../utils/index", "../../packages/utils/index"),
        ("../utils/index.ts", "../../packages/utils/index.ts"),
        ("../utils/index.js", "../../packages/utils/index.js"),
        ("../utils/deep", "../../packages/utils/deep"),
        ("../utils/deep.jsx", "../../packages/utils/deep.jsx"),
        ("../utils/types.ts", "../../packages/utils/types.ts"),
        ("../utils/types.js", "../../packages/utils/types.js"),
        ("../utils/types", "../../packages/utils/types"),
        ("../../root.json", "../../root.json"),
        ("../../root.json?raw", "../../root.json?raw"),
        ("react", "react"),
    ],
)
def test_scripts_recomputed(tree, one, before, after):
    base = tree({**SCRIPTS, "packages/old/index.ts": f"import '{before}';\n"})
    result, proof = one(base, source="packages/old", destination="apps/new", mode="move")
    assert result.text("apps/new/index.ts") == f"import '{after}';\n"
    assert warnings(proof) == []
    if before != after:
        [rewrite] = proof.changed[0].rewrites
        assert (rewrite.line, rewrite.rule, rewrite.before, rewrite.after) == (1, "relative-import", before, after)


def test_depth_counts(tree, one):
    base = tree({**SCRIPTS, "packages/old/x/y/z.ts": "import '../../../utils';\nimport '../../c';\n"})
    result, _ = one(base, source="packages/old", destination="lib", mode="move")
    assert result.text("lib/x/y/z.ts") == "import '../../../packages/utils';\nimport '../../c';\n"


def test_kept_imports_are_said_to_point_nowhere(tree, one):
    base = tree({**SCRIPTS, "packages/old/x.ts": "import '../utils';\nimport './c';\nimport './missing';\n"})
    result, proof = one(base, source="packages/old", destination="apps/deep/new")
    assert result.text("apps/deep/new/x.ts") == base.text("packages/old/x.ts")
    assert warnings(proof) == [
        ("points-nowhere", "apps/deep/new/x.ts", 1, "../utils"),
        ("points-nowhere", "apps/deep/new/x.ts", 3, "./missing"),
    ]


def test_a_copy_can_be_recomputed_too(tree, one):
    base = tree({**SCRIPTS, "packages/old/x.ts": "import '../utils';\n"})
    result, proof = one(base, source="packages/old", destination="apps/new", relative_imports="recompute")
    assert result.text("apps/new/x.ts") == "import '../../packages/utils';\n"
    assert warnings(proof) == []


def test_a_move_can_keep(tree, one):
    base = tree({**SCRIPTS, "packages/old/x.ts": "import '../utils';\nimport './c';\n"})
    result, proof = one(base, source="packages/old", destination="apps/new", mode="move", relative_imports="keep")
    assert result.text("apps/new/x.ts") == "import '../utils';\nimport './c';\n"
    assert warnings(proof) == [("points-nowhere", "apps/new/x.ts", 1, "../utils")]


def test_a_ruled_specifier_is_not_recomputed(tree, one):
    base = tree({**SCRIPTS, "packages/old/x.ts": "import '../utils';\nimport '../utils/deep';\n"})
    result, _ = one(
        base, source="packages/old", destination="apps/new", mode="move", imports=[{"from": "../utils", "to": "@u"}]
    )
    assert result.text("apps/new/x.ts") == "import '@u';\nimport '../../packages/utils/deep';\n"


def test_what_a_regex_rule_left_is_judged(tree, one):
    base = tree({**SCRIPTS, "packages/old/x.ts": "import './c';\n"})
    _, proof = one(base, source="packages/old", destination="apps/new", imports=[{"regex": r"\./c", "to": "./d"}])
    assert warnings(proof) == [("points-nowhere", "apps/new/x.ts", 1, "./d")]


def test_literal_paths_into_the_old_place_are_said(tree, one):
    base = tree({**SCRIPTS, "packages/old/x.ts": "import 'packages/old/c';\nimport '@app/old/c';\nimport 'old';\n"})
    _, proof = one(base, source="packages/old", destination="apps/new")
    assert warnings(proof) == [
        ("points-at-old-place", "apps/new/x.ts", 1, "packages/old/c"),
        ("points-at-old-place", "apps/new/x.ts", 2, "@app/old/c"),
    ]


def test_outside_the_repository(tree, one):
    base = tree({"s/x.ts": "import '../../../y';\n"})
    result, proof = one(base, source="s", destination="a/d", mode="move")
    assert result.text("a/d/x.ts") == "import '../../../y';\n"
    assert warnings(proof) == [("points-nowhere", "a/d/x.ts", 1, "../../../y")]


PYTHON = {
    "pkg/__init__.py": "",
    "pkg/common.py": "X = 1\n",
    "pkg/old/__init__.py": "",
    "pkg/old/inner.py": "Y = 1\n",
    "pkg/old/sub/__init__.py": "",
    "top/other.py": "Z = 1\n",
}


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        ("from .inner import Y", "from .inner import Y", None),
        ("from . import inner", "from . import inner", None),
        ("from .sub import x", "from .sub import x", None),
        ("from ..common import X", "from ...common import X", None),
        ("from .. import common", "from ... import common", None),
        ("from ..old.inner import Y", "from .inner import Y", None),
        ("from ...top.other import Z", "from ...top.other import Z", "not-recomputed"),
        ("from pkg.old.inner import Y", "from pkg.area.new.inner import Y", None),
        ("from pkg.old import inner", "from pkg.area.new import inner", None),
        ("import pkg.old.inner as i", "import pkg.area.new.inner as i", None),
        ("import os.path", "import os.path", None),
        ("from ..nothing import X", "from ...nothing import X", "points-nowhere"),
    ],
)
def test_python(tree, one, before, after, code):
    base = tree({**PYTHON, "pkg/old/m.py": before + "\n"})
    result, proof = one(base, source="pkg/old", destination="pkg/area/new", mode="move")
    assert result.text("pkg/area/new/m.py") == after + "\n"
    assert [w.code for w in proof.warnings if w.file.endswith("m.py")] == ([code] if code else [])


def test_python_copies_say_what_points_at_the_old_place(tree, one):
    base = tree({**PYTHON, "pkg/old/m.py": "import os\nfrom pkg.old.inner import Y\nfrom pkg.common import X\n"})
    result, proof = one(base, source="pkg/old", destination="apps/new")
    assert result.text("apps/new/m.py") == base.text("pkg/old/m.py")
    assert warnings(proof) == [("points-at-old-place", "apps/new/m.py", 2, "pkg.old.inner")]


def test_python_kept_relative_imports(tree, one):
    base = tree({**PYTHON, "pkg/old/m.py": "from ..common import X\nfrom . import inner\n"})
    _, proof = one(base, source="pkg/old", destination="apps/new")
    assert warnings(proof) == [("points-nowhere", "apps/new/m.py", 1, "..common")]


GO = {
    "go.mod": "module example.com/m // the module\n\ngo 1.22\n",
    "old/a.go": 'package old\n\nimport "example.com/m/old/sub"\n',
    "old/sub/b.go": "package sub\n",
    "cmd/main.go": 'package main\n\nimport (\n\t"fmt"\n\told "example.com/m/old"\n\t"example.com/m/older"\n)\n',
    "older/c.go": "package older\n",
}


def test_go_moves(tree):
    result = run(tree(GO), [{"id": "f", "source": "old", "destination": "lib/new", "mode": "move"}])
    assert result.text("lib/new/a.go") == 'package old\n\nimport "example.com/m/lib/new/sub"\n'
    assert (
        result.text("cmd/main.go")
        == 'package main\n\nimport (\n\t"fmt"\n\told "example.com/m/lib/new"\n\t"example.com/m/older"\n)\n'
    )


def test_go_copies_say_so(tree, one):
    _, proof = one(tree(GO), source="old", destination="lib/new")
    assert warnings(proof) == [("points-at-old-place", "lib/new/a.go", 3, "example.com/m/old/sub")]


def test_go_modules_of_their_own_keep_their_paths(tree, one):
    base = tree(
        {
            "old/go.mod": "module example.com/old\n",
            "old/a.go": 'package old\n\nimport "example.com/old/sub"\n',
            "old/sub/b.go": "package sub\n",
        }
    )
    result, proof = one(base, source="old", destination="new", mode="move")
    assert result.text("new/a.go") == base.text("old/a.go")
    assert warnings(proof) == []


def test_folders_that_move_together_find_each_other(tree):
    base = tree(
        {"a/x.ts": "import '../b/y';\nimport '../c/z';\n", "b/y.ts": "import '../a/x';\n", "c/z.ts": "export {};\n"}
    )
    folders = [
        {"id": "a", "source": "a", "destination": "apps/deep/a", "mode": "move"},
        {"id": "b", "source": "b", "destination": "libs/b", "mode": "move"},
    ]
    result = run(base, folders)
    assert result.text("apps/deep/a/x.ts") == "import '../../../libs/b/y';\nimport '../../../c/z';\n"
    assert result.text("libs/b/y.ts") == "import '../../apps/deep/a/x';\n"
    assert run(base, folders[::-1]).oid == result.oid
    assert run(result, folders).oid == result.oid


def test_a_copy_beside_a_move_is_stable(tree):
    """The demo's rule is written against the base; the file it is copied from follows the move; twice changes nothing."""
    base = tree(
        {
            "demos/x/a.ts": "import '../../utils';\nimport '../../utils/deep';\n",
            "utils/index.ts": "",
            "utils/deep.ts": "",
        }
    )
    folders = [
        {
            "id": "demo",
            "source": "demos/x",
            "destination": "apps/x",
            "imports": [{"from": "../../utils", "to": "@shared/utils"}],
        },
        {"id": "utils", "source": "utils", "destination": "packages/shared/utils", "mode": "move"},
    ]
    result = run(base, folders)
    assert (
        result.text("demos/x/a.ts")
        == "import '../../packages/shared/utils';\nimport '../../packages/shared/utils/deep';\n"
    )
    assert result.text("apps/x/a.ts") == "import '@shared/utils';\nimport '../../packages/shared/utils/deep';\n"
    assert run(result, folders).oid == result.oid


@pytest.mark.parametrize("order", ["uvx", "xvu", "vxu"])
def test_moves_of_an_each_are_known_again(tree, order):
    """A rule written against the base matches, too, what an earlier move made of the import."""
    base = tree(
        {"demos/x/a.ts": "import '../../libs/u';\nimport '../../libs/v/w';\n", "libs/u/index.ts": "", "libs/v/w.ts": ""}
    )
    rules = [{"from": "../../libs/u", "to": "@u"}, {"from": "../../libs/v/*", "to": "@v/*"}]
    folders = [
        {"each": "demos/*", "destination": "apps/{name}", "imports": rules},
        {"each": "libs/*", "destination": "packages/shared/{name}", "mode": "move"},
    ]
    together = run(base, folders)
    assert together.text("apps/x/a.ts") == "import '@u';\nimport '@v/w';\n"
    assert run(together, folders).oid == together.oid
    one_by_one = base
    for name in order:
        one_by_one = one_by_one.apply(plan(one_by_one, manifest_of(folders)).folder(name).edits)
    assert one_by_one.oid == together.oid


def test_the_manifest_helper():
    assert manifest_of([{"id": "f", "source": "s", "destination": "d"}]).name == "m"
