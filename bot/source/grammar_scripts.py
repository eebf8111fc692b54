"""Module specifiers of JavaScript and TypeScript.

Some forms are newer than the grammars, or parse as something else (``f<typeof import("x")>("y")`` as two comparisons).
They are replaced, byte for byte as long, by forms that the grammars take, before parsing; the tree then says whether
what was replaced was code at all, and offsets stay true. Text is always taken from the file as it is.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from bot.source.strings import decode_script
from bot.source.syntax import Found, Grammar, Kind, matches, parse, text_of

if TYPE_CHECKING:
    from tree_sitter import Node, Tree

Script: TypeAlias = Literal["javascript", "jsx", "typescript", "tsx"]

_GRAMMARS: Final[dict[str, Grammar]] = {
    "javascript": "javascript",
    "jsx": "javascript",
    "typescript": "typescript",
    "tsx": "tsx",
}
_MOCKS: Final = (
    "mock", "doMock", "unmock", "dontMock", "doUnmock", "deepUnmock", "setMock", "requireActual", "requireMock",
    "createMockFromModule", "genMockFromModule", "unstable_mockModule", "unstable_unmockModule", "importActual",
    "importMock", "module",
)  # fmt: skip
_QUERY: Final = """
(import_statement source: (string) @import)
(export_statement source: (string) @export)
(call_expression function: (import) arguments: (arguments) @dynamic)
(call_expression function: (identifier) @function arguments: (arguments) @require (#eq? @function "require"))
(call_expression function: (member_expression property: (property_identifier) @property) @member
  arguments: (arguments) @arguments (#any-of? @property "require" "resolve" {mocks}))
""".format(mocks=" ".join(f'"{name}"' for name in _MOCKS))
_TYPED_QUERY: Final = _QUERY + "(import_require_clause source: (string) @require_clause)\n"
_ROOTS: Final = {b"jest", b"vi", b"vitest"}
_NO_CHAIN: Final = {b"fn", b"spyOn", b"mocked", b"hoisted"} | {
    name.encode() for name in _MOCKS if name.startswith(("require", "import", "create", "gen"))
}
_TYPES: Final = {
    "type_identifier",
    "nested_type_identifier",
    "type_query",
    "type_annotation",
    "type_alias_declaration",
}
_WORTH = re.compile(rb"import|require|from|mock|Mock")

_IMPORT_CALL = re.compile(
    rb"(?<![\w$.#])import(\s*\(\s*(?:/\*(?:[^*]|\*(?!/))*\*/\s*)*"
    rb"(?:\"((?:[^\"\\\r\n]|\\.)*)\"|'((?:[^'\\\r\n]|\\.)*)'|`((?:[^`\\$]|\\.|\$(?!\{))*)`)\s*,?\s*\))",
    re.DOTALL,
)
_EXPORT_IMPORT = re.compile(rb"\bexport(?=\s+import\s+(?:type\s+)?[\w$]+\s*=\s*require\b)")
_EXPORT_TYPE_ALL = re.compile(rb"(\bexport\s+)type(?=\s*\*)")
_PHASE = re.compile(rb"(\bimport\s+)(?:defer(?=\s*\*)|source(?=\s+[\w$]+\s+from\b))")
_ASSERT = re.compile(rb"(?<=[\"'])(\s*)assert(?=\s*\{)")
_STAND_IN: Final = b"imp0rt"


def tree_of(language: Script, data: bytes) -> tuple[Grammar, Tree, list[re.Match[bytes]]]:
    """The grammar that was used, its tree, and the ``import()`` calls that the tree shows as plain names."""
    grammar = _GRAMMARS[language]
    tree, calls = _parse(grammar, data)
    if grammar == "javascript" and tree.root_node.has_error:
        # Flow's type annotations, mostly; TSX takes nearly all of them.
        typed, typed_calls = _parse("tsx", data)
        if not typed.root_node.has_error:
            return "tsx", typed, typed_calls
    return grammar, tree, calls


def _parse(grammar: Grammar, data: bytes) -> tuple[Tree, list[re.Match[bytes]]]:
    calls: list[re.Match[bytes]] = []
    masked = data
    if b"assert" in data:
        masked = _ASSERT.sub(rb"\1with  ", masked)
    if b"import" in data and (b"defer" in data or b"source" in data):
        masked = _PHASE.sub(_blank, masked)
    if grammar != "javascript":
        masked = _EXPORT_IMPORT.sub(b"      ", masked)
        masked = _EXPORT_TYPE_ALL.sub(rb"\1    ", masked)
        if b"import" in data:
            calls = list(_IMPORT_CALL.finditer(masked))
            masked = _IMPORT_CALL.sub(lambda call: _STAND_IN + b" " * len(call[1]), masked) if calls else masked
    return parse(grammar, masked), calls


def _blank(found: re.Match[bytes]) -> bytes:
    return found[1] + b" " * (len(found[0]) - len(found[1]))


def find(language: Script, data: bytes) -> list[Found]:
    """Every specifier, in order."""
    if not _WORTH.search(data):
        return []
    grammar, tree, calls = tree_of(language, data)
    found: list[Found | None] = [_stood_in(data, tree, call) for call in calls]
    for captures in matches(grammar, _QUERY if grammar == "javascript" else _TYPED_QUERY, tree):
        found += _of_match(data, captures)
    return sorted({each for each in found if each is not None})


def _of_match(data: bytes, captures: dict[str, list[Node]]) -> list[Found | None]:
    if "import" in captures:
        return [_string(data, node, "import") for node in captures["import"]]
    if "export" in captures:
        return [_string(data, node, "export") for node in captures["export"]]
    if "dynamic" in captures:
        arguments = captures["dynamic"][0]
        return [_first(data, arguments, "type" if _in_type(arguments.parent) else "dynamic")]
    if "require" in captures:
        return [_first(data, captures["require"][0], "require")]
    if "require_clause" in captures:
        return [_string(data, captures["require_clause"][0], "require")]
    kind = _kind_of_member(data, captures["member"][0], text_of(data, captures["property"][0]))
    return [_first(data, captures["arguments"][0], kind)] if kind is not None else []


def _kind_of_member(data: bytes, member: Node, name: bytes) -> Kind | None:
    """What a call of ``object.name`` does with its first argument; ``None`` when it names no module."""
    target = member.child_by_field_name("object")
    if target is None:
        return None
    text = text_of(data, target)
    if name == b"require":
        return "require" if text == b"module" else None
    if name == b"resolve":
        if text == b"require":
            return "require"
        return "dynamic" if target.type == "meta_property" and re.sub(rb"\s", b"", text) == b"import.meta" else None
    if name == b"module":
        return "mock" if text == b"mock" or (target.type == "member_expression" and text.endswith(b".mock")) else None
    return "mock" if _is_mocker(data, target) else None


def _is_mocker(data: bytes, node: Node) -> bool:
    """Whether an expression is ``jest`` or ``vi``, or a chain of calls on it that gives it back."""
    while True:
        if node.type == "identifier":
            return text_of(data, node) in _ROOTS
        function = node.child_by_field_name("function") if node.type == "call_expression" else None
        if function is None or function.type != "member_expression":
            return False
        name, target = function.child_by_field_name("property"), function.child_by_field_name("object")
        if name is None or target is None or text_of(data, name) in _NO_CHAIN:
            return False
        node = target


def _stood_in(data: bytes, tree: Tree, call: re.Match[bytes]) -> Found | None:
    """An ``import()`` that was parsed as a name: nothing, unless the tree has just that name there."""
    at = call.start()
    node = tree.root_node.descendant_for_byte_range(at, at + len(_STAND_IN))
    if node is None or (node.start_byte, node.end_byte) != (at, at + len(_STAND_IN)):
        return None
    if node.type not in {"identifier", "type_identifier"}:
        return None
    group = next(number for number in (2, 3, 4) if call[number] is not None)
    start, end = call.span(group)
    if start == end:
        return None
    return Found(start, end, decode_script(data[start:end]), "type" if _in_type(node) else "dynamic")


def _in_type(node: Node | None) -> bool:
    while node is not None:
        if node.type in _TYPES:
            return True
        parent = node.parent
        passes = {"identifier", "import", "call_expression", "member_expression", "nested_identifier"}
        if parent is None or node.type not in passes:
            return False
        if node.type == "call_expression" and parent.type == "arguments":
            return False
        node = parent
    return False


def _first(data: bytes, arguments: Node, kind: Kind) -> Found | None:
    """The first argument, when it is a literal."""
    for child in arguments.named_children:
        if child.type != "comment":
            return _string(data, child, kind)
    return None


def _string(data: bytes, node: Node, kind: Kind) -> Found | None:
    """A string or a template without substitution as a specifier; empty and unended ones are none."""
    start, end = node.start_byte + 1, node.end_byte - 1
    if node.type == "template_string":
        if any(child.type == "template_substitution" for child in node.named_children):
            return None
    elif node.type != "string":
        return None
    if end <= start or data[start - 1] != data[end]:
        return None
    return Found(start, end, decode_script(data[start:end]), kind)
