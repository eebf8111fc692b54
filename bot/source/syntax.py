"""What the grammars share: parsers, queries, and the trees they make."""

from __future__ import annotations

import threading
from functools import cache
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

import tree_sitter
import tree_sitter_go
import tree_sitter_javascript
import tree_sitter_python
import tree_sitter_typescript

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tree_sitter import Node, Tree

Kind: TypeAlias = Literal["import", "export", "require", "dynamic", "mock", "type"]
Grammar: TypeAlias = Literal["javascript", "typescript", "tsx", "python", "go"]

_SOURCES: Final = {
    "javascript": tree_sitter_javascript.language,
    "typescript": tree_sitter_typescript.language_typescript,
    "tsx": tree_sitter_typescript.language_tsx,
    "python": tree_sitter_python.language,
    "go": tree_sitter_go.language,
}
_local = threading.local()


class Found(NamedTuple):
    """A specifier before its line is known."""

    start: int
    end: int
    text: str
    kind: Kind
    names: tuple[str, ...] = ()


@cache
def language(grammar: Grammar) -> tree_sitter.Language:
    """A grammar, loaded once."""
    return tree_sitter.Language(_SOURCES[grammar]())


@cache
def query(grammar: Grammar, text: str) -> tree_sitter.Query:
    """A query, compiled once for each grammar."""
    return tree_sitter.Query(language(grammar), text)


def parse(grammar: Grammar, data: bytes) -> Tree:
    """Parse a file. A parser is not to be shared between threads, so each has its own."""
    parsers: dict[Grammar, tree_sitter.Parser] = _local.__dict__.setdefault("parsers", {})
    parser = parsers.get(grammar)
    if parser is None:
        parser = parsers[grammar] = tree_sitter.Parser(language(grammar))
    return parser.parse(data)


def matches(grammar: Grammar, text: str, tree: Tree) -> list[dict[str, list[Node]]]:
    """The captures of each match of a query."""
    cursor = tree_sitter.QueryCursor(query(grammar, text))
    return [captures for _, captures in cursor.matches(tree.root_node)]


def error_lines(tree: Tree) -> tuple[int, ...]:
    """The lines, from 1, of what does not parse."""
    found: set[int] = set()
    waiting = [tree.root_node] if tree.root_node.has_error else []
    while waiting:
        node = waiting.pop()
        if node.is_error or node.is_missing:
            found.add(node.start_point.row + 1)
        else:
            waiting += [child for child in node.children if child.has_error or child.is_missing]
    return tuple(sorted(found))


def text_of(data: bytes, node: Node) -> bytes:
    """The bytes of a node in the file as it is (which may differ from what was parsed)."""
    return data[node.start_byte : node.end_byte]


def decode(raw: bytes) -> str:
    """Bytes as text; what is not UTF-8 becomes lone surrogates."""
    return raw.decode("utf-8", "surrogateescape")


def lines_of(data: bytes, offsets: Sequence[int]) -> list[int]:
    """The lines of offsets that do not decrease, in one pass."""
    lines, line, at = [], 1, 0
    for offset in offsets:
        line += data.count(b"\n", at, offset)
        at = offset
        lines.append(line)
    return lines
