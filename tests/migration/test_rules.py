"""Exact rules by syntax, wildcards, quoted strings, regex rules; the bytes around them stay."""

import pytest


@pytest.fixture
def rewritten(tree, one):
    """One file below the source, through some rules: gives the new text and the certificate."""

    def run(name, text, *rules, **options):
        after, proof = one(tree({f"s/{name}": text}), source="s", destination="d", imports=list(rules), **options)
        return after.files()[f"d/{name}"][1], proof

    return run


def rule(from_, to, files="**"):
    return {"files": files, "from": from_, "to": to}


JS = b"""// import '../../utils'
import a from '../../utils';
export * from "../../utils";
const b = require(`../../utils`);
jest.mock('../../utils');
await import("../../utils");
const text = "../../utils";
import c from '../../utils/deep';
"""


def test_a_specifier_wherever_it_is_imported_and_nowhere_else(rewritten):
    data, proof = rewritten("x.ts", JS, rule("../../utils", "@shared/utils"))
    assert data.decode().splitlines() == [
        "// import '../../utils'",
        "import a from '@shared/utils';",
        'export * from "@shared/utils";',
        "const b = require(`@shared/utils`);",
        "jest.mock('@shared/utils');",
        'await import("@shared/utils");',
        'const text = "../../utils";',
        "import c from '../../utils/deep';",
    ]
    assert [(r.line, r.rule, r.before, r.after) for r in proof.changed[0].rewrites] == [
        (line, "imports[0]", "../../utils", "@shared/utils") for line in (2, 3, 4, 5, 6)
    ]


@pytest.mark.parametrize(
    ("name", "text", "from_", "to", "expected"),
    [
        ("a.py", "import utils as u\n", "utils", "shared.utils", "import shared.utils as u\n"),
        ("a.py", "from utils import x\n", "utils", "shared.utils", "from shared.utils import x\n"),
        ("a.py", "from utils.a import x\n# utils.a\n", "utils.*", "shared.*", "from shared.a import x\n# utils.a\n"),
        ("a.py", "from utils import x\n", "utils.*", "shared.*", "from utils import x\n"),
        ("a.py", "from utils_a import x\n", "utils", "shared", "from utils_a import x\n"),
        (
            "a.go",
            'package a\n\nimport "x/y"\n\nvar s = "x/y"\n',
            "x/y",
            "z/y",
            'package a\n\nimport "z/y"\n\nvar s = "x/y"\n',
        ),
        ("a.go", 'package a\n\nimport "x/y/w"\n', "x/*", "z/*", 'package a\n\nimport "z/y/w"\n'),
        ("a.js", "import 'x/y';\n", "x/*", "z/*", "import 'z/y';\n"),
        ("a.js", "import 'x';\n", "x/*", "z/*", "import 'x';\n"),
        ("a.js", "import 'x.y';\n", "x.*", "z.*", "import 'x.y';\n"),
        (
            "a.tsx",
            "const a = <p>import 'x'</p>;\nimport 'x';\n",
            "x",
            "z",
            "const a = <p>import 'x'</p>;\nimport 'z';\n",
        ),
        ("a.vue", "<script>\nimport 'x';\n</script>\n", "x", "z", "<script>\nimport 'z';\n</script>\n"),
        ("a.css", '@import "x/a.css";\n', "x/*", "z/*", '@import "z/a.css";\n'),
        ("a.css", "x { y: x }\n", "x", "z", "x { y: x }\n"),
    ],
)
def test_languages(rewritten, name, text, from_, to, expected):
    data, _ = rewritten(name, text, rule(from_, to))
    assert data.decode() == expected


def test_the_first_exact_rule_wins_and_regex_rules_follow(rewritten):
    rules = [rule("a", "b"), rule("a", "c"), rule("b", "d"), {"regex": "(['\"])b(['\"])", "to": "\\1e\\2"}]
    data, proof = rewritten("x.js", "import 'a';\nimport 'b';\n", *rules)
    assert data == b"import 'e';\nimport 'd';\n"
    assert [(r.line, r.rule, r.before, r.after) for r in proof.changed[0].rewrites] == [
        (1, "imports[0]", "a", "b"),
        (2, "imports[2]", "b", "d"),
        (1, "imports[3]", "'b'", "'e'"),
    ]


def test_lines_are_those_of_the_original_file(rewritten):
    rules = [{"regex": "(?m)^drop\\n", "to": ""}, {"regex": "(?m)^x$", "to": "y\ny"}, {"regex": "last", "to": "end"}]
    data, proof = rewritten("x.txt", "drop\nx\ndrop\nlast\n", *rules)
    assert data == b"y\ny\nend\n"
    assert [(r.line, r.rule) for r in proof.changed[0].rewrites] == [
        (1, "imports[0]"),
        (3, "imports[0]"),
        (2, "imports[1]"),
        (4, "imports[2]"),
    ]


def test_only_files_that_the_glob_takes(rewritten):
    assert rewritten("a/x.js", "import 'a';\n", rule("a", "b", "*.js"))[0] == b"import 'a';\n"
    assert rewritten("a/x.js", "import 'a';\n", rule("a", "b", "**/*.{js,ts}"))[0] == b"import 'b';\n"


def test_binaries_are_never_touched(rewritten):
    assert rewritten("x.js", b"import 'a';\n\0", rule("a", "b"), {"regex": "a", "to": "b"})[0] == b"import 'a';\n\0"


@pytest.mark.parametrize("ending", [b"\n", b"\r\n"])
@pytest.mark.parametrize("start", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("rest", [b"// caf\xe9", "// café ✓".encode(), b"// plain"])
def test_the_bytes_around_stay(rewritten, start, ending, rest):
    text = ending.join([start + b"import 'a';", rest, b"import 'a';"])
    data, _ = rewritten("x.ts", text, rule("a", "bb"), {"regex": "plain", "to": "simple"})
    assert data == text.replace(b"'a'", b"'bb'").replace(b"plain", b"simple")


def test_python_binding_changes_are_said(rewritten):
    _, proof = rewritten(
        "x.py", "import utils\nimport utils as u\nfrom utils import x\n", rule("utils", "shared.utils")
    )
    assert [(w.code, w.line, w.text) for w in proof.warnings] == [("binding-changed", 1, "utils -> shared.utils")]


def test_python_submodule_by_from_is_said(rewritten):
    data, proof = rewritten("x.py", "from pkg import sub, other\n", rule("pkg.sub", "new.sub"))
    assert data == b"from pkg import sub, other\n"
    assert [(w.code, w.line, w.text) for w in proof.warnings] == [("points-at-old-place", 1, "pkg.sub")]


def test_nothing_to_change_is_no_change(rewritten):
    data, proof = rewritten("x.js", "import 'a';\n", rule("a", "a"), {"regex": "import", "to": "import"})
    assert (data, proof.changed) == (b"import 'a';\n", ())
