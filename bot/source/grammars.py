"""Finds module specifiers by syntax (tree-sitter), in JavaScript, TypeScript, Python and Go.

Parsing is slow beside a search for bytes (FACTS.md): callers search for a literal first and parse only files with one.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

from bot.source import grammar_go, grammar_python, grammar_scripts, syntax

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.source.syntax import Found, Kind

Language: TypeAlias = Literal["javascript", "jsx", "typescript", "tsx", "python", "go"]

_ENDINGS: Final[dict[str, Language]] = {
    "js": "javascript",
    "mjs": "javascript",
    "cjs": "javascript",
    "jsx": "jsx",
    "ts": "typescript",
    "mts": "typescript",
    "cts": "typescript",
    "tsx": "tsx",
    "py": "python",
    "pyi": "python",
    "go": "go",
}


class Specifier(NamedTuple):
    """One mention of a module."""

    start: int
    end: int
    """Byte span of the specifier itself, without quotes; in Python the dotted name with the dots before it."""
    text: str
    """What it says, escapes decoded; bytes that are not UTF-8 are lone surrogates."""
    kind: Kind
    line: int
    """From 1."""
    names: tuple[str, ...] = ()
    """In Python, what ``from x import a, b`` imports by name, not by alias; empty for ``*``."""


def language_of(path: str) -> Language | None:
    """The language of a file by its name's ending; ``None`` for those without a grammar."""
    name = path.rpartition("/")[2]
    stem, dot, ending = name.rpartition(".")
    return _ENDINGS.get(ending) if dot and stem else None


def specifiers(language: Language, data: bytes) -> tuple[Specifier, ...]:
    """Every module specifier of a file, in order of place.

    JavaScript and TypeScript: ``import`` and ``export … from`` (also of types), ``import x = require()``, ``import()``
    as an expression (``dynamic``) and as a type (``type``), ``require()``, ``require.resolve()``,
    ``import.meta.resolve()``, and the mocks of jest, vitest, bun and node; a template string without substitution is a
    string. Python: ``import``, ``from … import``, ``import_module()`` and ``__import__()`` of a literal. Go: imports.
    Never fails: what cannot be parsed gives what could be.
    """
    found = _finder(language)(data)
    if not found:
        return ()
    lines = syntax.lines_of(data, [each.start for each in found])
    return tuple(
        Specifier(each.start, each.end, each.text, each.kind, line, each.names)
        for each, line in zip(found, lines, strict=True)
    )


def _finder(language: Language) -> Callable[[bytes], list[Found]]:
    if language == "python":
        return grammar_python.find
    if language == "go":
        return grammar_go.find
    return lambda data: grammar_scripts.find(language, data)


def syntax_errors(language: Language, data: bytes) -> tuple[int, ...]:
    """The lines, from 1, where a file does not parse; ``()`` when it does."""
    if language == "python" or language == "go":  # noqa: PLR1714 - mypy narrows only this form
        return syntax.error_lines(syntax.parse(language, data))
    return syntax.error_lines(grammar_scripts.tree_of(language, data)[1])


def quoted(data: bytes, text: str) -> list[tuple[int, int]]:
    """Where a text stands in quotes (``"``, ``'``, a backtick) in any file: byte spans of the text, in order."""
    raw = text.encode("utf-8", "surrogateescape")
    if not raw or raw not in data:
        return []
    pattern = re.compile(rb"([\"'`])" + re.escape(raw) + rb"\1")
    return [(found.start() + 1, found.end() - 1) for found in pattern.finditer(data)]
