"""The fast reading of a file's top agrees with the grammar, whatever stands there."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.migration.headers import Interest, _go, _python, _script, find_specifiers, pattern
from bot.source.grammars import specifiers

SCRIPT = [
    b"import a from './a';",
    b'import "./b"',
    b"import type { T } from '../t';",
    b"import * as n from 'n';",
    b"import d, { e as f,\n  g } from './d';",
    b"import {h}from'./h'",
    b"export * from './i';",
    b"export * as j from './j';",
    b"export { k, l as m } from './k';",
    b"export type { N } from './n';",
    b"import o = require('./o');",
    b"import p from './p' with { type: 'json' };",
    b"import q from './q.json' assert { type: 'json' }",
    b"import('./r');",
    b"// import s from './s'",
    b"/* import t from './t' */",
    b"/*\nimport u from './u';\n*/",
    b"/* import v from './v';",
    b"*/",
    b"'use strict';",
    b'"use client"',
    b"const w = require('./w');",
    b"const x = `\nimport y from './y';\n`;",
    b"`",
    b"const z = <pre>\nimport a from './z';\n</pre>;",
    b"jest.mock('./m');",
    b"export const c = 1;",
    b"import e from './\\x65';",
    b"import g from './g?raw';",
    b"// \xe2\x80\xa8import h from './h8';",
    b"import caf\xc3\xa9 from './c';",
    b"#!/usr/bin/env node",
    b"importScripts('./k');",
    b"import i from 'x'; import j from './y';",
    b"import typeof from './tf';",
    b"export default from './df';",
    b"import defer * as l from './l';",
    b"import {} from './empty';",
    b"@Dec() class A { import = './no'; }",
    b"<!-- import m from './html';",
    b"x = /import n from '.\\/n'/;",
    b"",
]
PYTHON = [
    b"import a",
    b"import a.b as c, utils",
    b"from . import x",
    b"from .y import (z,\n  w as v,  # a comment, here\n)",
    b"from ..p.q import *",
    b"from __future__ import annotations",
    b'"""A docstring.\n\nimport utils\n"""',
    b"'''import a'''",
    b"# import utils",
    b"if True:\n    import utils",
    b"import a; import utils",
    b"import \\\n  utils",
    b"from utils import \\\n  a",
    b"x = '''\nimport utils\n'''",
    b"'''",
    b'r"""\nfrom .a import b\\"""\n"""',
    b"try:\n    from .t import u\nexcept ImportError:\n    pass",
    b"importlib.import_module('utils')",
    b"__import__('utils')",
    b"from utils import(a)",
    b"import utils as u  # why",
    b"print('import utils')",
    b"\x0cimport utils",
    b"import utils.",
    b"from . import",
    b"from .a import b c",
    b"import class",
    b"\tfrom .indented import a",
    b"async def f():\n    from . import g",
    b"from utils.\xc3\xa9 import b",
    b"",
    b"from utils import a,",
    b"import utils,",
    b"from utils import (a b)",
    b"from.utils import a",
]
GO = [
    b"package a", b'import "x/utils"', b'import u "x/utils"', b'import (\n\t"fmt"\n\t_ "x/utils" // c\n\t. "y"\n)', b'// import "x/utils"', b'/*\nimport "x/utils"\n*/', b"import `x/utils`", b'import (\n\t`x/utils`\n\t"z"\n)', b'import ("a"; "x/utils")', b'var s = `\nimport "x/utils"\n`', b"func f() {}", b'import "C"', b"import ()", b"package", b"import (", b")", b"/*", b"//go:build x", b"",
]  # fmt: skip


def key(spec):
    return spec.start, spec.end, spec.text, spec.line, spec.names


def check(language, fast, data, matters):
    truth = {key(spec) for spec in specifiers(language, data)}
    top, _ = fast(data)
    found = {
        key(spec) for spec in find_specifiers(language, data, Interest(starts=(b"n", b"utils"), names=(b"utils",)))
    }
    if not has_errors(language, data):
        assert {key(spec) for spec in top} <= truth
    assert {each for each in truth if matters(each[2], each[4])} <= found
    if not has_errors(language, data):
        assert found <= truth


def has_errors(language, data):
    from bot.source.grammars import syntax_errors

    return bool(syntax_errors(language, data))


@settings(max_examples=600, deadline=None)
@given(
    st.lists(st.sampled_from(SCRIPT), max_size=7),
    st.sampled_from([b"\n", b"\r\n", b" "]),
    st.sampled_from([b"", b"\xef\xbb\xbf"]),
    st.sampled_from(["typescript", "tsx", "javascript", "jsx"]),
)
def test_scripts(parts, ending, start, language):
    data = start + ending.join(parts)
    if has_errors(language, data):
        return
    check(language, _script, data, lambda text, names: text.startswith((".", "n")) and text[2:3] != "e")


@settings(max_examples=600, deadline=None)
@given(st.lists(st.sampled_from(PYTHON), max_size=7), st.sampled_from([b"\n", b"\r\n"]))
def test_python(parts, ending):
    data = ending.join(parts) + ending
    if has_errors("python", data):
        return
    check("python", _python, data, lambda text, names: text.startswith(".") or "utils" in text.split("."))


@settings(max_examples=400, deadline=None)
@given(st.lists(st.sampled_from(GO), max_size=6), st.sampled_from([b"\n", b"\r\n"]))
def test_go(parts, ending):
    data = b"package a" + ending + ending.join(parts) + ending
    if has_errors("go", data):
        return
    check("go", _go, data, lambda text, names: "utils" in text)


@pytest.mark.parametrize(
    ("language", "data"),
    [
        ("typescript", b"// c\nimport a from './a';\nexport function f() { return 1; }\n"),
        ("python", b'"""Doc."""\n\nfrom . import x\n\n\ndef f():\n    return 1\n'),
        ("go", b'package a\n\nimport (\n\t"utils"\n)\n\nfunc f() {}\n'),
    ],
)
def test_a_plain_file_is_not_parsed(language, data):
    """What is left behind the top holds nothing that matters."""
    found, at = {"typescript": _script, "python": _python, "go": _go}[language](data)
    assert len(found) == 1
    assert pattern(language, Interest(names=(b"utils",))).search(data, at) is None
