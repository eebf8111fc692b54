"""Imports of Python files."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Final

from bot.source.syntax import Found, decode, matches, parse, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Node, Tree

_IMPORTS: Final = """
(import_statement name: (dotted_name) @name)
(import_statement name: (aliased_import name: (dotted_name) @name))
(import_from_statement module_name: (_) @module) @from
"""
_CALLS: Final = """
(call function: (identifier) @function arguments: (argument_list) @arguments)
(call function: (attribute attribute: (identifier) @function) @attribute arguments: (argument_list) @arguments)
"""
_FUNCTIONS: Final = {b"import_module", b"__import__"}
_ATTRIBUTES: Final = {b"importlib.import_module", b"builtins.__import__", b"importlib.__import__"}
_LITERAL = re.compile(rb"(?:[rRuU]?)(\"\"\"|'''|\"|')")
_COMMENT = re.compile(rb"#[^\n]*|\\\r?\n|\s+")


def find(data: bytes) -> list[Found]:
    """Every imported module, in order."""
    if b"import" not in data:
        return []
    tree = parse("python", data)
    if tree is None:
        return []
    found: list[Found | None] = []
    for captures in matches("python", _IMPORTS, tree):
        if "name" in captures:
            found += [_dotted(data, node, ()) for node in captures["name"]]
        else:
            found.append(_dotted(data, captures["module"][0], _names(data, captures["from"][0])))
    if any(name in data for name in _FUNCTIONS):
        found += [_dynamic(data, captures["arguments"][0]) for captures in _calls(data, tree)]
    return sorted({each for each in found if each is not None})


def _calls(data: bytes, tree: Tree) -> Iterator[dict[str, list[Node]]]:
    """The calls that import a module by name."""
    for captures in matches("python", _CALLS, tree):
        if text_of(data, captures["function"][0]) in _FUNCTIONS and (
            "attribute" not in captures or _tight(data, captures["attribute"][0]) in _ATTRIBUTES
        ):
            yield captures


def _tight(data: bytes, node: Node) -> bytes:
    """A dotted name without the white space and comments that may stand in it."""
    return _COMMENT.sub(b"", text_of(data, node))


def _dotted(data: bytes, node: Node, names: tuple[str, ...]) -> Found | None:
    if node.start_byte == node.end_byte:
        return None
    return Found(node.start_byte, node.end_byte, decode(_tight(data, node)), "import", names)


def _names(data: bytes, statement: Node) -> tuple[str, ...]:
    names = []
    for child in statement.children_by_field_name("name"):
        name = child.child_by_field_name("name") if child.type == "aliased_import" else child
        if name is not None:
            names.append(decode(_tight(data, name)))
    return tuple(names)


def _dynamic(data: bytes, arguments: Node) -> Found | None:
    """The first argument, or the one called ``name``, when it is one literal."""
    given = [child for child in arguments.named_children if child.type != "comment"]
    first = given[0] if given and given[0].type != "keyword_argument" else None
    if first is None:
        for child in given:
            key = child.child_by_field_name("name") if child.type == "keyword_argument" else None
            if key is not None and text_of(data, key) == b"name":
                first = child.child_by_field_name("value")
    return _literal(data, first) if first is not None and first.type == "string" else None


def _literal(data: bytes, node: Node) -> Found | None:
    raw = text_of(data, node)
    opening = _LITERAL.match(raw)
    if opening is None:
        return None
    start, end = node.start_byte + opening.end(), node.end_byte - len(opening[1])
    text = decode(data[start:end])
    if "\\" in text:
        try:
            text = ast.literal_eval(raw.decode("utf-8"))
        except (ValueError, SyntaxError):
            return None
    return Found(start, end, text, "dynamic") if end > start else None
