import ast
import threading
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.source.grammars import language_of, quoted, specifiers, syntax_errors
from tests.effort import soon

SCRIPTS = ("javascript", "jsx", "typescript", "tsx")
TYPED = ("typescript", "tsx")


def seen(language, text):
    """The specifiers as ``kind text``, after checking that every span holds what it says."""
    data = text if isinstance(text, bytes) else text.encode()
    found = specifiers(language, data)
    assert list(found) == sorted(found)
    for one in found:
        raw = data[one.start : one.end]
        assert one.line == data.count(b"\n", 0, one.start) + 1
        if language != "python" or one.kind == "dynamic":
            assert data[one.start - 1 : one.start] in {b'"', b"'", b"`"}
            assert data[one.start - 1] == data[one.end]
        if b"\\" not in raw and not any(c in raw for c in b" \t\r\n#"):
            assert one.text.encode("utf-8", "surrogateescape") == raw
    return [f"{one.kind} {one.text}" for one in found]


@pytest.mark.parametrize(
    ("path", "language"),
    [
        ("a/b.js", "javascript"), ("a.mjs", "javascript"), ("a.cjs", "javascript"), ("a.jsx", "jsx"), ("a.ts", "typescript"),
        ("a.mts", "typescript"), ("a.cts", "typescript"), ("a.d.ts", "typescript"), ("a.tsx", "tsx"), ("a.py", "python"),
        ("a.pyi", "python"), ("a.go", "go"), ("a.css", None), ("py", None), ("x.py/a", None), (".py", None), ("a.json", None), ("a.py.txt", None),
    ],
)  # fmt: skip
def test_languages(path, language):
    assert language_of(path) == language


@pytest.mark.parametrize("language", SCRIPTS)
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("import a from './a'", ["import ./a"]),
        ('import {a, b as c} from "./a";', ["import ./a"]),
        ("import * as a from './a'", ["import ./a"]),
        ("import a, {b} from './a'", ["import ./a"]),
        ("import './a'", ["import ./a"]),
        ("import a from './a' with {type: 'json'}", ["import ./a"]),
        ("import a from './a.json' assert {type: 'json'}", ["import ./a.json"]),
        ("import defer * as a from './a'", ["import ./a"]),
        ("import source a from './a'", ["import ./a"]),
        ("import\r\n  a\r\nfrom\r\n  './a'\r\n;import './b'\r\n", ["import ./a", "import ./b"]),
        ("export {a} from './a'", ["export ./a"]),
        ("export {default as a} from './a'", ["export ./a"]),
        ("export * from './a'", ["export ./a"]),
        ("export * as a from './a'", ["export ./a"]),
        ("export const from = './a'", []),
        ("const a = require('./a')", ["require ./a"]),
        ("const {a} = require(`./a`)", ["require ./a"]),
        ("require?.('./a')", ["require ./a"]),
        ("require.resolve('./a'); module.require('./b')", ["require ./a", "require ./b"]),
        ("other.require('./a'); other.resolve('./b'); path.resolve('./c')", []),
        ("require(name); require('a' + b); require(`a${b}`); require()", []),
        ("import.meta.resolve('./a')", ["dynamic ./a"]),
        ("const a = await import('./a')", ["dynamic ./a"]),
        ("import(`./a`).then(b => b)", ["dynamic ./a"]),
        ("import(`./${a}`); import('a' + b); import(a)", []),
        ("import(/* webpackChunkName: \"b\" */ './a')", ["dynamic ./a"]),
        ("import('./a', {with: {type: 'json'}})", ["dynamic ./a"]),
        ("import(\n  './a',\n)", ["dynamic ./a"]),
        ("() => import('./a')", ["dynamic ./a"]),
        ("jest.mock('./a')", ["mock ./a"]),
        ("jest.mock('./a', () => ({b: require('./c')}))", ["mock ./a", "require ./c"]),
        ("jest.mock('./a').mock('./b')\n  .doMock('./c', () => 1)", ["mock ./a", "mock ./b", "mock ./c"]),
        ("jest.resetModules().unmock('./a'); jest.fn().mock('./b')", ["mock ./a"]),
        ("jest.requireActual('./a'); jest.requireMock('./b')", ["mock ./a", "mock ./b"]),
        ("jest.requireActual('./a').mock('./b')", ["mock ./a"]),
        ("jest.unstable_mockModule('./a', f); jest.createMockFromModule('./b')", ["mock ./a", "mock ./b"]),
        ("vi.mock(`./a`); vi.doUnmock('./b')", ["mock ./a", "mock ./b"]),
        ("const a = await vi.importActual('./a'); (await vi.importMock('./b')).c", ["mock ./a", "mock ./b"]),
        ("vi.mock(import('./a'), () => ({}))", ["dynamic ./a"]),
        ("mock.module('./a', f); t.mock.module('./b')", ["mock ./a", "mock ./b"]),
        ("mine.mock('./a'); mock('./b'); fetch.mock('./c')", []),
        ("// import a from './a'\n/* require('./b') */ /** import('./c') */", []),
        ("const s = \"import a from './a'\"; const t = 'require(\"./b\")'", []),
        ("const s = `import a from './a'; require('./b'); import('./c'); jest.mock('./d')`", []),
        ("const s = `${require('./a')} import('./b')`", ["require ./a"]),
        ("const r = /import('.a')/; const q = /require\\('a'\\)/", []),
        ("$import('./a'); a.import('./b'); _require('./c'); required('./d')", []),
        ("import a from ''; require('')", []),
        ("import a from './\\u0061\\x62\\u{63}'", ["import ./abc"]),
        ("#!/usr/bin/env node\nrequire('./a')", ["require ./a"]),
        ("\ufeffimport a from './a'", ["import ./a"]),
        (b"// \xff\nimport a from './\xfe'; import './b'", ["import ./\udcfe", "import ./b"]),
        ("class A extends require('./a') {}", ["require ./a"]),
        ("if (a) { try { require('./a') } catch { } }", ["require ./a"]),
        ("a ? import('./a') : import('./b')", ["dynamic ./a", "dynamic ./b"]),
        ("import a from './a';\nlet = = 2;\nimport b from './b'", ["import ./a", "import ./b"]),
    ],
)
def test_scripts(language, text, expected):
    assert seen(language, text) == expected


@pytest.mark.parametrize("language", TYPED)
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("import type {A} from './a'", ["import ./a"]),
        ("import type A from './a'; import {type B} from './b'", ["import ./a", "import ./b"]),
        (
            "export type {A} from './a'; export type * from './b'; export type * as C from './c'",
            ["export ./a", "export ./b", "export ./c"],
        ),
        ("import a = require('./a')", ["require ./a"]),
        ("import type a = require('./a')", ["require ./a"]),
        ("export import a = require('./a')", ["require ./a"]),
        ("import a = b.c", []),
        ("type A = import('./a').B", ["type ./a"]),
        ("let a: import('./a')", ["type ./a"]),
        ("let a: import('./a').B<string>;", ["type ./a"]),
        ("let a: import('./a').B.C[] | null", ["type ./a"]),
        ("let a: Array<import('./a').B>", ["type ./a"]),
        ("let a: typeof import('./a')", ["type ./a"]),
        ("type A = (typeof import('./a'))['b']; type B = typeof import('./b').c.d", ["type ./a", "type ./b"]),
        ("type A = keyof import(`./a`)", ["type ./a"]),
        ("type A = import('./a', {with: {'resolution-mode': 'import'}}).B", ["type ./a"]),
        ("function f(a: import('./a').B): asserts a is import('./c').D {}", ["type ./a", "type ./c"]),
        ("const a = typeof import('./a')", ["dynamic ./a"]),
        ("const a = (await import('./a')) as import('./b').C", ["dynamic ./a", "type ./b"]),
        ("const a = await import('./a') satisfies X", ["dynamic ./a"]),
        ("f<import('./a').B>(c)", ["type ./a"]),
        ("require<A>('./a'); require<typeof import('./b')>('./b').c", ["require ./a", "type ./b", "require ./b"]),
        ("jest.mock<typeof import('../a')>('../a', () => ({}))", ["type ../a", "mock ../a"]),
        ("jest.mock<typeof import('../a')>('../a', f).mock<A<B>>('../b')", ["type ../a", "mock ../a", "mock ../b"]),
        ("vi.mock<typeof import('./a'), X>(`./a`)", ["type ./a", "mock ./a"]),
        ("vi.mock<\n  typeof import('./a')\n>('./a')", ["type ./a", "mock ./a"]),
        ("(await vi.importActual<typeof import('./a')>('./a')).then(b)", ["type ./a", "mock ./a"]),
        ("vi.importActual<{a: typeof import('./a')}>('./b')", ["type ./a", "mock ./b"]),
        ("// jest.mock<typeof import('./a')>('./a')\n`vi.mock<typeof import('./a')>('./a')`", []),
        ("if (a.mock<b && c>(d)) import('./a')", ["dynamic ./a"]),
        (
            "@Dec(require('./a')) class A { @In(() => import('./b')) c: import('./d').E; }",
            ["require ./a", "dynamic ./b", "type ./d"],
        ),
        ("declare module './a' { import b from './b'; export * from './c' }", ["import ./b", "export ./c"]),
        ("/// <reference path='./a' />\nnamespace A { const b = require('./b') }", ["require ./b"]),
        ("abstract class A<in out T> { declare readonly b: T; accessor c = import('./c') }", ["dynamic ./c"]),
    ],
)
def test_typed_scripts(language, text, expected):
    assert seen(language, text) == expected


@pytest.mark.parametrize("language", ["javascript", "jsx", "tsx"])
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("const a = <p>import a from './a'; require('./b') import('./c')</p>", []),
        ("const a = <P b={require('./b')} c='./c'>it's {import('./d')}</P>", ["require ./b", "dynamic ./d"]),
        ("const a = <>\n  export * from './a'\n</>; export * from './b'", ["export ./b"]),
    ],
)
def test_jsx(language, text, expected):
    assert seen(language, text) == expected


def test_flow():
    text = "// @flow\nimport type {A} from './a';\nimport typeof B from './b';\nconst f = (a: A): ?string => require('./c');\n"
    assert seen("javascript", text) == ["import ./a", "import ./b", "require ./c"]
    assert seen("jsx", "const f = (a: string): number => require('./c')") == ["require ./c"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("import a", ["import a"]),
        ("import a.b as c, d", ["import a.b", "import d"]),
        ("import a . b", ["import a.b"]),
        ("from a.b import c", ["import a.b (c)"]),
        ("from a import (\r\n    b,  # why\r\n    c as d,\r\n)\r\nimport e\r\n", ["import a (b c)", "import e"]),
        ("from . import a", ["import . (a)"]),
        ("from .a import b", ["import .a (b)"]),
        ("from ...a.b import c", ["import ...a.b (c)"]),
        ("from .. a import b", ["import ..a (b)"]),
        ("from ...import a", ["import ... (a)"]),
        ("from .\\\n  a import b", ["import .a (b)"]),
        ("from a import *", ["import a"]),
        ("from __future__ import annotations", []),
        ("try:\n    import a\nexcept ImportError:\n    if b: from c import d; import e\n", ["import a", "import c (d)", "import e"]),
        ("def f():\n    from a import b\n", ["import a (b)"]),
        ("importlib.import_module('a.b')", ["dynamic a.b"]),
        ("importlib.import_module(\n    # which\n    '.a', package=__name__)", ["dynamic .a"]),
        ("import_module(name=\"a\"); __import__('b'); builtins.__import__('c')", ["dynamic a", "dynamic b", "dynamic c"]),
        ("import_module(r'a'); import_module(u'''b'''); import_module('c\\x64')", ["dynamic a", "dynamic b", "dynamic cd"]),
        ("import_module(f'a'); import_module(b'b'); import_module('c' 'd'); import_module(e); import_module('f' + g); import_module()", []),
        ("other.import_module('a'); import_module('')", []),
        ("f'{import_module(\"a\")}'", ["dynamic a"]),
        ("'import a'; '''\nfrom b import c\n'''  # import d\n", []),
        ("exec 'import a'\nprint 'from b import c'\nimport d", ["import d"]),
        ("\ufeffimport a", ["import a"]),
        (b"# \xff\nimport a", ["import a"]),
        ("def broken(:\n  pass\n\nimport a\n", ["import a"]),
        ("import ünï.code", ["import ünï.code"]),
        ("match a:\n    case 1:\n        import b\n", ["import b"]),
        ("async def f[T: int](x: T):\n    type A = int\n    import b\n", ["import b"]),
    ],
)  # fmt: skip
def test_python(text, expected):
    data = text if isinstance(text, bytes) else text.encode()
    seen("python", data)
    found = [f"{s.kind} {s.text}" + (f" ({' '.join(s.names)})" if s.names else "") for s in specifiers("python", data)]
    assert found == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('package a\nimport "x/y"\n', ["import x/y"]),
        ('package a\nimport (\n\t"x"\n\tb "y"\n\t. "z"\n\t_ "w" // "v"\n\t`u`\n)\r\n', ["import x", "import y", "import z", "import w", "import u"]),
        ('package a\nimport "C"; import b "x"', ["import C", "import x"]),
        ('package a\nvar s = "import"\nvar t = `import "x"`\n// import "y"\n', []),
        ('package a\nimport "\\x61\\142\\u0063"', ["import abc"]),
        ('package a\nimport ()\nimport ""', []),
    ],
)  # fmt: skip
def test_go(text, expected):
    assert seen("go", text) == expected


@pytest.mark.parametrize(
    ("language", "text", "lines"),
    [
        ("javascript", "a\nb", ()),
        ("javascript", "a(\nb", (1,)),
        ("typescript", "let a: import('./a').B<string>;\nexport type * from 'b'\n", ()),
        ("typescript", "let a = 1\nlet = = 2\n", (2,)),
        ("python", "a = 1\nb = = 2\nc = 3\n", (2,)),
        ("go", "package a\nfunc f( {\n}\n", (2,)),
        ("go", "package a\n", ()),
    ],
)
def test_syntax_errors(language, text, lines):
    assert syntax_errors(language, text.encode()) == lines


def test_quoted():
    data = b"a \"x/y\" 'x/y' `x/y` 'x/y\" x/y \"x/yz\" ''x/y''"
    spans = quoted(data, "x/y")
    assert [data[start - 1 : end + 1] for start, end in spans] == [b'"x/y"', b"'x/y'", b"`x/y`", b"'x/y'"]
    assert quoted(data, "") == [] == quoted(data, "x.y")
    assert quoted(b"'\xff'", "\udcff") == [(1, 2)]


PIECES = [
    "import ", "from ", "export ", "'./a'", '"b"', "`c`", "(", ")", "{", "}", "<", ">", "require", "jest.mock", "typeof ", "type ", " = ", ";", "\n", "*",
    "/*", "*/", "//", "${", "`", "a", ".", ",", "import(", "vi", "\\", "'", "\xff", "\0", "<a>", "</a>", "...", "as ", "import_module", "#", '"""', ":", "  ", "\r\n",
]  # fmt: skip


@given(st.sampled_from([*SCRIPTS, "python", "go"]), st.lists(st.sampled_from(PIECES), max_size=30).map("".join))
def test_never_fails_and_spans_hold(language, text):
    data = text.encode("latin-1")
    at = 0
    for one in specifiers(language, data):
        assert at <= one.start < one.end <= len(data)
        at = one.end
    assert all(1 <= line <= data.count(b"\n") + 1 for line in syntax_errors(language, data))


@given(st.sampled_from([*SCRIPTS, "python", "go"]), st.binary(max_size=120))
def test_any_bytes(language, data):
    specifiers(language, b"import " + data)
    syntax_errors(language, data)


def test_threads_do_not_share_parsers():
    data = b"import a from './a'\n" * 200
    results = []

    def work():
        results.extend(
            len(specifiers("typescript", data)) + len(specifiers("python", b"import a\n" * 50)) for _ in range(20)
        )

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [250] * 160


@pytest.mark.parametrize("language", ["javascript", "typescript", "python", "go"])
@pytest.mark.parametrize(
    "piece",
    [
        "(",
        "[",
        "{",
        "<a",
        "`${",
        "import(",
        "import(/*",
        "import(`",
        "jest.mock<",
        "from x: ",
        "\0",
        '"""',
        "/*",
        "import ",
    ],
)
def test_hostile_files_are_quick(language, piece):
    assert soon(partial(specifiers, language), b"import " + piece.encode() * (40_000 // len(piece)), 10)


def test_a_file_that_would_be_read_over_and_over_is_given_up():
    data = b"import a from './a';" + b"import(/*" * 20_000
    assert specifiers("typescript", data) == ()
    assert syntax_errors("typescript", data) == (1,)


def test_more_dynamic_imports_than_are_looked_up_one_by_one():
    data = b"import('./a'); let b: typeof import('./c');\n" * 1500
    kinds = [one.kind for one in specifiers("typescript", data)]
    assert kinds == ["dynamic", "type"] * 1500


def test_error_nodes_with_very_many_children():
    data = b"import a from './a';\n" + b"( [ " * 5000 + b"\nrequire('./b')"
    assert specifiers("javascript", data)[0].text == "./a"


def test_a_real_size_of_file_is_parsed_whole():
    data = b"const a = require('./a'); function f(b) { return [b, {c: 1}].map((d) => `${d}` + 'e'); }\n" * 5000
    assert len(specifiers("javascript", data)) == 5000
    assert syntax_errors("javascript", data) == ()


def _by_ast(data):
    found = set()
    for node in ast.walk(ast.parse(data)):
        if isinstance(node, ast.Import):
            found |= {(node.lineno, alias.name, ()) for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module != "__future__":
            names = tuple(alias.name for alias in node.names if alias.name != "*")
            found.add((node.lineno, "." * node.level + (node.module or ""), names))
    return found


def test_python_agrees_with_python_itself():
    """Over the standard library's own files, a part of them."""
    folder = Path(ast.__file__).parent
    files = [
        *sorted(folder.glob("*.py"))[::4],
        *sorted(folder.glob("importlib/*.py")),
        *sorted(folder.glob("email/*.py")),
    ]
    count = 0
    for file in files:
        data = file.read_bytes()
        found = {(s.line, s.text, s.names) for s in specifiers("python", data) if s.kind == "import"}
        assert found == _by_ast(data), file
        count += len(found)
    assert count > 200
