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
    from collections.abc import Iterator, Sequence

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
_PIECE: Final = 8192
_READS_AT_LEAST: Final = 500
_READS_EACH: Final = 50
_WIDE: Final = 200
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


class _Reader:
    """Hands a file to the parser piece by piece, and ends it when the parser has read it far too many times over.

    Error recovery can read to the end of the file again and again (an unended comment, say), which takes time
    quadratic in its size. Real files are read at most some 40 times over when small, and less than twice when large.
    """

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.left = _READS_AT_LEAST + len(data) // _PIECE * _READS_EACH

    def __call__(self, offset: int, _point: object) -> bytes:
        self.left -= 1
        return self.data[offset : offset + _PIECE] if self.left >= 0 else b""


def parse(grammar: Grammar, data: bytes) -> Tree | None:
    """Parse a file; ``None`` for a hostile one, which would take too long. The answer hangs on the bytes alone.

    A parser is not to be shared between threads, so each has its own.
    """
    parsers: dict[Grammar, tree_sitter.Parser] = _local.__dict__.setdefault("parsers", {})
    parser = parsers.get(grammar)
    if parser is None:
        parser = parsers[grammar] = tree_sitter.Parser(language(grammar))
    reader = _Reader(data)
    tree = parser.parse(reader)
    return tree if reader.left >= 0 else None


def matches(grammar: Grammar, text: str, tree: Tree) -> list[dict[str, list[Node]]]:
    """The captures of each match of a query.

    The query must hold no predicate: the bindings would ask the parser's reader for text, character by character,
    and crash when it gives none.
    """
    cursor = tree_sitter.QueryCursor(query(grammar, text))
    return [captures for top in _tops(tree.root_node) for _, captures in cursor.matches(top)]


def _tops(root: Node) -> list[Node]:
    """The nodes to query, one by one: the root, or the children of error nodes with very many.

    A query looks through all later siblings at every child; in an error node nothing keeps them few.
    """
    split: set[int] = set()
    for node in _errors(root):
        above: Node | None = node if node.child_count > _WIDE else None
        while above is not None and above.id not in split:
            split.add(above.id)
            above = above.parent
    if not split:
        return [root]
    found, waiting = [], [root]
    while waiting:
        node = waiting.pop()
        if node.id in split:
            waiting += node.children
        else:
            found.append(node)
    return found


def _errors(root: Node) -> Iterator[Node]:
    """Every node that does not parse, or that the parser made up."""
    waiting = [root] if root.has_error else []
    while waiting:
        node = waiting.pop()
        if node.is_error or node.is_missing:
            yield node
        waiting += [child for child in node.children if child.has_error or child.is_missing]


def error_lines(tree: Tree | None) -> tuple[int, ...]:
    """The lines, from 1, of what does not parse; line 1 for a file that was given up."""
    if tree is None:
        return (1,)
    return tuple(sorted({node.start_point.row + 1 for node in _errors(tree.root_node)}))


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
